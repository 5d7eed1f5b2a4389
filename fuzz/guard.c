/* Fuzz target for filters: a byte that says how the text is cut, a line that is a pattern, and a text. All at
   once and in pieces, masked and blocked: what goes out and what stops it must be the same. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "guard/guard.h"

#define OUT_MAX  ((size_t)8 << 20)
#define TEXT_MAX 512 /* longer ones find nothing more, and take long with costly patterns */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct outcome {
    struct pl_buffer out;
    enum pl_guard_reason reason;
    size_t start;
    uint64_t hits[3];
};

static void pass_text(const struct pl_guard_options *options, struct pl_str text, size_t piece,
                      struct outcome *outcome)
{
    struct pl_guard_pass pass;
    struct pl_guard_hits hits;
    struct pl_error error = {0};
    enum pl_status status = pl_guard_pass_init(&pass, options, &error);
    size_t released = 0;

    pl_buffer_init(&outcome->out, OUT_MAX);
    for (size_t at = 0; status == PL_OK && at < text.len; at += piece) {
        const size_t left = text.len - at;

        status = pl_guard_pass_feed(
            &pass, (struct pl_str){text.ptr + at, piece < left ? piece : left}, &error);
        assert(pass.settled >= released);
        pl_guard_pass_rewrite(&pass, released, pass.settled, &outcome->out);
        released = pass.settled;
    }
    if (status == PL_OK)
        status = pl_guard_pass_finish(&pass, &error);
    assert(status == PL_OK);
    assert(pass.stopped.reason != PL_GUARD_PASSES || pass.settled == text.len);
    pl_guard_pass_rewrite(&pass, released, pass.settled, &outcome->out);
    outcome->reason = pass.stopped.reason;
    outcome->start = pass.stopped.start;
    for (size_t i = 0; pl_guard_pass_hits(&pass, i, &hits); i++)
        outcome->hits[i] = hits.count;
    pl_guard_pass_deinit(&pass);
}

static void compare(const struct pl_guard_options *options, struct pl_str text, size_t piece)
{
    struct outcome whole = {0}, cut = {0};

    pass_text(options, text, text.len + 1, &whole);
    pass_text(options, text, piece, &cut);
    assert(whole.reason == cut.reason && whole.start == cut.start);
    assert(memcmp(whole.hits, cut.hits, sizeof whole.hits) == 0);
    assert(pl_str_equal(pl_buffer_view(&whole.out), pl_buffer_view(&cut.out)));
    pl_buffer_deinit(&whole.out);
    pl_buffer_deinit(&cut.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *start = (const char *)bytes + 1;
    const char *end = size > 1 ? memchr(start, '\n', size - 1) : NULL;

    if (end == NULL)
        return 0;

    const struct pl_str pattern = {start, (size_t)(end - start)};
    const size_t left = size - 2 - pattern.len;
    const struct pl_str text = {end + 1, left < TEXT_MAX ? left : TEXT_MAX};

    for (int act = PL_GUARD_BLOCK; act <= PL_GUARD_MASK; act++) {
        const struct pl_guard_line rows[] = {
            {.filter = PL_GUARD_DENY, .act = (enum pl_guard_do)act, .pattern = pattern},
            {.filter = PL_GUARD_DENY, .act = PL_GUARD_NOTE, .pattern = PL_STR("a.*b")},
            {.filter = PL_GUARD_JSON, .act = PL_GUARD_RETRY},
        };
        PL_CLEANUP(pl_guard_chain_cleanup) struct pl_guard_chain *chain = NULL;
        PL_CLEANUP(pl_guard_scratch_cleanup) struct pl_guard_scratch *scratch = NULL;
        struct pl_error error = {0};
        struct pl_guard_options options = {.json_wanted = (bytes[0] & 0x80) != 0,
                                           .search_ms_max = 600000};

        if (pl_guard_chain_new(rows, 3, &chain, &error) != PL_OK) {
            assert(chain == NULL && error.message[0] != '\0');
            return 0;
        }
        if (pl_guard_scratch_new(&scratch, &error) != PL_OK)
            return 0;
        options.chain = chain;
        options.scratch = scratch;
        compare(&options, text, 1 + (bytes[0] & 0x1f));
    }
    return 0;
}
