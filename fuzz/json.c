/* Fuzz target for JSON: any bytes either read or are refused with a status and a message. What reads
   is written again, reads back equal with the same hash, and has one canonical text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "json/compare.h"
#include "json/document.h"
#include "json/path.h"
#include "json/render.h"

#define TEXT_BYTES_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_same(const struct pl_json_value *value, const struct pl_json_options *options,
                       void (*write)(const struct pl_json_value *, struct pl_buffer *))
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *again = NULL;
    struct pl_buffer text, twice;

    pl_buffer_init(&text, TEXT_BYTES_MAX);
    pl_buffer_init(&twice, TEXT_BYTES_MAX);
    write(value, &text);
    assert(text.failed == PL_OK && pl_str_is_utf8(pl_buffer_view(&text)));

    const enum pl_status status =
        pl_json_document_open(pl_buffer_view(&text), options, &again, NULL);

    assert(status == PL_OK);
    (void)status;
    assert(pl_json_value_equal(value, pl_json_document_root(again)));
    assert(pl_json_value_hash(value) == pl_json_value_hash(pl_json_document_root(again)));
    write(pl_json_document_root(again), &twice);
    assert(pl_str_equal(pl_buffer_view(&text), pl_buffer_view(&twice)));
    pl_buffer_deinit(&text);
    pl_buffer_deinit(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct pl_json_options OPTIONS[] = {{0}, {.big_numbers_kept = true}};
    const struct pl_str text = {(const char *)bytes, size};

    for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++) {
        PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
        struct pl_error error = {0};

        if (pl_json_document_open(text, &OPTIONS[i], &document, &error) != PL_OK) {
            assert(document == NULL && error.message[0] != '\0');
            continue;
        }
        check_same(pl_json_document_root(document), &OPTIONS[i], pl_json_value_write);
        check_same(pl_json_document_root(document), &OPTIONS[i], pl_json_value_write_canonical);
        (void)pl_json_pointer_get(pl_json_document_root(document), text);
        (void)pl_json_path_get(pl_json_document_root(document), text);
    }
    return 0;
}
