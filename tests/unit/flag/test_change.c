/* Changes of a flag: as records, what they make of a state, and which of them open the feature. */
#include "flag/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
#define BY_ANN .who = TEXT("ann"), .why = TEXT("Because.")

static const double ROLLOUT[] = {0.05, 0.25, 1.0};
static const struct pl_flag_line LINE = {.given = true, .share = 0.5};
static const struct pl_flag_line STAGED = {
    .given = true, .share = 1.0, .rollout = ROLLOUT, .rollout_count = 3};

static const struct {
    struct pl_flag_change change;
    const char *body;
} CHANGES[] = {
    {{.act = PL_FLAG_ACT_OFF, BY_ANN, .version = 1},
     "{\"feature\":\"answers\",\"change\":\"off\",\"who\":\"ann\",\"why\":\"Because.\",\"version\":"
     "1}"},
    {{.act = PL_FLAG_ACT_ON, BY_ANN, .version = 2, .forced = true},
     "{\"feature\":\"answers\",\"change\":\"on\",\"who\":\"ann\",\"why\":\"Because.\",\"version\":"
     "2,"
     "\"forced\":true}"},
    {{.act = PL_FLAG_ACT_SHARE, .share = 0.25, BY_ANN, .version = 3},
     "{\"feature\":\"answers\",\"change\":\"share\",\"share\":0.25,\"who\":\"ann\",\"why\":"
     "\"Because.\","
     "\"version\":3}"},
    {{.act = PL_FLAG_ACT_STAGE, .stage = 2, BY_ANN, .version = 4},
     "{\"feature\":\"answers\",\"change\":\"stage\",\"stage\":2,\"who\":\"ann\",\"why\":\"Because."
     "\","
     "\"version\":4}"},
    {{.act = PL_FLAG_ACT_SLICE_OFF, .slice = TEXT("language=hi"), BY_ANN, .version = 5},
     "{\"feature\":\"answers\",\"change\":\"slice_off\",\"slice\":\"language=hi\",\"who\":\"ann\","
     "\"why\":\"Because.\",\"version\":5}"},
    {{.act = PL_FLAG_ACT_SLICE_ON, .slice = TEXT("a=b * c=\"d\""), BY_ANN, .version = UINT64_MAX},
     "{\"feature\":\"answers\",\"change\":\"slice_on\",\"slice\":\"a=b * "
     "c=\\\"d\\\"\",\"who\":\"ann\","
     "\"why\":\"Because.\",\"version\":18446744073709551615}"},
};

static void test_a_record_reads_back_to_the_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES; i++) {
        const struct pl_flag_change *change = &CHANGES[i].change;
        struct pl_flag_change read;
        struct pl_str feature;
        struct pl_error error = {0};
        struct pl_arena arena;
        struct pl_buffer text;
        struct pl_json json;

        pl_arena_init(&arena, 1 << 16);
        pl_buffer_init(&text, 1 << 16);
        pl_json_init(&json, &text, false);
        pl_flag_change_write(&json, PL_STR("answers"), change);
        assert_string_equal(text.ptr, CHANGES[i].body);
        assert_int_equal(
            pl_flag_change_read(pl_buffer_view(&text), &arena, &feature, &read, &error), PL_OK);
        assert_true(pl_str_equal_text(feature, "answers"));
        assert_int_equal(read.act, change->act);
        assert_true(read.share == change->share);
        assert_int_equal(read.stage, change->stage);
        assert_true(pl_str_equal(read.slice, change->slice));
        assert_true(pl_str_equal(read.who, change->who) && pl_str_equal(read.why, change->why));
        assert_int_equal(read.forced, change->forced);
        assert_true(read.version == change->version);
        pl_buffer_deinit(&text);
        pl_arena_deinit(&arena);
    }
}

