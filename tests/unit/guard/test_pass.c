/* A text on its way through filters: what goes out, what stops it, and what is counted. */
#include "guard/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define OUT_MAX ((size_t)4 << 20)

struct fixture {
    struct pl_guard_chain *chain;
    struct pl_guard_scratch *scratch;
    struct pl_guard_pass pass;
    struct pl_buffer out;
    size_t released;
};

static struct pl_guard_line deny(const char *pattern, enum pl_guard_do act)
{
    return (struct pl_guard_line){
        .filter = PL_GUARD_DENY, .act = act, .pattern = pl_str_of(pattern), .name = PL_STR("deny")};
}

static void begin(struct fixture *made, const struct pl_guard_line *rows, size_t count,
                  const struct pl_guard_options *given)
{
    struct pl_guard_options options = given == NULL ? (struct pl_guard_options){0} : *given;
    struct pl_error error = {0};

    *made = (struct fixture){0};
    pl_buffer_init(&made->out, OUT_MAX);
    if (pl_guard_chain_new(rows, count, &made->chain, &error) != PL_OK)
        fail_msg("%s", error.message);
    assert_int_equal(pl_guard_scratch_new(&made->scratch, &error), PL_OK);
    options.chain = made->chain;
    options.scratch = made->scratch;
    assert_int_equal(pl_guard_pass_init(&made->pass, &options, &error), PL_OK);
}

static void end(struct fixture *made)
{
    pl_guard_pass_deinit(&made->pass);
    pl_guard_chain_free(made->chain);
    pl_guard_scratch_free(made->scratch);
    pl_buffer_deinit(&made->out);
}

static void release(struct fixture *made)
{
    assert_true(made->pass.settled >= made->released);
    pl_guard_pass_rewrite(&made->pass, made->released, made->pass.settled, &made->out);
    made->released = made->pass.settled;
}

/* Gives a piece, and takes what has become settled. */
static void feed(struct fixture *made, struct pl_str piece)
{
    struct pl_error error = {0};

    if (pl_guard_pass_feed(&made->pass, piece, &error) != PL_OK)
        fail_msg("%s", error.message);
    release(made);
}

/* Gives `total` bytes of 'a' in pieces of `piece`, as far as the pass lets it. */
static void feed_many(struct fixture *made, size_t total, size_t piece)
{
    char *text = malloc(piece);

    assert_non_null(text);
    memset(text, 'a', piece);
    for (size_t at = 0; at < total; at += piece)
        feed(made, (struct pl_str){text, piece < total - at ? piece : total - at});
    free(text);
}

static void finish(struct fixture *made)
{
    struct pl_error error = {0};

    if (pl_guard_pass_finish(&made->pass, &error) != PL_OK)
        fail_msg("%s", error.message);
    release(made);
}

static void assert_out(const struct fixture *made, const char *expected)
{
    const struct pl_str out = pl_buffer_view(&made->out);

    if (!pl_str_equal_text(out, expected))
        fail_msg("went out: `%.*s`, expected: `%s`", PL_STR_ARG(out), expected);
}

static uint64_t hits(const struct fixture *made, size_t row)
{
    struct pl_guard_hits found;

    assert_true(pl_guard_pass_hits(&made->pass, row, &found));
    return found.count;
}

static void what_may_be_a_match_is_held_and_the_rest_goes_out(void **state)
{
    (void)state;
    const struct pl_guard_line row = deny("internal-\\d+", PL_GUARD_MASK);
    struct fixture made;

    begin(&made, &row, 1, NULL);
    feed(&made, PL_STR("see int"));
    assert_out(&made, "see ");
    feed(&made, PL_STR("ernet and internal-4"));
    assert_out(&made, "see internet and ");
    feed(&made, PL_STR("2 for i"));
    assert_out(&made, "see internet and *** for ");
    feed(&made, PL_STR("t"));
    assert_out(&made, "see internet and *** for it");
    finish(&made);
    assert_out(&made, "see internet and *** for it");
    assert_int_equal(hits(&made, 0), 1);
    assert_int_equal(made.pass.edits_count, 1);
    assert_int_equal(made.pass.edits[0].start, 17);
    assert_int_equal(made.pass.edits[0].end, 28);
    assert_int_equal(made.pass.stopped.reason, PL_GUARD_PASSES);
    assert_true(
        pl_str_equal_text(pl_guard_pass_text(&made.pass), "see internet and internal-42 for it"));
    end(&made);
}

