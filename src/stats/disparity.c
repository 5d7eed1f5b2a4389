/*
 * Conditional demographic disparity (S. Wachter, B. Mittelstadt & C. Russell, West Virginia Law Review
 * 123 (2021) 735; CDDL and CDDPL of SageMaker Clarify, whose published formula this is). For a group
 * and stratum i with n_i decisions
 *
 *     DD_i = (group's share of those turned down) - (group's share of those accepted)
 *     CDD  = sum n_i DD_i / sum n_i
 *
 * over the strata in which both outcomes occur; elsewhere one of the two shares does not exist.
 *
 * Standard error by the delta method, the decisions of each stratum a multinomial sample over group
 * and outcome, the strata themselves a multinomial sample:
 *
 *     var DD_i = v(share of turned down) + v(share of accepted)
 *     var CDD  = sum (n_i / n)^2 var DD_i + (sum n_i DD_i^2 / n - CDD^2) / n
 *
 * with v = r (1 - r) / m, r = (k + 1) / (m + 2), so that a share of 0 or 1 is not taken for certain;
 * with sampling weights k and m are effective (Kish). Bounds are made on Fisher's scale, since CDD lies
 * between -1 and 1. Accuracy: rounding of the sums. Checked against smclarify and numeric gradients
 * (tests/reference/clarify.py).
 */
#include "stats/disparity.h"

#include "stats/mean.h"

#include <math.h>

bool pl_disparity_is_open(const struct pl_outcomes *stratum)
{
    return stratum->weight[0] > 0.0 && stratum->weight[1] > 0.0;
}

/* The variance of a share of an outcome of the stratum. */
static double share_variance(double share, const struct pl_outcomes *stratum, int outcome)
{
    const double m = pl_kish_n(stratum->weight[outcome], stratum->squared[outcome]);
    const double smoothed = (share * m + 1.0) / (m + 2.0);

    return smoothed * (1.0 - smoothed) / m;
}

static double stratum_weight(const struct pl_outcomes *stratum)
{
    return stratum->weight[0] + stratum->weight[1];
}

/* (n_i)^2 var DD_i for these shares. */
static double stratum_variance(const double shares[2], const struct pl_outcomes *stratum)
{
    const double weight = stratum_weight(stratum);

    return weight * weight *
           (share_variance(shares[0], stratum, 0) + share_variance(shares[1], stratum, 1));
}

void pl_disparity_base_add(struct pl_disparity_base *base, const struct pl_outcomes *stratum)
{
    static const double ABSENT[2] = {0.0, 0.0};

    base->weight += stratum_weight(stratum);
    base->squared += stratum->squared[0] + stratum->squared[1];
    base->absent_variance += stratum_variance(ABSENT, stratum);
}

void pl_disparity_add(struct pl_disparity *disparity, const struct pl_outcomes *group,
                      const struct pl_outcomes *stratum, uint64_t n)
{
    static const double ABSENT[2] = {0.0, 0.0};
    const double shares[2] = {group->weight[0] / stratum->weight[0],
                              group->weight[1] / stratum->weight[1]};
    const double weight = stratum_weight(stratum);
    const double dd = shares[0] - shares[1];

    disparity->n += n;
    disparity->total += weight * dd;
    disparity->square += weight * dd * dd;
    disparity->variance += stratum_variance(shares, stratum) - stratum_variance(ABSENT, stratum);
    if (shares[0] < 1.0 || shares[1] < 1.0)
        disparity->compared = true;
}

struct pl_stat pl_disparity_finish(const struct pl_disparity *disparity,
                                   const struct pl_disparity_base *base)
{
    struct pl_stat stat = {.kind = PL_STAT_NONE, .n = disparity->n};

    if (base->weight <= 0.0) {
        stat.reason = PL_UNDEFINED_ONE_OUTCOME;
        return stat;
    }
    if (!disparity->compared) {
        stat.reason = PL_UNDEFINED_ALONE;
        return stat;
    }
    stat.kind = PL_STAT_NORMAL;
    stat.value = disparity->total / base->weight;

    const double n = pl_kish_n(base->weight, base->squared);
    const double inside =
        fmax(0.0, base->absent_variance + disparity->variance) / (base->weight * base->weight);
    const double between =
        fmax(0.0, disparity->square / base->weight - stat.value * stat.value) / n;

    stat.normal.se = sqrt(inside + between);
    stat.normal.df = HUGE_VAL;
    stat.normal.scale = PL_SCALE_FISHER;
    stat.normal.n_effective = n;
    return stat;
}