static void test_what_is_no_change_is_corrupt(void **state)
{
#define REST "\"feature\":\"f\",\"who\":\"a\",\"why\":\"b\",\"version\":1"
    static const char *const BAD[] = {
        "",
        "[]",
        "{}",
        "{" REST "}",
        "{\"change\":\"dark\"," REST "}",
        "{\"change\":1," REST "}",
        "{\"change\":\"share\"," REST "}",
        "{\"change\":\"share\",\"share\":1.5," REST "}",
        "{\"change\":\"share\",\"share\":\"0.5\"," REST "}",
        "{\"change\":\"stage\"," REST "}",
        "{\"change\":\"stage\",\"stage\":-1," REST "}",
        "{\"change\":\"stage\",\"stage\":4294967296," REST "}",
        "{\"change\":\"slice_off\"," REST "}",
        "{\"change\":\"slice_off\",\"slice\":\"language\"," REST "}",
        "{\"change\":\"off\",\"feature\":\"f\",\"who\":\"a\",\"why\":\"b\"}",
        "{\"change\":\"off\",\"feature\":\"f\",\"who\":\"a\",\"version\":1}",
        "{\"change\":\"off\",\"feature\":\"f\",\"why\":\"b\",\"version\":1}",
        "{\"change\":\"off\",\"who\":\"a\",\"why\":\"b\",\"version\":1}",
        "{\"change\":\"off\",\"feature\":\"f\",\"who\":\"a\",\"why\":\"b\",\"version\":\"1\"}",
    };
    struct pl_flag_change change = {.version = 77};
    struct pl_str feature;
    struct pl_arena arena;

    (void)state;
    pl_arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct pl_error error = {0};

        assert_int_equal(pl_flag_change_read(pl_str_of(BAD[i]), &arena, &feature, &change, &error),
                         PL_E_CORRUPT);
        assert_true(error.message[0] != '\0');
        assert_int_equal(change.version, 77);
    }
    assert_int_equal(pl_flag_change_read(PL_STR("{\"change\":\"off\"," REST "}"), &arena, &feature,
                                         &change, NULL),
                     PL_OK);
    pl_arena_deinit(&arena);
}

static struct pl_flag_state_now apply(struct pl_arena *arena, struct pl_flag_state_now now,
                                      struct pl_flag_change change)
{
    struct pl_flag_state_now next = {0};
    struct pl_error error = {0};

    change.version = now.version + 1;
    assert_int_equal(pl_flag_change_apply(&now, &change, arena, &next, &error), PL_OK);
    assert_int_equal(next.version, change.version);
    return next;
}

static void test_each_act_changes_its_part_only(void **state)
{
    struct pl_flag_state_now now = {0};
    struct pl_arena arena;

    (void)state;
    pl_arena_init(&arena, 1 << 16);
    now = apply(&arena, now, (struct pl_flag_change){.act = PL_FLAG_ACT_STAGE, .stage = 2});
    now = apply(&arena, now, (struct pl_flag_change){.act = PL_FLAG_ACT_SHARE, .share = 0.1});
    now = apply(&arena, now,
                (struct pl_flag_change){.act = PL_FLAG_ACT_SLICE_OFF, .slice = TEXT("a=b")});
    now = apply(&arena, now, (struct pl_flag_change){.act = PL_FLAG_ACT_OFF, .time_ms = 5});
    assert_true(now.killed && now.has_share && now.share == 0.1 && now.stage == 2);
    assert_int_equal(now.off_in.count, 1);
    assert_int_equal(now.changed_ms, 5);
    /* What was killed comes back as it was. */
    now = apply(&arena, now, (struct pl_flag_change){.act = PL_FLAG_ACT_ON});
    assert_true(!now.killed && now.has_share && now.share == 0.1 && now.stage == 2);
    assert_int_equal(now.off_in.count, 1);
    /* Dark twice is dark once; another stage takes the share by hand away, and so does all of it. */
    now = apply(&arena, now,
                (struct pl_flag_change){.act = PL_FLAG_ACT_SLICE_OFF, .slice = TEXT("a=b")});
    assert_int_equal(now.off_in.count, 1);
    now = apply(&arena, now,
                (struct pl_flag_change){.act = PL_FLAG_ACT_SLICE_ON, .slice = TEXT("a=b")});
    assert_int_equal(now.off_in.count, 0);
    now = apply(&arena, now, (struct pl_flag_change){.act = PL_FLAG_ACT_STAGE, .stage = 1});
    assert_true(!now.has_share && now.stage == 1);
    now = apply(&arena, now, (struct pl_flag_change){.act = PL_FLAG_ACT_SHARE, .share = 0.0});
    assert_true(now.has_share && now.share == 0.0);
    now = apply(&arena, now, (struct pl_flag_change){.act = PL_FLAG_ACT_SHARE, .share = 1.0});
    assert_false(now.has_share);
    pl_arena_deinit(&arena);
}

