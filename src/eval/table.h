/*
 * The scores of a run by case, read again from its results: for comparisons with another run, and for what
 * repeats say. Repeats of a case are taken together. Lives in the arena that it was read into.
 */
#ifndef PL_EVAL_TABLE_H
#define PL_EVAL_TABLE_H

#include "eval/runs.h"

/* What the repeats of one case came to for one scorer. */
struct pl_case_score {
    double sum;
    uint32_t count;  /* repeats with a score */
    uint32_t passed; /* of those, scores of 1 */
};

struct pl_run_table {
    const struct pl_str *names; /* of the scorers */
    size_t scorers_count;
    size_t cases_count;
    const uint64_t *ids;    /* hashes of the cases' ids */
    const uint32_t *groups; /* of each case, from 0; NULL where cases are independent */
    uint32_t groups_count;
    const struct pl_case_score *cells; /* cases_count x scorers_count */
};

PL_MUST_CHECK enum pl_status pl_run_table_read(const struct pl_run *run, bool grouped,
                                               struct pl_arena *arena,
                                               struct pl_run_table *ret_table,
                                               struct pl_error *error);

/* The place of the scorer of that name; false when there is none. */
bool pl_run_table_find(const struct pl_run_table *table, struct pl_str name, size_t *ret_index);

static inline const struct pl_case_score *pl_run_table_cell(const struct pl_run_table *table,
                                                            size_t index, size_t scorer)
{
    return &table->cells[index * table->scorers_count + scorer];
}

#endif
