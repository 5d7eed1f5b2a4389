/*
 * The data and a baseline as one table: each decision once, with the answers of both sides. A side's
 * answer and values are there only where the other side has them too, so that both are figures of the
 * same decisions.
 */
#ifndef PL_MEASURE_JOIN_H
#define PL_MEASURE_JOIN_H

#include "measure/against.h"
#include "measure/plan.h"

/* Names of the columns that a join adds to those of the data. */
#define PL_JOIN_HERE       "data: "
#define PL_JOIN_THERE      "baseline: "
#define PL_JOIN_DIFFERENCE "difference: "
#define PL_JOIN_ANSWER     "baseline: answer"

struct pl_join {
    const struct pl_line *line; /* the data's own */
    const struct pl_baseline *baseline;
    bool there;  /* the values of measures are the baseline's, not the data's */
    bool scores; /* differences of losses are wanted, for Brier score and log loss */
};

/* A loss whose difference depends on the label: its name, and the columns' for either label. */
struct pl_join_loss {
    const char *metric;
    const char *columns[2]; /* by enum pl_mark: where the label is negative, and positive */
    const char *sql[2];     /* of a probability `?` */
};
#define PL_JOIN_LOSSES_COUNT 2
extern const struct pl_join_loss PL_JOIN_LOSSES[PL_JOIN_LOSSES_COUNT];

/*
 * Makes the joined table the source of a plan whose connection is open for both: `plan->source` and
 * `plan->source_columns`. `columns` are the value columns by their names in the line.
 */
PL_MUST_CHECK enum pl_status pl_join_source(struct pl_plan *plan, const struct pl_join *join,
                                            const struct pl_value_column *columns,
                                            size_t columns_count, struct pl_arena *arena,
                                            struct pl_error *error);

/*
 * What the plan of a side reads: its value columns by their names in the join, and on the data's side
 * the differences besides.
 */
PL_MUST_CHECK enum pl_status pl_join_columns(const struct pl_join *join, struct pl_arena *arena,
                                             struct pl_plan_request *request,
                                             struct pl_error *error);

/* How many decisions match. An id that names two is PL_E_DATA, as is no match at all. */
PL_MUST_CHECK enum pl_status pl_join_match(const struct pl_join *join, uint32_t threads,
                                           struct pl_arena *arena, struct pl_matching *ret_matching,
                                           struct pl_error *error);

#endif
