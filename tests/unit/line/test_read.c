/* Lines without faults: what each key becomes, what is assumed where it is missing, and how limits
   and their slices resolve. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "line/keys.h"
#include "line/live_path.h"
#include "line_case.h"

#define HEAD     "plimsoll: 1\nfeature: f\n"
#define SEGMENTS "data: {decisions: d.csv, segments: {race: race, sex: sex, age: age}}\n"

static struct line_case test;

static void open_good(const char *text)
{
    line_case_open(&test, pl_str_of(text));
    if (test.status != PL_OK)
        print_error("%u:%u: %s\n", test.error.line, test.error.column, test.error.message);
    assert_int_equal(test.status, PL_OK);
    assert_int_equal(test.problems.count, 0);
    assert_non_null(test.line);
}

static void assert_str(struct pl_str actual, const char *expected)
{
    if (!pl_str_equal_text(actual, expected))
        print_error("is '%.*s', not '%s'\n", PL_STR_ARG(actual), expected);
    assert_true(pl_str_equal_text(actual, expected));
}

static void assert_place(struct pl_place place, uint32_t line, uint32_t column)
{
    assert_int_equal(place.line, line);
    assert_int_equal(place.column, column);
}

static void the_smallest_line_has_every_default(void **state)
{
    (void)state;
    open_good("plimsoll: 1\nfeature: small\ndata: {decisions: d.csv}\n");

    const struct pl_line *line = test.line;

    assert_str(line->feature, "small");
    assert_str(line->title, "small");
    assert_int_equal(line->owner.len, 0);
    assert_false(line->purpose.given);
    assert_false(line->risk.given);
    assert_int_equal(line->risk.severity, PL_SEVERITY_MEDIUM);
    assert_int_equal(line->risk.reversibility, PL_REVERSIBILITY_PARTIAL);
    assert_int_equal(line->risk.users, PL_USERS_GENERAL);
    assert_true(line->risk.scale_per_year == 0);
    assert_true(line->data.threshold == 0.5);
    assert_int_equal(line->data.segments_count, 0);
    assert_int_equal(line->data.label.len, 0);
    assert_false(line->costs.given);
    assert_true(line->costs.false_positive == 1 && line->costs.false_negative == 1);
    assert_int_equal(line->limits_count, 0);
    assert_true(line->evidence.confidence == 0.95);
    assert_int_equal(line->evidence.depth, 2);
    assert_int_equal(line->evidence.smallest_slice, 30);
    assert_int_equal(line->evidence.small, PL_SMALL_LIST);
    assert_int_equal(line->evidence.unproven, PL_UNPROVEN_HOLD);
    assert_int_equal(line->evidence.interval, PL_INTERVAL_WILSON);
    assert_int_equal(line->evidence.seed, 1);
    assert_true(line->release.allow[PL_VERDICT_SHIP]);
    assert_true(line->release.allow[PL_VERDICT_SHIP_WITH_MONITORING]);
    assert_false(line->release.allow[PL_VERDICT_HUMAN_IN_THE_LOOP]);
    assert_false(line->release.allow[PL_VERDICT_HOLD]);
    assert_false(line->release.allow[PL_VERDICT_NO_SHIP]);
    assert_int_equal(line->release.needs, 0);
    assert_false(line->watch_given);
    line_case_close(&test);
}

static void every_section_is_read(void **state)
{
    (void)state;
    open_good(HEAD
              "title: A feature\n"
              "owner: team@example.org\n"
              "purpose:\n"
              "  intended: |\n"
              "    One.\n"
              "    Two.\n"
              "  out_of_scope: [a, b]\n"
              "  limitations: only one\n"
              "risk: {severity: low, reversibility: full, users: vulnerable, scale: 2/day}\n"
              "data: {decisions: 'd*.csv', task: binary, positive: yes, threshold: 5,\n"
              "       where: \"a = 1\", columns: {label: l, score: s, prediction: p, count: n,\n"
              "       weight: w}}\n"
              "costs: {false_positive: 2, false_negative: 1_0.5}\n"
              "evidence: {confidence: 99%, depth: 3, smallest_slice: 1_000, small: hold,\n"
              "           unproven: fail, interval: exact, seed: 9007199254740991}\n"
              "release: {allow: [hold, no_ship], needs: [card, purpose]}\n"
              "watch: {window: 90m, watch: [inputs, latency_ms], reference: r.csv}\n");

    const struct pl_line *line = test.line;

    assert_str(line->title, "A feature");
    assert_str(line->owner, "team@example.org");
    assert_true(line->purpose.given);
    assert_str(line->purpose.intended, "One.\nTwo.");
    assert_int_equal(line->purpose.out_of_scope.count, 2);
    assert_str(line->purpose.out_of_scope.items[1], "b");
    assert_int_equal(line->purpose.limitations.count, 1);
    assert_str(line->purpose.limitations.items[0], "only one");
    assert_true(line->risk.given);
    assert_int_equal(line->risk.severity, PL_SEVERITY_LOW);
    assert_int_equal(line->risk.reversibility, PL_REVERSIBILITY_FULL);
    assert_int_equal(line->risk.users, PL_USERS_VULNERABLE);
    assert_true(fabs(line->risk.scale_per_year - 730.5) < 1e-9);
    assert_true(line->costs.given);
    assert_true(line->costs.false_positive == 2 && line->costs.false_negative == 10.5);
    assert_true(line->evidence.confidence == 0.99);
    assert_int_equal(line->evidence.depth, 3);
    assert_int_equal(line->evidence.smallest_slice, 1000);
    assert_int_equal(line->evidence.small, PL_SMALL_HOLD);
    assert_int_equal(line->evidence.unproven, PL_UNPROVEN_FAIL);
    assert_int_equal(line->evidence.interval, PL_INTERVAL_EXACT);
    assert_int_equal(line->evidence.seed, INT64_C(9007199254740991));
    assert_false(line->release.allow[PL_VERDICT_SHIP]);
    assert_true(line->release.allow[PL_VERDICT_HOLD]);
    assert_true(line->release.allow[PL_VERDICT_NO_SHIP]);
    assert_int_equal(line->release.needs, PL_NEED_CARD | PL_NEED_PURPOSE);
    assert_true(line->watch_given);
    assert_int_equal(line->watch.window_ms, 5400000);
    assert_int_equal(line->watch.watched, PL_WATCHED_INPUTS | PL_WATCHED_LATENCY_MS);
    assert_str(line->watch.reference, "r.csv");
    line_case_close(&test);
}

static void data_keeps_columns_and_their_places(void **state)
{
    (void)state;
    open_good(HEAD "data:\n"
                   "  decisions: d.csv\n"
                   "  positive: 2\n"
                   "  where: \"a = 1\"\n"
                   "  threshold: -0.5\n"
                   "  columns:\n"
                   "    label: l\n"
                   "    score: s\n"
                   "    prediction: p\n"
                   "    count: n\n"
                   "    weight: w\n");

    const struct pl_data *data = &test.line->data;

    assert_str(data->decisions, "d.csv");
    assert_place(data->decisions_place, 4, 14);
    assert_str(data->positive, "2");
    assert_str(data->where, "a = 1");
    assert_place(data->where_place, 6, 10);
    assert_true(data->threshold == -0.5);
    assert_str(data->label, "l");
    assert_place(data->label_place, 9, 12);
    assert_str(data->score, "s");
    assert_place(data->score_place, 10, 12);
    assert_str(data->prediction, "p");
    assert_place(data->prediction_place, 11, 17);
    assert_str(data->count, "n");
    assert_place(data->count_place, 12, 12);
    assert_str(data->weight, "w");
    assert_place(data->weight_place, 13, 13);
    line_case_close(&test);
}

static void each_kind_of_segment_is_read(void **state)
{
    (void)state;
    open_good(HEAD "data:\n"
                   "  decisions: d.csv\n"
                   "  segments:\n"
                   "    race: race\n"
                   "    age: {column: age, bins: [-1.5, 25, 4_5]}\n"
                   "    plan: {column: plan, map: {a: small, b: small, 3: large}, other: rest}\n"
                   "    tier: {column: tier, map: {a: b}}\n"
                   "    night: {sql: \"hour(at) < 6\"}\n"
                   "    long: {column: c}\n");

    const struct pl_segment *segments = test.line->data.segments;

    assert_int_equal(test.line->data.segments_count, 6);
    assert_int_equal(segments[0].kind, PL_SEGMENT_COLUMN);
    assert_str(segments[0].column, "race");
    assert_place(segments[0].place, 6, 5);
    assert_int_equal(segments[1].kind, PL_SEGMENT_BINS);
    assert_int_equal(segments[1].bins_count, 3);
    assert_true(segments[1].bins[0] == -1.5 && segments[1].bins[2] == 45);
    assert_int_equal(segments[2].kind, PL_SEGMENT_MAP);
    assert_int_equal(segments[2].map_count, 3);
    assert_str(segments[2].map[2].from, "3");
    assert_str(segments[2].map[2].to, "large");
    assert_str(segments[2].other, "rest");
    assert_str(segments[3].other, "(other)");
    assert_int_equal(segments[4].kind, PL_SEGMENT_SQL);
    assert_str(segments[4].sql, "hour(at) < 6");
    assert_str(segments[4].name, "night");
    assert_int_equal(segments[5].kind, PL_SEGMENT_COLUMN);
    assert_str(segments[5].column, "c");
    line_case_close(&test);
}

static void a_limit_is_said_in_words(void **state)
{
    static const struct {
        const char *row;
        const char *text;
    } CASES[] = {
        {"{metric: accuracy, min: 0.65}", "accuracy at least 0.65"},
        {"{metric: accuracy, min: 65%}", "accuracy at least 0.65"},
        {"{metric: recall, max: 1, by: race}", "recall at most 1, by race"},
        {"{metric: error_rate, max_ratio_to_overall: 1.5, by: every}",
         "error_rate at most 1.5 times overall, by every segment and crossing"},
        {"{metric: m, max_difference_to_overall: 0.1, by: race * sex}",
         "m at most 0.1 apart from overall, by race × sex"},
        {"{metric: selection_rate, min_ratio: 0.8, by: [race, sex]}",
         "selection_rate at least 0.8 times the highest group, by race and by sex"},
        {"{metric: m, max_ratio: 1.25, by: [race, sex, age]}",
         "m at most 1.25 times the lowest group, by race, by sex and by age"},
        {"{metric: m, max_difference: 0.1, by: race}",
         "m at most 0.1 apart between groups, by race"},
        {"{metric: m, max_difference: 0.1, by: race, reference: Asian}",
         "m at most 0.1 apart from Asian, by race"},
        {"{metric: m, min_ratio: 0.8, by: race, reference: Asian}",
         "m at least 0.8 times that of Asian, by race"},
        {"{metric: m, max_ratio: 2, by: race, reference: Asian}",
         "m at most 2 times that of Asian, by race"},
        {"{metric: mean(latency_ms), max: 300}", "mean(latency_ms) at most 300"},
        {"{metric: 'quantile(latency_ms, 0.95)', max: 300}",
         "quantile(latency_ms, 0.95) at most 300"},
        {"{metric: quantile(latency_ms, 0.95), max: 300}",
         "quantile(latency_ms, 0.95) at most 300"},
        {"\n    metric: quantile(latency_ms, 0.95)\n    max: 300",
         "quantile(latency_ms, 0.95) at most 300"},
        {"{metric: m, min: 1, by: [race, sex, age, race * sex, race * age]}",
         "m at least 1, by 5 segments and crossings"},
    };
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        (void)snprintf(text, sizeof text, HEAD SEGMENTS "limits:\n  - %s\n", CASES[i].row);
        open_good(text);
        assert_int_equal(test.line->limits_count, 1);
        assert_str(test.line->limits[0].text, CASES[i].text);
        assert_place(test.line->limits[0].place, CASES[i].row[0] == '\n' ? 6 : 5, 5);
        line_case_close(&test);
    }
}

static void an_entry_with_two_comparators_is_two_limits(void **state)
{
    (void)state;
    open_good(HEAD SEGMENTS
              "limits:\n"
              "  - {metric: m, max: 0.9, min: 0.1, by: race, judge: point}\n"
              "  - {metric: n, min: 0.5, max_difference: 0.1, by: sex, reference: F,\n"
              "     confidence: 0.99}\n"
              "evidence: {confidence: 0.9}\n");
    assert_int_equal(test.line->limits_count, 4);

    const struct pl_limit *limits = test.line->limits;

    assert_int_equal(limits[0].comparator, PL_COMPARE_MIN);
    assert_true(limits[0].threshold == 0.1);
    assert_int_equal(limits[0].judge, PL_JUDGE_POINT);
    assert_true(limits[0].confidence == 0.9);
    assert_int_equal(limits[1].comparator, PL_COMPARE_MAX);
    assert_true(limits[1].threshold == 0.9);
    assert_place(limits[1].metric_place, 5, 14);
    assert_int_equal(limits[2].comparator, PL_COMPARE_MIN);
    assert_int_equal(limits[2].judge, PL_JUDGE_INTERVAL);
    assert_true(limits[2].confidence == 0.99);
    assert_int_equal(limits[2].reference.len, 0);
    assert_int_equal(limits[3].comparator, PL_COMPARE_MAX_DIFFERENCE);
    assert_str(limits[3].reference, "F");
    assert_place(limits[3].reference_place, 6, 68);
    assert_place(limits[2].reference_place, 0, 0);
    line_case_close(&test);
}

static void assert_crossing(const struct pl_crossing *crossing, const char *digits)
{
    assert_int_equal(crossing->count, strlen(digits));
    for (uint32_t i = 0; i < crossing->count; i++)
        assert_int_equal(crossing->segments[i], digits[i] - '0');
}

static void by_resolves_to_crossings_in_the_order_written(void **state)
{
    (void)state;
    open_good(HEAD SEGMENTS "limits:\n"
                            "  - {metric: m, min: 0.5, by: [sex, age*race, race  *  sex]}\n"
                            "  - {metric: m, min: 0.5, by: every}\n"
                            "  - {metric: m, min: 0.5}\n");

    const struct pl_limit *limits = test.line->limits;

    assert_int_equal(limits[0].crossings_count, 3);
    assert_crossing(&limits[0].crossings[0], "1");
    assert_crossing(&limits[0].crossings[1], "20");
    assert_crossing(&limits[0].crossings[2], "01");
    assert_int_equal(limits[1].crossings_count, 6);
    assert_crossing(&limits[1].crossings[0], "0");
    assert_crossing(&limits[1].crossings[2], "2");
    assert_crossing(&limits[1].crossings[3], "01");
    assert_crossing(&limits[1].crossings[4], "02");
    assert_crossing(&limits[1].crossings[5], "12");
    assert_int_equal(limits[2].crossings_count, 0);
    line_case_close(&test);
}

static void every_follows_the_depth_wherever_it_stands(void **state)
{
    static const struct {
        int depth;
        size_t count;
    } CASES[] = {{1, 3}, {2, 6}, {3, 7}, {4, 7}};
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        (void)snprintf(text, sizeof text,
                       HEAD "limits: [{metric: m, min: 0.5, by: every}]\n" SEGMENTS
                            "evidence: {depth: %d}\n",
                       CASES[i].depth);
        open_good(text);
        assert_int_equal(test.line->limits[0].crossings_count, CASES[i].count);
        line_case_close(&test);
    }
}

static void windows_line_ends_and_a_byte_order_mark_change_nothing(void **state)
{
    (void)state;
    open_good("\xef\xbb\xbfplimsoll: 1\r\nfeature: f\r\ndata:\r\n  decisions: d.csv\r\n");
    assert_str(test.line->feature, "f");
    assert_str(test.line->data.decisions, "d.csv");
    assert_place(test.line->data.decisions_place, 4, 14);
    line_case_close(&test);
}

static void json_is_a_line_too(void **state)
{
    (void)state;
    open_good("{\"plimsoll\": 1, \"feature\": \"f\", \"data\": {\"decisions\": \"d.csv\"},\n"
              " \"limits\": [{\"metric\": \"accuracy\", \"min\": \"65%\"}]}\n");
    assert_true(test.line->limits[0].threshold == 0.65);
    line_case_close(&test);
}

static void text_may_hold_any_language(void **state)
{
    (void)state;
    open_good(HEAD "title: Bewährung – 再犯 – पुनः\ndata: {decisions: d.csv, segments: "
                   "{språk: språk}}\nlimits: [{metric: m, min: 1, by: språk}]\n");
    assert_str(test.line->title, "Bewährung – 再犯 – पुनः");
    assert_str(test.line->limits[0].text, "m at least 1, by språk");
    line_case_close(&test);
}

static void live_traffic_is_addressed_by_feature_window_and_file(void **state)
{
    static const struct {
        const char *name;
        const char *path;
        uint64_t since_ms;
        uint64_t until_ms;
        const char *address;
        const char *shown;
    } CASES[] = {
        {"plimsoll.yaml", "ledger:", 0, 0, "ledger:f@.plimsoll/warehouse.duckdb", "ledger:f"},
        {"/line.yaml", "ledger:*", 0, 0, "ledger:*@/.plimsoll/warehouse.duckdb", "ledger:*"},
        {"a/b.yaml", "ledger:x y", 0, 0, "ledger:x y@a/.plimsoll/warehouse.duckdb", "ledger:x y"},
        {"a/b.yaml", "ledger:p@q?r%s", 0, 0, "ledger:p%40q%3Fr%25s@a/.plimsoll/warehouse.duckdb",
         "ledger:p%40q%3Fr%25s"},
        {"b.yaml", "ledger:", 7, 0, "ledger:f?since=7&until=0@.plimsoll/warehouse.duckdb",
         "ledger:f"},
        {"b.yaml", "ledger:g", 7, 9, "ledger:g?since=7&until=9@.plimsoll/warehouse.duckdb",
         "ledger:g"},
        {"a/b.yaml", "d@e?f.csv", 7, 9, "a/d@e?f.csv", "a/d@e?f.csv"},
    };
    static const char TEXT[] = HEAD "data: {decisions: d.csv}\n";
    struct pl_line *line = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        pl_arena_init(&test.arena, CASE_ARENA_SIZE_BYTES_MAX);
        assert_int_equal(pl_line_parse(pl_str_of(TEXT), CASES[i].name, &test.arena, &line,
                                       &test.problems, &test.error),
                         PL_OK);
        line->data.since_ms = CASES[i].since_ms;
        line->data.until_ms = CASES[i].until_ms;

        const struct pl_str address = pl_line_path(line, pl_str_of(CASES[i].path), &test.arena);

        assert_string_equal(address.ptr, CASES[i].address);
        assert_str(pl_line_path_shown(address), CASES[i].shown);
        line_case_close(&test);
    }
}

static void the_text_and_the_folder_are_kept(void **state)
{
    static const struct {
        const char *name;
        const char *folder;
        const char *path;
    } CASES[] = {
        {"plimsoll.yaml", ".", "d.csv"},       {"./plimsoll.yaml", ".", "d.csv"},
        {"a/b/line.yaml", "a/b", "a/b/d.csv"}, {"/line.yaml", "/", "/d.csv"},
        {"/a/line.yaml", "/a", "/a/d.csv"},
    };
    static const char TEXT[] = HEAD "data: {decisions: d.csv}\n";
    struct pl_line *line = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        pl_arena_init(&test.arena, CASE_ARENA_SIZE_BYTES_MAX);
        assert_int_equal(pl_line_parse(pl_str_of(TEXT), CASES[i].name, &test.arena, &line,
                                       &test.problems, &test.error),
                         PL_OK);
        assert_string_equal(line->file, CASES[i].name);
        assert_str(line->folder, CASES[i].folder);
        assert_str(line->text, TEXT);
        assert_string_equal(pl_line_path(line, line->data.decisions, &test.arena).ptr,
                            CASES[i].path);
        assert_string_equal(pl_line_path(line, PL_STR("/x.csv"), &test.arena).ptr, "/x.csv");
        assert_string_equal(pl_line_path(line, PL_STR("postgres://db/table"), &test.arena).ptr,
                            "postgres://db/table");
        line_case_close(&test);
    }
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    pl_arena_init(&test.arena, CASE_ARENA_SIZE_BYTES_MAX);
    test.line = NULL;
    assert_int_equal(
        pl_line_read("no/such/plimsoll.yaml", &test.arena, &test.line, &test.problems, &test.error),
        PL_E_NOT_FOUND);
    assert_null(test.line);
    assert_int_equal(test.problems.count, 0);
    assert_non_null(strstr(test.error.message, "no/such/plimsoll.yaml"));
    line_case_close(&test);
}

static void an_error_at_a_place_names_file_line_and_column(void **state)
{
    struct pl_error error = {0};

    (void)state;
    open_good(HEAD "data: {decisions: d.csv}\n");
    assert_int_equal(pl_line_error(test.line, test.line->data.decisions_place, PL_E_DATA, &error,
                                   "no column `%s`", "x"),
                     PL_E_DATA);
    assert_int_equal(error.status, PL_E_DATA);
    assert_int_equal(error.line, 3);
    assert_int_equal(error.column, 19);
    assert_string_equal(error.file, "case.yaml");
    assert_string_equal(error.message, "no column `x`");
    assert_int_equal(
        pl_line_error(test.line, test.line->data.decisions_place, PL_E_DATA, NULL, "x"), PL_E_DATA);
    line_case_close(&test);
}

static void the_first_problem_is_the_error(void **state)
{
    (void)state;
    line_case_open(&test, PL_STR("plimsoll: 1\nfeature: f\ntitel: x\ndata: {decisions: d.csv}\n"));
    assert_int_equal(test.status, PL_E_LINE);
    assert_string_equal(test.error.message,
                        "`titel` is not a key of the line; did you mean `title`?");
    assert_int_equal(test.error.line, 3);
    line_case_close(&test);
    line_case_open(&test, PL_STR("plimsoll: 2\nfeature: ''\ndata: {decisions: d.csv}\n"));
    assert_string_equal(test.error.message, "`plimsoll` is 2; must be 1 (and 1 more; `plimsoll check` lists all)");
    line_case_close(&test);
}

static void names_stand_as_in_the_line(void **state)
{
    (void)state;
    assert_string_equal(pl_verdict_name(PL_VERDICT_SHIP_WITH_MONITORING), "ship_with_monitoring");
    assert_string_equal(pl_comparator_name(PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL),
                        "max_difference_to_overall");
    assert_string_equal(pl_severity_name(PL_SEVERITY_CATASTROPHIC), "catastrophic");
    assert_string_equal(pl_reversibility_name(PL_REVERSIBILITY_NONE), "none");
    assert_string_equal(pl_users_name(PL_USERS_VULNERABLE), "vulnerable");
    for (int i = 0; i < PL_COMPARATORS_COUNT; i++) {
        const char *name = pl_comparator_name((enum pl_comparator)i);

        assert_non_null(pl_key_find(PL_SECTION_LIMIT, pl_str_of(name)));
    }
}

static void the_example_reads(void **state)
{
    (void)state;
    pl_arena_init(&test.arena, CASE_ARENA_SIZE_BYTES_MAX);
    assert_int_equal(pl_line_read(PL_SOURCE_ROOT "/examples/recidivism/plimsoll.yaml", &test.arena,
                                  &test.line, &test.problems, &test.error),
                     PL_OK);
    assert_int_equal(test.line->data.segments_count, 3);
    assert_true(test.line->limits_count >= 6);
    assert_str(test.line->data.count, "n");
    line_case_close(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_line_has_every_default),
        cmocka_unit_test(every_section_is_read),
        cmocka_unit_test(data_keeps_columns_and_their_places),
        cmocka_unit_test(each_kind_of_segment_is_read),
        cmocka_unit_test(a_limit_is_said_in_words),
        cmocka_unit_test(an_entry_with_two_comparators_is_two_limits),
        cmocka_unit_test(by_resolves_to_crossings_in_the_order_written),
        cmocka_unit_test(every_follows_the_depth_wherever_it_stands),
        cmocka_unit_test(windows_line_ends_and_a_byte_order_mark_change_nothing),
        cmocka_unit_test(json_is_a_line_too),
        cmocka_unit_test(text_may_hold_any_language),
        cmocka_unit_test(the_text_and_the_folder_are_kept),
        cmocka_unit_test(live_traffic_is_addressed_by_feature_window_and_file),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(an_error_at_a_place_names_file_line_and_column),
        cmocka_unit_test(the_first_problem_is_the_error),
        cmocka_unit_test(names_stand_as_in_the_line),
        cmocka_unit_test(the_example_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