static void a_block_lets_out_what_stands_before_it_and_no_more(void **state)
{
    (void)state;
    const struct pl_guard_line rows[] = {deny("o", PL_GUARD_NOTE), deny("secret", PL_GUARD_BLOCK)};
    struct fixture made;

    begin(&made, rows, 2, NULL);
    feed(&made, PL_STR("no sec"));
    assert_out(&made, "no ");
    feed(&made, PL_STR("ret, and more of it"));
    assert_out(&made, "no ");
    assert_int_equal(made.pass.stopped.reason, PL_GUARD_FOUND);
    assert_ptr_equal(made.pass.stopped.row, &rows[1]);
    assert_int_equal(made.pass.stopped.start, 3);
    feed(&made, PL_STR(" o o o"));
    finish(&made);
    assert_out(&made, "no ");
    assert_int_equal(hits(&made, 0), 1);
    assert_int_equal(hits(&made, 1), 1);
    end(&made);
}

static void of_two_that_overlap_the_first_in_the_text_counts_first(void **state)
{
    (void)state;
    const struct pl_guard_line rows[] = {deny("c", PL_GUARD_BLOCK), deny("b.*e", PL_GUARD_RETRY)};
    struct fixture made;

    begin(&made, rows, 2, NULL);
    feed(&made, PL_STR("abcd"));
    assert_out(&made, "a");
    assert_int_equal(made.pass.stopped.reason, PL_GUARD_PASSES);
    feed(&made, PL_STR("e\n"));
    assert_int_equal(made.pass.stopped.reason, PL_GUARD_FOUND);
    assert_ptr_equal(made.pass.stopped.row, &rows[1]);
    assert_int_equal(hits(&made, 0), 0);
    end(&made);
}

static void masks_that_overlap_are_one_and_those_side_by_side_are_two(void **state)
{
    (void)state;
    const struct pl_guard_line rows[] = {deny("abc", PL_GUARD_MASK), deny("cde", PL_GUARD_MASK),
                                         deny("f", PL_GUARD_MASK)};
    struct fixture made;

    begin(&made, rows, 3, NULL);
    for (const char *at = "-abcdef-abc-"; *at != '\0'; at++)
        feed(&made, (struct pl_str){at, 1});
    finish(&made);
    assert_out(&made, "-******-***-");
    end(&made);
}

static void a_mask_goes_out_with_the_piece_in_which_it_begins(void **state)
{
    (void)state;
    const struct pl_guard_line row = deny("\\d+", PL_GUARD_MASK);
    static const size_t CUTS[] = {0, 3, 4, 6, 8, 10};
    static const char *const EXPECTED[] = {"ab***", "", "", "cd", "***"};
    struct fixture made;

    begin(&made, &row, 1, NULL);
    feed(&made, PL_STR("ab1234cd56"));
    finish(&made);
    for (size_t i = 0; i < 5; i++) {
        pl_buffer_reset(&made.out);
        pl_guard_pass_rewrite(&made.pass, CUTS[i], CUTS[i + 1], &made.out);
        assert_out(&made, EXPECTED[i]);
    }
    end(&made);
}

static void characters_may_come_in_parts(void **state)
{
    (void)state;
    const struct pl_guard_line row = deny("\xc3\xa9t\xc3\xa9", PL_GUARD_MASK);
    struct fixture made;

    begin(&made, &row, 1, NULL);
    for (const char *at = "\xf0\x9f\x98\x80 \xc3\xa9t\xc3\xa9."; *at != '\0'; at++)
        feed(&made, (struct pl_str){at, 1});
    finish(&made);
    assert_out(&made, "\xf0\x9f\x98\x80 ***.");
    end(&made);
}

