/* Four characters of six bits are three bytes; two or three at the end are one or two. */
#include "client/base64.h"

/* The value of a character, or -1. */
static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool pl_base64_read(struct pl_str text, unsigned char *ret_bytes, size_t *ret_size_bytes)
{
    uint32_t bits = 0;
    size_t size = 0;

    if (text.len % 4 == 0)
        for (int i = 0; i < 2 && text.len > 0 && text.ptr[text.len - 1] == '='; i++)
            text.len--;
    if (text.len % 4 == 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const int value = value_of(text.ptr[i]);

        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        /* After the second, third and fourth character of a group a byte is full. */
        if (i % 4 != 0)
            ret_bytes[size++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
    }
    /* What is left over of the last character: four bits after two, two bits after three. */
    if ((text.len % 4 == 2 && (bits & 0xf) != 0) || (text.len % 4 == 3 && (bits & 0x3) != 0))
        return false;
    *ret_size_bytes = size;
    return true;
}
