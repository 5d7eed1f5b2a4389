/*
 * The last number in a text, for answers that end in a figure ("#### 42", "so it costs $1,234.50").
 * The rules stand at the top of number.c and in docs/text-metrics.md.
 */
#ifndef PL_TEXT_NUMBER_H
#define PL_TEXT_NUMBER_H

#include "base/str.h"

struct pl_number {
    double value;       /* a percentage is its number: 12% is 12 */
    struct pl_str text; /* where it stands in the text */
    bool is_percent;
    bool is_fraction; /* 3/4, 1 1/2, ½ */
};

/* False when there is no number. Allocates nothing; any thread. */
bool pl_number_last(struct pl_str text, struct pl_number *ret_number);

/* True when |output - reference| <= max(tolerance, relative * |reference|); both at least 0. */
bool pl_number_is_near(double output, double reference, double tolerance, double relative);

#endif
