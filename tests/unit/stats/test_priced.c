/* Mean prices: bounds against an independent computation, p-values against bounds, and coverage where
   what is dear is rare. */
#include "base/rng.h"
#include "stats/priced.h"
#include "stats/student.h"

#include "stats_of.h"
#include "table.h"

#define KINDS_MAX 8

struct priced_case {
    struct pl_priced_share shares[KINDS_MAX];
    struct pl_stat stat;
};

static void add_kind(struct priced_case *one, double k, double n, double price)
{
    assert_true(one->stat.priced.count < KINDS_MAX);
    one->shares[one->stat.priced.count++] = (struct pl_priced_share){{k, n}, price};
    one->stat.n = (uint64_t)n;
    one->stat.value += price * k / n;
}

static void begin(struct priced_case *one)
{
    *one = (struct priced_case){.stat = {.kind = PL_STAT_PRICED, .priced = {.factor = 1.0}}};
    one->stat.priced.shares = one->shares;
}

static void read_case(struct priced_case *one, const char *name)
{
    const struct table *table = table_read("priced_data.csv");

    begin(one);
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];

        if (strcmp(row->name, name) == 0)
            add_kind(one, row->values[0], row->values[1], row->values[2]);
    }
    assert_true(one->stat.priced.count > 0);
}

static void the_bounds_are_those_of_the_double_sum(void **state)
{
    static struct table expected;
    struct priced_case one;

    (void)state;
    expected = *table_read("priced.csv");
    for (size_t i = 0; i < expected.count; i++) {
        const double *values = expected.rows[i].values;
        const double alpha = values[0];

        read_case(&one, expected.rows[i].name);
        assert_near(one.stat.value, values[1], 1e-12);
        assert_near(pl_stat_low(&one.stat, alpha, PL_RATE_WILSON), values[2], 1e-9);
        assert_near(pl_stat_high(&one.stat, alpha, PL_RATE_WILSON), values[3], 1e-9);
        assert_near(pl_stat_low(&one.stat, alpha, PL_RATE_EXACT), values[4], 1e-9);
        assert_near(pl_stat_high(&one.stat, alpha, PL_RATE_EXACT), values[5], 1e-9);
    }
}

static void two_shares_are_a_mixture(void **state)
{
    const struct pl_rate first = {30.0, 200.0};
    const struct pl_rate second = {12.0, 200.0};
    struct pl_stat mix = {.kind = PL_STAT_MIX, .value = (30.0 + 5.0 * 12.0) / 200.0};
    struct priced_case one;

    (void)state;
    mix.mix.rates[0] = first;
    mix.mix.rates[1] = second;
    mix.mix.coefficients[0] = 1.0;
    mix.mix.coefficients[1] = 5.0;
    mix.mix.correlation = -sqrt(0.15 * 0.06 / (0.85 * 0.94));
    begin(&one);
    add_kind(&one, 30.0, 200.0, 1.0);
    add_kind(&one, 12.0, 200.0, 5.0);
    for (double alpha = 0.4; alpha > 1e-6; alpha /= 3.0) {
        assert_near(pl_stat_low(&one.stat, alpha, PL_RATE_EXACT),
                    pl_stat_low(&mix, alpha, PL_RATE_EXACT), 1e-12);
        assert_near(pl_stat_high(&one.stat, alpha, PL_RATE_WILSON),
                    pl_stat_high(&mix, alpha, PL_RATE_WILSON), 1e-12);
    }
    assert_close(pl_stat_p_above(&one.stat, 0.3, PL_RATE_EXACT),
                 pl_stat_p_above(&mix, 0.3, PL_RATE_EXACT), 2e-6);
    assert_close(pl_stat_p_below(&one.stat, 0.7, PL_RATE_WILSON),
                 pl_stat_p_below(&mix, 0.7, PL_RATE_WILSON), 2e-6);
}

