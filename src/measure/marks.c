/* Labels and predictions come in many spellings; here they become positive or negative, or an error
   that shows the values found. */
#include "measure/marks.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_text(struct pl_str value, const char *text)
{
    return value.len == strlen(text) && strncasecmp(value.ptr, text, value.len) == 0;
}

static bool is_number(struct pl_str value, double number)
{
    double found = 0.0;

    return pl_str_to_double(value, &found) && found == number;
}

/* The same text, or the same number in another spelling (1 and 1.0). */
static bool is_same_value(struct pl_str a, struct pl_str b)
{
    double number = 0.0;

    return pl_str_equal(a, b) || (pl_str_to_double(a, &number) && is_number(b, number)) ||
           (is_text(a, "true") && is_text(b, "true")) ||
           (is_text(a, "false") && is_text(b, "false"));
}

static enum pl_status fail(const struct pl_marks *marks, struct pl_str value, const char *what,
                           struct pl_error *error)
{
    char seen[2 * PL_MARK_TEXT_SIZE + 16] = "";
    size_t used = 0;

    for (size_t i = 0; i < marks->count; i++)
        used += (size_t)snprintf(seen + used, sizeof seen - used, "\"%s\", ", marks->texts[i]);
    return pl_line_error(marks->line, marks->place, PL_E_DATA, error,
                         "column `%.*s` holds %s\"%.*s\": %s", PL_STR_ARG(marks->column), seen,
                         (int)(value.len > 60 ? 60 : value.len), value.ptr, what);
}

static enum pl_status mark_of(const struct pl_marks *marks, struct pl_str value,
                              enum pl_mark *ret_mark, struct pl_error *error)
{
    const struct pl_str positive = marks->line->data.positive;

    if (positive.len > 0)
        *ret_mark = is_same_value(value, positive) ? PL_POSITIVE : PL_NEGATIVE;
    else if (is_number(value, 1.0) || is_text(value, "true"))
        *ret_mark = PL_POSITIVE;
    else if (is_number(value, 0.0) || is_text(value, "false"))
        *ret_mark = PL_NEGATIVE;
    else
        return fail(marks, value,
                    "a binary task needs 0 and 1 or true and false; else say which value is "
                    "positive with `positive`",
                    error);
    return PL_OK;
}

enum pl_status pl_marks_take(struct pl_marks *marks, struct pl_str value, enum pl_mark *ret_mark,
                             struct pl_error *error)
{
    for (size_t i = 0; i < marks->count; i++)
        if (pl_str_equal_text(value, marks->texts[i])) {
            *ret_mark = marks->marks[i];
            return PL_OK;
        }

    enum pl_mark mark = PL_UNKNOWN;

    PL_RETURN_IF(mark_of(marks, value, &mark, error));
    for (size_t i = 0; i < marks->count; i++)
        if (is_same_value(value, pl_str_of(marks->texts[i]))) {
            *ret_mark = marks->marks[i];
            return PL_OK;
        }
    if (marks->count == 2 || (marks->count == 1 && marks->marks[0] == mark))
        return fail(marks, value, "a binary task has two values", error);
    if (value.len >= PL_MARK_TEXT_SIZE)
        return fail(marks, value, "too long for a label", error);
    memcpy(marks->texts[marks->count], value.ptr, value.len);
    marks->texts[marks->count][value.len] = '\0';
    marks->marks[marks->count++] = mark;
    *ret_mark = mark;
    return PL_OK;
}
