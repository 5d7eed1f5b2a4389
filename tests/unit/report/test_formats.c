/* Every format of a gate and an audit that were made by hand. */
#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sample.h"

#include <jansson.h>
#include <string.h>

#define TEXT_SIZE_BYTES_MAX ((size_t)1 << 20)

static const struct pl_style WIDE = {.columns = 100, .utf8 = true};

static struct pl_buffer gate_in(pl_gate_write write, struct pl_style style)
{
    struct pl_buffer out;

    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    write(&GATE, style, &out);
    assert_int_equal(pl_buffer_check(&out, "the report", NULL), PL_OK);
    return out;
}

static json_t *parse(const struct pl_buffer *out)
{
    json_error_t fault;
    json_t *json = json_loadb(out->ptr, out->len, JSON_REJECT_DUPLICATES, &fault);

    if (json == NULL)
        fail_msg("%s at line %d", fault.text, fault.line);
    return json;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void json_has_the_verdict_and_every_finding(void **state)
{
    struct pl_buffer out = gate_in(pl_gate_json, WIDE);
    json_t *gate = parse(&out);
    const json_t *findings = json_object_get(gate, "findings");
    const json_t *first = json_array_get(findings, 0);

    (void)state;
    assert_string_equal(text_of(gate, "verdict"), "no_ship");
    assert_true(json_is_false(json_object_get(gate, "allowed")));
    assert_int_equal(json_array_size(json_object_get(gate, "reasons")), 3);
    assert_int_equal(json_array_size(findings), 3);
    assert_string_equal(text_of(first, "state"), "breach");
    assert_string_equal(text_of(first, "comparator"), "max_difference");
    assert_string_equal(text_of(json_object_get(first, "slice"), "race"), "A");
    assert_int_equal(json_array_size(json_object_get(first, "cases")), 2);
    assert_int_equal(json_integer_value(json_object_get(first, "judged")), 1);
    assert_int_equal(json_integer_value(json_object_get(first, "too_small")), 1);
    assert_int_equal(json_integer_value(json_object_get(gate, "seed")), 42);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(gate, "ledger"), "block")),
                     7);
    json_decref(gate);
    pl_buffer_deinit(&out);
}

static void json_gives_names_from_data_back_byte_for_byte(void **state)
{
    struct pl_buffer out = gate_in(pl_gate_json, WIDE);
    json_t *gate = parse(&out);
    const json_t *slice = json_array_get(json_object_get(gate, "slices"), 1);

    (void)state;
    assert_string_equal(text_of(json_object_get(slice, "slice"), "race"), HOSTILE);
    json_decref(gate);
    pl_buffer_deinit(&out);
}

static void undefined_is_null_with_a_reason_and_infinite_is_unbounded(void **state)
{
    struct pl_buffer out = gate_in(pl_gate_json, WIDE);
    json_t *gate = parse(&out);
    const json_t *slices = json_object_get(gate, "slices");
    const json_t *undefined =
        json_object_get(json_object_get(json_array_get(slices, 0), "measures"), "roc_auc");
    const json_t *unbounded =
        json_object_get(json_object_get(json_array_get(slices, 1), "measures"), "roc_auc");

    (void)state;
    assert_true(json_is_null(json_object_get(undefined, "value")));
    assert_true(json_is_null(json_object_get(undefined, "high")));
    assert_string_equal(text_of(undefined, "status"), "undefined");
    assert_string_equal(text_of(undefined, "reason"), pl_undefined_text(PL_UNDEFINED_NO_SCORES));
    assert_null(json_object_get(undefined, "unbounded"));
    assert_true(json_is_null(json_object_get(unbounded, "high")));
    assert_true(json_is_true(json_object_get(unbounded, "unbounded")));
    assert_string_equal(text_of(unbounded, "status"), "too_small");
    json_decref(gate);
    pl_buffer_deinit(&out);
}

static void the_overall_slice_is_an_empty_object(void **state)
{
    struct pl_buffer out = gate_in(pl_gate_json, WIDE);
    json_t *gate = parse(&out);
    const json_t *cases =
        json_object_get(json_array_get(json_object_get(gate, "findings"), 0), "cases");
    const json_t *against = json_object_get(json_array_get(cases, 1), "against");

    (void)state;
    assert_true(json_is_object(against));
    assert_int_equal(json_object_size(against), 0);
    json_decref(gate);
    pl_buffer_deinit(&out);
}

static void an_unrecorded_verdict_has_no_ledger(void **state)
{
    struct pl_gate_result result = GATE;
    struct pl_buffer out;

    (void)state;
    result.ledger_hash = NULL;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    pl_gate_json(&result, WIDE, &out);

    json_t *gate = parse(&out);

    assert_true(json_is_null(json_object_get(gate, "ledger")));
    json_decref(gate);
    pl_buffer_reset(&out);
    pl_gate_text(&result, WIDE, &out);
    assert_non_null(strstr(out.ptr, "NOT on the record"));
    pl_buffer_deinit(&out);
}

