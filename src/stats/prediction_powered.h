/*
 * A mean of what people would say, from many cases that a judge scored and a few that people scored too:
 * prediction-powered inference (A. N. Angelopoulos et al., Science 382 (2023) 669; with the tuning of A.
 * N. Angelopoulos, J. C. Duchi & T. Zrnic, arXiv 2311.01453, PPI++). The cases that people score are to be
 * drawn at random from all of them. Pure values; one thread for each struct.
 */
#ifndef PL_STATS_PREDICTION_POWERED_H
#define PL_STATS_PREDICTION_POWERED_H

#include "stats/clusters.h"

/* What cases that are not independent of each other add up to. A case alone is such a group too. */
struct pl_ppi_group {
    uint64_t labelled;        /* cases that people have scored, and */
    double label;             /* the sum of what they said */
    double judged;            /* the sum of what the judge said of the same */
    uint64_t unlabelled;      /* cases that only the judge has scored, and */
    double judged_unlabelled; /* the sum of what it said */
};

#define PL_PPI_TERMS 5
#define PL_PPI_FOLDS 10

/* Sums over groups of their totals, and of products of these. */
struct pl_ppi_sums {
    struct pl_sum totals[PL_PPI_TERMS];
    struct pl_sum products[PL_PPI_TERMS][PL_PPI_TERMS];
};

/* The state of the pass; nothing in it is for the caller. Zeroed is empty. */
struct pl_ppi {
    uint64_t labelled;
    uint64_t labelled_groups;
    uint64_t unlabelled;
    struct pl_ppi_sums folds[PL_PPI_FOLDS + 1]; /* the last: groups without any label */
    struct pl_clusters people;
    struct pl_clusters judge;
};

void pl_ppi_add_labelled(struct pl_ppi *ppi, double label, double judged);
void pl_ppi_add_unlabelled(struct pl_ppi *ppi, double judged);

/* In the place of the two above where cases come in groups. */
void pl_ppi_add_group(struct pl_ppi *ppi, const struct pl_ppi_group *group);

/* What the judge counts for. */
enum pl_ppi_tuning {
    PL_PPI_CROSS_FITTED, /* as much as it is worth, found each time from other labels than it is used on */
    PL_PPI_PLAIN,        /* all: lambda = 1 */
    PL_PPI_TUNED, /* PPI++: found from the very labels it is used on, which biases it; as ppi_py */
};

struct pl_ppi_options {
    enum pl_ppi_tuning tuning;
    bool normal;  /* see below */
    bool grouped; /* cases were added by pl_ppi_add_group */
};

struct pl_ppi_result {
    double lambda;         /* 0: people alone, to 1: plain; the mean of those used */
    struct pl_stat stat;   /* what people would say of all cases */
    struct pl_stat people; /* from the labelled cases alone */
    struct pl_stat judge; /* the judge's mean of all cases, which estimates neither of the others */
};

/*
 * PL_STAT_NORMAL as it is. Plain and tuned, the value, and with `normal` the interval, are those of
 * ppi_mean_pointestimate and ppi_mean_ci of ppi_py. Cross-fitting takes every tenth labelled case (or group
 * with some) at a time, in the order they were added. Without `normal` Student's t with one degree of freedom less
 * than there are labelled cases (or groups with some), and squares over as many, which keeps its promise
 * where few are labelled. Fewer than two labelled cases are PL_UNDEFINED_FEW_UNITS; without any unlabelled
 * case it is what people say.
 */
struct pl_ppi_result pl_ppi_finish(const struct pl_ppi *ppi, const struct pl_ppi_options *options);

/* Pass (1) or fail (0). */
struct pl_ppi_counts {
    uint64_t labelled[2][2]; /* [what people say][what the judge says] */
    uint64_t unlabelled[2];  /* [what the judge says] */
};

/*
 * The same estimate for pass or fail, as PL_STAT_CORRECTED: a sum of shares, each with its own exact or
 * Wilson bound. Where people and judge hardly ever disagree the normal interval is nearly empty, and this
 * one is not. It lies in [0, 1].
 */
struct pl_ppi_result pl_ppi_share(const struct pl_ppi_counts *counts, enum pl_ppi_tuning tuning);

#endif
