/* What is written from the table of keys: the reference page, the explanation, the schema and the
   line to start from. Each must agree with the table and with what reads. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "line/explain.h"
#include "line/keys.h"
#include "line/reference.h"
#include "line/schema.h"
#include "line/template.h"
#include "line_case.h"

#define PAGE_SIZE_BYTES_MAX ((size_t)1 << 20)
#define REFERENCE           PL_SOURCE_ROOT "/docs/reference/line.md"

static struct line_case test;

/* With PLIMSOLL_UPDATE=1 in the environment the page is written instead of compared. */
static void the_reference_page_is_what_the_table_says(void **state)
{
    struct pl_buffer out;
    struct pl_str page;
    struct pl_error error = {0};

    (void)state;
    pl_buffer_init(&out, PAGE_SIZE_BYTES_MAX);
    pl_line_reference(&out);
    assert_int_equal(out.failed, PL_OK);
    if (getenv("PLIMSOLL_UPDATE") != NULL)
        assert_int_equal(pl_file_write(REFERENCE, pl_buffer_view(&out), false, &error), PL_OK);
    pl_arena_init(&test.arena, CASE_ARENA_SIZE_BYTES_MAX);
    assert_int_equal(pl_file_read(REFERENCE, PAGE_SIZE_BYTES_MAX, &test.arena, &page, &error),
                     PL_OK);
    if (!pl_str_equal(page, pl_buffer_view(&out)))
        print_error("run this test with PLIMSOLL_UPDATE=1 and commit the page\n");
    assert_true(pl_str_equal(page, pl_buffer_view(&out)));
    pl_arena_deinit(&test.arena);
    pl_buffer_deinit(&out);
}

static void each_key_is_described_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < pl_keys_count(); i++) {
        const struct pl_key *key = pl_key_at(i);
        const size_t length = strlen(key->help);

        assert_ptr_equal(pl_key_find(key->section, pl_str_of(key->name)), key);
        assert_true(length > 10 && key->help[length - 1] == '.');
        assert_null(strchr(key->help, '|'));
        assert_true(key->example != NULL || key->type == PL_KEY_SECTION);
        assert_true(key->type != PL_KEY_WORD || key->words != NULL);
        assert_true(key->min <= key->max);
    }
}

/* Whether the example of a key reads where it belongs; limits and segments have a row around it. */
static void read_example(const struct pl_key *key, char *text, size_t size)
{
    static const char *const FRAMES[PL_SECTIONS_COUNT] = {
        [PL_SECTION_PURPOSE] = "purpose: {%s: %s}\n",
        [PL_SECTION_RISK] = "risk: {%s: %s}\n",
        [PL_SECTION_COSTS] = "costs: {%s: %s}\n",
        [PL_SECTION_EVIDENCE] = "evidence: {%s: %s}\n",
        [PL_SECTION_RELEASE] = "release: {%s: %s}\n",
        [PL_SECTION_WATCH] = "watch: {%s: %s}\n",
    };
    const char *frame = FRAMES[key->section] == NULL ? "%s: %s\n" : FRAMES[key->section];
    char row[512];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(row, sizeof row, frame, key->name, key->example);
#pragma GCC diagnostic pop
    (void)snprintf(text, size, "plimsoll: 1\nfeature: f\ndata: {decisions: d.csv}\n%s", row);
}

static void every_example_of_a_simple_section_reads(void **state)
{
    char text[1024];
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < pl_keys_count(); i++) {
        const struct pl_key *key = pl_key_at(i);
        const bool is_simple =
            key->section != PL_SECTION_TOP && key->section != PL_SECTION_DATA &&
            key->section != PL_SECTION_COLUMNS && key->section != PL_SECTION_SEGMENT &&
            key->section != PL_SECTION_BASELINE && key->section != PL_SECTION_BASELINE_COLUMNS &&
            key->section != PL_SECTION_LIMIT && key->section != PL_SECTION_COST_SLICE &&
            key->type != PL_KEY_COSTS && key->section != PL_SECTION_LAUNCH &&
            key->section < PL_SECTION_MODEL;

        if (!is_simple)
            continue;
        read_example(key, text, sizeof text);
        line_case_open(&test, pl_str_of(text));
        if (test.status != PL_OK)
            print_error("%s: %s\n", text, test.error.message);
        assert_int_equal(test.status, PL_OK);
        line_case_close(&test);
        count++;
    }
    assert_true(count >= 15);
}

static void every_template_reads_without_a_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < pl_templates_count(); i++) {
        line_case_open(&test, pl_str_of(pl_template_at(i)->text));
        if (test.status != PL_OK)
            print_error("%s:%u: %s\n", pl_template_at(i)->name, test.error.line,
                        test.error.message);
        assert_int_equal(test.status, PL_OK);
        assert_true(test.line->limits_count > 0);
        assert_true(test.line->purpose.given && test.line->risk.given);
        line_case_close(&test);
    }
}

static void the_names_of_the_templates_are_those_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < pl_templates_count(); i++)
        assert_string_equal(PL_TEMPLATE_NAMES[i], pl_template_at(i)->name);
    assert_null(PL_TEMPLATE_NAMES[pl_templates_count()]);
}

/* The commented keys of the template are offered to be uncommented, so they must read too. */
static void the_template_reads_with_its_commented_keys(void **state)
{
    static const char *const MARKS[] = {
        "    # prediction:", "    # count:", "    # age:", "# watch:", "#   window:", "#   watch:"};
    char text[8192];

    (void)state;
    (void)snprintf(text, sizeof text, "%s", pl_template_at(0)->text);
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        char *found = strstr(text, MARKS[i]);

        assert_non_null(found);
        found = strchr(found, '#');
        memmove(found, found + 2, strlen(found + 2) + 1);
    }
    line_case_open(&test, pl_str_of(text));
    if (test.status != PL_OK)
        print_error("%u: %s\n", test.error.line, test.error.message);
    assert_int_equal(test.status, PL_OK);
    assert_true(test.line->watch_given);
    assert_int_equal(test.line->data.segments_count, 2);
    line_case_close(&test);
}

