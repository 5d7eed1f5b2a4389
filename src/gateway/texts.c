/* A walk over the text of the body, container by container, that copies what it does not replace. */
#include "gateway/texts.h"

#include "base/json.h"
#include "json/patch.h"
#include "json/value.h"

struct rewriting {
    const struct pl_texts *texts;
    struct pl_buffer *out;
    struct pl_buffer replacement;
    bool changed;
};

static bool is_text_name(const struct pl_texts *texts, struct pl_str name)
{
    for (const char *const *one = texts->names; one != NULL && *one != NULL; one++)
        if (pl_str_equal_text(name, *one))
            return true;
    return false;
}

static bool rewrite_string(struct rewriting *rewriting, struct pl_str value)
{
    const struct pl_texts *texts = rewriting->texts;
    struct pl_json json;

    if (pl_json_document_read(texts->document, value, NULL) != PL_OK)
        return false;
    pl_buffer_reset(&rewriting->replacement);
    switch (texts->visit(pl_json_value_str(pl_json_document_root(texts->document)),
                         &rewriting->replacement, texts->context)) {
    case PL_TEXT_KEEP:
        pl_buffer_add(rewriting->out, value);
        return true;
    case PL_TEXT_REPLACE:
        rewriting->changed = true;
        pl_json_init(&json, rewriting->out, false);
        pl_json_str(&json, pl_buffer_view(&rewriting->replacement));
        return rewriting->replacement.failed == PL_OK;
    case PL_TEXT_STOP:
        break;
    }
    return false;
}

static bool rewrite_value(struct rewriting *rewriting, struct pl_str value, bool speaks, int depth);

static bool rewrite_container(struct rewriting *rewriting, struct pl_str value, bool speaks,
                              int depth)
{
    const char *copied = value.ptr;
    const char *end = value.ptr + value.len;
    struct pl_json_scan scan;

    if (!pl_json_scan_begin(&scan, value))
        return false;
    while (pl_json_scan_next(&scan)) {
        const bool is_text = scan.of_object ? is_text_name(rewriting->texts, scan.name) : speaks;

        pl_buffer_add(rewriting->out, (struct pl_str){copied, (size_t)(scan.value.ptr - copied)});
        if (!rewrite_value(rewriting, scan.value, is_text, depth + 1))
            return false;
        copied = scan.value.ptr + scan.value.len;
    }
    pl_buffer_add(rewriting->out, (struct pl_str){copied, (size_t)(end - copied)});
    return !scan.broken;
}

static bool rewrite_value(struct rewriting *rewriting, struct pl_str value, bool speaks, int depth)
{
    if (depth > PL_TEXTS_DEPTH_MAX || value.len == 0)
        return false;
    if (value.ptr[0] == '"' && (speaks || rewriting->texts->all))
        return rewrite_string(rewriting, value);
    if (value.ptr[0] == '{' || value.ptr[0] == '[')
        return rewrite_container(rewriting, value, speaks, depth);
    pl_buffer_add(rewriting->out, value);
    return true;
}

bool pl_texts_rewrite(const struct pl_texts *texts, struct pl_str body, struct pl_buffer *out,
                      bool *ret_changed)
{
    struct rewriting rewriting = {.texts = texts, .out = out};
    bool good;

    pl_buffer_init(&rewriting.replacement, out->size_bytes_max);
    good = rewrite_value(&rewriting, pl_str_trim(body), false, 0) && out->failed == PL_OK;
    pl_buffer_deinit(&rewriting.replacement);
    if (ret_changed != NULL)
        *ret_changed = rewriting.changed;
    return good;
}
