/* Prints the table of what the gateway answers, as a JSON array: for the test of its description. */
#include "base/json.h"
#include "gateway/api.h"

#include <stdio.h>

#define OUTPUT_SIZE_BYTES_MAX ((size_t)1 << 20)

static void member(struct pl_json *json, const char *name, const char *value)
{
    pl_json_key(json, name);
    pl_json_text(json, value);
}

/* The name of the one scope of a row; nothing where nobody needs a key. */
static void scope(struct pl_json *json, uint32_t scopes)
{
    pl_json_key(json, "scopes");
    pl_json_open_array(json);
    for (size_t bit = 0; PL_SCOPE_NAMES[bit] != NULL; bit++)
        if ((scopes & (UINT32_C(1) << bit)) != 0)
            pl_json_text(json, PL_SCOPE_NAMES[bit]);
    pl_json_close_array(json);
}

int main(void)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    struct pl_json json;

    pl_buffer_init(&out, OUTPUT_SIZE_BYTES_MAX);
    pl_json_init(&json, &out, false);
    pl_json_open_array(&json);
    for (size_t i = 0; i < pl_api_rows_count(); i++) {
        const struct pl_api_row *row = pl_api_row_at(i);

        pl_json_open_object(&json);
        member(&json, "method", row->method);
        member(&json, "path", row->path);
        member(&json, "summary", row->summary);
        scope(&json, row->scope);
        pl_json_key(&json, "admin");
        pl_json_bool(&json, row->admin);
        pl_json_close_object(&json);
    }
    pl_json_close_array(&json);
    if (out.failed != PL_OK)
        return 2;
    return fwrite(out.ptr, 1, out.len, stdout) == out.len ? 0 : 2;
}
