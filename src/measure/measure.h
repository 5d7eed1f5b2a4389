/*
 * Measures: named functions of cells, each with its uncertainty, in every slice asked for. One row
 * of the table in metrics.c is one measure.
 */
#ifndef PL_MEASURE_MEASURE_H
#define PL_MEASURE_MEASURE_H

#include "base/arena.h"
#include "base/error.h"
#include "line/line.h"
#include "measure/cells.h"
#include "stats/estimate.h"
#include "stats/stat.h"

#define PL_METRICS_MAX 128

struct pl_against;    /* measure/against.h */
struct pl_metric_row; /* a row of the table: measure/metrics.h */

/* A measure as asked for: a row of the table and, for the generic ones, its column and argument. */
struct pl_metric {
    const struct pl_metric_row *row;
    struct pl_str name;        /* canonical: "true_positive_rate", "quantile(latency_ms, 0.95)" */
    struct pl_str column_name; /* of mean(COLUMN) and its like, else empty */
    struct pl_str second_name; /* the second column of ratio(COLUMN, COLUMN), else empty */
    int column;                /* index into cells->columns, of a ratio into cells->ratios, or -1 */
    double argument;           /* the q of quantile, the K of ndcg@K */
    struct pl_str group;       /* the class of precision(CLASS), else empty */
};

/* Why a slice is listed and neither judged nor compared. */
enum pl_aside {
    PL_ASIDE_NOT,
    PL_ASIDE_FEW,     /* fewer decisions than smallest_slice */
    PL_ASIDE_SHARE,   /* a smaller part of the decisions than smallest_share */
    PL_ASIDE_MISSING, /* a group of missing values, which are to be listed only */
};

/* For a table: "too small", "small share", "listed only"; for JSON: "few", "share", "missing".
   Both are empty for PL_ASIDE_NOT. */
const char *pl_aside_text(enum pl_aside aside);
const char *pl_aside_name(enum pl_aside aside);

/* Which way a measure is better, where that can be said of it in general. */
enum pl_better pl_metric_better(const struct pl_metric *metric);

/* A slice: one group, or one crossing of groups. Values are indices into the segments' groups. */
struct pl_slice {
    const struct pl_crossing *crossing; /* NULL: overall */
    uint32_t groups[PL_CROSSING_MAX];
    uint64_t n;           /* decisions */
    uint64_t unlabelled;  /* of them without a label */
    uint64_t unpredicted; /* of them without a score or prediction */
    uint64_t queries;     /* of a ranking: queries with an item of the slice */
    uint64_t irrelevant;  /* of them, without a relevant item: they say nothing of its quality */
    double weight;        /* the sum of sampling weights; n when there are none */
    bool too_small;       /* not judged: `aside` says why */
    enum pl_aside aside;
    struct pl_confusion confusion;
    const struct pl_stat *stats; /* one for each metric: what the judge needs */
    const struct pl_stat
        *alone;        /* the same as if decisions in groups were independent; NULL: they are */
    uint64_t clusters; /* groups of decisions that belong together and reach in here */
    const struct pl_stat *rests; /* the same for all decisions outside the slice, where the overall
                                    figure is the mean of both; else of kind PL_STAT_NONE */
    const double *shares;        /* the slice's part in that mean, 0 to 1 */
    const struct pl_estimate *estimates; /* one for each metric, two-sided at the confidence */
    const double *impacts;               /* measure/impact.h; NULL when no metric has any */
};

/* All slices of one segment or crossing, in the order of their group names. */
struct pl_grouping {
    struct pl_crossing crossing;
    const struct pl_slice *slices;
    size_t slices_count;
    bool dependent;             /* queries or groups of decisions reach into several slices */
    const double *correlations; /* see pl_slices_correlation */
};

/* The largest calibration error over all slices, and the slice behind it. */
struct pl_multicalibration {
    struct pl_stat stat;
    const struct pl_slice *worst; /* NULL when undefined */
    double ecce;                  /* of that slice */
    double sigmas;                /* the same in units of its noise under perfect calibration */
    double se_high;               /* largest standard error of a slice, in such units */
    size_t slices_count;          /* that were looked at, all decisions included */
    uint32_t replicates;
};

struct pl_measured {
    const struct pl_cells *cells;
    const struct pl_metric *metrics;
    size_t metrics_count;
    struct pl_slice overall;
    const struct pl_grouping *groupings;
    size_t groupings_count;
    double confidence;
    enum pl_interval_method interval;
    uint64_t smallest_slice;
    double smallest_share;
    enum pl_missing missing;
    uint64_t seed;
    const struct pl_against
        *againsts; /* baselines, as far as limits name them: measure/against.h */
    size_t againsts_count;
    uint32_t strata; /* the segment within which decisions are compared, plus 1; 0: none named */
    const struct pl_multicalibration *multicalibration; /* NULL: not asked for */
    struct pl_cells *owned_cells; /* freed by pl_measured_deinit; NULL: they are the caller's */
};

