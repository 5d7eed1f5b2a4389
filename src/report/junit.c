/*
 * A gate as JUnit XML, for build servers: one suite, one case for each limit and each slice of a launch. A
 * crossed limit is a failure; an unproven one is a failure where the line lets it hold or fail the verdict,
 * and skipped where the line lets it pass. With `release.launch: any` or `all` the slices fail in place of
 * the limits. What is not a limit (risk, needs) stands in the properties
 * and output.
 */
#include "report/launch.h"
#include "report/wording.h"
#include "report/xml.h"

#include <stdio.h>

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)

/* With `release.launch: any` or `all` the limits over all decisions do not decide. */
static bool limits_decide(const struct pl_gate_result *result)
{
    return result->launch == NULL || result->slice != NULL ||
           result->launch->decides == PL_DECIDES_OVERALL;
}

static bool fails(const struct pl_gate_result *result, const struct pl_finding *finding)
{
    if (!limits_decide(result))
        return false;
    return finding->state == PL_STATE_BREACH ||
           (finding->state == PL_STATE_UNPROVEN &&
            result->line->evidence.unproven != PL_UNPROVEN_PASS);
}

/* A slice of the launch that may not ship. It fails the build where slices decide: every one of them with
   `all`, and with `any` when none may ship; else it is skipped. */
static bool slice_fails(const struct pl_gate_result *result, const struct pl_launch_slice *slice)
{
    if (slice->judgement->allowed || slice->kind == PL_LAUNCH_MISSING || limits_decide(result))
        return false;
    return result->launch->decides == PL_DECIDES_ALL || !pl_gate_passes(result);
}

static size_t slices_count(const struct pl_gate_result *result)
{
    return result->launch == NULL ? 0 : result->launch->slices_count;
}

static size_t count_failures(const struct pl_gate_result *result)
{
    size_t count = 0;

    for (size_t i = 0; i < result->judgement->findings_count; i++)
        count += fails(result, &result->judgement->findings[i]);
    for (size_t i = 0; i < slices_count(result); i++)
        count += slice_fails(result, &result->launch->slices[i]);
    return count;
}

static size_t count_skipped(const struct pl_gate_result *result)
{
    size_t count = 0;

    for (size_t i = 0; i < result->judgement->findings_count; i++)
        count += result->judgement->findings[i].state != PL_STATE_CLEAR &&
                 !fails(result, &result->judgement->findings[i]);
    for (size_t i = 0; i < slices_count(result); i++)
        count += !result->launch->slices[i].judgement->allowed &&
                 !slice_fails(result, &result->launch->slices[i]);
    return count;
}

static void write_property(struct pl_buffer *out, const char *name, struct pl_str value)
{
    pl_buffer_add_format(out, "      <property name=\"%s\" value=\"", name);
    pl_xml_text(out, value);
    pl_buffer_add_text(out, "\"/>\n");
}

static void write_properties(const struct pl_gate_result *result, struct pl_buffer *out)
{
    char seed[32];

    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)result->measured->seed);
    pl_buffer_add_text(out, "    <properties>\n");
    write_property(out, "verdict", pl_str_of(pl_verdict_name(result->judgement->verdict)));
    write_property(out, "allowed", pl_str_of(pl_gate_passes(result) ? "true" : "false"));
    write_property(out, "line", pl_str_of(result->line->file));
    write_property(out, "line_hash", pl_str_of(result->line_hash));
    write_property(out, "seed", pl_str_of(seed));
    write_property(out, "version", pl_str_of(result->version));
    if (result->ledger_hash != NULL)
        write_property(out, "ledger_hash", pl_str_of(result->ledger_hash));
    pl_buffer_add_text(out, "    </properties>\n");
}

static void write_outcome(const struct pl_gate_result *result, const struct pl_finding *finding,
                          struct pl_buffer *part, struct pl_buffer *out)
{
    const char *tag = fails(result, finding) ? "failure" : "skipped";

