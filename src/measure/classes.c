/* The names of classes: what text is the same class, and which class a name means. */
#include "measure/classes.h"

#include "base/buffer.h"

#include <string.h>
#include <strings.h>

#define CLASSES_SHOWN_MAX 12

static bool is_word(struct pl_str text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

/* How long the whole number is that `text` spells with a fraction of zeros; else the text's length. */
static size_t whole_length(struct pl_str text)
{
    const size_t sign = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;
    size_t digits = sign;

    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    if (digits == sign || digits + 1 >= text.len || text.ptr[digits] != '.')
        return text.len;
    for (size_t i = digits + 1; i < text.len; i++)
        if (text.ptr[i] != '0')
            return text.len;
    return digits;
}

struct pl_str pl_class_name(struct pl_str text)
{
    const struct pl_str name = pl_str_trim(text);

    if (is_word(name, "true"))
        return PL_STR("true");
    if (is_word(name, "false"))
        return PL_STR("false");
    return (struct pl_str){name.ptr, whole_length(name)};
}

uint32_t pl_class_find(const struct pl_class_cells *classes, struct pl_str name)
{
    const struct pl_str known = pl_class_name(name);

    for (uint32_t i = 0; i < classes->classes_count; i++)
        if (pl_str_equal(classes->names[i], known))
            return i;
    return classes->classes_count;
}

static void list_classes(const struct pl_class_cells *classes, struct pl_buffer *out)
{
    pl_buffer_add_text(out, classes->classes_count == 0 ? "it has none" : "it has ");
    for (uint32_t i = 0; i < classes->classes_count && i < CLASSES_SHOWN_MAX; i++)
        pl_buffer_add_format(out, "%s`%.*s`", i == 0 ? "" : ", ", PL_STR_ARG(classes->names[i]));
    if (classes->classes_count > CLASSES_SHOWN_MAX)
        pl_buffer_add_format(out, " and %u more", classes->classes_count - CLASSES_SHOWN_MAX);
}

enum pl_status pl_class_check(const struct pl_cells *cells, struct pl_str name,
                              struct pl_str metric, struct pl_error *error)
{
    const struct pl_class_cells *classes = cells->classes;
    const char *names[PL_CLASSES_MAX];

    if (pl_class_find(classes, name) < classes->classes_count)
        return PL_OK;
    for (uint32_t i = 0; i < classes->classes_count; i++)
        names[i] = classes->names[i].ptr;

    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer hint = {0};
    const char *nearest = pl_str_nearest(name, names, classes->classes_count);

    pl_buffer_init(&hint, PL_ERROR_MESSAGE_SIZE);
    if (nearest != NULL)
        pl_buffer_add_format(&hint, "did you mean `%s`?", nearest);
    else
        list_classes(classes, &hint);
    return pl_error_set(error, PL_E_DATA, "`%.*s`: %.*s has no class `%.*s`; %.*s",
                        PL_STR_ARG(metric), PL_STR_ARG(cells->source), PL_STR_ARG(name),
                        PL_STR_ARG(pl_buffer_view(&hint)));
}