static void the_record_is_one_line_with_its_slices(void **state)
{
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    pl_gate_record(&GATE, TEXT_SIZE_BYTES_MAX / 2, &out);
    assert_null(strchr(out.ptr, '\n'));

    json_t *record = parse(&out);

    assert_int_equal(json_array_size(json_object_get(record, "slices")), 2);
    assert_null(json_object_get(record, "ledger"));
    assert_int_equal(json_integer_value(json_object_get(record, "slices_omitted")), 0);
    assert_int_equal(json_integer_value(json_object_get(record, "findings_omitted")), 0);
    json_decref(record);
    pl_buffer_deinit(&out);
}

/* The record within so many bytes. */
static json_t *record_within(size_t size_bytes_max, struct pl_buffer *out)
{
    pl_gate_record(&GATE, size_bytes_max, out);
    assert_true(out->len <= size_bytes_max);
    return parse(out);
}

static json_int_t count_in(const json_t *record, const char *key)
{
    return json_integer_value(json_object_get(record, key));
}

static void a_record_that_would_be_too_large_leaves_slices_out_first(void **state)
{
    struct pl_buffer out;
    size_t size_bytes_max = TEXT_SIZE_BYTES_MAX / 2;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    for (json_int_t omitted = 0; omitted <= 2; omitted++) {
        json_t *record = record_within(size_bytes_max, &out);

        assert_int_equal(count_in(record, "slices_omitted"), omitted);
        assert_int_equal(json_array_size(json_object_get(record, "slices")), 2 - omitted);
        assert_int_equal(count_in(record, "findings_omitted"), 0);
        json_decref(record);
        size_bytes_max = out.len - 1;
    }
    pl_buffer_deinit(&out);
}

static void then_findings_and_says_how_many(void **state)
{
    struct pl_buffer out;
    size_t size_bytes_max = TEXT_SIZE_BYTES_MAX / 2;
    json_t *record;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    for (int i = 0; i < 3; i++) {
        json_decref(record_within(size_bytes_max, &out));
        size_bytes_max = out.len - 1;
    }
    record = record_within(size_bytes_max, &out);

    const json_int_t omitted = count_in(record, "findings_omitted");

    assert_true(omitted > 0);
    assert_int_equal(json_array_size(json_object_get(record, "findings")) + omitted, 3);
    json_decref(record);
    pl_buffer_deinit(&out);
}

static void the_verdict_comes_first(void **state)
{
    struct pl_buffer out = gate_in(pl_gate_text, WIDE);
    static const char BEGIN[] =
        "✕ NO SHIP  A score & more\n\n"
        "Do not ship: 1 of 3 limits is crossed and 2 are unproven.\n\nWhy\n";

    (void)state;
    assert_memory_equal(out.ptr, BEGIN, sizeof BEGIN - 1);
    pl_buffer_deinit(&out);
}

static void the_parts_stand_in_their_order(void **state)
{
    static const char *const PARTS[] = {"\nWhy\n", "\nWhat to do\n", "\nEvidence\n", "\nMethod\n",
                                        "\nNext: "};
    struct pl_buffer out = gate_in(pl_gate_text, WIDE);
    const char *at = out.ptr;

    (void)state;
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        at = strstr(at, PARTS[i]);
        assert_non_null(at);
    }
    pl_buffer_deinit(&out);
}

