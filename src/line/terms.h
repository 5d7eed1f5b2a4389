/*
 * The words of fairness in a limit: names that are not a measure of one slice but a comparison, or
 * two comparisons at once. A limit that uses one is read as the limits it stands for.
 */
#ifndef PL_LINE_TERMS_H
#define PL_LINE_TERMS_H

#include "line/line.h"

struct pl_reader;
struct pl_node;
struct pl_limit_row;

#define PL_TERM_METRICS_MAX 2

struct pl_term {
    const char *name;
    const char *metrics[PL_TERM_METRICS_MAX]; /* the measures it is about: all must hold */
    /* The one comparator that the term implies: `max` of a difference is `max_difference`.
       Without one (PL_COMPARATORS_COUNT) the term takes every comparator but `min` and `max`. */
    enum pl_comparator given;
    enum pl_comparator meant;
    const char *example; /* what to write in place of what cannot be read */
};

/* The term of that name; NULL when there is none. */
const struct pl_term *pl_term_find(struct pl_str name);

size_t pl_terms_count(void);
const char *pl_term_name_at(size_t index);

/*
 * Turns the row of a limit into what its term means: comparators are changed, the metric is that of
 * the first measure. False, with a fault that shows what to write, when the term does not take its
 * comparators.
 */
bool pl_term_apply(struct pl_reader *reader, const struct pl_node *node, const struct pl_term *term,
                   struct pl_limit_row *row);

#endif
