/* The names of classes: what text is the same class, and which class a name means. */
#include "measure/classes.h"

#include <string.h>
#include <strings.h>

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

enum pl_status pl_class_check(const struct pl_cells *cells, struct pl_str name,
                              struct pl_str metric, struct pl_error *error)
{
    const struct pl_class_cells *classes = cells->classes;
    const char *names[PL_CLASSES_MAX];

    if (pl_class_find(classes, name) < classes->classes_count)
        return PL_OK;
    for (uint32_t i = 0; i < classes->classes_count; i++)
        names[i] = classes->names[i].ptr;

    const char *nearest = pl_str_nearest(name, names, classes->classes_count);

    return pl_error_set(error, PL_E_DATA, "`%.*s`: %.*s has no class `%.*s`%s%s%s",
                        PL_STR_ARG(metric), PL_STR_ARG(cells->source), PL_STR_ARG(name),
                        nearest == NULL ? "" : "; did you mean `", nearest == NULL ? "" : nearest,
                        nearest == NULL ? "" : "`?");
}