static void what_is_no_text_is_stopped_where_it_begins(void **state)
{
    (void)state;
    static const char *const BAD[] = {"ab\xff",         "ab\xc3(",    "ab\xe2\x82",
                                      "ab\xed\xa0\x80", "ab\xc0\x80", "ab\xf4\x90\x80\x80"};
    const struct pl_guard_line row = deny("x", PL_GUARD_NOTE);

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct fixture made;

        begin(&made, &row, 1, NULL);
        for (const char *at = BAD[i]; *at != '\0'; at++)
            feed(&made, (struct pl_str){at, 1});
        finish(&made);
        assert_out(&made, "ab");
        assert_int_equal(made.pass.stopped.reason, PL_GUARD_NOT_UTF8);
        assert_null(made.pass.stopped.row);
        assert_int_equal(made.pass.stopped.start, 2);
        end(&made);
    }
}

/* What is held long is not looked at with every byte, but before the text breaks off it is. */
static void what_was_complete_before_the_text_broke_off_is_found(void **state)
{
    (void)state;
    const struct pl_guard_line row = deny("<[^>]*>", PL_GUARD_MASK);

    for (size_t piece = 1; piece < 10000; piece *= 10) {
        struct fixture made;

        begin(&made, &row, 1, NULL);
        feed(&made, PL_STR("<"));
        feed_many(&made, 1000, piece);
        feed(&made, PL_STR(">"));
        feed(&made, PL_STR("b\xff"));
        finish(&made);
        assert_out(&made, "***b");
        assert_int_equal(made.pass.stopped.reason, PL_GUARD_NOT_UTF8);
        end(&made);
    }
}

static void a_pattern_that_never_ends_is_stopped_and_blocked(void **state)
{
    (void)state;
    struct pl_guard_line row = deny("(a+)+$", PL_GUARD_MASK);
    char text[80];
    struct fixture made;
    struct pl_guard_hits found;

    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '!';
    for (int i = 0; i < 2; i++) {
        row.act = i == 0 ? PL_GUARD_MASK : PL_GUARD_NOTE;
        begin(&made, &row, 1, NULL);
        feed(&made, PL_STR("so: "));
        feed(&made, (struct pl_str){text, sizeof text});
        finish(&made);
        assert_int_equal(made.pass.stopped.reason, i == 0 ? PL_GUARD_TOO_COSTLY : PL_GUARD_PASSES);
        assert_int_equal(made.released, i == 0 ? 4 : 4 + sizeof text);
        assert_true(pl_guard_pass_hits(&made.pass, 0, &found));
        assert_true(found.gave_up);
        assert_int_equal(found.count, 0);
        end(&made);
    }
}

/* Each place takes a long search, and none of them too many steps. */
static void searches_have_a_time_for_all_of_them(void **state)
{
    (void)state;
    const struct pl_guard_line row = deny("a.*b.*c", PL_GUARD_BLOCK);
    const struct pl_guard_options options = {.search_ms_max = 1};
    const size_t size = 60000;
    char *text = malloc(size);
    struct fixture made;

    assert_non_null(text);
    memset(text, 'a', size);
    text[size - 1] = '\n';
    begin(&made, &row, 1, &options);
    feed(&made, (struct pl_str){text, size});
    assert_int_equal(made.pass.stopped.reason, PL_GUARD_TOO_COSTLY);
    end(&made);
    free(text);
}

static void no_more_than_its_bound_is_held_back(void **state)
{
    (void)state;
    const struct pl_guard_line row = deny("<[^>]*>", PL_GUARD_MASK);
    static const size_t PIECES[] = {100, 4096, 65534, 65535, 70000, 200000};

    for (size_t i = 0; i < sizeof PIECES / sizeof *PIECES; i++) {
        for (size_t over = 0; over < 2; over++) {
            struct fixture made;

            begin(&made, &row, 1, NULL);
            feed(&made, PL_STR("ok <"));
            feed_many(&made, PL_GUARD_HOLD_BYTES_MAX - 2 + over, PIECES[i]);
            feed(&made, PL_STR(">"));
            feed(&made, PL_STR(" more"));
            finish(&made);
            assert_out(&made, over ? "ok " : "ok *** more");
            assert_int_equal(made.pass.stopped.reason,
                             over ? PL_GUARD_HELD_TOO_LONG : PL_GUARD_PASSES);
            end(&made);
        }
    }
}

