/* The lines of the ledger: one form each, and nothing else is read. */
#include "ledger/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define HASH      "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SIGNATURE HASH HASH

static const struct pl_format_seal SEAL = {
    .block = 7, .records = 12, .hash = HASH, .signature = SIGNATURE};
static const struct pl_format_head HEAD = {.block = 7,
                                           .records = UINT64_MAX,
                                           .segment = 2,
                                           .offset = 0,
                                           .hash = HASH,
                                           .signature = SIGNATURE};

static void lines_have_the_documented_bytes(void **state)
{
    (void)state;
    char line[PL_FORMAT_LINE_SIZE];
    char start[PL_FORMAT_RECORD_START_SIZE];
    size_t length;

    length = pl_format_header_write(3, HASH, line);
    assert_int_equal(length, strlen(line));
    assert_string_equal(line, "{\"plimsoll_ledger\":1,\"segment\":3,\"previous\":\"" HASH "\"}\n");
    length = pl_format_seal_write(&SEAL, line);
    assert_int_equal(length, strlen(line));
    assert_string_equal(line, "{\"seal\":7,\"records\":12,\"hash\":\"" HASH
                              "\",\"signature\":\"" SIGNATURE "\"}\n");
    length = pl_format_head_write(&HEAD, line);
    assert_int_equal(length, strlen(line));
    assert_string_equal(line,
                        "{\"head\":7,\"records\":18446744073709551615,\"segment\":2,"
                        "\"offset\":0,\"hash\":\"" HASH "\",\"signature\":\"" SIGNATURE "\"}\n");
    length = pl_format_record_start(1, 2, "verdict", start);
    assert_int_equal(length, strlen(start));
    assert_string_equal(start, "{\"seq\":1,\"time_ms\":2,\"kind\":\"verdict\",\"body\":");
    length = pl_format_seal_statement(&SEAL, line);
    assert_int_equal(length, strlen(line));
    assert_string_equal(line, "plimsoll-ledger 1 block 7 records 12 hash " HASH);
    length = pl_format_head_statement(&HEAD, line);
    assert_int_equal(length, strlen(line));
    assert_string_equal(line, "plimsoll-ledger 1 head 7 records 18446744073709551615 segment 2 "
                              "offset 0 hash " HASH);
}

static void the_longest_values_fit(void **state)
{
    (void)state;
    struct pl_format_head head = HEAD;
    char line[PL_FORMAT_LINE_SIZE];
    char start[PL_FORMAT_RECORD_START_SIZE];

    head.block = head.segment = head.offset = UINT64_MAX;
    assert_true(pl_format_head_write(&head, line) < sizeof line);
    assert_true(
        pl_format_record_start(UINT64_MAX, UINT64_MAX, "abcdefghijabcdefghijabcdefghijab", start) +
            3 <
        sizeof start);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    char line[PL_FORMAT_LINE_SIZE];
    struct pl_format_seal seal;
    struct pl_format_head head;
    size_t length = pl_format_seal_write(&SEAL, line);

    assert_true(pl_format_is_seal((struct pl_str){line, length}));
    assert_true(pl_format_seal_read((struct pl_str){line, length}, &seal));
    assert_int_equal(seal.block, 7);
    assert_int_equal(seal.records, 12);
    assert_string_equal(seal.hash, HASH);
    assert_string_equal(seal.signature, SIGNATURE);
    length = pl_format_head_write(&HEAD, line);
    assert_true(pl_format_head_read((struct pl_str){line, length}, &head));
    assert_true(head.records == UINT64_MAX);
    assert_int_equal(head.segment, 2);
    assert_int_equal(head.offset, 0);
}

/* Whatever one byte is replaced by: what is still read is what that line would be written as. */
static void every_other_form_of_a_line_is_refused(void **state)
{
    (void)state;
    char line[PL_FORMAT_LINE_SIZE], again[PL_FORMAT_LINE_SIZE];
    const size_t length = pl_format_seal_write(&SEAL, line);
    int accepted = 0;

    for (size_t at = 0; at < length; at++) {
        const char before = line[at];

        for (int byte = 0; byte < 256; byte++) {
            struct pl_format_seal seal;

            line[at] = (char)byte;
            if (!pl_format_seal_read((struct pl_str){line, length}, &seal))
                continue;
            accepted += line[at] != before;
            assert_int_equal(pl_format_seal_write(&seal, again), length);
            assert_memory_equal(line, again, length);
        }
        line[at] = before;
    }
    /* Other lines of the same form: 15 other digits at 64 + 128 places, 9 for the "7" and the "2"
       of 12, and 8 for its "1", which cannot become a leading 0. */
    assert_int_equal(accepted, 192 * 15 + 9 + 9 + 8);
}

static void lines_cut_or_lengthened_are_refused(void **state)
{
    (void)state;
    char line[PL_FORMAT_LINE_SIZE];
    struct pl_format_head head;
    const size_t length = pl_format_head_write(&HEAD, line);

    for (size_t cut = 0; cut < length; cut++)
        assert_false(pl_format_head_read((struct pl_str){line, cut}, &head));
    line[length] = '\n';
    assert_false(pl_format_head_read((struct pl_str){line, length + 1}, &head));
}

