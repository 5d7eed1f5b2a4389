/* Look-alike letters and the folding of text to what it looks like in ASCII. The look-alikes are those of
   Unicode's confusables (UTS #39) that most fonts draw the same; each stands once, so that the encoding goes back. */
#include "redteam/letters.h"

#include <ctype.h>

/* What bytes that are not UTF-8 are read as. */
#define NO_CHARACTER 0xfffdu

static const struct {
    char letter;
    uint16_t alike;
} ALIKE[] = {
    {'a', 0x0430}, {'c', 0x0441}, {'e', 0x0435}, {'i', 0x0456}, {'j', 0x0458}, {'o', 0x043e},
    {'p', 0x0440}, {'s', 0x0455}, {'x', 0x0445}, {'y', 0x0443}, {'h', 0x04bb}, {'d', 0x0501},
    {'A', 0x0410}, {'B', 0x0412}, {'C', 0x0421}, {'E', 0x0415}, {'H', 0x041d}, {'I', 0x0406},
    {'J', 0x0408}, {'K', 0x041a}, {'M', 0x041c}, {'N', 0x039d}, {'O', 0x041e}, {'P', 0x0420},
    {'S', 0x0405}, {'T', 0x0422}, {'X', 0x0425}, {'Y', 0x04ae}, {'Z', 0x0396}, {'v', 0x03bd},
};

#define ALIKE_COUNT (sizeof ALIKE / sizeof *ALIKE)

uint32_t pl_letters_disguise(uint32_t code)
{
    for (size_t i = 0; i < ALIKE_COUNT; i++)
        if ((unsigned char)ALIKE[i].letter == code)
            return ALIKE[i].alike;
    return code;
}

uint32_t pl_letters_undisguise(uint32_t code)
{
    for (size_t i = 0; code > 0x7f && i < ALIKE_COUNT; i++)
        if (ALIKE[i].alike == code)
            return (unsigned char)ALIKE[i].letter;
    return code;
}

/* Runs of code points that stand for runs of ASCII, `period` long and over again. */
static const struct {
    uint32_t first, last;
    uint32_t ascii;
    uint32_t period;
} RUNS[] = {
    {0xff01, 0xff5e, '!', 94},                              /* full width */
    {0xe0020, 0xe007e, ' ', 95},                            /* tag characters */
    {0x24b6, 0x24cf, 'A', 26},                              /* circled */
    {0x24d0, 0x24e9, 'a', 26},   {0x0660, 0x0669, '0', 10}, /* Arabic digits */
    {0x06f0, 0x06f9, '0', 10},   {0x0966, 0x096f, '0', 10}, /* Devanagari digits */
    {0x1d7ce, 0x1d7ff, '0', 10},                            /* mathematical digits */
    {0x1f130, 0x1f149, 'A', 26},                            /* squared */
    {0x2018, 0x2019, '\'', 1},   {0x201c, 0x201d, '"', 1},  {0x2010, 0x2015, '-', 1},
    {0x2000, 0x200a, ' ', 1},    {0x00a0, 0x00a0, ' ', 1},  {0x3000, 0x3000, ' ', 1},
    {0x2212, 0x2212, '-', 1},
};

