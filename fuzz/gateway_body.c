/*
 * Fuzz target for bodies that reach the gateway: a byte that says which API, and a body. Reading it, changing it for a
 * model and walking its texts must keep it JSON, and must keep what is not meant; as an answer it is heard and trimmed.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/answer.h"
#include "gateway/ask.h"
#include "gateway/texts.h"
#include "json/patch.h"

#define ARENA_MAX ((size_t)64 << 20)
#define OUT_MAX   ((size_t)8 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must_be_json(struct pl_str text)
{
    struct pl_json_document *document = NULL;

    assert(pl_json_document_open(text, NULL, &document, NULL) == PL_OK);
    pl_json_document_free(document);
}

static enum pl_text_act keep(struct pl_str text, struct pl_buffer *replacement, void *context)
{
    size_t *count = context;

    (void)text;
    (void)replacement;
    (*count)++;
    return PL_TEXT_KEEP;
}

static enum pl_text_act mask(struct pl_str text, struct pl_buffer *replacement, void *context)
{
    (void)text;
    (void)context;
    pl_buffer_add_text(replacement, "\"masked\\ \n");
    return PL_TEXT_REPLACE;
}

static void walk_texts(struct pl_str body, struct pl_json_document *document)
{
    static const char *const NAMES[] = {"content", "text", "input", NULL};
    size_t count = 0;
    struct pl_texts texts = {
        .names = NAMES, .document = document, .visit = keep, .context = &count};
    struct pl_buffer out;
    bool changed = true;

    pl_buffer_init(&out, OUT_MAX);
    if (pl_texts_rewrite(&texts, body, &out, &changed)) {
        assert(!changed);
        assert(pl_str_equal(pl_buffer_view(&out), pl_str_trim(body)));
        texts.visit = mask;
        pl_buffer_reset(&out);
        if (pl_texts_rewrite(&texts, body, &out, &changed)) {
            assert(changed == (count > 0));
            must_be_json(pl_buffer_view(&out));
        }
    }
    pl_buffer_deinit(&out);
}

static void change(const struct pl_ask *ask)
{
    const struct pl_ask_changes changes = {
        .model = PL_STR("the \"model\""),
        .parameters = PL_STR("{\"temperature\":0.5}"),
        .logprobs = true,
        .top_logprobs = true,
        .usage = true,
    };
    struct pl_buffer out;

    pl_buffer_init(&out, OUT_MAX);
    if (pl_ask_write(ask, &changes, &out, NULL) == PL_OK) {
        must_be_json(pl_buffer_view(&out));
        if (ask->api != PL_API_DECIDE)
            assert(pl_str_equal_text(pl_json_member_of(pl_buffer_view(&out), "model"),
                                     "\"the \\\"model\\\"\""));
    }
    pl_buffer_deinit(&out);
}

static void hear(const struct pl_ask *ask, struct pl_str body,
                 const struct pl_json_document *document)
{
    const struct pl_unasked unasked = {.logprobs = true, .usage = true};
    struct pl_heard heard = {0};
    struct pl_buffer text, trimmed;

    pl_buffer_init(&text, OUT_MAX);
    pl_buffer_init(&trimmed, OUT_MAX);
    for (int of_stream = 0; of_stream < 2; of_stream++)
        if (pl_heard_add(&heard, ask, of_stream == 1, pl_json_document_root(document), &text) ==
            PL_OK) {
            pl_buffer_reset(&trimmed);
            pl_answer_trim(body, &unasked, &trimmed);
            must_be_json(pl_buffer_view(&trimmed));
        }
    pl_buffer_deinit(&text);
    pl_buffer_deinit(&trimmed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pl_json_document *document = NULL;
    struct pl_arena arena;
    const char *param = NULL;

    if (size == 0 || pl_json_document_new(NULL, &document, NULL) != PL_OK)
        return 0;

    struct pl_ask ask = {
        .api = (enum pl_api)(bytes[0] % PL_APIS_COUNT),
        .body = {(const char *)bytes + 1, size - 1},
    };

    pl_arena_init(&arena, ARENA_MAX);
    if (pl_ask_read(&ask, document, &arena, &param, NULL) == PL_OK)
        change(&ask);
    if (pl_json_document_read(document, ask.body, NULL) == PL_OK) {
        hear(&ask, ask.body, document);
        walk_texts(ask.body, document);
    }
    pl_arena_deinit(&arena);
    pl_json_document_free(document);
    return 0;
}