static void a_long_text_is_cut_at_its_bound(void **state)
{
    (void)state;
    const struct pl_guard_line row = deny("b", PL_GUARD_BLOCK);
    const struct pl_guard_options options = {.size_bytes_max = 1000};
    static const size_t PIECES[] = {1, 7, 1000, 5000};

    for (size_t i = 0; i < sizeof PIECES / sizeof *PIECES; i++)
        for (size_t over = 0; over < 2; over++) {
            struct fixture made;

            begin(&made, &row, 1, &options);
            feed_many(&made, 1000 + over, PIECES[i]);
            finish(&made);
            assert_int_equal(made.released, 1000);
            assert_int_equal(made.pass.stopped.reason, over ? PL_GUARD_TOO_LONG : PL_GUARD_PASSES);
            end(&made);
        }
}

static void the_filter_size_ends_at_a_character(void **state)
{
    (void)state;
    struct pl_guard_line row = {.filter = PL_GUARD_SIZE,
                                .act = PL_GUARD_BLOCK,
                                .size_bytes_max = 4,
                                .name = PL_STR("size")};
    struct fixture made;

    begin(&made, &row, 1, NULL);
    feed(&made, PL_STR("abc"));
    assert_out(&made, "abc");
    feed(&made, PL_STR("\xc3"));
    assert_int_equal(made.pass.stopped.reason, PL_GUARD_PASSES);
    feed(&made, PL_STR("\xa9"));
    assert_out(&made, "abc");
    assert_int_equal(made.pass.stopped.reason, PL_GUARD_FOUND);
    assert_int_equal(made.pass.stopped.start, 3);
    end(&made);

    row.act = PL_GUARD_NOTE;
    begin(&made, &row, 1, NULL);
    feed(&made, PL_STR("abcdefgh"));
    feed(&made, PL_STR("ijk"));
    finish(&made);
    assert_out(&made, "abcdefghijk");
    assert_int_equal(hits(&made, 0), 1);
    end(&made);
}

static void json_is_judged_at_the_end_and_as_a_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } CASES[] = {
        {"{\"a\": [1, 2e400, 123456789012345678901234567890]}", true},
        {" {\"a\": 1, \"a\": 2} \n", true},
        {"null", true},
        {"", false},
        {"```json\n{\"a\": 1}\n```", false},
        {"{\"a\": 1", false},
        {"{\"a\": 1}{", false},
        {"{'a': 1}", false},
        {"{\"a\": NaN}", false},
        {"[1,]", false},
        {"Here you are: {}", false},
    };
    const struct pl_guard_line row = {
        .filter = PL_GUARD_JSON, .act = PL_GUARD_RETRY, .name = PL_STR("json")};
    const struct pl_guard_options wanted = {.json_wanted = true};

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct fixture made;

        begin(&made, &row, 1, &wanted);
        assert_true(pl_guard_chain_waits(made.chain, true));
        feed(&made, pl_str_of(CASES[i].text));
        assert_out(&made, "");
        finish(&made);
        assert_out(&made, CASES[i].valid ? CASES[i].text : "");
        assert_int_equal(made.pass.stopped.reason,
                         CASES[i].valid ? PL_GUARD_PASSES : PL_GUARD_FOUND);
        end(&made);
    }
}

static void json_is_asked_for_only_where_it_is_wanted(void **state)
{
    (void)state;
    struct pl_guard_line row = {
        .filter = PL_GUARD_JSON, .act = PL_GUARD_BLOCK, .name = PL_STR("json")};
    const struct pl_guard_options wanted = {.json_wanted = true};
    struct fixture made;

    begin(&made, &row, 1, NULL);
    assert_false(pl_guard_chain_waits(made.chain, false));
    feed(&made, PL_STR("Hello"));
    assert_out(&made, "Hello");
    finish(&made);
    assert_int_equal(made.pass.stopped.reason, PL_GUARD_PASSES);
    end(&made);

    row.act = PL_GUARD_NOTE;
    begin(&made, &row, 1, &wanted);
    assert_false(pl_guard_chain_waits(made.chain, true));
    feed(&made, PL_STR("Hello"));
    assert_out(&made, "Hello");
    finish(&made);
    assert_out(&made, "Hello");
    assert_int_equal(hits(&made, 0), 1);
    end(&made);
}

