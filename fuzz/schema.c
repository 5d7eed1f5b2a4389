/* Fuzz target for JSON Schema: the first line is a schema, the rest a value. The schema compiles or is
   refused with a message; the value is valid, or has a fault, or is given up within the limits, and
   the same is found twice. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "json/document.h"
#include "schema/schema.h"

#define FAULTS_MAX 5

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_faults(const struct pl_schema_checker *checker, bool valid)
{
    size_t count = 0;
    const struct pl_schema_fault *faults = pl_schema_checker_faults(checker, &count);

    assert(valid == (count == 0) && count <= FAULTS_MAX);
    for (size_t i = 0; i < count; i++) {
        assert(faults[i].message.len > 0 && pl_str_is_utf8(faults[i].instance));
        assert(memchr(faults[i].keyword.ptr, '#', faults[i].keyword.len) != NULL);
    }
}

static void check(const struct pl_schema *schema, struct pl_str text)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    PL_CLEANUP(pl_schema_checker_cleanup) struct pl_schema_checker *checker = NULL;
    struct pl_error error = {0};
    bool valid = false, again = false;

    if (pl_json_document_open(text, NULL, &document, &error) != PL_OK ||
        pl_schema_checker_new(schema, FAULTS_MAX, &checker, &error) != PL_OK)
        return;
    if (pl_schema_check(checker, pl_json_document_root(document), &valid, &error) != PL_OK) {
        assert(error.message[0] != '\0');
        return;
    }
    check_faults(checker, valid);
    assert(pl_schema_check(checker, pl_json_document_root(document), &again, &error) == PL_OK);
    assert(valid == again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct pl_schema_options OPTIONS[] = {{.formats_asserted = true},
                                                       {.uri = {"a/b", 3}}};
    const char *start = (const char *)bytes;
    const char *end = size > 0 ? memchr(start, '\n', size) : NULL;
    const size_t len = end == NULL ? size : (size_t)(end - start);

    for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++) {
        PL_CLEANUP(pl_schema_cleanup) struct pl_schema *schema = NULL;
        struct pl_error error = {0};

        if (pl_schema_compile((struct pl_str){start, len}, &OPTIONS[i], &schema, &error) != PL_OK)
            assert(schema == NULL && error.message[0] != '\0');
        else
            check(schema, (struct pl_str){start + len, size - len});
    }
    return 0;
}
