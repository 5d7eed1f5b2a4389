/* Costs: the formula, its order of sizes, and that nothing is lost over many calls. */
#include "client/price.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>

static const struct pl_price PRICE = {
    .given = true, .input = 0.15, .cached_input = 0.08, .output = 0.60};

static void each_kind_of_token_has_its_price(void **state)
{
    (void)state;
    static const struct {
        struct pl_usage usage;
        double cost;
    } CASES[] = {
        {{true, 0, 0, 0, 0, 0}, 0.0},
        {{true, 1000000, 0, 0, 0, 0}, 0.15},
        {{true, 1000000, 1000000, 0, 0, 0}, 0.08},
        {{true, 0, 0, 1000000, 0, 0}, 0.60},
        {{true, 0, 0, 1000000, 999999, 0}, 0.60}, /* reasoning is among the completion */
        {{true, 1000, 400, 50, 0, 0}, (600 * 0.15 + 400 * 0.08 + 50 * 0.60) / 1e6},
        {{true, 1000, 0, 0, 0, 900}, 1000 * 0.15 / 1e6}, /* no price of its own: as the input */
        {{true, 10, 400, 0, 0, 0}, 10 * 0.08 / 1e6},     /* no more cached than there were */
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_true(fabs(pl_price_of(&PRICE, &CASES[i].usage) - CASES[i].cost) <=
                    1e-15 * CASES[i].cost);
}

static void reasoning_cache_and_request_have_prices_of_their_own(void **state)
{
    (void)state;
    static const struct pl_price WHOLE = {.given = true,
                                          .input = 3,
                                          .cached_input = 0.3,
                                          .output = 15,
                                          .reasoning_given = true,
                                          .cache_write_given = true,
                                          .reasoning = 20,
                                          .cache_write = 3.75,
                                          .request = 0.005};
    static const struct {
        struct pl_usage usage;
        double tokens;
    } CASES[] = {
        {{true, 0, 0, 0, 0, 0}, 0.0},
        {{true, 1000, 400, 50, 20, 500},
         (100 * 3 + 400 * 0.3 + 500 * 3.75 + 30 * 15 + 20 * 20) / 1e6},
        {{true, 100, 80, 0, 0, 80}, (80 * 0.3 + 20 * 3.75) / 1e6}, /* no more than there were */
        {{true, 0, 0, 10, 30, 0}, 10 * 20 / 1e6},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const double tokens = pl_price_of_tokens(&WHOLE, &CASES[i].usage);

        assert_true(fabs(tokens - CASES[i].tokens) <= 1e-15 * CASES[i].tokens);
        assert_true(fabs(pl_price_of(&WHOLE, &CASES[i].usage) - (tokens + 0.005)) <= 1e-17);
    }
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

        const struct pl_usage usage = {true, drawn[0] + drawn[1], drawn[1], drawn[2], 0, 0};
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
    const struct pl_usage unknown = {0}, known = {true, 10, 4, 5, 2, 3};

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
    assert_int_equal(sum.cache_write, 6);
    assert_int_equal(pl_usage_tokens(&sum), 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_token_has_its_price),
        cmocka_unit_test(reasoning_cache_and_request_have_prices_of_their_own),
        cmocka_unit_test(the_error_is_below_one_in_ten_to_the_fifteen),
        cmocka_unit_test(usages_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
