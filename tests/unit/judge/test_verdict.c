/* The verdict: the table of risk row by row, needs, what unproven and small slices do, and every reason. */
#include "judge_case.h"

static const struct counts GOOD[] = {{"A", 900, 100, 100, 900}, {"B", 900, 100, 100, 900}};

static const char CLEAR[] = "  - {metric: accuracy, min: 0.8, by: g}";
static const char CLEAR_BIAS[] = "  - {metric: accuracy, min: 0.8, by: g}\n"
                                 "  - {metric: recall, max_difference: 0.2, by: g}";
static const char OPEN_BIAS[] = "  - {metric: accuracy, min: 0.8, by: g}\n"
                                "  - {metric: recall, max_difference: 0.001, by: g}";
static const char OPEN[] = "  - {metric: accuracy, min: 0.9}";
static const char CROSSED[] = "  - {metric: accuracy, min: 0.95}";

/* Every reason allows at most its verdict; they come strictest first, and the first is the verdict. */
static void assert_reasons(const struct pl_judgement *judgement)
{
    assert_true(judgement->reasons_count > 0);
    assert_int_equal(judgement->verdict, judgement->reasons[0].verdict);
    for (size_t i = 0; i < judgement->reasons_count; i++) {
        const struct pl_reason *reason = &judgement->reasons[i];

        assert_true(reason->verdict <= judgement->verdict);
        if (i > 0)
            assert_true(reason->verdict <= reason[-1].verdict);
        assert_true(reason->text.len > 10);
        assert_int_equal(reason->text.ptr[reason->text.len - 1], '.');
        assert_true(pl_str_is_utf8(reason->text));
        assert_true((reason->finding != NULL) ==
                    (reason->kind == PL_REASON_BREACH || reason->kind == PL_REASON_UNPROVEN));
    }
}

static size_t count_reasons(const struct pl_judgement *judgement, enum pl_reason_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < judgement->reasons_count; i++)
        count += judgement->reasons[i].kind == kind;
    return count;
}

static enum pl_verdict verdict_of(const char *limits, const char *more,
                                  const struct pl_record_facts *facts)
{
    struct judge_case test;
    struct judge_request request = {
        .counts = GOOD, .counts_count = 2, .limits = limits, .more = more};

    if (facts != NULL)
        request.facts = *facts;
    judge_open(&test, &request);
    assert_reasons(test.judgement);

    const enum pl_verdict verdict = test.judgement->verdict;

    judge_close(&test);
    return verdict;
}

struct risk_case {
    const char *risk;
    const char *limits;
    bool watch;
    bool executive;
    bool legal;
    enum pl_verdict verdict;
};

