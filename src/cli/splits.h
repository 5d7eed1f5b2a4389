/* What `audit --by` says, as segments and crossings. */
#ifndef PL_CLI_SPLITS_H
#define PL_CLI_SPLITS_H

#include "cli/options.h"
#include "line/line.h"

#define PL_SPLITS_CROSSINGS_MAX PL_OPTION_TEXTS_MAX

/* Segments in the order in which they were named first, and the crossings that were asked for. */
struct pl_splits {
    struct pl_segment segments[PL_SEGMENTS_MAX];
    size_t segments_count;
    struct pl_crossing crossings[PL_SPLITS_CROSSINGS_MAX];
    size_t crossings_count;
};

/* Nothing is asked for yet, and these segments are known by their names: those of a line. */
void pl_splits_init(struct pl_splits *splits, const struct pl_segment *segments, size_t count);

/*
 * Adds what each text asks for: one part, or several joined by `*` (a crossing). A part is the name of
 * a column or of a segment named before, or `NAME=COLUMN:EDGE,EDGE…`, which makes groups of a numeric
 * column: below the first edge, from each edge to the next, and from the last on. `NAME=COLUMN`
 * gives a column another name. Memory comes from `arena`.
 */
PL_MUST_CHECK enum pl_status pl_splits_read(const struct pl_texts *texts, struct pl_arena *arena,
                                            struct pl_splits *splits, struct pl_error *error);

/* What `--strata` says, in place of what stands in `*ret_strata`; NULL says nothing. PL_E_USAGE: it is
   none of the segments. */
PL_MUST_CHECK enum pl_status pl_splits_strata(const struct pl_splits *by, const char *strata,
                                              struct pl_str *ret_strata, struct pl_error *error);

#endif
