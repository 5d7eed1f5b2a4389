/* The table of what requests have for conditions. */
#include "traffic/columns.h"

#include <assert.h>

static const struct pl_request_column_row ROWS[] = {
    [PL_COLUMN_API] = {"api", PL_DATUM_TEXT,
                       "Which part of the API was asked: `chat`, `completions`, `embeddings`, "
                       "`responses` or `decide`."},
    [PL_COLUMN_LENGTH] = {"length", PL_DATUM_NUMBER,
                          "How long the text of the request is, in bytes of UTF-8."},
    [PL_COLUMN_MESSAGES] = {"messages", PL_DATUM_NUMBER, "How many messages it has."},
    [PL_COLUMN_STREAM] = {"stream", PL_DATUM_BOOL, "Whether the answer is to be streamed."},
    [PL_COLUMN_SUBJECT] = {"subject", PL_DATUM_TEXT,
                           "Whose request it is, as found where `serve.subject` says."},
    [PL_COLUMN_TEXT] = {"text", PL_DATUM_TEXT,
                        "The text of the request: of its messages, its prompt or its input."},
    [PL_COLUMN_TOOLS] = {"tools", PL_DATUM_BOOL, "Whether the request offers tools."},
    [PL_COLUMN_JSON] = {PL_COLUMN_JSON_PREFIX, PL_DATUM_NULL,
                        "With a JSON Pointer after it, what stands there in the body: a text, a "
                        "number or a boolean. In double quotes, as `\"json:/metadata/plan\"`."},
};
#define ROWS_COUNT (sizeof ROWS / sizeof *ROWS)

size_t pl_request_columns_count(void)
{
    return ROWS_COUNT;
}

const struct pl_request_column_row *pl_request_column_at(size_t index)
{
    assert(index < ROWS_COUNT);
    return &ROWS[index];
}

bool pl_request_column_find(struct pl_str name, enum pl_request_column *ret_column)
{
    if (pl_str_starts_with(name, PL_STR(PL_COLUMN_JSON_PREFIX "/"))) {
        *ret_column = PL_COLUMN_JSON;
        return true;
    }
    for (size_t i = 0; i < PL_COLUMN_JSON; i++) {
        if (!pl_str_equal_text(name, ROWS[i].name))
            continue;
        *ret_column = (enum pl_request_column)i;
        return true;
    }
    return false;
}

struct pl_str pl_request_column_pointer(struct pl_str name)
{
    const size_t prefix = sizeof PL_COLUMN_JSON_PREFIX - 1;

    assert(name.len > prefix);
    return (struct pl_str){name.ptr + prefix, name.len - prefix};
}