static void assert_fits(const struct pl_buffer *out, size_t columns)
{
    const char *text = out->ptr;

    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");

        if (pl_str_columns((struct pl_str){text, length}) > columns)
            fail_msg("wider than %zu: %.*s", columns, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void text_fits_its_page_and_has_no_control_characters(void **state)
{
    (void)state;
    for (uint32_t columns = 45; columns <= 100; columns += 5) {
        struct pl_buffer out = gate_in(pl_gate_text, (struct pl_style){columns, true, 0});

        assert_fits(&out, columns);
        assert_null(strchr(out.ptr, '\x1b'));
        assert_null(strchr(out.ptr, '\x01'));
        pl_buffer_reset(&out);
        pl_audit_text(&AUDIT, (struct pl_style){columns, true, 0}, &out);
        assert_fits(&out, columns);
        assert_null(strchr(out.ptr, '\x1b'));
        pl_buffer_deinit(&out);
    }
}

static void text_is_ascii_where_the_locale_is(void **state)
{
    struct pl_buffer out = gate_in(pl_gate_text, (struct pl_style){100, false, 0});

    (void)state;
    pl_audit_text(&AUDIT, (struct pl_style){100, false, 0}, &out);
    for (size_t i = 0; i < out.len; i++)
        assert_true((unsigned char)out.ptr[i] < 0x80);
    assert_memory_equal(out.ptr, "x NO SHIP", 9);
    pl_buffer_deinit(&out);
}

static void text_never_says_significant(void **state)
{
    struct pl_buffer out = gate_in(pl_gate_text, WIDE);

    (void)state;
    assert_null(strstr(out.ptr, "ignificant"));
    assert_non_null(strstr(out.ptr, "no labelled positives"));
    pl_buffer_deinit(&out);
}

static void junit_has_a_case_for_each_limit_and_no_raw_markup(void **state)
{
    struct pl_buffer out = gate_in(pl_gate_junit, WIDE);
    size_t cases = 0;

    (void)state;
    for (const char *at = strstr(out.ptr, "<testcase "); at != NULL;
         at = strstr(at + 1, "<testcase "))
        cases++;
    assert_int_equal(cases, 3);
    assert_non_null(strstr(out.ptr, "tests=\"3\" failures=\"3\""));
    assert_null(strstr(out.ptr, "</x>"));
    assert_null(strchr(out.ptr, '\x01'));
    pl_buffer_deinit(&out);
}

static void junit_skips_what_the_line_lets_pass(void **state)
{
    struct pl_line line = LINE;
    struct pl_gate_result result = GATE;
    struct pl_buffer out;

    (void)state;
    line.evidence.unproven = PL_UNPROVEN_PASS;
    result.line = &line;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    pl_gate_junit(&result, WIDE, &out);
    assert_non_null(strstr(out.ptr, "failures=\"1\" errors=\"0\" skipped=\"2\""));
    pl_buffer_deinit(&out);
}

static void markdown_lets_no_name_close_a_tag_or_a_cell(void **state)
{
    struct pl_buffer out = gate_in(pl_gate_markdown, WIDE);

    (void)state;
    pl_audit_markdown(&AUDIT, WIDE, &out);
    assert_null(strstr(out.ptr, "</x>"));
    assert_null(strstr(out.ptr, ">|"));
    assert_non_null(strstr(out.ptr, "&#60;/x&#62;&#124;"));
    pl_buffer_deinit(&out);
}

static void audit_json_has_differences_and_ratios(void **state)
{
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    pl_audit_json(&AUDIT, WIDE, &out);

    json_t *audit = parse(&out);
    const json_t *between = json_object_get(audit, "between");
    const json_t *first = json_array_get(between, 0);
    const json_t *difference = json_object_get(first, "difference");
    const json_t *second = json_object_get(json_array_get(between, 1), "difference");

    assert_int_equal(json_array_size(between), 2);
    assert_string_equal(json_string_value(json_array_get(json_object_get(first, "by"), 0)), "race");
    assert_string_equal(text_of(json_object_get(difference, "largest"), "race"), "A");
    assert_true(json_real_value(json_object_get(difference, "value")) == 0.3);
    assert_true(json_is_null(json_object_get(second, "largest")));
    assert_true(json_is_null(json_object_get(second, "value")));
    json_decref(audit);
    pl_buffer_deinit(&out);
}

static void every_format_is_found_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_REPORT_FORMATS_COUNT; i++)
        assert_ptr_equal(pl_report_format_find(PL_REPORT_FORMATS[i].name), &PL_REPORT_FORMATS[i]);
    assert_null(pl_report_format_find("html"));
    assert_null(pl_report_format_find("junit")->audit);
}

static void a_report_that_is_too_large_says_so(void **state)
{
    struct pl_buffer out;

    (void)state;
    for (size_t i = 0; i < PL_REPORT_FORMATS_COUNT; i++) {
        pl_buffer_init(&out, 500);
        PL_REPORT_FORMATS[i].gate(&GATE, WIDE, &out);
        assert_int_equal(pl_buffer_check(&out, "the report", NULL), PL_E_LIMIT);
        pl_buffer_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_the_verdict_and_every_finding),
        cmocka_unit_test(json_gives_names_from_data_back_byte_for_byte),
        cmocka_unit_test(undefined_is_null_with_a_reason_and_infinite_is_unbounded),
        cmocka_unit_test(the_overall_slice_is_an_empty_object),
        cmocka_unit_test(an_unrecorded_verdict_has_no_ledger),
        cmocka_unit_test(the_record_is_one_line_with_its_slices),
        cmocka_unit_test(a_record_that_would_be_too_large_leaves_slices_out_first),
        cmocka_unit_test(then_findings_and_says_how_many),
        cmocka_unit_test(the_verdict_comes_first),
        cmocka_unit_test(the_parts_stand_in_their_order),
        cmocka_unit_test(text_fits_its_page_and_has_no_control_characters),
        cmocka_unit_test(text_is_ascii_where_the_locale_is),
        cmocka_unit_test(text_never_says_significant),
        cmocka_unit_test(junit_has_a_case_for_each_limit_and_no_raw_markup),
        cmocka_unit_test(junit_skips_what_the_line_lets_pass),
        cmocka_unit_test(markdown_lets_no_name_close_a_tag_or_a_cell),
        cmocka_unit_test(audit_json_has_differences_and_ratios),
        cmocka_unit_test(every_format_is_found_by_its_name),
        cmocka_unit_test(a_report_that_is_too_large_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