static void test_only_so_many_slices_are_dark_at_once(void **state)
{
    struct pl_flag_state_now now = {0};
    struct pl_error error = {0};
    struct pl_arena arena;
    char slice[32];

    (void)state;
    pl_arena_init(&arena, 1 << 22);
    for (int i = 0; i < PL_FLAG_OFF_IN_MAX; i++) {
        (void)snprintf(slice, sizeof slice, "a=%d", i);
        now = apply(&arena, now,
                    (struct pl_flag_change){.act = PL_FLAG_ACT_SLICE_OFF,
                                            .slice = pl_arena_copy(&arena, pl_str_of(slice))});
    }
    assert_int_equal(pl_flag_change_apply(&now,
                                          &(struct pl_flag_change){.act = PL_FLAG_ACT_SLICE_OFF,
                                                                   .slice = TEXT("b=c")},
                                          &arena, &now, &error),
                     PL_E_LIMIT);
    assert_int_equal(now.off_in.count, PL_FLAG_OFF_IN_MAX);
    assert_non_null(strstr(error.message, "plimsoll flag off"));
    pl_arena_deinit(&arena);
}

static void test_whether_a_change_matters_and_opens(void **state)
{
    static const struct pl_str DARK[] = {TEXT("a=b")};
    static const struct {
        const struct pl_flag_line *line;
        struct pl_flag_state_now now;
        struct pl_flag_change change;
        bool matters, opens;
    } CASES[] = {
        {&LINE, {0}, {.act = PL_FLAG_ACT_OFF}, true, false},
        {&LINE, {.killed = true}, {.act = PL_FLAG_ACT_OFF}, false, false},
        {&LINE, {.killed = true}, {.act = PL_FLAG_ACT_ON}, true, true},
        {&LINE, {0}, {.act = PL_FLAG_ACT_ON}, false, false},
        {&LINE, {0}, {.act = PL_FLAG_ACT_SLICE_OFF, .slice = TEXT("a=b")}, true, false},
        {&LINE,
         {.off_in = {DARK, 1}},
         {.act = PL_FLAG_ACT_SLICE_ON, .slice = TEXT("a=b")},
         true,
         true},
        {&LINE,
         {.off_in = {DARK, 1}},
         {.act = PL_FLAG_ACT_SLICE_ON, .slice = TEXT("a=c")},
         false,
         false},
        {&LINE, {0}, {.act = PL_FLAG_ACT_SHARE, .share = 0.2}, true, false},
        /* No more than the line says: to set it higher opens nothing. */
        {&LINE, {0}, {.act = PL_FLAG_ACT_SHARE, .share = 0.9}, true, false},
        {&LINE,
         {.has_share = true, .share = 0.2},
         {.act = PL_FLAG_ACT_SHARE, .share = 0.3},
         true,
         true},
        {&LINE,
         {.has_share = true, .share = 0.2},
         {.act = PL_FLAG_ACT_SHARE, .share = 0.1},
         true,
         false},
        {&LINE,
         {.has_share = true, .share = 0.2},
         {.act = PL_FLAG_ACT_SHARE, .share = 0.2},
         false,
         false},
        {&LINE,
         {.has_share = true, .share = 0.2},
         {.act = PL_FLAG_ACT_SHARE, .share = 1.0},
         true,
         true},
        {&STAGED, {0}, {.act = PL_FLAG_ACT_STAGE, .stage = 1}, true, true},
        {&STAGED, {.stage = 2}, {.act = PL_FLAG_ACT_STAGE, .stage = 1}, true, false},
        {&STAGED, {.stage = 1}, {.act = PL_FLAG_ACT_STAGE, .stage = 1}, false, false},
        /* The same stage, but the share by hand goes. */
        {&STAGED,
         {.stage = 1, .has_share = true, .share = 0.01},
         {.act = PL_FLAG_ACT_STAGE, .stage = 1},
         true,
         true},
        {&STAGED,
         {.stage = 1, .has_share = true, .share = 0.01},
         {.act = PL_FLAG_ACT_STAGE, .stage = 0},
         true,
         true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        assert_int_equal(pl_flag_change_matters(&CASES[i].now, &CASES[i].change), CASES[i].matters);
        assert_int_equal(pl_flag_change_opens(CASES[i].line, &CASES[i].now, &CASES[i].change),
                         CASES[i].opens);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_reads_back_to_the_change),
        cmocka_unit_test(test_what_is_no_change_is_corrupt),
        cmocka_unit_test(test_each_act_changes_its_part_only),
        cmocka_unit_test(test_only_so_many_slices_are_dark_at_once),
        cmocka_unit_test(test_whether_a_change_matters_and_opens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