static void a_block_in_what_must_be_seen_whole_lets_nothing_out(void **state)
{
    (void)state;
    const struct pl_guard_line rows[] = {
        {.filter = PL_GUARD_JSON, .act = PL_GUARD_RETRY, .name = PL_STR("json")},
        deny("secret", PL_GUARD_BLOCK)};
    const struct pl_guard_options wanted = {.json_wanted = true};
    struct fixture made;

    begin(&made, rows, 2, &wanted);
    feed(&made, PL_STR("{\"a\": \"secret\"}"));
    assert_int_equal(made.pass.stopped.reason, PL_GUARD_FOUND);
    assert_ptr_equal(made.pass.stopped.row, &rows[1]);
    assert_out(&made, "");
    end(&made);
}

static void rows_that_note_hold_nothing_back(void **state)
{
    (void)state;
    const struct pl_guard_line rows[] = {deny("<[^>]*>", PL_GUARD_NOTE), deny("x", PL_GUARD_MASK)};
    struct fixture made;

    begin(&made, rows, 2, NULL);
    feed(&made, PL_STR("a <b x c"));
    assert_out(&made, "a <b *** c");
    feed(&made, PL_STR(">"));
    finish(&made);
    assert_int_equal(hits(&made, 0), 1);
    end(&made);
}

static void more_masks_than_can_be_kept_stop_the_text(void **state)
{
    (void)state;
    const struct pl_guard_line row = deny("a", PL_GUARD_MASK);
    struct fixture made;

    begin(&made, &row, 1, NULL);
    feed_many(&made, PL_GUARD_EDITS_MAX, 50000);
    assert_int_equal(made.pass.stopped.reason, PL_GUARD_PASSES);
    feed(&made, PL_STR("a"));
    finish(&made);
    assert_int_equal(made.pass.stopped.reason, PL_GUARD_TOO_MANY_EDITS);
    assert_int_equal(made.released, PL_GUARD_EDITS_MAX);
    end(&made);
}

static void a_match_that_jit_code_overlooks_is_found(void **state)
{
    (void)state;
    const struct pl_guard_line row = deny("(?>\\h+?|x)\\w+", PL_GUARD_MASK);
    struct fixture made;

    begin(&made, &row, 1, NULL);
    feed(&made, PL_STR("-  1"));
    finish(&made);
    assert_out(&made, "- ***");
    end(&made);
}

static void an_empty_text_passes(void **state)
{
    (void)state;
    const struct pl_guard_line row = deny("a", PL_GUARD_BLOCK);
    struct fixture made;

    begin(&made, &row, 1, NULL);
    finish(&made);
    assert_out(&made, "");
    assert_int_equal(made.pass.stopped.reason, PL_GUARD_PASSES);
    end(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_be_a_match_is_held_and_the_rest_goes_out),
        cmocka_unit_test(a_block_lets_out_what_stands_before_it_and_no_more),
        cmocka_unit_test(of_two_that_overlap_the_first_in_the_text_counts_first),
        cmocka_unit_test(masks_that_overlap_are_one_and_those_side_by_side_are_two),
        cmocka_unit_test(a_mask_goes_out_with_the_piece_in_which_it_begins),
        cmocka_unit_test(characters_may_come_in_parts),
        cmocka_unit_test(what_is_no_text_is_stopped_where_it_begins),
        cmocka_unit_test(what_was_complete_before_the_text_broke_off_is_found),
        cmocka_unit_test(a_pattern_that_never_ends_is_stopped_and_blocked),
        cmocka_unit_test(searches_have_a_time_for_all_of_them),
        cmocka_unit_test(no_more_than_its_bound_is_held_back),
        cmocka_unit_test(a_long_text_is_cut_at_its_bound),
        cmocka_unit_test(the_filter_size_ends_at_a_character),
        cmocka_unit_test(json_is_judged_at_the_end_and_as_a_whole),
        cmocka_unit_test(json_is_asked_for_only_where_it_is_wanted),
        cmocka_unit_test(a_block_in_what_must_be_seen_whole_lets_nothing_out),
        cmocka_unit_test(rows_that_note_hold_nothing_back),
        cmocka_unit_test(more_masks_than_can_be_kept_stop_the_text),
        cmocka_unit_test(a_match_that_jit_code_overlooks_is_found),
        cmocka_unit_test(an_empty_text_passes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
