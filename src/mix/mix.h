/*
 * Simpson's paradox and the mix: a gap between two groups may come from where their decisions are, not
 * from how they are treated there. A gap of a rate is split into the part of the mix and the part of
 * the rates inside the strata, and it is said when the two point opposite ways. Works on cells, so
 * nothing is counted twice.
 */
#ifndef PL_MIX_MIX_H
#define PL_MIX_MIX_H

#include "measure/measure.h"

#define PL_MIX_CELLS_MAX  50000    /* groups of a segment times strata */
#define PL_MIX_VISITS_MAX 10000000 /* leaves times pairs of segments, where nobody asked */

/* A group in a stratum: its trials there, and their rate. */
struct pl_mix_side {
    uint64_t n;              /* decisions that the measure counts */
    double share;            /* of the group's, 0 to 1 */
    struct pl_estimate rate; /* undefined without decisions */
};

struct pl_mix_stratum {
    uint32_t group; /* of the stratum's segment */
    struct pl_mix_side sides[2];
    struct pl_estimate gap; /* undefined where one of the two has no decisions */
    double mix;             /* what it adds to the part of the mix, about the mean rate */
};

/* A measure in two groups, the first less the second, within the strata of another segment. */
struct pl_mix {
    uint32_t segment;
    uint32_t strata; /* the segment whose groups are the strata */
    size_t metric_index;
    uint32_t groups[2];
    struct pl_estimate rates[2];
    struct pl_estimate gap; /* mix + within + outside */
    struct pl_estimate mix;
    struct pl_estimate within;
    struct pl_estimate standardised[2];
    double outside;        /* what the strata add in which only one of the two has decisions */
    uint64_t outside_n[2]; /* the decisions in them */
    const struct pl_mix_stratum *items;
    size_t items_count;
    size_t common_count; /* strata in which both have decisions */
    size_t along_count;  /* of them: the gap points the same way as overall, or the other way */
    size_t against_count;
    size_t driver; /* the item that adds most to the part of the mix, in the gap's direction */
    bool reversed; /* the gap overall is proven, and inside the strata it points the other way */
    bool proven;   /* and so is that */
    double confidence; /* of each interval, after the correction for what was picked */
};

/* Which two groups, in what, within what. */
struct pl_mix_request {
    uint32_t segment;
    uint32_t strata;
    size_t metric_index;
    uint32_t groups[2];
    double confidence; /* of each interval */
};

/* Whether a measure can be split: it is a share of decisions by label and prediction. */
bool pl_mix_can(const struct pl_metric *metric);

/* One pair. Everything lives in `arena`. PL_E_LIMIT: more than PL_MIX_CELLS_MAX cells. */
PL_MUST_CHECK enum pl_status pl_mix_pair(const struct pl_measured *measured,
                                         const struct pl_mix_request *request,
                                         struct pl_arena *arena, struct pl_mix *ret_mix,
                                         struct pl_error *error);

/* The splits of an audit. */
struct pl_mixes {
    const struct pl_mix *items;
    size_t count;
    bool whole;         /* all were asked for; else, where no strata are named, proven reversals */
    size_t tried;       /* splits made */
    size_t passed_over; /* pairs of segments with more than PL_MIX_CELLS_MAX cells */
    bool too_many; /* nothing was split: no strata are named, not all was asked for, and it would
                           take more than PL_MIX_VISITS_MAX visits of a leaf */
};

/*
 * For every segment that was measured and every segment of strata: the pair of groups furthest apart
 * in each measure, of those that are large enough. The strata are those that `measured` names; when it
 * names none every other segment is tried. The level of the intervals is divided by the number of
 * pairs there were to pick from, and by the number of segments tried.
 */
PL_MUST_CHECK enum pl_status pl_mix_all(const struct pl_measured *measured, bool whole,
                                        struct pl_arena *arena, struct pl_mixes **ret_mixes,
                                        struct pl_error *error);

/*
 * The strata inside which the gap of one pair turns round: those that are named, or when none are the
 * other segment in which that is proven best. `*ret_mix` is NULL when it does not.
 * `request->strata` is not read; `request->confidence` is that of the statement, before correction.
 */
PL_MUST_CHECK enum pl_status pl_mix_reversal(const struct pl_measured *measured,
                                             const struct pl_mix_request *request,
                                             struct pl_arena *arena, const struct pl_mix **ret_mix,
                                             struct pl_error *error);

#endif
