/*
 * Figures the way people write them: `42.3 %`, `35.3 points`, `0.702`, `7,214`, `about 1 in 3`.
 * Rounding happens here and nowhere before. Pure functions; safe in any thread.
 */
#ifndef PL_REPORT_NUMBER_H
#define PL_REPORT_NUMBER_H

#include "base/buffer.h"
#include "base/str.h"

/* How a figure is shown. */
enum pl_figure {
    PL_FIGURE_PERCENT,  /* a rate: 0.4485 is "44.9 %" */
    PL_FIGURE_POINTS,   /* a difference of rates: 0.353 is "35.3 points" */
    PL_FIGURE_FRACTION, /* an index or a ratio: three decimals, "0.702" */
    PL_FIGURE_COUNT,    /* decisions: "7,214" */
    PL_FIGURE_PLAIN,    /* in the units of a column: six significant digits */
};

/* How the value of a measure is shown, by its name: rates as percent, indices such as roc_auc and
   f1 as fractions, counts as counts, measures of columns in their units. */
enum pl_figure pl_figure_of(struct pl_str metric);

/* How a difference between two such values is shown. */
enum pl_figure pl_figure_of_difference(enum pl_figure figure);

/* The figure with its unit; `value` must be finite. Values in percent get more decimals where one
   would show a rate above 0 as 0.0, or one below 100 as 100.0. */
void pl_figure_write(struct pl_buffer *out, enum pl_figure figure, double value);

/* "[40.1, 44.6]", without the unit; a bound that is infinite is written as "no bound". */
void pl_interval_write(struct pl_buffer *out, enum pl_figure figure, double low, double high);

/* "7,214". */
void pl_count_write(struct pl_buffer *out, uint64_t count);

/* A confidence as it was given: "95 %", "99.9 %". */
void pl_confidence_write(struct pl_buffer *out, double confidence);

/* "about 1 in 3", "about 4 in 9": a simple fraction within a twentieth of the rate, or one in many.
   Nothing and false when there is none (rates under 1 in 1000 or over 9 in 10 included). */
bool pl_one_in_write(struct pl_buffer *out, double rate);

/* A bar of `columns` for a share between 0 and 1, in eighths of a column (in whole ones for ASCII).
 */
void pl_bar_write(struct pl_buffer *out, double share, uint32_t columns);

#endif
