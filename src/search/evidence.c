/*
 * The evidence for one slice. Whether it is worse is settled by Fisher's exact test, which holds for
 * any counts, however few the bad decisions are; by how much at least, by the exact bounds of both
 * rates combined (MOVER), of the slice and of all decisions outside it.
 *
 * With w the slice's share of all decisions, p(slice) - p(all) = (1 - w) (p(slice) - p(rest)): the
 * bound for the difference to the rest gives that to overall, with the dependence accounted for.
 * Sources: R. A. Fisher 1935; Clopper & Pearson 1934; Zou & Donner, Stat. Med. 27 (2008) 1693.
 */
#include "search/evidence.h"

#include "stats/hypergeometric.h"
#include "stats/proportion.h"

#include <assert.h>
#include <math.h>

static struct pl_hypergeometric law_of(const struct pl_search_test *test, uint64_t n)
{
    return (struct pl_hypergeometric){
        .population = test->all.n, .marked = test->all.bad, .drawn = n};
}

double pl_search_p_value(const struct pl_search_test *test, struct pl_search_counts slice)
{
    const struct pl_hypergeometric law = law_of(test, slice.n);

    return pl_hypergeometric_at_least(&law, slice.bad);
}

/* The best that a part of a slice can be: all the bad ones and, up to the least support, as few
   others as there must be. Another bad one makes the tail smaller and another good one larger, so no
   part has a smaller p-value. */
static struct pl_search_counts purest(const struct pl_search_test *test, uint64_t bad)
{
    return (struct pl_search_counts){
        .n = bad < test->smallest ? test->smallest : bad,
        .bad = bad,
    };
}

static bool can_reach(const struct pl_search_test *test, uint64_t bad)
{
    const struct pl_search_counts best = purest(test, bad);

    return best.n <= test->all.n && pl_search_p_value(test, best) <= test->level;
}

uint64_t pl_search_bad_least(const struct pl_search_test *test)
{
    uint64_t low = 0;
    uint64_t high = test->all.bad + 1;

    if (test->smallest > test->all.n)
        return high;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;

        if (middle <= test->all.bad && !can_reach(test, middle))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool pl_search_may_reach(const struct pl_search_test *test, double log_level,
                         struct pl_search_counts slice)
{
    const struct pl_hypergeometric law = law_of(test, slice.n);

    /* A tail that begins at the mean or below it is one half at least. */
    if (test->level < 0.5 &&
        (double)slice.bad * (double)test->all.n <= (double)slice.n * (double)test->all.bad)
        return false;
    /* The tail is at least its first term. */
    return pl_hypergeometric_log_mass(&law, slice.bad) <= log_level + 1e-6;
}

double pl_search_excess(const struct pl_search_test *test, struct pl_search_counts slice)
{
    return (double)slice.bad / (double)slice.n - (double)test->all.bad / (double)test->all.n;
}

static struct pl_stat stat_of(struct pl_search_counts counts)
{
    return (struct pl_stat){
        .kind = PL_STAT_RATE,
        .n = counts.n,
        .value = (double)counts.bad / (double)counts.n,
        .rate = {.rate = {.k = (double)counts.bad, .n = (double)counts.n}},
    };
}

double pl_search_excess_proven(const struct pl_search_test *test, struct pl_search_counts slice)
{
    const struct pl_search_counts outside = {test->all.n - slice.n, test->all.bad - slice.bad};

    assert(slice.n > 0 && outside.n > 0);

    const struct pl_stat inside = stat_of(slice);
    const struct pl_stat rest = stat_of(outside);
    const struct pl_contrast contrast = {
        .stats = {&inside, &rest},
        .coefficients = {1.0, -1.0},
    };

    return (double)outside.n / (double)test->all.n *
           pl_contrast_low(&contrast, test->level, PL_RATE_EXACT);
}

double pl_search_excess_ceiling(const struct pl_search_test *test, uint64_t bad)
{
    const uint64_t most = bad < test->all.bad ? bad : test->all.bad;
    const struct pl_search_counts best = purest(test, most);

    if (best.n > test->all.n || most == 0 || pl_search_p_value(test, best) > test->level)
        return 0.0;

    /* (1 - w) (low - p(rest)) is low - p(all) + (bad - n low) / N, and a slice's own exact bound is
       highest where it is purest. */
    const double low =
        pl_exact_low((struct pl_rate){(double)best.bad, (double)best.n}, test->level);

    return low + ((double)most - (double)test->all.bad) / (double)test->all.n;
}

double pl_search_rank_value(double excess, uint32_t conditions)
{
    return excess / pow(1.0 + PL_SEARCH_MARGIN, (double)conditions - 1.0);
}
