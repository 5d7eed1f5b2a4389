/*
 * What a limit asks of one slice or of two, as one thing with a value, bounds and p-values: a measure,
 * a difference or a ratio. A slice compared with the overall figure is compared with the decisions
 * outside it, of which it is independent, and the result is carried over.
 */
#ifndef PL_JUDGE_COMPARE_H
#define PL_JUDGE_COMPARE_H

#include "line/line.h"
#include "measure/measure.h"
#include "stats/stat.h"

enum pl_form { PL_FORM_VALUE, PL_FORM_DIFFERENCE, PL_FORM_RATIO };

struct pl_comparison {
    enum pl_form form;
    enum pl_undefined reason; /* why it cannot be made; PL_DEFINED when it can */
    bool no_value;            /* a ratio to 0: bounds and tests hold, a value there is not */
    struct pl_stat a;
    struct pl_stat b;
    double correlation; /* of the two estimates: 0 unless they are of the same decisions */
    double share;       /* to overall: the slice's part in it, with `b` the rest; else 0 */
    bool is_whole;      /* to overall: the slice is everything, so nothing differs */
};

/* One measure in one slice, against nothing, another slice, or everything. */
struct pl_comparison pl_comparison_value_of(const struct pl_stat *stat);
struct pl_comparison pl_comparison_between(enum pl_form form, const struct pl_stat *a,
                                           const struct pl_stat *b);
struct pl_comparison pl_comparison_to_overall(enum pl_form form, const struct pl_slice *slice,
                                              const struct pl_slice *overall, size_t metric_index);

/* The value (not for no_value), and one-sided bounds at `alpha`; the upper may be INFINITY. */
double pl_comparison_value(const struct pl_comparison *comparison);
double pl_comparison_low(const struct pl_comparison *comparison, double alpha);
double pl_comparison_high(const struct pl_comparison *comparison, double alpha);

/* P-values of the one-sided tests that the value lies above, or below, `bound`. */
double pl_comparison_p_above(const struct pl_comparison *comparison, double bound);
double pl_comparison_p_below(const struct pl_comparison *comparison, double bound);

/* The comparison as it would be with `slice_factor` times as many decisions in the slice, and
   `other_factor` times as many in what it is compared with, at the same rates. */
struct pl_comparison pl_comparison_scale(const struct pl_comparison *comparison,
                                         double slice_factor, double other_factor);

#endif