static void the_risk_sets_the_best_that_evidence_can_earn(void **state)
{
    static const struct risk_case CASES[] = {
        /* Low and fully reversible. */
        {"severity: low, reversibility: full", CLEAR, false, false, false,
         PL_VERDICT_SHIP_WITH_MONITORING},
        {"severity: low, reversibility: full", CLEAR, true, false, false, PL_VERDICT_SHIP},
        {"severity: low, reversibility: full, users: general, scale: 999999/year", CLEAR, true,
         false, false, PL_VERDICT_SHIP},
        /* Vulnerable users or a million a year: one row down, and not two for both. */
        {"severity: low, reversibility: full, users: vulnerable", CLEAR, true, false, false,
         PL_VERDICT_HUMAN_IN_THE_LOOP},
        {"severity: low, reversibility: full, scale: 1000000/year", CLEAR, true, false, false,
         PL_VERDICT_HUMAN_IN_THE_LOOP},
        {"severity: low, reversibility: full, users: vulnerable, scale: 5000000/year", CLEAR, true,
         false, false, PL_VERDICT_HUMAN_IN_THE_LOOP},
        {"severity: low, reversibility: full, users: vulnerable", CLEAR_BIAS, true, false, false,
         PL_VERDICT_SHIP},
        /* Medium, or partly reversible. */
        {"severity: medium, reversibility: full", CLEAR, true, false, false,
         PL_VERDICT_HUMAN_IN_THE_LOOP},
        {"severity: low, reversibility: partial", CLEAR, true, false, false,
         PL_VERDICT_HUMAN_IN_THE_LOOP},
        {"severity: low, reversibility: none", CLEAR, true, false, false,
         PL_VERDICT_HUMAN_IN_THE_LOOP},
        {"severity: high, reversibility: partial", CLEAR, true, false, false,
         PL_VERDICT_HUMAN_IN_THE_LOOP},
        {"severity: high, reversibility: full", CLEAR, true, false, false,
         PL_VERDICT_HUMAN_IN_THE_LOOP},
        {"severity: medium, reversibility: full", CLEAR_BIAS, false, false, false,
         PL_VERDICT_SHIP_WITH_MONITORING},
        {"severity: medium, reversibility: partial", CLEAR_BIAS, true, false, false,
         PL_VERDICT_SHIP},
        {"severity: medium, reversibility: full", OPEN_BIAS, true, true, true, PL_VERDICT_HOLD},
        /* High and irreversible. */
        {"severity: high, reversibility: none", CLEAR_BIAS, true, false, false, PL_VERDICT_HOLD},
        {"severity: high, reversibility: none", CLEAR_BIAS, true, true, false, PL_VERDICT_HOLD},
        {"severity: high, reversibility: none", CLEAR_BIAS, true, false, true, PL_VERDICT_HOLD},
        {"severity: high, reversibility: none", CLEAR_BIAS, true, true, true, PL_VERDICT_SHIP},
        {"severity: high, reversibility: none", CLEAR, true, true, true,
         PL_VERDICT_HUMAN_IN_THE_LOOP},
        {"severity: medium, reversibility: partial, users: vulnerable", CLEAR_BIAS, true, false,
         false, PL_VERDICT_HOLD},
        {"severity: medium, reversibility: partial, scale: 2000000/year", CLEAR_BIAS, true, true,
         true, PL_VERDICT_SHIP},
        /* Catastrophic, whatever the evidence. */
        {"severity: catastrophic, reversibility: full", CLEAR_BIAS, true, true, true,
         PL_VERDICT_NO_SHIP},
        {"severity: high, reversibility: none, users: vulnerable", CLEAR_BIAS, true, true, true,
         PL_VERDICT_NO_SHIP},
        {"severity: high, reversibility: none, scale: 1000000/year", CLEAR_BIAS, true, true, true,
         PL_VERDICT_NO_SHIP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct risk_case *one = &CASES[i];
        const struct pl_record_facts facts = {.signed_executive = one->executive,
                                              .signed_legal = one->legal};
        char more[256];

        (void)snprintf(more, sizeof more, "risk: {%s}\n%s", one->risk,
                       one->watch ? "watch: {window: 1h}\n" : "");

        const enum pl_verdict verdict = verdict_of(one->limits, more, &facts);

        if (verdict != one->verdict)
            fail_msg("%s (row %zu) is %s, not %s", one->risk, i, pl_verdict_name(verdict),
                     pl_verdict_name(one->verdict));
    }
}

static void without_a_declared_risk_a_medium_one_is_taken(void **state)
{
    (void)state;
    assert_int_equal(verdict_of(CLEAR, "", NULL), PL_VERDICT_HUMAN_IN_THE_LOOP);
    assert_int_equal(verdict_of(CLEAR_BIAS, "watch: {window: 1h}\n", NULL), PL_VERDICT_SHIP);
}

#define MILD "risk: {severity: low, reversibility: full}\nwatch: {window: 1h}\n"

static void a_breach_is_no_ship_whatever_else_is_said(void **state)
{
    static const char *const UNPROVEN[] = {"hold", "pass", "fail"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char more[256];

        (void)snprintf(more, sizeof more, MILD "evidence: {unproven: %s}\n", UNPROVEN[i]);
        assert_int_equal(verdict_of(CROSSED, more, NULL), PL_VERDICT_NO_SHIP);
    }
}

static void what_is_unproven_follows_the_line(void **state)
{
    (void)state;
    assert_int_equal(verdict_of(OPEN, MILD, NULL), PL_VERDICT_HOLD);
    assert_int_equal(verdict_of(OPEN, MILD "evidence: {unproven: hold}\n", NULL), PL_VERDICT_HOLD);
    assert_int_equal(verdict_of(OPEN, MILD "evidence: {unproven: fail}\n", NULL),
                     PL_VERDICT_NO_SHIP);
    /* Passed over, but not all is clear: the watch must look on. */
    assert_int_equal(verdict_of(OPEN, MILD "evidence: {unproven: pass}\n", NULL),
                     PL_VERDICT_SHIP_WITH_MONITORING);
}

static void slices_too_small_hold_only_where_the_line_says_so(void **state)
{
    static const struct counts SMALL[] = {
        {"A", 900, 100, 100, 900}, {"B", 3, 1, 1, 3}, {"C", 2, 0, 0, 2}};
    struct judge_case test;

    (void)state;
    judge_open(&test, &(struct judge_request){
                          .counts = SMALL, .counts_count = 3, .limits = CLEAR, .more = MILD});
    assert_reasons(test.judgement);
    assert_int_equal(test.judgement->verdict, PL_VERDICT_SHIP);
    assert_int_equal(count_reasons(test.judgement, PL_REASON_SMALL), 0);
    judge_close(&test);
    judge_open(&test, &(struct judge_request){.counts = SMALL,
                                              .counts_count = 3,
                                              .limits = CLEAR,
                                              .more = MILD "evidence: {small: hold}\n"});
    assert_reasons(test.judgement);
    assert_int_equal(test.judgement->verdict, PL_VERDICT_HOLD);
    assert_int_equal(count_reasons(test.judgement, PL_REASON_SMALL), 1);
    assert_non_null(
        strstr(test.judgement->reasons[0].text.ptr, "2 slices have fewer than 30 decisions"));
    judge_close(&test);
}

static void each_need_that_is_not_met_holds_with_a_reason_of_its_own(void **state)
{
    struct judge_case test;

    (void)state;
    judge_open(&test,
               &(struct judge_request){.counts = GOOD,
                                       .counts_count = 2,
                                       .limits = CLEAR_BIAS,
                                       .more = "release: {needs: [card, risk, owner, purpose]}\n"});
    assert_reasons(test.judgement);
    assert_int_equal(test.judgement->verdict, PL_VERDICT_HOLD);
    assert_int_equal(count_reasons(test.judgement, PL_REASON_NEED), 4);
    assert_false(test.judgement->allowed);
    judge_close(&test);
    judge_open(&test, &(struct judge_request){
                          .counts = GOOD,
                          .counts_count = 2,
                          .limits = CLEAR_BIAS,
                          .facts = {.card = PL_CARD_SAME, .card_verdict = PL_VERDICT_SHIP},
                          .more = "release: {needs: [card, risk, owner, purpose]}\n" MILD
                                  "owner: team@example.org\npurpose: {intended: testing}\n"});
    assert_reasons(test.judgement);
    assert_int_equal(test.judgement->verdict, PL_VERDICT_SHIP);
    assert_int_equal(count_reasons(test.judgement, PL_REASON_NEED), 0);
    assert_true(test.judgement->allowed);
    judge_close(&test);
}

static void the_verdict_is_the_strictest_and_every_reason_is_listed(void **state)
{
    static const struct counts MIXED[] = {{"A", 900, 100, 100, 900}, {"B", 3, 1, 1, 3}};
    struct judge_case test;

    (void)state;
    judge_open(&test, &(struct judge_request){
                          .counts = MIXED,
                          .counts_count = 2,
                          .limits = "  - {metric: accuracy, min: 0.9}\n"
                                    "  - {metric: accuracy, min: 0.99}\n"
                                    "  - {metric: accuracy, min: 0.5}\n"
                                    "  - {metric: recall, min: 0.98}",
                          .more = "evidence: {small: hold}\nrelease: {needs: [owner]}\n"});
    assert_reasons(test.judgement);
    assert_int_equal(test.judgement->verdict, PL_VERDICT_NO_SHIP);
    assert_int_equal(count_reasons(test.judgement, PL_REASON_BREACH), 2);
    assert_int_equal(count_reasons(test.judgement, PL_REASON_UNPROVEN), 1);
    assert_int_equal(count_reasons(test.judgement, PL_REASON_SMALL), 1);
    assert_int_equal(count_reasons(test.judgement, PL_REASON_NEED), 1);
    assert_int_equal(count_reasons(test.judgement, PL_REASON_RISK), 1);
    assert_int_equal(count_reasons(test.judgement, PL_REASON_CLEAR), 0);
    /* Of two breaches the one that stands first in the line comes first. */
    assert_ptr_equal(test.judgement->reasons[0].finding, &test.judgement->findings[1]);
    assert_ptr_equal(test.judgement->reasons[1].finding, &test.judgement->findings[3]);
    judge_close(&test);
}

static void release_allow_says_what_may_go_out(void **state)
{
    static const struct {
        const char *allow;
        bool allowed;
    } CASES[] = {{"[ship, ship_with_monitoring]", false},
                 {"[ship, ship_with_monitoring, human_in_the_loop]", true},
                 {"[human_in_the_loop]", true},
                 {"[ship]", false}};

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct judge_case test;
        char more[128];

        (void)snprintf(more, sizeof more, "release: {allow: %s}\n", CASES[i].allow);
        judge_open(&test, &(struct judge_request){
                              .counts = GOOD, .counts_count = 2, .limits = CLEAR, .more = more});
        assert_int_equal(test.judgement->verdict, PL_VERDICT_HUMAN_IN_THE_LOOP);
        assert_int_equal(test.judgement->allowed, CASES[i].allowed);
        judge_close(&test);
    }
}

