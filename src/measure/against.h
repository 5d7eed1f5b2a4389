/*
 * A baseline beside the data: the same measures in the same slices, of the data and of an incumbent, a
 * person, or whatever else the line compares with, and how the two estimates hang together.
 */
#ifndef PL_MEASURE_AGAINST_H
#define PL_MEASURE_AGAINST_H

#include "measure/run.h"

/* Which decisions of the baseline belong to which of the data. */
enum pl_pairing {
    PL_UNPAIRED,      /* two samples */
    PL_PAIRED_BY_ID,  /* the same decisions, matched by columns.id */
    PL_PAIRED_BY_ROW, /* the same decisions: the baseline stands in the rows of the data */
};

/* How the two estimates of one measure are compared. */
enum pl_sides_method {
    PL_SIDES_UNPAIRED,    /* as two samples, which they are */
    PL_SIDES_PAIRED,      /* pair by pair */
    PL_SIDES_INDEPENDENT, /* paired, and compared as two samples: cautious */
};

/* "unpaired", "paired", "independent". */
const char *pl_sides_method_name(enum pl_sides_method method);

/* One measure in one slice. Where decisions are paired, both sides are of the matched ones only. */
struct pl_sides {
    struct pl_stat here;
    struct pl_stat there;
    struct pl_stat difference; /* here - there, from the pairs; of kind PL_STAT_NONE unless known */
    double correlation;        /* of the two estimates */
    enum pl_sides_method method;
    uint64_t decisions_here; /* of the slice; equal when paired */
    uint64_t decisions_there;
};

struct pl_matching {
    enum pl_pairing pairing;
    uint64_t matched;
    uint64_t only_here; /* decisions without a partner */
    uint64_t only_there;
};

struct pl_against {
    const struct pl_baseline *baseline;
    struct pl_matching matching;
    struct pl_str source;     /* the path or glob that was read */
    uint64_t decisions;       /* of the baseline */
    const size_t *metric_of;  /* for each metric of the data its index here, or SIZE_MAX */
    size_t metrics_count;     /* here */
    struct pl_sides *overall; /* one for each metric */
    struct pl_sides *
        *groupings;           /* by grouping of the data, slices x metrics; NULL: not asked for */
    struct pl_measured *here; /* of the matched decisions; NULL when unpaired */
    struct pl_measured *there;
};

/* The baseline as it was measured, or NULL. */
const struct pl_against *pl_against_of(const struct pl_measured *measured,
                                       const struct pl_baseline *baseline);

/* One measure in a slice of `measured`; NULL where it was not asked for. */
const struct pl_sides *pl_sides_of(const struct pl_measured *measured,
                                   const struct pl_against *against, const struct pl_slice *slice,
                                   size_t metric_index);

/*
 * Measures every baseline that the line's limits name, and that of the request, beside `measured`. The
 * results live in `arena`; what does not is freed by pl_measured_deinit(measured). An error names the
 * place of the baseline in the line.
 */
PL_MUST_CHECK enum pl_status pl_againsts_make(const struct pl_line *line,
                                              const struct pl_measure_request *request,
                                              struct pl_measured *measured, struct pl_arena *arena,
                                              struct pl_error *error);

/* The same slice elsewhere, by the names of its groups; NULL when there is none. */
struct pl_slice_map;
PL_MUST_CHECK enum pl_status pl_slice_map_make(const struct pl_cells *from,
                                               const struct pl_cells *to, struct pl_arena *arena,
                                               struct pl_slice_map **ret_map,
                                               struct pl_error *error);
const struct pl_slice *pl_slice_map_find(const struct pl_slice_map *map,
                                         const struct pl_slice *slice,
                                         const struct pl_measured *to);

#endif
