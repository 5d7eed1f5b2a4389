/*
 * Bisection on ln alpha, between 1e-300 and one half. Checked through the kinds of statistic that use it
 * (tests/unit/stats/test_priced.c, test_corrected.c): a bound at the p-value found lies on the limit.
 */
#include "stats/invert.h"

#include <math.h>

#define BISECTIONS_MAX 42

static const double P_SMALLEST = 1e-300;

double pl_invert_p(pl_rejects rejects, const void *context)
{
    double low = log(P_SMALLEST);
    double high = log(0.5);

    if (!rejects(context, 0.5))
        return 1.0;
    if (rejects(context, P_SMALLEST))
        return P_SMALLEST;
    for (int i = 0; i < BISECTIONS_MAX; i++) {
        const double middle = 0.5 * (low + high);

        if (rejects(context, exp(middle)))
            high = middle;
        else
            low = middle;
    }
    return exp(high);
}
