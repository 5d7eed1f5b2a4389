/* From a verdict on the record to what a flag goes by; through the flag, to who meets the feature. */
#include "gateway/launch_now.h"
#include "ledger/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

#define SLICE(slice, status, verdict, allowed)                                                     \
    "{\"slice\":{" slice "},\"n\":100,\"status\":\"" status "\",\"verdict\":\"" verdict            \
    "\",\"allowed\":" allowed "}"
#define LAUNCH(by, slices)                                                                         \
    "\"launch\":{\"by\":[" by "],\"decides\":\"any\",\"judged\":2,\"slices\":[" slices "]}"

static const char BY_LANGUAGE[] =
    "{\"verdict\":\"no_ship\",\"allowed\":false,\"feature\":\"answers\",\"slice\":null," LAUNCH(
        "\"language\"",
        SLICE("\"language\":\"en\"", "judged", "ship", "true") "," SLICE(
            "\"language\":\"hi\"", "judged", "no_ship", "false") "," /* allowed, but never judged */
        SLICE("\"language\":\"sw\"", "too_small", "ship", "true")) "}";

struct fixture {
    struct pl_arena arena;
    struct pl_line line;
    struct pl_verdict_now verdict;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.line = {.feature = TEXT("answers")}};
    fixture.line.release.allow[PL_VERDICT_SHIP] = true;
    pl_arena_init(&fixture.arena, 1 << 20);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    pl_arena_deinit(&((struct fixture *)*state)->arena);
    return 0;
}

static enum pl_status parse(struct fixture *fixture, const char *body)
{
    struct pl_error error = {0};
    const enum pl_status status = pl_verdict_now_parse(pl_str_of(body), &fixture->line,
                                                       &fixture->arena, &fixture->verdict, &error);

    assert_true((status == PL_OK) == (error.message[0] == '\0'));
    return status;
}

static struct pl_str language_is(struct pl_str segment, void *context)
{
    return pl_str_equal_text(segment, "language") ? pl_str_of(context) : PL_STR(PL_GROUP_MISSING);
}

static struct pl_datum nothing(struct pl_str column, void *context)
{
    (void)column;
    (void)context;
    return (struct pl_datum){.kind = PL_DATUM_NULL};
}

static bool is_on_for(const struct fixture *fixture, const char *language)
{
    static const struct pl_flag_line LINE = {.given = true, .share = 1.0, .launch = true};
    static const struct pl_flag_state_now NOW = {0};
    char group[16];
    const struct pl_flag_request request = {
        .feature = TEXT("answers"), .group = language_is, .datum = nothing, .context = group};

    (void)snprintf(group, sizeof group, "%s", language);
    return pl_flag_evaluate(&LINE, &NOW, &fixture->verdict.launch, &request).on;
}

static void a_launch_is_open_where_its_slices_were_judged_and_allowed(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(parse(fixture, BY_LANGUAGE), PL_OK);
    assert_true(is_on_for(fixture, "en"));
    assert_false(is_on_for(fixture, "hi"));
    assert_false(is_on_for(fixture, "sw"));
    assert_false(is_on_for(fixture, "fr"));
    assert_false(is_on_for(fixture, PL_GROUP_MISSING));
    assert_false(fixture->verdict.passes);
    assert_int_equal(fixture->verdict.slices_count, 3);
    assert_true(pl_str_equal_text(fixture->verdict.slices[2].groups, "sw"));
    assert_true(pl_str_equal_text(fixture->verdict.slices[2].status, "too_small"));
    assert_false(fixture->verdict.slices[2].allowed);
}

/* A pass of the whole is not one of each slice: with a launch, its slices decide. */
static void a_pass_of_the_whole_opens_no_slice_that_is_held_back(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(parse(fixture, "{\"verdict\":\"ship\",\"allowed\":true,\"slice\":null," LAUNCH(
                                        "\"language\"", SLICE("\"language\":\"hi\"", "judged",
                                                              "hold", "false")) "}"),
                     PL_OK);
    assert_true(fixture->verdict.passes);
    assert_false(is_on_for(fixture, "hi"));
    assert_false(is_on_for(fixture, "en"));
}

static void without_a_launch_the_whole_counts(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(parse(fixture, "{\"verdict\":\"ship\",\"allowed\":true}"), PL_OK);
    assert_true(is_on_for(fixture, "hi"));
    assert_int_equal(parse(fixture, "{\"verdict\":\"hold\",\"allowed\":false}"), PL_OK);
    assert_false(is_on_for(fixture, "hi"));
    assert_true(fixture->verdict.launch.known);
}