    pl_finding_words(result->measured, finding, part);
    pl_buffer_add_text(part, "; must be ");
    pl_threshold_words(result->measured, finding, part);
    pl_buffer_add_format(out, "      <%s ", tag);
    if (fails(result, finding))
        pl_buffer_add_format(out, "type=\"%s\" ", pl_state_name(finding->state));
    pl_buffer_add_format(out, "message=\"%s: ", pl_state_name(finding->state));
    pl_xml_text(out, pl_buffer_view(part));
    pl_buffer_add_text(out, "\"/>\n");
    if (part->failed != PL_OK)
        out->failed = part->failed;
    pl_buffer_reset(part);
}

static void write_case(const struct pl_gate_result *result, const struct pl_finding *finding,
                       struct pl_buffer *part, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "    <testcase classname=\"");
    pl_xml_text(out, result->line->feature);
    pl_buffer_add_text(out, "\" name=\"");
    pl_xml_text(out, finding->limit->text);
    if (finding->state == PL_STATE_CLEAR) {
        pl_buffer_add_text(out, "\"/>\n");
        return;
    }
    pl_buffer_add_text(out, "\">\n");
    write_outcome(result, finding, part, out);
    pl_buffer_add_text(out, "    </testcase>\n");
}

/* "Launch by language: hi" */
static void write_launch_case(const struct pl_gate_result *result,
                              const struct pl_launch_slice *slice, struct pl_buffer *part,
                              struct pl_buffer *out)
{
    const struct pl_judgement *judgement = slice->judgement;
    const bool failed = slice_fails(result, slice);

    pl_buffer_add_text(out, "    <testcase classname=\"");
    pl_xml_text(out, result->line->feature);
    pl_buffer_add_text(out, "\" name=\"");
    pl_launch_heading(result->launch, part);
    pl_buffer_add_text(part, ": ");
    pl_launch_cell(result->launch, slice, PL_LAUNCH_SLICE, part);
    pl_xml_text(out, pl_buffer_view(part));
    pl_buffer_reset(part);
    if (judgement->allowed) {
        pl_buffer_add_text(out, "\"/>\n");
        return;
    }
    pl_buffer_add_format(out, "\">\n      <%s ", failed ? "failure" : "skipped");
    if (failed)
        pl_buffer_add_format(out, "type=\"%s\" ", pl_verdict_name(judgement->verdict));
    pl_buffer_add_format(out, "message=\"%s: ", pl_verdict_name(judgement->verdict));
    pl_xml_text(out, judgement->reasons[0].text);
    pl_buffer_add_text(out, "\"/>\n    </testcase>\n");
}

static void write_reasons(const struct pl_gate_result *result, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "    <system-out>");
    for (size_t i = 0; i < result->judgement->reasons_count; i++) {
        pl_xml_text(out, result->judgement->reasons[i].text);
        pl_buffer_add_char(out, '\n');
    }
    pl_buffer_add_text(out, "</system-out>\n");
}

void pl_gate_junit(const struct pl_gate_result *result, struct pl_style style,
                   struct pl_buffer *out)
{
    struct pl_buffer part;

    (void)style;
    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_buffer_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                            "  <testsuite name=\"");
    pl_xml_text(out, result->line->feature);
    pl_buffer_add_format(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
                         result->judgement->findings_count + slices_count(result),
                         count_failures(result), count_skipped(result));
    write_properties(result, out);
    for (size_t i = 0; i < result->judgement->findings_count; i++)
        write_case(result, &result->judgement->findings[i], &part, out);
    for (size_t i = 0; i < slices_count(result); i++)
        write_launch_case(result, &result->launch->slices[i], &part, out);
    if (part.failed != PL_OK)
        out->failed = part.failed;
    write_reasons(result, out);
    pl_buffer_add_text(out, "  </testsuite>\n</testsuites>\n");
    pl_buffer_deinit(&part);
}
