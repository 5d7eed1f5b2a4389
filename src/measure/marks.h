/* What the values of a label or prediction column mean: positive, negative, or an error. */
#ifndef PL_MEASURE_MARKS_H
#define PL_MEASURE_MARKS_H

#include "line/line.h"
#include "measure/cells.h"

#define PL_MARK_TEXT_SIZE 64

/* The values met so far; at most two are allowed in a binary task. */
struct pl_marks {
    const struct pl_line *line;
    struct pl_str column;
    struct pl_place place;
    char texts[2][PL_MARK_TEXT_SIZE];
    enum pl_mark marks[2];
    size_t count;
};

/*
 * The mark of a value. Without `data.positive` 1 and true are positive, 0 and false negative, and
 * anything else is PL_E_DATA; with it, that value is positive and at most one other is negative.
 */
PL_MUST_CHECK enum pl_status pl_marks_take(struct pl_marks *marks, struct pl_str value,
                                           enum pl_mark *ret_mark, struct pl_error *error);

#endif