static const struct {
    const char *number;
    bool valid;
} NUMBERS[] = {
    {"0", true},
    {"1", true},
    {"18446744073709551615", true},
    {"18446744073709551616", false},
    {"01", false},
    {"", false},
    {"-1", false},
    {"+1", false},
    {" 1", false},
    {"1 ", false},
    {"1.0", false},
    {"1e3", false},
    {"99999999999999999999999", false},
};

static void numbers_have_one_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        char line[PL_FORMAT_LINE_SIZE];
        struct pl_format_seal seal;
        const int length = snprintf(line, sizeof line,
                                    "{\"seal\":%s,\"records\":1,\"hash\":\"" HASH
                                    "\",\"signature\":\"" SIGNATURE "\"}\n",
                                    NUMBERS[i].number);

        assert_int_equal(pl_format_seal_read((struct pl_str){line, (size_t)length}, &seal),
                         NUMBERS[i].valid);
    }
}

static const struct {
    const char *line;
    bool valid;
} RECORDS[] = {
    {"{\"seq\":1,\"time_ms\":2,\"kind\":\"verdict\",\"body\":{}}", true},
    {"{\"seq\":1,\"time_ms\":2,\"kind\":\"a_1\",\"body\":{\"x\":[1, {}]}}", true},
    {"{\"seq\":1,\"time_ms\":2,\"kind\":\"Verdict\",\"body\":{}}", false},
    {"{\"seq\":1,\"time_ms\":2,\"kind\":\"\",\"body\":{}}", false},
    {"{\"seq\":1,\"time_ms\":2,\"kind\":\"_a\",\"body\":{}}", false},
    {"{\"seq\":1,\"time_ms\":2,\"kind\":\"a\",\"body\":[]}", false},
    {"{\"seq\":1,\"time_ms\":2,\"kind\":\"a\",\"body\":}", false},
    {"{\"seq\":1,\"time_ms\":2,\"kind\":\"a\",\"body\":{}", false},
    {"{\"seq\":1,\"time_ms\":2,\"kind\":\"a\",\"body\":{}}}", false},
    {"{\"seq\":1,\"time_ms\":2,\"kind\":\"a\",\"body\":{},\"x\":{}}", false},
    {"{\"seq\":1,\"time_ms\":2,\"kind\":\"a\",\"body\": {}}", false},
    {"{\"seq\":1, \"time_ms\":2,\"kind\":\"a\",\"body\":{}}", false},
    {"{\"time_ms\":2,\"seq\":1,\"kind\":\"a\",\"body\":{}}", false},
    {"{\"seq\":01,\"time_ms\":2,\"kind\":\"a\",\"body\":{}}", false},
    {"{\"seq\":1,\"time_ms\":2,\"kind\":\"a\",\"body\":{}}\r", false},
    {"", false},
};

static void records_have_one_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof RECORDS / sizeof *RECORDS; i++) {
        struct pl_ledger_record record;

        assert_int_equal(pl_format_record_read(pl_str_of(RECORDS[i].line), &record),
                         RECORDS[i].valid);
    }
}

static void a_record_is_read_into_its_parts(void **state)
{
    (void)state;
    struct pl_ledger_record record;
    const struct pl_str line =
        PL_STR("{\"seq\":41,\"time_ms\":1700,\"kind\":\"verdict\",\"body\":{\"a\":\"}\"}}");

    assert_true(pl_format_record_read(line, &record));
    assert_int_equal(record.sequence, 41);
    assert_int_equal(record.time_ms, 1700);
    assert_true(pl_str_equal_text(record.kind, "verdict"));
    assert_true(pl_str_equal_text(record.body, "{\"a\":\"}\"}"));
    assert_true(pl_str_equal(record.line, line));
}

static void kinds_are_lower_case_words(void **state)
{
    (void)state;
    assert_true(pl_format_is_kind(PL_STR("verdict")));
    assert_true(pl_format_is_kind(PL_STR("flag_change2")));
    assert_true(pl_format_is_kind(PL_STR("abcdefghijabcdefghijabcdefghijab")));
    assert_false(pl_format_is_kind(PL_STR("abcdefghijabcdefghijabcdefghijabc")));
    assert_false(pl_format_is_kind(PL_STR("")));
    assert_false(pl_format_is_kind(PL_STR("2a")));
    assert_false(pl_format_is_kind(PL_STR("a-b")));
    assert_false(pl_format_is_kind(PL_STR("a\"")));
    assert_false(pl_format_is_kind(PL_STR("\xc3\xa9")));
}

static void segments_are_named_by_number(void **state)
{
    (void)state;
    char name[PL_FORMAT_SEGMENT_NAME_SIZE];

    pl_format_segment_name(1, name);
    assert_string_equal(name, "segment-000001.jsonl");
    pl_format_segment_name(1234567, name);
    assert_string_equal(name, "segment-1234567.jsonl");
    pl_format_segment_name(UINT64_MAX, name);
    assert_string_equal(name, "segment-18446744073709551615.jsonl");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_have_the_documented_bytes),
        cmocka_unit_test(the_longest_values_fit),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(every_other_form_of_a_line_is_refused),
        cmocka_unit_test(lines_cut_or_lengthened_are_refused),
        cmocka_unit_test(numbers_have_one_form),
        cmocka_unit_test(records_have_one_form),
        cmocka_unit_test(a_record_is_read_into_its_parts),
        cmocka_unit_test(kinds_are_lower_case_words),
        cmocka_unit_test(segments_are_named_by_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