/* A gate that was asked about a slice passes by that slice; the whole goes by its own word. */
static void the_pass_of_one_slice_is_not_that_of_the_whole(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(parse(fixture, "{\"verdict\":\"no_ship\",\"allowed\":true,"
                                    "\"slice\":{\"language\":\"en\"}}"),
                     PL_OK);
    assert_false(fixture->verdict.passes);
    assert_int_equal(parse(fixture, "{\"verdict\":\"ship\",\"allowed\":false,"
                                    "\"slice\":{\"language\":\"en\"}}"),
                     PL_OK);
    assert_true(fixture->verdict.passes);
}

static void a_crossing_is_named_by_all_its_groups(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        parse(fixture, "{\"verdict\":\"ship\",\"allowed\":true," LAUNCH(
                           "\"language\",\"plan\"", SLICE("\"language\":\"hi\",\"plan\":\"free\"",
                                                          "judged", "ship", "true")) "}"),
        PL_OK);
    assert_true(pl_str_equal_text(fixture->verdict.launch.segment, "language * plan"));
    assert_true(pl_str_equal_text(fixture->verdict.launch.allowed.items[0], "hi * free"));
}

static const char *refusal(const struct fixture *fixture, bool by_launch,
                           struct pl_flag_change change)
{
    static const double ROLLOUT[] = {0.1, 0.5, 1.0};
    const struct pl_flag_line line = {
        .given = true, .share = 1.0, .rollout = ROLLOUT, .rollout_count = 3, .launch = by_launch};
    const struct pl_flag_state_now now = {.killed = true, .stage = 1};

    return pl_opening_needs_verdict(&line, &now, &change)
               ? pl_opening_refusal(&line, &now, &change, &fixture->verdict)
               : "none is needed";
}

static void what_closes_needs_no_verdict_and_what_opens_does(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(parse(fixture, "{\"verdict\":\"hold\",\"allowed\":false}"), PL_OK);
    for (int by_launch = 0; by_launch < 2; by_launch++) {
        assert_string_equal(
            refusal(fixture, by_launch, (struct pl_flag_change){.act = PL_FLAG_ACT_OFF}),
            "none is needed");
        assert_string_equal(refusal(fixture, by_launch,
                                    (struct pl_flag_change){.act = PL_FLAG_ACT_STAGE, .stage = 0}),
                            "none is needed");
        assert_string_equal(
            refusal(fixture, by_launch, (struct pl_flag_change){.act = PL_FLAG_ACT_ON}),
            "the last verdict does not allow it");
    }
    assert_int_equal(parse(fixture, "{\"verdict\":\"ship\",\"allowed\":true}"), PL_OK);
    assert_null(refusal(fixture, false, (struct pl_flag_change){.act = PL_FLAG_ACT_ON}));
    assert_null(
        refusal(fixture, false, (struct pl_flag_change){.act = PL_FLAG_ACT_STAGE, .stage = 2}));
    fixture->verdict = (struct pl_verdict_now){0};
    assert_null(refusal(fixture, false, (struct pl_flag_change){.act = PL_FLAG_ACT_ON}));
    assert_non_null(strstr(
        refusal(fixture, false, (struct pl_flag_change){.act = PL_FLAG_ACT_STAGE, .stage = 2}),
        "no verdict of this feature is on the record"));
}

/* Some slices are allowed and the whole is not: that lets a flag go on that goes by them, and no other. */
static void slices_that_are_allowed_let_their_launch_go_on(void **state)
{
    static const struct {
        const char *slice, *refused;
    } CASES[] = {
        {"language=en", NULL},
        {"language=en * plan=free", NULL},
        {"plan=free * language=en", NULL},
        {"plan=free", NULL}, /* across all languages */
        {"language=hi", "the last verdict does not allow this slice"},
        {"plan=free * language=hi", "the last verdict does not allow this slice"},
        {"language=fr", "the last verdict does not allow this slice"},
        {"language=sw", "the last verdict does not allow this slice"},
    };
    struct fixture *fixture = *state;

    assert_int_equal(parse(fixture, BY_LANGUAGE), PL_OK);
    assert_null(refusal(fixture, true, (struct pl_flag_change){.act = PL_FLAG_ACT_ON}));
    assert_non_null(refusal(fixture, false, (struct pl_flag_change){.act = PL_FLAG_ACT_ON}));
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct pl_flag_line line = {.given = true, .share = 1.0, .launch = true};
        const struct pl_flag_state_now now = {0};
        const struct pl_flag_change change = {.act = PL_FLAG_ACT_SLICE_ON,
                                              .slice = pl_str_of(CASES[i].slice)};
        const char *refused = pl_opening_refusal(&line, &now, &change, &fixture->verdict);

        assert_true((refused == NULL) == (CASES[i].refused == NULL));
        if (refused != NULL)
            assert_string_equal(refused, CASES[i].refused);
    }
}

