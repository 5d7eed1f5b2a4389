/*
 * Suites of evals for build servers: JUnit XML, with a case for each limit and shortfall, and SARIF 2.1.0
 * (OASIS), with a result for each of them and for the first outputs that failed, at the file of the cases.
 */
#include "report/evals.h"
#include "report/values.h"
#include "report/wording.h"
#include "report/xml.h"

#define SARIF_SCHEMA                                                                               \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)

/* ---- JUnit ---- */

static bool fails(const struct pl_evals_result *result, enum pl_state state)
{
    return state == PL_STATE_BREACH ||
           (state == PL_STATE_UNPROVEN && result->line->evidence.unproven != PL_UNPROVEN_PASS);
}

static size_t count_failures(const struct pl_evals_result *result,
                             const struct pl_suite_judged *judged)
{
    size_t count = fails(result, PL_STATE_UNPROVEN) ? judged->shortfalls_count : 0;

    for (size_t i = 0; i < judged->judgement->findings_count; i++)
        count += fails(result, judged->judgement->findings[i].state) ? 1 : 0;
    return count;
}

static void add_case(struct pl_buffer *out, const struct pl_suite_judged *judged,
                     struct pl_str name)
{
    pl_buffer_add_text(out, "    <testcase classname=\"");
    pl_xml_text(out, judged->suite->name);
    pl_buffer_add_text(out, "\" name=\"");
    pl_xml_text(out, name);
    pl_buffer_add_text(out, "\"");
}

static void add_outcome(struct pl_buffer *out, bool is_failure, enum pl_state state,
                        struct pl_str message)
{
    pl_buffer_add_text(out, is_failure ? ">\n      <failure type=\"" : ">\n      <skipped ");
    if (is_failure)
        pl_buffer_add_format(out, "%s\" ", pl_state_name(state));
    pl_buffer_add_text(out, "message=\"");
    pl_xml_text(out, message);
    pl_buffer_add_text(out, "\"/>\n    </testcase>\n");
}

static void add_finding(const struct pl_evals_result *result, const struct pl_suite_judged *judged,
                        const struct pl_finding *finding, struct pl_buffer *out)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer part = {0};

    add_case(out, judged, finding->limit->text);
    if (finding->state == PL_STATE_CLEAR) {
        pl_buffer_add_text(out, "/>\n");
        return;
    }
    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_finding_words(judged->measured, finding, &part);
    add_outcome(out, fails(result, finding->state), finding->state, pl_buffer_view(&part));
    pl_buffer_end_part(out, &part);
}

static void add_junit_suite(const struct pl_evals_result *result,
                            const struct pl_suite_judged *judged, struct pl_buffer *out)
{
    const size_t count = judged->judgement->findings_count + judged->shortfalls_count;

    pl_buffer_add_text(out, "  <testsuite name=\"");
    pl_xml_text(out, judged->suite->name);
    pl_buffer_add_format(out, "\" tests=\"%zu\" failures=\"%zu\">\n", count,
                         count_failures(result, judged));
    for (size_t i = 0; i < judged->judgement->findings_count; i++)
        add_finding(result, judged, &judged->judgement->findings[i], out);
    for (size_t i = 0; i < judged->shortfalls_count; i++) {
        add_case(out, judged, PL_STR("the run proves something"));
        add_outcome(out, fails(result, PL_STATE_UNPROVEN), PL_STATE_UNPROVEN,
                    judged->shortfalls[i]);
    }
    pl_buffer_add_text(out, "  </testsuite>\n");
}

void pl_evals_junit(const struct pl_evals_result *result, struct pl_style style,
                    struct pl_buffer *out)
{
    (void)style;
    pl_buffer_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"");
    pl_xml_text(out, result->line->feature);
    pl_buffer_add_text(out, "\">\n");
    for (size_t i = 0; i < result->suites_count; i++)
        add_junit_suite(result, result->suites[i], out);
    pl_buffer_add_text(out, "</testsuites>\n");
}

/* ---- SARIF ---- */

/* A rule for each kind of result. */
static const struct {
    const char *id;
    const char *text;
} RULES[] = {
    {"limit-crossed", "A limit of the suite is crossed."},
    {"limit-unproven", "A limit of the suite is not proven."},
    {"run-proves-nothing", "Something keeps the run from proving anything."},
    {"output-failed", "A case has no output."},
    {"scorer-failed", "A scorer of pass or fail failed an output."},
};
enum rule { RULE_CROSSED, RULE_UNPROVEN, RULE_NOTHING, RULE_OUTPUT, RULE_SCORER };

