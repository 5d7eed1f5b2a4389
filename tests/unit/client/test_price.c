/* Costs: the formula, its order of sizes, and that nothing is lost over many calls. */
#include "client/price.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>

static const struct pl_price PRICE = {true, 0.15, 0.08, 0.60};

static void each_kind_of_token_has_its_price(void **state)
{
    (void)state;
    static const struct {
        struct pl_usage usage;
        double cost;
    } CASES[] = {
        {{true, 0, 0, 0, 0}, 0.0},
        {{true, 1000000, 0, 0, 0}, 0.15},
        {{true, 1000000, 1000000, 0, 0}, 0.08},
        {{true, 0, 0, 1000000, 0}, 0.60},
        {{true, 0, 0, 1000000, 999999}, 0.60}, /* reasoning is among the completion */
        {{true, 1000, 400, 50, 0}, (600 * 0.15 + 400 * 0.08 + 50 * 0.60) / 1e6},
        {{true, 10, 400, 0, 0}, 10 * 0.08 / 1e6}, /* no more cached than there were */
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_true(fabs(pl_price_of(&PRICE, &CASES[i].usage) - CASES[i].cost) <=
                    1e-15 * CASES[i].cost);
}

/* Against integers: prices in whole hundredths of a millionth, tokens up to 10^9. */
static void the_error_is_below_one_in_ten_to_the_fifteen(void **state)
{
    (void)state;
    uint64_t word = 88172645463325252u;

    for (int i = 0; i < 10000; i++) {
        uint64_t drawn[3];

        for (int j = 0; j < 3; j++) {
            word ^= word << 13;
            word ^= word >> 7;
            word ^= word << 17;
            drawn[j] = word % 1000000000u;
        }

        const struct pl_usage usage = {true, drawn[0] + drawn[1], drawn[1], drawn[2], 0};
        const long double exact =
            ((long double)(drawn[0] * 15 + drawn[1] * 8) + (long double)drawn[2] * 60) / 1e8L;
        const long double cost = (long double)pl_price_of(&PRICE, &usage);

        assert_true(fabsl(cost - exact) <= 1e-15L * exact);
    }
}

static void usages_add_up(void **state)
{
    (void)state;
    struct pl_usage sum = {0};
    const struct pl_usage unknown = {0}, known = {true, 10, 4, 5, 2};

    pl_usage_add(&sum, &unknown);
    assert_false(sum.known);
    pl_usage_add(&sum, &known);
    pl_usage_add(&sum, &unknown);
    pl_usage_add(&sum, &known);
    assert_true(sum.known);
    assert_int_equal(sum.prompt, 20);
    assert_int_equal(sum.cached, 8);
    assert_int_equal(sum.completion, 10);
    assert_int_equal(sum.reasoning, 4);
    assert_int_equal(pl_usage_tokens(&sum), 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_token_has_its_price),
        cmocka_unit_test(the_error_is_below_one_in_ten_to_the_fifteen),
        cmocka_unit_test(usages_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
