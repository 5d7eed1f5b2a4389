/*
 * The way from a line to measures in one call: opens the engine that the data names, makes the cells
 * by one GROUP BY, and measures. `gate`, `audit` and everything after them come through here.
 */
#ifndef PL_MEASURE_RUN_H
#define PL_MEASURE_RUN_H

#include "measure/measure.h"

struct pl_join; /* measure/join.h */

struct pl_measure_request {
    struct pl_strs
        metrics; /* names to measure besides those of the line's limits; when both are empty the
                               standard set for what the data has (labels, scores) */
    struct pl_strs also; /* measured besides, as far as the data has what they need */
    const struct pl_crossing *crossings; /* besides those of the limits; no duplicates needed */
    size_t crossings_count;
    bool with_multicalibration; /* looked at over all slices, even when no measure asks for it */
    const struct pl_baseline
        *against;               /* to measure beside the data, whatever limits say; or NULL */
    bool with_scores;           /* the score is loaded even when no measure asks for it */
    const struct pl_join *join; /* measures one side of a join with a baseline; or NULL */
    uint32_t threads;           /* 0: as many as the machine has processors */
};

/*
 * Measures the data of `line` (its `data`, `limits`, `costs` and `evidence` are used). The result
 * lives in `arena`, but for large arrays: call pl_measured_deinit. Errors in the line's words
 * (unknown metric, no such column) name file, line and column when the line came from a file.
 */
PL_MUST_CHECK enum pl_status
pl_measure_line(const struct pl_line *line, const struct pl_measure_request *request,
                struct pl_arena *arena, struct pl_measured **ret_measured, struct pl_error *error);

/* What a line without data has: no decisions, no measures, the settings of its evidence. */
PL_MUST_CHECK enum pl_status pl_measure_nothing(const struct pl_line *line, struct pl_arena *arena,
                                                struct pl_measured **ret_measured,
                                                struct pl_error *error);

/*
 * Checks every metric name of the line's limits without touching data; adds a problem for each that
 * is unknown (with the nearest known name) or that cannot take its comparator.
 */
void pl_measure_check(const struct pl_line *line, struct pl_arena *arena,
                      struct pl_problems *problems);

/* Reads the line at `path` and checks its measures; the first fault of either is the error. */
PL_MUST_CHECK enum pl_status pl_measure_read(const char *path, struct pl_arena *arena,
                                             struct pl_line **ret_line, struct pl_error *error);

/* The groupings that are measured when nobody says: every segment and crossing up to `depth`. In
   `arena`; PL_E_LIMIT when there are more than 1,000. */
PL_MUST_CHECK enum pl_status pl_crossings_every(size_t segments_count, uint32_t depth,
                                                struct pl_arena *arena,
                                                const struct pl_crossing **ret_crossings,
                                                size_t *ret_count, struct pl_error *error);

#define PL_ALSO_MAX 3

/* One row of the table of measures, for help, completion, JSON Schema and reference pages. */
struct pl_metric_help {
    const char *name;              /* "true_positive_rate", "mean(COLUMN)" */
    const char *alias;             /* "recall", or NULL */
    const char *also[PL_ALSO_MAX]; /* further names, NULL after the last */
    const char *formula;           /* "TP / (TP + FN)" */
    const char *interval;          /* how its interval is found */
    const char *source;            /* the reference implementation or paper */
    const char *summary;           /* one plain sentence */
    unsigned tasks;                /* for which kinds of task: bit 1 << enum pl_task */
};

/* The other names of a measure, `index` from 0; NULL when there are no more. */
const char *pl_metric_alias_at(const struct pl_metric_help *help, size_t index);

size_t pl_metric_help_count(void);
struct pl_metric_help pl_metric_help_at(size_t index);

#endif
