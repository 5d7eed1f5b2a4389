/* The counts of two segments crossed: groups as rows, strata as columns. */
#ifndef PL_MIX_TABLE_H
#define PL_MIX_TABLE_H

#include "mix/mix.h"

struct pl_mix_table {
    uint32_t segment;
    uint32_t strata;
    const struct pl_confusion *cells;  /* groups_count x strata_count */
    const struct pl_confusion *groups; /* the sums of the rows */
    uint32_t groups_count;
    uint32_t strata_count;
};

/* Whether the table has at most PL_MIX_CELLS_MAX cells. */
bool pl_mix_table_fits(const struct pl_cells *cells, uint32_t segment, uint32_t strata);

/* Makes it, in `arena`. The two segments differ, and the table fits. */
PL_MUST_CHECK enum pl_status pl_mix_table_make(const struct pl_cells *cells, uint32_t segment,
                                               uint32_t strata, struct pl_arena *arena,
                                               struct pl_mix_table *ret_table,
                                               struct pl_error *error);

/* The split of one pair of groups, from the table; see pl_mix_pair. */
PL_MUST_CHECK enum pl_status pl_mix_split(const struct pl_mix_table *table,
                                          const struct pl_measured *measured,
                                          const struct pl_mix_request *request,
                                          struct pl_arena *arena, struct pl_mix *ret_mix,
                                          struct pl_error *error);

#endif
