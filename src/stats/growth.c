/*
 * Doubles until settled, then halves the interval. Checked by tests/unit/stats/test_growth.c and, through
 * the gate's "needed", by tests/unit/judge.
 */
#include "stats/growth.h"

#include <math.h>

#define STEPS     40
#define PRECISION 1e-3

static bool is_precise(const struct pl_growth_search *search, double unsettled, double settled)
{
    return settled - unsettled <= fmax(PRECISION * (settled - 1.0), search->step);
}

double pl_growth_find(const struct pl_growth_search *search)
{
    double unsettled = 1.0;
    double settled = 2.0;

    while (settled <= search->factor_max && !search->is_settled(search->context, settled)) {
        unsettled = settled;
        settled *= 2.0;
    }
    if (settled > search->factor_max)
        return 0.0;
    for (int step = 0; step < STEPS && !is_precise(search, unsettled, settled); step++) {
        const double middle = 0.5 * (unsettled + settled);

        if (search->is_settled(search->context, middle))
            settled = middle;
        else
            unsettled = middle;
    }
    return settled;
}