static void expect_explanation(const char *text, const char *const *parts, size_t count)
{
    struct pl_buffer out;

    line_case_open(&test, pl_str_of(text));
    assert_int_equal(test.status, PL_OK);
    pl_buffer_init(&out, PAGE_SIZE_BYTES_MAX);
    pl_line_explain(test.line, &out);
    assert_int_equal(out.failed, PL_OK);
    for (size_t i = 0; i < count; i++) {
        if (strstr(out.ptr, parts[i]) == NULL)
            print_error("lacks '%s':\n%s", parts[i], out.ptr);
        assert_non_null(strstr(out.ptr, parts[i]));
    }
    pl_buffer_deinit(&out);
    line_case_close(&test);
}

static void a_line_is_said_back_in_sentences(void **state)
{
    static const char *const PARTS[] = {
        "This is the line of Score (f); me answers for it.\n",
        "It is not meant for:\n- sentencing\n",
        "harm of high severity that cannot be undone.",
        "at most `hold`",
        "- A score of at least 5 is a yes.\n",
        "- age: `years`, cut at 25, 45.\n",
        "- accuracy at least 0.6.\n",
        "- recall at least 0.5, by age; by the value alone, without its uncertainty.\n",
        "- precision at least 0.5; at a confidence of 99%.\n",
        "with 95% confidence",
        "Slices of fewer than 30 decisions",
        "The gate exits with 0 for `ship`, and with 1",
        "There must be: `risk` and `owner`;",
        "Once live it is watched: `score` and `limits`, over windows of 60 minutes.\n",
    };

    (void)state;
    expect_explanation("plimsoll: 1\nfeature: f\ntitle: Score\nowner: me\n"
                       "purpose: {out_of_scope: sentencing}\n"
                       "risk: {severity: high, reversibility: none}\n"
                       "data: {decisions: d.csv, threshold: 5, columns: {label: y, score: s},\n"
                       "       segments: {age: {column: years, bins: [25, 45]}}}\n"
                       "limits:\n"
                       "  - {metric: accuracy, min: 0.6}\n"
                       "  - {metric: recall, min: 0.5, by: age, judge: point}\n"
                       "  - {metric: precision, min: 0.5, confidence: 0.99}\n"
                       "release: {allow: ship, needs: [owner, risk]}\n"
                       "watch: {watch: [limits, score]}\n",
                       PARTS, sizeof PARTS / sizeof *PARTS);
}

static void the_risk_caps_the_verdict_as_the_policy_says(void **state)
{
    static const struct {
        const char *risk;
        const char *cap;
    } CASES[] = {
        {"{severity: low, reversibility: full}", "at most `ship_with_monitoring`"},
        {"{severity: low, reversibility: partial}", "at most `human_in_the_loop`"},
        {"{severity: low, reversibility: full, users: vulnerable}", "at most `human_in_the_loop`"},
        {"{severity: low, reversibility: full, scale: 1_000_000/year}",
         "at most `human_in_the_loop`"},
        {"{severity: low, reversibility: full, scale: 999_999/year}",
         "at most `ship_with_monitoring`"},
        {"{severity: medium, reversibility: full}", "at most `human_in_the_loop`"},
        {"{severity: high, reversibility: partial}", "at most `human_in_the_loop`"},
        {"{severity: high, reversibility: partial, users: vulnerable}", "at most `hold`"},
        {"{severity: high, reversibility: none}", "at most `hold`"},
        {"{severity: high, reversibility: none, users: vulnerable}", "at most `no_ship`"},
        {"{severity: catastrophic, reversibility: full}", "at most `no_ship`"},
        {"{severity: catastrophic, users: vulnerable, scale: 5/second}", "at most `no_ship`"},
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        (void)snprintf(text, sizeof text,
                       "plimsoll: 1\nfeature: f\ndata: {decisions: d.csv}\nrisk: %s\n",
                       CASES[i].risk);
        expect_explanation(text, &CASES[i].cap, 1);
    }
}

static void the_schema_names_every_key(void **state)
{
    static const char *const METRICS[] = {"accuracy", "mean(COLUMN)"};
    struct pl_buffer out;
    struct pl_json json;
    char name[64];

    (void)state;
    pl_buffer_init(&out, PAGE_SIZE_BYTES_MAX);
    pl_json_init(&json, &out, false);
    pl_line_schema(&json, METRICS, 2);
    assert_int_equal(out.failed, PL_OK);
    for (size_t i = 0; i < pl_keys_count(); i++) {
        (void)snprintf(name, sizeof name, "\"%s\":{\"description\":", pl_key_at(i)->name);
        assert_non_null(strstr(out.ptr, name));
    }
    assert_non_null(strstr(out.ptr, "{\"enum\":[\"accuracy\"]}"));
    pl_buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_page_is_what_the_table_says),
        cmocka_unit_test(each_key_is_described_once),
        cmocka_unit_test(every_example_of_a_simple_section_reads),
        cmocka_unit_test(every_template_reads_without_a_fault),
        cmocka_unit_test(the_names_of_the_templates_are_those_of_the_table),
        cmocka_unit_test(the_template_reads_with_its_commented_keys),
        cmocka_unit_test(a_line_is_said_back_in_sentences),
        cmocka_unit_test(the_risk_caps_the_verdict_as_the_policy_says),
        cmocka_unit_test(the_schema_names_every_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