static void what_is_no_verdict_is_corrupt(void **state)
{
    static const char *const BAD[] = {"", "{", "[]", "{}", "{\"verdict\":1}", "{\"verdict\":\"\"}"};
    struct fixture *fixture = *state;

    fixture->verdict.block = 77;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_int_equal(parse(fixture, BAD[i]), PL_E_CORRUPT);
    assert_int_equal(fixture->verdict.block, 77);
}

static void append(struct pl_ledger_writer *writer, const char *kind, const char *body)
{
    struct pl_error error = {0};

    assert_int_equal(pl_ledger_append(writer, kind, 1700000000000, pl_str_of(body), &error), PL_OK);
    assert_int_equal(pl_ledger_commit(writer, NULL, &error), PL_OK);
}

/* The newest of this feature, among others and among what only looks like one. */
static void the_newest_verdict_of_the_feature_is_taken(void **state)
{
    struct fixture *fixture = *state;
    const char *parent = getenv("TMPDIR");
    struct pl_ledger_writer *writer = NULL;
    struct pl_error error = {0};
    char folder[256], command[300];

    (void)snprintf(folder, sizeof folder, "%s/plimsoll-XXXXXX", parent == NULL ? "/tmp" : parent);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(pl_ledger_open(folder, NULL, &writer, &error), PL_OK);
    assert_int_equal(
        pl_verdict_now_read(folder, &fixture->line, &fixture->arena, &fixture->verdict, &error),
        PL_OK);
    assert_false(fixture->verdict.launch.known);
    append(writer, "verdict", "{\"verdict\":\"ship\",\"allowed\":true,\"feature\":\"answers\"}");
    append(writer, "verdict", BY_LANGUAGE);
    append(writer, "verdict", "{\"verdict\":\"ship\",\"allowed\":true,\"feature\":\"other\"}");
    append(writer, "run", "{\"verdict\":\"ship\",\"allowed\":true,\"feature\":\"answers\"}");
    assert_int_equal(
        pl_verdict_now_read(folder, &fixture->line, &fixture->arena, &fixture->verdict, &error),
        PL_OK);
    assert_int_equal(fixture->verdict.block, 2);
    assert_int_equal(fixture->verdict.time_ms, 1700000000000);
    assert_true(is_on_for(fixture, "en"));
    assert_false(is_on_for(fixture, "hi"));
    pl_ledger_close(writer);
    (void)snprintf(command, sizeof command, "rm -r '%s'", folder);
    assert_int_equal(system(command), 0);
}

static void where_there_is_no_ledger_there_is_no_verdict(void **state)
{
    struct fixture *fixture = *state;
    struct pl_error error = {0};

    fixture->verdict.launch.known = true;
    assert_int_equal(pl_verdict_now_read("/nowhere/ledger", &fixture->line, &fixture->arena,
                                         &fixture->verdict, &error),
                     PL_OK);
    assert_false(fixture->verdict.launch.known);
    assert_false(is_on_for(fixture, "en"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_launch_is_open_where_its_slices_were_judged_and_allowed),
        CASE(a_pass_of_the_whole_opens_no_slice_that_is_held_back),
        CASE(without_a_launch_the_whole_counts),
        CASE(the_pass_of_one_slice_is_not_that_of_the_whole),
        CASE(a_crossing_is_named_by_all_its_groups),
        CASE(what_closes_needs_no_verdict_and_what_opens_does),
        CASE(slices_that_are_allowed_let_their_launch_go_on),
        CASE(what_is_no_verdict_is_corrupt),
        CASE(the_newest_verdict_of_the_feature_is_taken),
        CASE(where_there_is_no_ledger_there_is_no_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
