/* The plan: the same seed gives the same bytes, names are unique, and everything appears. */
#include "suite.h"

#include "redteam/encode.h"
#include "redteam/tables.h"

#include <stdlib.h>
#include <string.h>

#define ALL ((size_t)100000)

static struct pl_redteam_options options_of(uint64_t seed, size_t attacks_count)
{
    struct pl_redteam_options options = pl_redteam_options_default();

    options.seed = seed;
    options.attacks_count = attacks_count;
    return options;
}

/* All cases as JSON, one after the other. */
static void write_all(const struct pl_redteam_options *options, struct pl_buffer *out)
{
    struct suite suite;
    struct pl_json json;

    pl_buffer_init(out, (size_t)64 << 20);
    suite_open(&suite, options);
    for (size_t i = 0; i < suite.plan.count; i++) {
        pl_json_init(&json, out, false);
        pl_redteam_case_write(suite_case(&suite, i), &json);
        pl_buffer_add_char(out, '\n');
    }
    suite_close(&suite);
    assert_int_equal(out->failed, PL_OK);
}

static void the_same_seed_gives_the_same_bytes_and_another_seed_others(void **state)
{
    const struct pl_redteam_options first = options_of(7, 200);
    const struct pl_redteam_options second = options_of(8, 200);
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer a = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer b = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer c = {0};

    (void)state;
    write_all(&first, &a);
    write_all(&first, &b);
    write_all(&second, &c);
    assert_true(pl_str_equal(pl_buffer_view(&a), pl_buffer_view(&b)));
    assert_false(pl_str_equal(pl_buffer_view(&a), pl_buffer_view(&c)));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void no_two_cases_have_one_name_and_none_is_left_out(void **state)
{
    const struct pl_redteam_options options = options_of(3, ALL);
    struct suite suite;
    char **ids = NULL;

    (void)state;
    suite_open(&suite, &options);
    assert_int_equal(suite.plan.attacks_count, suite.plan.attacks_possible);
    assert_true(suite.plan.attacks_count > 5000 && suite.plan.safe_count >= 120);
    ids = calloc(suite.plan.count, sizeof *ids);
    assert_non_null(ids);
    for (size_t i = 0; i < suite.plan.count; i++)
        ids[i] = strdup(suite_case(&suite, i)->id.ptr);
    qsort(ids, suite.plan.count, sizeof *ids, by_text);
    for (size_t i = 1; i < suite.plan.count; i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
    for (size_t i = 0; i < suite.plan.count; i++)
        free(ids[i]);
    free(ids);
    suite_close(&suite);
}

/* How often each row stands in the attacks of a suite. */
struct tally {
    size_t goals[64];
    size_t wrappers[64];
    size_t encodings[64];
    size_t languages[64];
    size_t items[64];
};

static struct tally tally_of(const struct suite *suite)
{
    struct tally tally = {{0}, {0}, {0}, {0}, {0}};

    assert_true(PL_REDTEAM_GOALS_COUNT < 64 && PL_REDTEAM_WRAPPERS_COUNT < 64);
    for (size_t i = 0; i < suite->plan.count; i++) {
        const struct pl_redteam_pick *pick = &suite->plan.picks[i];

        if (!suite_attacks(suite, i))
            continue;
        tally.goals[pick->row]++;
        tally.wrappers[pick->wrapper]++;
        tally.encodings[pick->encoding]++;
        tally.languages[pick->language]++;
        tally.items[PL_REDTEAM_GOALS[pick->row].owasp]++;
    }
    return tally;
}

static void assert_all_in(const size_t *counts, size_t counts_count, size_t least, size_t most)
{
    for (size_t i = 0; i < counts_count; i++)
        assert_in_range(counts[i], least, most);
}

static void two_hundred_attacks_meet_everything_about_equally_often(void **state)
{
    const struct pl_redteam_options options = pl_redteam_options_default();
    struct suite suite;
    struct tally tally;

    (void)state;
    suite_open(&suite, &options);
    assert_int_equal(suite.plan.attacks_count, 200);
    tally = tally_of(&suite);
    assert_all_in(tally.encodings, PL_ENCODINGS_COUNT, 12, 19);
    assert_all_in(tally.wrappers, PL_REDTEAM_WRAPPERS_COUNT, 7, 12);
    assert_all_in(tally.goals, PL_REDTEAM_GOALS_COUNT, 3, 10);
    assert_all_in(tally.languages + 1, PL_REDTEAM_LANGUAGES_COUNT - 1, 1, 4);
    assert_all_in(tally.items + 1, 2, 14, 36);
    assert_all_in(tally.items + 3, 2, 0, 0); /* supply chain, poisoning: not by prompts */
    assert_all_in(tally.items + 5, 6, 14, 36);
    suite_close(&suite);
}

static void forty_attacks_meet_every_item_wrapper_and_encoding_for_any_seed(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        const struct pl_redteam_options options = options_of(seed, 40);
        struct suite suite;
        struct tally tally;

        suite_open(&suite, &options);
        tally = tally_of(&suite);
        assert_all_in(tally.encodings, PL_ENCODINGS_COUNT, 1, 40);
        assert_all_in(tally.wrappers, PL_REDTEAM_WRAPPERS_COUNT, 1, 40);
        assert_all_in(tally.items + 1, 2, 1, 40);
        assert_all_in(tally.items + 5, 6, 1, 40);
        suite_close(&suite);
    }
}

/* The index of the next attack at or after `index`. */
static size_t next_attack(const struct suite *suite, size_t index)
{
    while (!suite_attacks(suite, index))
        index++;
    return index;
}

static void a_longer_plan_holds_the_attacks_of_the_shorter_one_in_their_order(void **state)
{
    const struct pl_redteam_options few = options_of(5, 30);
    const struct pl_redteam_options many = options_of(5, 300);
    struct suite a;
    struct suite b;
    size_t at_a = 0;
    size_t at_b = 0;

    (void)state;
    suite_open(&a, &few);
    suite_open(&b, &many);
    for (size_t i = 0; i < few.attacks_count; i++) {
        at_a = next_attack(&a, at_a);
        at_b = next_attack(&b, at_b);
        assert_string_equal(suite_case(&a, at_a++)->id.ptr, suite_case(&b, at_b++)->id.ptr);
    }
    suite_close(&a);
    suite_close(&b);
}

static void the_first_cases_are_of_all_kinds_by_their_share(void **state)
{
    const struct pl_redteam_options options = pl_redteam_options_default();
    struct suite suite;

    (void)state;
    suite_open(&suite, &options);
    for (size_t n = 20; n <= suite.plan.count; n++) {
        size_t attacks = 0;
        const double share = (double)suite.plan.attacks_count / (double)suite.plan.count;

        for (size_t i = 0; i < n; i++)
            attacks += suite_attacks(&suite, i);
        assert_true((double)attacks > share * (double)n - 2.0);
        assert_true((double)attacks < share * (double)n + 2.0);
    }
    suite_close(&suite);
}

static void only_the_items_asked_for_come_and_none_is_an_error(void **state)
{
    struct pl_redteam_options options = options_of(1, ALL);
    struct pl_redteam_plan plan;
    struct pl_error error = {0};
    struct suite suite;
    struct tally tally;

    (void)state;
    options.owasp_items = 1u << 7 | 1u << 10;
    suite_open(&suite, &options);
    tally = tally_of(&suite);
    for (size_t item = 1; item <= PL_REDTEAM_OWASP_COUNT; item++)
        assert_int_equal(tally.items[item] > 0, item == 7 || item == 10);
    options.owasp_items = 1u << 3;
    assert_int_equal(pl_redteam_plan_make(&options, &suite.arena, &plan, &error), PL_E_USAGE);
    assert_non_null(strstr(error.message, "LLM01"));
    suite_close(&suite);
}

static void few_safe_prompts_come_from_many_kinds(void **state)
{
    struct pl_redteam_options options = options_of(2, 0);
    struct suite suite;
    size_t english = 0;

    (void)state;
    options.safe_count = 17;
    suite_open(&suite, &options);
    assert_int_equal(suite.plan.safe_count, 17);
    for (size_t i = 0; i < suite.plan.count; i++) {
        const struct pl_redteam_case *redteam_case = suite_case(&suite, i);

        if (redteam_case->kind == PL_REDTEAM_TWIN)
            continue;
        assert_int_equal(redteam_case->kind, PL_REDTEAM_SAFE);
        assert_int_equal(redteam_case->check.kind, PL_REDTEAM_NO_CHECK);
        english += strcmp(redteam_case->language, "en") == 0;
    }
    assert_int_equal(english, 11);
    suite_close(&suite);
}

static void the_features_own_system_message_stands_before_what_is_planted(void **state)
{
    struct pl_redteam_options options = options_of(2, 60);
    struct suite suite;

    (void)state;
    options.system = PL_STR("You answer for the lighthouse.");
    suite_open(&suite, &options);
    for (size_t i = 0; i < suite.plan.count; i++) {
        const struct pl_redteam_case *redteam_case = suite_case(&suite, i);
        const struct pl_redteam_message *system = &redteam_case->messages[0];

        assert_string_equal(system->role, "system");
        assert_true(pl_str_starts_with(system->content, options.system));
        if (redteam_case->check.kind == PL_REDTEAM_SECRET)
            assert_non_null(strstr(system->content.ptr, redteam_case->check.needles[0].ptr));
    }
    suite_close(&suite);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes_and_another_seed_others),
        cmocka_unit_test(no_two_cases_have_one_name_and_none_is_left_out),
        cmocka_unit_test(two_hundred_attacks_meet_everything_about_equally_often),
        cmocka_unit_test(forty_attacks_meet_every_item_wrapper_and_encoding_for_any_seed),
        cmocka_unit_test(a_longer_plan_holds_the_attacks_of_the_shorter_one_in_their_order),
        cmocka_unit_test(the_first_cases_are_of_all_kinds_by_their_share),
        cmocka_unit_test(only_the_items_asked_for_come_and_none_is_an_error),
        cmocka_unit_test(few_safe_prompts_come_from_many_kinds),
        cmocka_unit_test(the_features_own_system_message_stands_before_what_is_planted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
