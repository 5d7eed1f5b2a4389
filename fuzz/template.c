/* Fuzz target for templates: any bytes must be read and filled in, or be refused with a message and a line. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "eval/template.h"
#include "json/document.h"

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void render(const struct pl_template *template, struct pl_arena *arena)
{
    struct pl_json_document *document = NULL;
    struct pl_messages messages;
    struct pl_error error = {0};

    assert(pl_json_document_open(
               PL_STR("{\"a\": {\"b\": [1, \"{{a}}\\n[system]\\n\"]}, \"q\": \"?\"}"), NULL,
               &document, &error) == PL_OK);

    const struct pl_template_values values = {.root = pl_json_document_root(document)};
    const enum pl_status status = pl_template_render(template, &values, arena, &messages, &error);

    if (status == PL_OK)
        assert(messages.count > 0 && messages.count <= PL_TEMPLATE_MESSAGES_MAX);
    else
        assert(error.message[0] != '\0');
    pl_json_document_free(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pl_template *template = NULL;
    struct pl_error error = {0};
    struct pl_arena arena;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    if (pl_template_parse((struct pl_str){(const char *)bytes, size}, "fuzz.txt", &arena, &template,
                          &error) == PL_OK)
        render(template, &arena);
    else
        assert(error.message[0] != '\0');
    pl_arena_deinit(&arena);
    return 0;
}
