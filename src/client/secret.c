/* A key in a block of its own, which is wiped before it is freed. */
#include "client/secret.h"

#include <stdlib.h>
#include <string.h>

struct pl_secret {
    size_t len;
    char bytes[]; /* and a NUL */
};

static bool may_be_sent(struct pl_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= 0x20 || (unsigned char)text.ptr[i] >= 0x7f)
            return false;
    return true;
}

enum pl_status pl_secret_from_environment(const char *variable, struct pl_secret **ret_secret,
                                          struct pl_error *error)
{
    const struct pl_str value = pl_str_trim(pl_str_of(getenv(variable)));
    struct pl_secret *secret = NULL;

    if (value.len == 0)
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "the environment variable %s, which holds a key, is not set", variable);
    if (value.len > PL_SECRET_SIZE_BYTES_MAX)
        return pl_error_set(error, PL_E_LIMIT, "the key in %s is longer than %d bytes, its limit",
                            variable, PL_SECRET_SIZE_BYTES_MAX);
    if (!may_be_sent(value))
        return pl_error_set(error, PL_E_USAGE,
                            "the key in %s holds blanks or characters that no header may hold",
                            variable);
    secret = malloc(sizeof *secret + value.len + 1);
    if (secret == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the key in %s", variable);
    secret->len = value.len;
    memcpy(secret->bytes, value.ptr, value.len);
    secret->bytes[value.len] = '\0';
    *ret_secret = secret;
    return PL_OK;
}

void pl_secret_free(struct pl_secret *secret)
{
    if (secret == NULL)
        return;
    explicit_bzero(secret->bytes, secret->len);
    free(secret);
}

void pl_secret_cleanup(struct pl_secret **secret)
{
    pl_secret_free(*secret);
    *secret = NULL;
}

struct pl_str pl_secret_reveal(const struct pl_secret *secret)
{
    return (struct pl_str){secret->bytes, secret->len};
}

size_t pl_secret_mask(const struct pl_secret *secret, char *text, size_t size_bytes)
{
    size_t found = 0;
    char *at = text;

    if (secret == NULL || text == NULL)
        return 0;
    while ((at = memmem(at, size_bytes - (size_t)(at - text), secret->bytes, secret->len)) !=
           NULL) {
        memset(at, '*', secret->len);
        at += secret->len;
        found++;
    }
    return found;
}
