/* Conditions and patterns of a line: what cannot be compiled, or never holds, is a fault with its place. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buffer.h"
#include "line/line.h"
#include "traffic/check.h"

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)

#define HEAD                                                                                       \
    "plimsoll: 1\n"                                                                                \
    "feature: answers\n"                                                                           \
    "models:\n"                                                                                    \
    "  small: {endpoint: 'http://127.0.0.1:1/v1', model: s}\n"
#define SERVE "serve: {segments: {plan: 'header:x-plan'}}\n"
#define ROUTE "route: {tiers: [{model: small}]}\n"
#define RULE(when)                                                                                 \
    HEAD SERVE "route:\n  tiers: [{model: small}]\n  rules:\n    - {tier: small, when: \"" when    \
               "\"}\n"
#define EXPERIMENT(when) "experiment: {name: tone, arms: {a: 50%, b: 50%}, when: \"" when "\"}\n"

static struct pl_problems problems;

/* "line:column key message | hint" of each, joined by line ends. */
static void check(const char *text, struct pl_buffer *out)
{
    struct pl_arena arena;
    struct pl_line *line = NULL;
    struct pl_error error = {0};

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    pl_buffer_init(out, ARENA_SIZE_BYTES_MAX);
    if (pl_line_parse(pl_str_of(text), "case.yaml", &arena, &line, &problems, &error) != PL_OK)
        fail_msg("%u:%u %s", error.line, error.column, error.message);
    assert_int_equal(pl_traffic_check(line, &arena, &problems, &error), PL_OK);
    for (size_t i = 0; i < problems.count; i++) {
        const struct pl_problem *problem = &problems.items[i];

        pl_buffer_add_format(out, "%s%u:%u %.*s %.*s | %.*s", i == 0 ? "" : "\n",
                             problem->place.line, problem->place.column, PL_STR_ARG(problem->key),
                             PL_STR_ARG(problem->message), PL_STR_ARG(problem->hint));
    }
    pl_arena_deinit(&arena);
}

static void expect(const char *text, const char *expected)
{
    struct pl_buffer out;

    check(text, &out);
    assert_string_equal(out.len == 0 ? "" : out.ptr, expected);
    pl_buffer_deinit(&out);
}

static void what_a_request_has_may_be_named(void **state)
{
    (void)state;
    expect(HEAD ROUTE, "");
    expect(RULE("plan = 'free' and length < 200 or tools and not stream"), "");
    expect(RULE("api = 'chat' and messages > 1 and subject is null and text like 'a%'"), "");
    expect(RULE("\\\"json:/metadata/plan\\\" = 'free'"), "");
}

static void a_condition_that_does_not_compile_is_a_fault_where_it_stands(void **state)
{
    (void)state;
    expect(RULE("plan = "), "9:27 route.rules[0].when is no condition: it ends where a column, a "
                            "number or a text is missing, at character 7 | for "
                            "example `plan = 'free' and length < 200`");
    expect(HEAD ROUTE EXPERIMENT("lower(plan) = 'x'"),
           "6:56 experiment.when is no condition: `lower(…)` is a function, and none are known in "
           "conditions, at character 1 "
           "| for example `plan = 'free' and length < 200`");
}

static void a_column_that_requests_lack_is_a_fault_that_names_the_nearest(void **state)
{
    (void)state;
    expect(RULE("lenght < 200"), "9:27 route.rules[0].when names `lenght`, which a request does "
                                 "not have | did you mean `length`?");
    expect(RULE("plan = 'a' or plam = 'b' or country = 'c'"),
           "9:27 route.rules[0].when names `plam`, which a request does not have | did you mean "
           "`plan`?\n"
           "9:27 route.rules[0].when names `country`, which a request does not have | say in "
           "`serve.segments` where it is found, or write `\"json:/POINTER\"` for a part of the "
           "body");
}

static void flags_alone_are_asked_with_attributes_of_any_name(void **state)
{
    (void)state;
    expect("plimsoll: 1\nfeature: answers\nflag: {state: on}\n" EXPERIMENT("country = 'c'"), "");
    expect(HEAD ROUTE EXPERIMENT("country = 'c'"),
           "6:56 experiment.when names `country`, which a request does not have | say in "
           "`serve.segments` where it is found, or write `\"json:/POINTER\"` for a part of the "
           "body");
}

static void patterns_that_do_not_compile_are_faults(void **state)
{
    (void)state;
    expect(HEAD ROUTE "guard:\n"
                      "  input: [{filter: size, max: 1kB}, {filter: deny, pattern: 'a(b'}]\n"
                      "  output: [{filter: deny, pattern: 'a*', name: as}, {filter: json}]\n",
           "7:61 guard.input[1].pattern is refused: the pattern of the filter `deny` is wrong: not "
           "a regular expression: missing closing parenthesis, at character 3 | patterns are those "
           "of PCRE2\n"
           "8:36 guard.output[0].pattern is refused: the pattern of the filter `as` matches the "
           "empty text, which is everywhere; make it ask for at least one character | patterns "
           "are those of PCRE2");
    expect(HEAD ROUTE "guard: {input: [{filter: deny, pattern: '\\d+', ignore_case: true}]}\n", "");
}

static void a_full_arena_is_an_error_and_not_a_line_in_order(void **state)
{
    struct pl_arena arena, small;
    struct pl_line *line = NULL;
    struct pl_error error = {0};

    (void)state;
    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    pl_arena_init(&small, 64);
    assert_int_equal(
        pl_line_parse(pl_str_of(RULE("plan = 'a'")), "case.yaml", &arena, &line, &problems, &error),
        PL_OK);
    assert_int_not_equal(pl_traffic_check(line, &small, &problems, &error), PL_OK);
    assert_string_not_equal(error.message, "");
    pl_arena_deinit(&small);
    pl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_request_has_may_be_named),
        cmocka_unit_test(a_condition_that_does_not_compile_is_a_fault_where_it_stands),
        cmocka_unit_test(a_column_that_requests_lack_is_a_fault_that_names_the_nearest),
        cmocka_unit_test(flags_alone_are_asked_with_attributes_of_any_name),
        cmocka_unit_test(patterns_that_do_not_compile_are_faults),
        cmocka_unit_test(a_full_arena_is_an_error_and_not_a_line_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