static const struct {
    uint32_t first, last;
} DROPPED[] = {
    {0x00ad, 0x00ad}, {0x0300, 0x036f},   {0x034f, 0x034f},   {0x061c, 0x061c}, {0x180b, 0x180f},
    {0x200b, 0x200f}, {0x202a, 0x202e},   {0x2060, 0x206f},   {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
    {0x20d0, 0x20ff}, {0xe0000, 0xe001f}, {0xe007f, 0xe01ef},
};

/* Bold, italic, script and other alphabets of mathematics: 13 times A to Z, a to z. */
static uint32_t mathematical(uint32_t code)
{
    const uint32_t place = (code - 0x1d400) % 52;

    return place < 26 ? 'A' + place : 'a' + place - 26;
}

/* Control characters but white space, and the one that stands for unrelated letters, as text may come here twice. */
static bool is_control(uint32_t code)
{
    return code == 0x7f || (code < 0x20 && code != PL_LETTERS_UNRELATED && !isspace((int)code));
}

/* Punctuation, arrows, shapes, emoji. */
static bool is_sign(uint32_t code)
{
    return (code >= 0x80 && code < 0xc0) || (code >= 0x2000 && code < 0x2c00) ||
           (code >= 0x3000 && code < 0x3040) || (code >= 0xff00 && code < 0xff66) ||
           (code >= 0x1f000 && code < 0x20000);
}

uint32_t pl_letters_to_ascii(uint32_t code)
{
    if (code < 0x80)
        return is_control(code) ? PL_LETTERS_DROPPED : code;
    if (code == NO_CHARACTER)
        return ' ';
    for (size_t i = 0; i < sizeof DROPPED / sizeof *DROPPED; i++)
        if (code >= DROPPED[i].first && code <= DROPPED[i].last)
            return PL_LETTERS_DROPPED;
    for (size_t i = 0; i < sizeof RUNS / sizeof *RUNS; i++)
        if (code >= RUNS[i].first && code <= RUNS[i].last)
            return RUNS[i].ascii + (code - RUNS[i].first) % RUNS[i].period;
    if (code >= 0x1d400 && code <= 0x1d6a3)
        return mathematical(code);

    const uint32_t letter = pl_letters_undisguise(code);

    if (letter < 0x80)
        return letter;
    return is_sign(code) ? ' ' : PL_LETTERS_UNRELATED;
}

/* How long the sequence is that a byte begins, and its bits; 0 when it begins none. */
static size_t sequence_length(unsigned char lead, uint32_t *ret_bits)
{
    if (lead < 0x80) {
        *ret_bits = lead;
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4)
        return 0;

    const size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    *ret_bits = lead & (0xffu >> (length + 1));
    return length;
}

uint32_t pl_letters_next(struct pl_str text, size_t *at)
{
    uint32_t code = 0;
    const size_t length = sequence_length((unsigned char)text.ptr[*at], &code);

    if (length == 0 || length > text.len - *at) {
        (*at)++;
        return NO_CHARACTER;
    }
    for (size_t i = 1; i < length; i++) {
        const unsigned char byte = (unsigned char)text.ptr[*at + i];

        if ((byte & 0xc0u) != 0x80) {
            (*at)++;
            return NO_CHARACTER;
        }
        code = code << 6 | (byte & 0x3fu);
    }
    *at += length;
    return code;
}

size_t pl_letters_ascii(struct pl_str text, char *ret_ascii)
{
    size_t length = 0;
    size_t at = 0;

    while (at < text.len) {
        const bool is_plain = text.ptr[at] >= ' ' && text.ptr[at] < 0x7f;
        const uint32_t ascii =
            is_plain ? (uint32_t)text.ptr[at++] : pl_letters_to_ascii(pl_letters_next(text, &at));

        if (ascii != PL_LETTERS_DROPPED)
            ret_ascii[length++] = (char)ascii;
    }
    return length;
}

size_t pl_letters_fold(struct pl_str ascii, char *ret_folded)
{
    size_t length = 0;

    for (size_t i = 0; i < ascii.len; i++) {
        const unsigned char c = (unsigned char)ascii.ptr[i];

        if (c < 0x80 && (isalnum(c) || c == PL_LETTERS_UNRELATED))
            ret_folded[length++] = (char)tolower(c);
    }
    return length;
}

size_t pl_letters_utf8(uint32_t code, char ret_bytes[4])
{
    static const uint8_t LEADS[] = {0, 0, 0xc0, 0xe0, 0xf0};
    const size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    for (size_t i = length; i-- > 1; code >>= 6)
        ret_bytes[i] = (char)(0x80 | (code & 0x3f));
    ret_bytes[0] = (char)(code | LEADS[length]);
    return length;
}