struct pl_measure_options {
    const struct pl_metric *metrics;
    size_t metrics_count;
    const struct pl_crossing *crossings; /* no duplicates */
    size_t crossings_count;
    struct pl_costs costs;
    double confidence;
    enum pl_interval_method interval;
    uint64_t smallest_slice;
    double smallest_share; /* 0: no such bound */
    enum pl_missing missing;
    uint64_t seed;
    uint32_t strata; /* a segment, plus 1; 0: none */
    bool with_multicalibration;
    uint32_t threads;
};

/* The confidence, seed and rules of a measuring that was done; what is measured is left to say. */
struct pl_measure_options pl_measure_options_like(const struct pl_measured *like);

/*
 * Measures every metric overall and in every slice. The result and all it points to live in `arena`;
 * it keeps a pointer to `cells`. The result does not depend on `threads`.
 */
PL_MUST_CHECK enum pl_status pl_measure(const struct pl_cells *cells,
                                        const struct pl_measure_options *options,
                                        struct pl_arena *arena, struct pl_measured **ret_measured,
                                        struct pl_error *error);

/* Frees what lies outside the arena. NULL is allowed. */
void pl_measured_deinit(struct pl_measured *measured);

/* A measure of a slice as if decisions that belong together were independent; where slice->alone is
   not NULL. */
struct pl_estimate pl_slice_ungrouped(const struct pl_measured *measured,
                                      const struct pl_slice *slice, size_t metric_index);

/* How many times the standard error grows because decisions belong together; 0 where that cannot be
   said. */
double pl_slice_inflation(const struct pl_slice *slice, size_t metric_index);

/* "race=Asian × sex=F", "overall"; in `arena`. */
struct pl_str pl_slice_text(const struct pl_measured *measured, const struct pl_slice *slice,
                            struct pl_arena *arena);

/* Whether one of the slice's groups is that of missing values. */
bool pl_slice_is_missing(const struct pl_cells *cells, const struct pl_slice *slice);

/* Which slices of a segment or crossing are listed only. */
struct pl_aside_rule {
    uint64_t smallest_slice;
    double smallest_share; /* of the decisions whose groups count; 0: no such bound */
    enum pl_missing missing;
};

/* Says of each slice whether it is set aside, by its n and weight: `aside` and `too_small`. */
void pl_slices_set_aside(const struct pl_cells *cells, const struct pl_aside_rule *rule,
                         struct pl_slice *slices, size_t count);

/* Whether figures of a metric in the slices of the grouping are correlated. */
bool pl_slices_are_dependent(const struct pl_measured *measured, const struct pl_grouping *grouping,
                             size_t metric_index);

/*
 * The correlation of a metric in two slices of the grouping, or in one and the overall slice: 0 but for
 * measures over queries or groups of decisions that reach into several slices. -1, the worst case, where there
 * are too many slices to know.
 */
double pl_slices_correlation(const struct pl_measured *measured, const struct pl_grouping *grouping,
                             size_t metric_index, const struct pl_slice *const slices[static 2]);

/* The same segments in the same order. */
bool pl_crossing_is_same(const struct pl_crossing *a, const struct pl_crossing *b);

/* The slices of that crossing; NULL when it was not measured. */
const struct pl_grouping *pl_grouping_find(const struct pl_measured *measured,
                                           const struct pl_crossing *crossing);

/* The segment's name and the group's name at position `i` of the slice's crossing. */
struct pl_str pl_slice_segment(const struct pl_measured *measured, const struct pl_slice *slice,
                               uint32_t i);
struct pl_str pl_slice_group(const struct pl_measured *measured, const struct pl_slice *slice,
                             uint32_t i);

/*
 * How far apart the slices of a grouping are in one metric, with simultaneous intervals (multinomial
 * bootstrap on the cells, seeded). `difference` is largest minus smallest, `ratio` smallest over largest,
 * over the slices that are defined and not too small.
 */
struct pl_between {
    const struct pl_grouping *grouping;
    size_t metric_index;
    struct pl_estimate difference;
    struct pl_estimate ratio;
    struct pl_estimate difference_of_two; /* at the level at which two gaps hold at once */
    struct pl_estimate ratio_of_two;
    const struct pl_slice *smallest; /* NULL when undefined */
    const struct pl_slice *largest;
};

/*
 * Every metric in every grouping, `ret_count` of them, by grouping and then metric; in `arena`. The result
 * does not depend on `threads`.
 */
PL_MUST_CHECK enum pl_status pl_measure_between(const struct pl_measured *measured,
                                                uint32_t threads, struct pl_arena *arena,
                                                const struct pl_between **ret_betweens,
                                                size_t *ret_count, struct pl_error *error);

#endif
