/* Whether a feature is on: each question in its order, and what a share promises. */
#include "who.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static const struct pl_str LANGUAGES[] = {TEXT("en"), TEXT("hi")};
static const struct pl_str PLANS[] = {TEXT("pro")};
static const struct pl_flag_rule BY[] = {
    {TEXT("language"), {LANGUAGES, 2}},
    {TEXT("plan"), {PLANS, 1}},
};
static const double ROLLOUT[] = {0.05, 0.25, 1.0};

static struct who hindi(void)
{
    return (struct who){.subject = "user-1", .groups = {{"language", "hi"}, {"plan", "pro"}}};
}

struct fixture {
    struct pl_flag_line line;
    struct pl_flag_state_now now;
    struct pl_launch_now launch;
    struct who who;
};

static struct fixture open_to_all(void)
{
    return (struct fixture){.line = {.given = true, .share = 1.0}, .who = hindi()};
}

static struct pl_flag_answer ask(struct fixture *fixture)
{
    const struct pl_flag_request request = request_of(&fixture->who);

    return pl_flag_evaluate(&fixture->line, &fixture->now, &fixture->launch, &request);
}

static void assert_off(struct fixture *fixture, enum pl_flag_reason reason, const char *why)
{
    const struct pl_flag_answer answer = ask(fixture);

    assert_false(answer.on);
    assert_string_equal(answer.why, why);
    assert_int_equal(answer.reason, reason);
}

static void assert_on(struct fixture *fixture, enum pl_flag_reason reason)
{
    const struct pl_flag_answer answer = ask(fixture);

    assert_true(answer.on);
    assert_int_equal(answer.reason, reason);
}

static void test_the_first_question_that_says_off_decides(void **state)
{
    static const struct pl_str DARK[] = {TEXT("language=hi")};
    static const struct pl_str FRENCH[] = {TEXT("fr")};
    static const struct pl_flag_rule FRENCH_ONLY[] = {{TEXT("language"), {FRENCH, 1}}};
    struct fixture fixture = open_to_all();

    (void)state;
    fixture.now = (struct pl_flag_state_now){
        .killed = true, .off_in = {DARK, 1}, .has_share = true, .share = 0.0};
    fixture.line = (struct pl_flag_line){.given = true,
                                         .state = PL_FLAG_OFF,
                                         .share = 1.0,
                                         .by = FRENCH_ONLY,
                                         .by_count = 1,
                                         .launch = true};
    assert_off(&fixture, PL_FLAG_REASON_DISABLED, "killed");
    fixture.now.killed = false;
    assert_off(&fixture, PL_FLAG_REASON_STATIC, "off in the line");
    fixture.line.state = PL_FLAG_ON;
    assert_off(&fixture, PL_FLAG_REASON_TARGETING, "the slice is dark");
    fixture.now.off_in.count = 0;
    assert_off(&fixture, PL_FLAG_REASON_TARGETING, "on in other groups only");
    fixture.line.by_count = 0;
    assert_off(&fixture, PL_FLAG_REASON_TARGETING, "no verdict is on the record");
    fixture.launch.known = true;
    assert_off(&fixture, PL_FLAG_REASON_TARGETING, "the last verdict does not allow the slice");
    fixture.launch.whole = true;
    assert_off(&fixture, PL_FLAG_REASON_SPLIT, "outside of the share");
    fixture.now.has_share = false;
    assert_on(&fixture, PL_FLAG_REASON_TARGETING);
    fixture.line.launch = false;
    assert_on(&fixture, PL_FLAG_REASON_STATIC);
}

static void test_a_line_without_a_flag_can_be_killed(void **state)
{
    struct fixture fixture = {.who = hindi()};

    (void)state;
    assert_on(&fixture, PL_FLAG_REASON_STATIC);
    fixture.who.subject[0] = '\0';
    assert_on(&fixture, PL_FLAG_REASON_STATIC);
    fixture.now.killed = true;
    assert_off(&fixture, PL_FLAG_REASON_DISABLED, "killed");
}

static void test_every_rule_must_hold(void **state)
{
    struct fixture fixture = open_to_all();

    (void)state;
    fixture.line.by = BY;
    fixture.line.by_count = 2;
    assert_on(&fixture, PL_FLAG_REASON_TARGETING);
    strcpy(fixture.who.groups[1].group, "free");
    assert_off(&fixture, PL_FLAG_REASON_TARGETING, "on in other groups only");
    assert_true(pl_str_equal_text(ask(&fixture).where, "plan"));
    fixture.who.groups[1].group[0] = '\0';
    assert_off(&fixture, PL_FLAG_REASON_TARGETING, "on in other groups only");
}

static void test_slices_are_dark_one_by_one(void **state)
{
    static const struct pl_str DARK[] = {TEXT("language=fr"), TEXT("language=hi * plan=free")};
    struct fixture fixture = open_to_all();

    (void)state;
    fixture.now.off_in = (struct pl_strs){DARK, 2};
    assert_on(&fixture, PL_FLAG_REASON_TARGETING);
    strcpy(fixture.who.groups[1].group, "free");
    assert_off(&fixture, PL_FLAG_REASON_TARGETING, "the slice is dark");
    assert_true(pl_str_equal(ask(&fixture).where, DARK[1]));
    strcpy(fixture.who.groups[0].group, "fr");
    assert_true(pl_str_equal(ask(&fixture).where, DARK[0]));
}

