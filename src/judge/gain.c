/*
 * Gains over a baseline. Where pairs of decisions are known the difference is a statistic of its own;
 * else it is a contrast of two estimates. A relative margin makes it a ratio r of here to there, of
 * which the gain is r - 1 where higher is better, and 1 - r where lower is.
 */
#include "judge/gain.h"

#include "measure/metrics.h"

enum pl_better pl_gain_better(const struct pl_limit *limit, const struct pl_metric *metric)
{
    return limit->better != PL_BETTER_NEITHER ? limit->better : metric->row->better;
}

/* The statistic with its sign turned. Only differences come here, which are rates taken from each
   other, or means. */
static struct pl_stat negated(const struct pl_stat *stat)
{
    struct pl_stat result = *stat;

    result.value = -stat->value;
    if (stat->kind == PL_STAT_MIX) {
        result.mix.coefficients[0] = -stat->mix.coefficients[0];
        result.mix.coefficients[1] = -stat->mix.coefficients[1];
    }
    return result;
}

static double margin_of(const struct pl_limit *limit)
{
    return limit->comparator == PL_COMPARE_SUPERIOR_TO ? limit->threshold : -limit->threshold;
}

static struct pl_test difference_test(const struct pl_sides *sides, bool higher, double margin)
{
    const bool by_pairs = sides->difference.kind != PL_STAT_NONE;
    struct pl_test test = {.threshold = margin, .turned = !higher && !by_pairs};

    if (by_pairs) {
        const struct pl_stat gain = higher ? sides->difference : negated(&sides->difference);

        test.comparison = pl_comparison_value_of(&gain);
    } else {
        test.comparison =
            pl_comparison_between(PL_FORM_DIFFERENCE, higher ? &sides->here : &sides->there,
                                  higher ? &sides->there : &sides->here);
        test.comparison.correlation = sides->correlation;
    }
    return test;
}

static struct pl_test ratio_test(const struct pl_sides *sides, bool higher, double margin)
{
    struct pl_test test = {
        .comparison = pl_comparison_between(PL_FORM_RATIO, &sides->here, &sides->there),
        .upper = !higher,
        .threshold = higher ? 1.0 + margin : 1.0 - margin,
        .shown = higher ? PL_SHOWN_GAIN : PL_SHOWN_SAVING,
    };

    test.comparison.correlation = sides->correlation;
    return test;
}

struct pl_test pl_gain_test(const struct pl_limit *limit, const struct pl_metric *metric,
                            const struct pl_sides *sides)
{
    const bool higher = pl_gain_better(limit, metric) == PL_BETTER_HIGHER;
    struct pl_test test = limit->relative ? ratio_test(sides, higher, margin_of(limit))
                                          : difference_test(sides, higher, margin_of(limit));

    /* What is undefined on either side has no gain, whatever the pairs say. */
    if (sides->here.kind == PL_STAT_NONE)
        test.comparison.reason = sides->here.reason;
    else if (sides->there.kind == PL_STAT_NONE)
        test.comparison.reason = sides->there.reason;
    test.strict = limit->comparator == PL_COMPARE_SUPERIOR_TO;
    test.paired = sides->method != PL_SIDES_UNPAIRED;
    return test;
}

double pl_test_shown(const struct pl_test *test, double value)
{
    switch (test->shown) {
    case PL_SHOWN_GAIN:
        return value - 1.0;
    case PL_SHOWN_SAVING:
        return 1.0 - value;
    case PL_SHOWN_AS_IS:
    default:
        return value;
    }
}
