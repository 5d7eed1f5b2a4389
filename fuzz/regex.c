/* Fuzz target for regular expressions: the first line is a pattern, the rest a text. In both syntaxes
   it is refused with a message, or searches the text to an end within the limits. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "regex/regex.h"

#define PLACES_MAX 100

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void search(const struct pl_regex *regex, struct pl_str text)
{
    PL_CLEANUP(pl_regex_match_cleanup) struct pl_regex_match *match = NULL;
    struct pl_error error = {0};
    bool found = false;

    if (pl_regex_match_new(2, &match, &error) != PL_OK)
        return;

    enum pl_status status = pl_regex_search(regex, match, text, &found, &error);

    for (int i = 0; i < PLACES_MAX && status == PL_OK && found; i++) {
        const struct pl_str all = pl_regex_match_group(match, 0);

        assert(all.len <= text.len);
        assert(all.len == 0 || (all.ptr >= text.ptr && all.ptr + all.len <= text.ptr + text.len));
        status = pl_regex_search_next(regex, match, &found, &error);
    }
    assert(status == PL_OK || status == PL_E_LIMIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *start = (const char *)bytes;
    const char *end = size > 0 ? memchr(start, '\n', size) : NULL;
    const size_t len = end == NULL ? size : (size_t)(end - start);
    const struct pl_str text = {start + len, size - len};

    for (int i = 0; i < 2; i++) {
        const struct pl_regex_options options = {.syntax = i == 0 ? PL_REGEX_PERL : PL_REGEX_ECMA};
        PL_CLEANUP(pl_regex_cleanup) struct pl_regex *regex = NULL;
        struct pl_error error = {0};

        if (pl_regex_compile((struct pl_str){start, len}, &options, &regex, &error) != PL_OK)
            assert(regex == NULL && error.message[0] != '\0');
        else
            search(regex, text);
    }
    return 0;
}