static void sentences_are_sound_whatever_the_groups_are_called(void **state)
{
    static const struct counts ODD[] = {{"\"a, \"\"b\"\" %s%n\"", 900, 100, 100, 900},
                                        {"日本", 100, 900, 900, 100},
                                        {"\"line\nbreak\"", 500, 500, 500, 500}};
    struct judge_case test;

    (void)state;
    judge_open(&test, &(struct judge_request){
                          .counts = ODD,
                          .counts_count = 3,
                          .limits = "  - {metric: accuracy, min: 0.8, by: g}\n"
                                    "  - {metric: recall, min_ratio: 0.9, by: g}\n"
                                    "  - {metric: recall, max_ratio: 1.1, by: g}\n"
                                    "  - {metric: recall, max_difference: 0.1, by: g}\n"
                                    "  - {metric: recall, max_ratio_to_overall: 1.1, by: g}\n"
                                    "  - {metric: count, max: 10}\n"
                                    "  - {metric: share, max_difference: 0.1, by: g}\n"
                                    "  - {metric: matthews_corrcoef, min: 0.9, by: g}"});
    assert_reasons(test.judgement);
    assert_int_equal(test.judgement->verdict, PL_VERDICT_NO_SHIP);
    for (size_t i = 0; i < test.judgement->reasons_count; i++) {
        assert_null(strstr(test.judgement->reasons[i].text.ptr, "nan"));
        assert_null(strstr(test.judgement->reasons[i].text.ptr, "inf "));
    }
    judge_close(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_risk_sets_the_best_that_evidence_can_earn),
        cmocka_unit_test(without_a_declared_risk_a_medium_one_is_taken),
        cmocka_unit_test(a_breach_is_no_ship_whatever_else_is_said),
        cmocka_unit_test(what_is_unproven_follows_the_line),
        cmocka_unit_test(slices_too_small_hold_only_where_the_line_says_so),
        cmocka_unit_test(each_need_that_is_not_met_holds_with_a_reason_of_its_own),
        cmocka_unit_test(the_verdict_is_the_strictest_and_every_reason_is_listed),
        cmocka_unit_test(release_allow_says_what_may_go_out),
        cmocka_unit_test(sentences_are_sound_whatever_the_groups_are_called),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