static void add_rules(struct pl_json *json)
{
    pl_json_key(json, "rules");
    pl_json_open_array(json);
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        pl_json_open_object(json);
        pl_json_member_text(json, "id", RULES[i].id);
        pl_json_key(json, "shortDescription");
        pl_json_open_object(json);
        pl_json_member_text(json, "text", RULES[i].text);
        pl_json_close_object(json);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void add_place(struct pl_json *json, struct pl_str file, uint32_t line)
{
    pl_json_key(json, "locations");
    pl_json_open_array(json);
    pl_json_open_object(json);
    pl_json_key(json, "physicalLocation");
    pl_json_open_object(json);
    pl_json_key(json, "artifactLocation");
    pl_json_open_object(json);
    pl_json_member_str(json, "uri", file);
    pl_json_close_object(json);
    if (line > 0) {
        pl_json_key(json, "region");
        pl_json_open_object(json);
        pl_json_member_uint64(json, "startLine", line);
        pl_json_close_object(json);
    }
    pl_json_close_object(json);
    pl_json_close_object(json);
    pl_json_close_array(json);
}

/* One result, with its place: a line of the file, or 0 for all of it. */
struct sarif_result {
    enum rule rule;
    const char *level;
    struct pl_str message;
    struct pl_str file;
    uint32_t line;
};

static void add_result(struct pl_json *json, const struct sarif_result *result)
{
    pl_json_open_object(json);
    pl_json_member_text(json, "ruleId", RULES[result->rule].id);
    pl_json_member_uint64(json, "ruleIndex", result->rule);
    pl_json_member_text(json, "level", result->level);
    pl_json_key(json, "message");
    pl_json_open_object(json);
    pl_json_member_str(json, "text", result->message);
    pl_json_close_object(json);
    add_place(json, result->file, result->line);
    pl_json_close_object(json);
}

static void add_limits(struct pl_json *json, const struct pl_evals_result *result,
                       const struct pl_suite_judged *judged, struct pl_buffer *part)
{
    const struct pl_str file = pl_str_of(result->line->file);

    for (size_t i = 0; i < judged->judgement->findings_count; i++) {
        const struct pl_finding *finding = &judged->judgement->findings[i];
        const bool is_crossed = finding->state == PL_STATE_BREACH;

        if (finding->state == PL_STATE_CLEAR)
            continue;
        pl_buffer_add(part, judged->suite->name);
        pl_buffer_add_text(part, ": ");
        pl_buffer_add(part, finding->limit->text);
        pl_buffer_add_text(part, ": ");
        pl_finding_words(judged->measured, finding, part);
        add_result(json,
                   &(struct sarif_result){is_crossed ? RULE_CROSSED : RULE_UNPROVEN,
                                          is_crossed ? "error" : "warning", pl_buffer_view(part),
                                          file, finding->limit->place.line});
        pl_buffer_reset(part);
    }
    for (size_t i = 0; i < judged->shortfalls_count; i++)
        add_result(json, &(struct sarif_result){RULE_NOTHING, "warning", judged->shortfalls[i],
                                                file, judged->suite->place.line});
}

static void add_failures(struct pl_json *json, const struct pl_suite_judged *judged,
                         struct pl_buffer *part)
{
    for (size_t i = 0; i < judged->failures.count; i++) {
        const struct pl_failure *failure = &judged->failures.items[i];
        const bool has_output = failure->scorer.len > 0;

        pl_buffer_add_format(part, "%.*s, case %.*s", PL_STR_ARG(judged->suite->name),
                             PL_STR_ARG(failure->id));
        if (has_output)
            pl_buffer_add_format(part, ": %.*s failed", PL_STR_ARG(failure->scorer));
        pl_buffer_add_text(part, ": ");
        pl_buffer_add(part, failure->note.len > 0 ? failure->note : failure->output);
        add_result(json, &(struct sarif_result){has_output ? RULE_SCORER : RULE_OUTPUT, "note",
                                                pl_buffer_view(part), judged->suite->cases, 0});
        pl_buffer_reset(part);
    }
}

static void add_driver(struct pl_json *json, const struct pl_evals_result *result)
{
    pl_json_key(json, "tool");
    pl_json_open_object(json);
    pl_json_key(json, "driver");
    pl_json_open_object(json);
    pl_json_member_text(json, "name", "plimsoll");
    pl_json_member_text(json, "version", result->version);
    add_rules(json);
    pl_json_close_object(json);
    pl_json_close_object(json);
}

void pl_evals_sarif(const struct pl_evals_result *result, struct pl_style style,
                    struct pl_buffer *out)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer part = {0};
    struct pl_json json;

    (void)style;
    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    pl_json_member_text(&json, "$schema", SARIF_SCHEMA);
    pl_json_member_text(&json, "version", "2.1.0");
    pl_json_key(&json, "runs");
    pl_json_open_array(&json);
    pl_json_open_object(&json);
    add_driver(&json, result);
    pl_json_key(&json, "results");
    pl_json_open_array(&json);
    for (size_t i = 0; i < result->suites_count; i++) {
        add_limits(&json, result, result->suites[i], &part);
        add_failures(&json, result->suites[i], &part);
    }
    pl_json_close_array(&json);
    pl_json_close_object(&json);
    pl_json_close_array(&json);
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
    pl_buffer_end_part(out, &part);
}
