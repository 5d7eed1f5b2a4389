/*
 * How far several raters (people, or a judge and people, or a model asked again) agree about the same
 * units, beyond what chance gives. A unit is a case that was rated. Pure functions; memory from the given
 * arena only; one thread for each arena.
 */
#ifndef PL_STATS_AGREEMENT_H
#define PL_STATS_AGREEMENT_H

#include "base/arena.h"
#include "stats/stat.h"

/* In the place of a rating that was not given. */
#define PL_NO_RATING UINT32_MAX

#define PL_RATING_CATEGORIES_MAX 1024
#define PL_ALPHA_REPLICATES      1000

/* Units by raters, row after row. A rating is the index of a category. */
struct pl_ratings {
    const uint32_t *ratings; /* units_count * raters_count; PL_NO_RATING where there is none */
    size_t units_count;
    size_t raters_count;
    uint32_t categories_count; /* at most PL_RATING_CATEGORIES_MAX; in order where they have one */
    const double *values;      /* what each category stands for, ascending; NULL: 0, 1, 2, ... */
};

/* ---- two raters ---- */

/* How many units got which rating from the first (row) and the second (column). In the arena. */
struct pl_rating_table {
    const double *counts; /* categories_count * categories_count */
    const double *first;  /* the sums of the rows: how often the first gave which rating */
    const double *second;
    uint32_t categories_count;
    uint64_t n; /* units that both have rated */
};

/* Which two columns of the ratings. */
struct pl_rater_pair {
    size_t first;
    size_t second;
};

/* Errors: PL_E_LIMIT for too many categories; PL_E_DATA for a rating that is no category; the arena's. */
PL_MUST_CHECK enum pl_status pl_rating_table_make(const struct pl_ratings *ratings,
                                                  const struct pl_rater_pair *pair,
                                                  struct pl_arena *arena,
                                                  struct pl_rating_table *ret_table,
                                                  struct pl_error *error);

/* What a disagreement costs: 1; the distance of the two categories' places; its square. */
enum pl_kappa_weights { PL_KAPPA_UNWEIGHTED, PL_KAPPA_LINEAR, PL_KAPPA_QUADRATIC };

/* The share of units with the same rating: PL_STAT_RATE. */
struct pl_stat pl_raw_agreement(const struct pl_rating_table *table);

/*
 * Cohen's kappa, 1 - sum v o / sum v e, as sklearn.metrics.cohen_kappa_score: PL_STAT_NORMAL on Fisher's
 * scale, with the standard error of J. L. Fleiss, J. Cohen & B. S. Everitt, Psychol. Bull. 72 (1969) 323.
 * Undefined when all ratings are one and the same. (pl_class_kappa of classes.h is the same figure, made
 * for decisions of very many classes, unweighted.)
 */
struct pl_stat pl_cohen_kappa(const struct pl_rating_table *table, enum pl_kappa_weights weights);

/* ---- any number of raters, ratings missing ---- */

/* What may be done with the categories: tell apart, order, subtract, divide (values not negative). */
enum pl_rating_level {
    PL_RATING_NOMINAL,
    PL_RATING_ORDINAL,
    PL_RATING_INTERVAL,
    PL_RATING_RATIO,
};

struct pl_alpha_options {
    enum pl_rating_level level;
    uint32_t replicates; /* of the bootstrap; 0: PL_ALPHA_REPLICATES */
    uint64_t seed;
    double confidence; /* of the bootstrap interval */
};

/* `stat` has the standard error of a jackknife over units, on Fisher's scale, with Student's t;
   `bootstrap` is the percentile interval over resampled units. */
struct pl_alpha {
    struct pl_stat stat;
    struct pl_estimate bootstrap;
    uint64_t units;   /* with two ratings or more; others say nothing */
    uint64_t ratings; /* in these */
    uint32_t replicates;
    uint32_t skipped; /* replicates in which all ratings were the same: alpha has no value there */
};

/* Krippendorff's alpha, 1 - observed / expected disagreement (K. Krippendorff, Computing Krippendorff's
   Alpha-Reliability (2011)). Errors: as pl_rating_table_make. */
PL_MUST_CHECK enum pl_status
pl_krippendorff_alpha(const struct pl_ratings *ratings, const struct pl_alpha_options *options,
                      struct pl_arena *arena, struct pl_alpha *ret_alpha, struct pl_error *error);

/* Fleiss' kappa (J. L. Fleiss, Psychol. Bull. 76 (1971) 378), jackknifed over units. Units must all have
   the same number of ratings, two at least; else it is PL_UNDEFINED_UNEQUAL_RATERS. */
PL_MUST_CHECK enum pl_status pl_fleiss_kappa(const struct pl_ratings *ratings,
                                             struct pl_arena *arena, struct pl_stat *ret_stat,
                                             struct pl_error *error);

/* Gwet's AC1 (K. L. Gwet, Br. J. Math. Stat. Psychol. 61 (2008) 29), which does not fall when nearly all
   units are of one category; ratings may be missing; jackknifed over units. */
PL_MUST_CHECK enum pl_status pl_gwet_ac1(const struct pl_ratings *ratings, struct pl_arena *arena,
                                         struct pl_stat *ret_stat, struct pl_error *error);

/* The mean over units (rated twice or more) of the share of pairs of ratings that are the same, and the
   share of units whose ratings are all the same. With a case as unit and its repeats as raters: its
   consistency. */
struct pl_stat pl_pairwise_agreement(const struct pl_ratings *ratings);
struct pl_stat pl_unanimity(const struct pl_ratings *ratings);

#endif