static void p_values_invert_the_bounds(void **state)
{
    struct priced_case one;

    (void)state;
    read_case(&one, "benefit");
    for (double alpha = 0.3; alpha > 1e-9; alpha /= 7.0) {
        assert_close(pl_stat_p_above(&one.stat, pl_stat_low(&one.stat, alpha, PL_RATE_WILSON),
                                     PL_RATE_WILSON),
                     alpha, 1e-6);
        assert_close(pl_stat_p_below(&one.stat, pl_stat_high(&one.stat, alpha, PL_RATE_WILSON),
                                     PL_RATE_WILSON),
                     alpha, 1e-6);
    }
    assert_true(pl_stat_p_above(&one.stat, one.stat.value + 0.1, PL_RATE_WILSON) == 1.0);
    assert_true(pl_stat_p_below(&one.stat, -3.0, PL_RATE_WILSON) == 1.0);
}

static void more_data_narrow_the_bounds(void **state)
{
    struct priced_case one;
    struct priced_case twice;

    (void)state;
    read_case(&one, "two");
    read_case(&twice, "two");
    twice.stat.priced.factor = 4.0;
    for (size_t k = 0; k < one.stat.priced.count; k++) {
        one.shares[k].rate.k *= 4.0;
        one.shares[k].rate.n *= 4.0;
    }
    assert_near(pl_stat_low(&one.stat, 0.05, PL_RATE_EXACT),
                pl_stat_low(&twice.stat, 0.05, PL_RATE_EXACT), 1e-15);
}

/* One sample of 200: nothing, 1 with 10 %, 5 with 4 %, 100 with 0.5 %, which one in three never sees. */
static void draw(struct priced_case *one, struct pl_rng *rng)
{
    static const double PRICES[] = {1.0, 5.0, 100.0};
    static const double CHANCES[] = {0.1, 0.04, 0.005};
    double left = 200.0;
    double chance = 1.0;

    begin(one);
    for (size_t k = 0; k < 3; k++) {
        const double count =
            (double)pl_rng_binomial(rng, (uint64_t)left, fmin(1.0, CHANCES[k] / chance));

        add_kind(one, count, 200.0, PRICES[k]);
        left -= count;
        chance -= CHANCES[k];
    }
}

/* Student's upper bound of the same sample. */
static double student_high(const struct priced_case *one)
{
    double squares = 0.0;

    for (size_t k = 0; k < 3; k++)
        squares += one->shares[k].price * one->shares[k].price * one->shares[k].rate.k;

    const double variance = (squares - 200.0 * one->stat.value * one->stat.value) / 199.0;

    return one->stat.value + pl_student_upper_quantile(0.05, 199.0) * sqrt(variance / 200.0);
}

static void the_bounds_that_decide_hold_where_what_is_dear_is_rare(void **state)
{
    const double truth = 0.1 + 0.2 + 0.5;
    const int rounds = 4000;
    int held_high = 0;
    int held_low = 0;
    int student = 0;
    struct pl_rng rng;

    (void)state;
    pl_rng_init(&rng, 28, 0);
    for (int i = 0; i < rounds; i++) {
        struct priced_case one;

        draw(&one, &rng);
        held_high += pl_stat_high(&one.stat, 0.05, PL_RATE_EXACT) >= truth;
        held_low += pl_stat_low(&one.stat, 0.05, PL_RATE_EXACT) <= truth;
        student += student_high(&one) >= truth;
    }
    print_message("upper %.3f, lower %.3f; Student's upper %.3f\n", (double)held_high / rounds,
                  (double)held_low / rounds, (double)student / rounds);
    /* Five standard errors of 0.05 are 0.017. */
    assert_true(held_high > 0.933 * rounds);
    assert_true(held_low > 0.933 * rounds);
    /* What the method is there for. */
    assert_true(student < 0.9 * rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bounds_are_those_of_the_double_sum),
        cmocka_unit_test(two_shares_are_a_mixture),
        cmocka_unit_test(p_values_invert_the_bounds),
        cmocka_unit_test(more_data_narrow_the_bounds),
        cmocka_unit_test(the_bounds_that_decide_hold_where_what_is_dear_is_rare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
