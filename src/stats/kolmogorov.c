/*
 * Kolmogorov's law and the range of Brownian motion, each by two series that are one function seen
 * from both ends (Jacobi's transformation of the theta function, DLMF 20.7.32): alternating sums of
 * normal tails for large x, sums of exp(-c / x^2) for small x. Four to eight terms are enough on
 * either side of the switch.
 *
 * For the range, Feller's density is f(x) = 8 sum (-1)^(k - 1) k^2 phi(k x); integrated,
 * P(R > x) = 8 sum (-1)^(k - 1) k P(Z > k x), and from the other end
 * P(R <= x) = sum over h = 1/2, 3/2, ... of (8 / x^2 + 2 / (h pi)^2) exp(-2 (h pi / x)^2).
 *
 * Valid for all x. Agrees with mpmath 1.4 to 1e-12, relative, for tails above 1e-300
 * (tests/reference/stats/kolmogorov.csv). Inverses by bisection to the last bit.
 */
#include "stats/kolmogorov.h"

#include "stats/normal.h"

#include <assert.h>
#include <math.h>

#define TERMS 12

static const double PI = 3.1415926535897932385;
static const double X_MAX = 64.0; /* both tails are 0 here */

double pl_kolmogorov_sf(double x)
{
    double sum = 0.0;

    if (x <= 0.0)
        return 1.0;
    if (x < 1.0) {
        for (int odd = 1; odd < 2 * TERMS; odd += 2)
            sum += exp(-odd * odd * PI * PI / (8.0 * x * x));
        return 1.0 - sqrt(2.0 * PI) / x * sum;
    }
    for (int k = 1; k <= TERMS; k++)
        sum += (k % 2 == 1 ? 2.0 : -2.0) * exp(-2.0 * k * k * x * x);
    return sum;
}

double pl_brownian_range_sf(double x)
{
    double sum = 0.0;

    if (x <= 0.0)
        return 1.0;
    if (x < 2.0) {
        for (int k = 0; k < TERMS; k++) {
            const double h = (k + 0.5) * PI;

            sum += (8.0 / (x * x) + 2.0 / (h * h)) * exp(-2.0 * h * h / (x * x));
        }
        return 1.0 - sum;
    }
    for (int k = 1; k <= TERMS; k++)
        sum += (k % 2 == 1 ? 8.0 : -8.0) * k * pl_normal_sf(k * x);
    return sum;
}

/* The x where a falling function takes the value alpha. */
static double invert(double (*sf)(double), double alpha)
{
    double low = 0.0;
    double high = X_MAX;

    assert(alpha > 0.0 && alpha < 1.0);
    for (;;) {
        const double middle = 0.5 * (low + high);

        if (middle <= low || middle >= high)
            return middle;
        *(sf(middle) > alpha ? &low : &high) = middle;
    }
}

double pl_kolmogorov_upper_quantile(double alpha)
{
    return invert(pl_kolmogorov_sf, alpha);
}

double pl_brownian_range_upper_quantile(double alpha)
{
    return invert(pl_brownian_range_sf, alpha);
}