static void test_a_launch_is_open_only_where_the_verdict_allows(void **state)
{
    static const struct pl_str ALLOWED[] = {TEXT("en"), TEXT("hi")};
    static const struct pl_str CROSSED[] = {TEXT("en * pro"), TEXT("hi * free")};
    struct fixture fixture = open_to_all();

    (void)state;
    fixture.line.launch = true;
    fixture.launch =
        (struct pl_launch_now){.known = true, .segment = TEXT("language"), .allowed = {ALLOWED, 1}};
    assert_off(&fixture, PL_FLAG_REASON_TARGETING, "the last verdict does not allow the slice");
    fixture.launch.allowed.count = 2;
    assert_on(&fixture, PL_FLAG_REASON_TARGETING);
    fixture.who.groups[0].group[0] = '\0';
    assert_off(&fixture, PL_FLAG_REASON_TARGETING, "the last verdict does not allow the slice");

    fixture.who = hindi();
    fixture.launch.segment = (struct pl_str)TEXT("language * plan");
    fixture.launch.allowed = (struct pl_strs){CROSSED, 2};
    assert_off(&fixture, PL_FLAG_REASON_TARGETING, "the last verdict does not allow the slice");
    strcpy(fixture.who.groups[1].group, "free");
    assert_on(&fixture, PL_FLAG_REASON_TARGETING);
    fixture.launch.segment = (struct pl_str){0};
    assert_off(&fixture, PL_FLAG_REASON_TARGETING, "the last verdict does not allow the slice");
}

static void test_a_missing_group_is_never_launched(void **state)
{
    static const struct pl_str ALLOWED[] = {TEXT("(missing)")};
    struct fixture fixture = open_to_all();

    (void)state;
    fixture.line.launch = true;
    fixture.launch =
        (struct pl_launch_now){.known = true, .segment = TEXT("language"), .allowed = {ALLOWED, 1}};
    fixture.who.groups[0].group[0] = '\0';
    assert_off(&fixture, PL_FLAG_REASON_TARGETING, "the last verdict does not allow the slice");
}

static void test_the_state_can_only_be_stricter(void **state)
{
    struct pl_flag_line line = {.given = true, .share = 0.3};
    struct pl_flag_state_now now = {.has_share = true, .share = 0.8};

    (void)state;
    assert_true(pl_flag_share(&line, &now) == 0.3);
    now.share = 0.1;
    assert_true(pl_flag_share(&line, &now) == 0.1);
    now.stage = 2;
    assert_true(pl_flag_share(&line, &now) == 0.1);
    now.has_share = false;
    assert_true(pl_flag_share(&line, &now) == 0.3);
    line.rollout = ROLLOUT;
    line.rollout_count = 3;
    assert_true(pl_flag_share(&line, &now) == 1.0);
    now.stage = 7;
    assert_true(pl_flag_share(&line, &now) == 1.0);
    now.stage = 0;
    assert_true(pl_flag_share(&line, &now) == 0.05);
    now = (struct pl_flag_state_now){.has_share = true, .share = 0.5, .stage = 1};
    assert_true(pl_flag_share(&line, &now) == 0.25);
}

static void test_without_a_subject_it_is_outside_of_every_share(void **state)
{
    struct fixture fixture = open_to_all();

    (void)state;
    fixture.who.subject[0] = '\0';
    assert_on(&fixture, PL_FLAG_REASON_STATIC);
    fixture.line.share = 0.999999;
    assert_off(&fixture, PL_FLAG_REASON_SPLIT, "no subject");
}

static void test_a_share_that_grows_keeps_everybody(void **state)
{
    static const double SHARES[] = {0.0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.99, 1.0};
    struct fixture fixture = open_to_all();

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        bool before = false;

        (void)snprintf(fixture.who.subject, sizeof fixture.who.subject, "user-%u", i);
        for (size_t s = 0; s < sizeof SHARES / sizeof SHARES[0]; s++) {
            bool on;

            fixture.line.share = SHARES[s];
            on = ask(&fixture).on;
            assert_true(on || !before);
            before = on;
        }
        assert_true(before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_question_that_says_off_decides),
        cmocka_unit_test(test_a_line_without_a_flag_can_be_killed),
        cmocka_unit_test(test_every_rule_must_hold),
        cmocka_unit_test(test_slices_are_dark_one_by_one),
        cmocka_unit_test(test_a_launch_is_open_only_where_the_verdict_allows),
        cmocka_unit_test(test_a_missing_group_is_never_launched),
        cmocka_unit_test(test_the_state_can_only_be_stricter),
        cmocka_unit_test(test_without_a_subject_it_is_outside_of_every_share),
        cmocka_unit_test(test_a_share_that_grows_keeps_everybody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
