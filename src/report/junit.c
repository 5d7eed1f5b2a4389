/*
 * A gate as JUnit XML, for build servers: one suite, one case for each limit. A crossed limit is a
 * failure; an unproven one is a failure where the line lets it hold or fail the verdict, and
 * skipped where the line lets it pass. What is not a limit (risk, needs) stands in the properties
 * and output.
 */
#include "report/wording.h"

#include <stdio.h>

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)

/* XML 1.0 knows no control characters, not even escaped: the fold has replaced them. U+FFFE and
   U+FFFF are not allowed either. */
static void add_xml(struct pl_buffer *out, struct pl_str text)
{
    struct pl_buffer folded;

    pl_buffer_init(&folded, 4 * text.len + 16);
    pl_text_fold(&folded, text, true);
    for (size_t i = 0; i < folded.len; i++) {
        const char *at = folded.ptr + i;

        if (pl_str_starts_with((struct pl_str){at, folded.len - i}, PL_STR("\xef\xbf\xbe")) ||
            pl_str_starts_with((struct pl_str){at, folded.len - i}, PL_STR("\xef\xbf\xbf"))) {
            pl_buffer_add_text(out, "\xef\xbf\xbd");
            i += 2;
        } else if (*at == '<') {
            pl_buffer_add_text(out, "&lt;");
        } else if (*at == '>') {
            pl_buffer_add_text(out, "&gt;");
        } else if (*at == '&') {
            pl_buffer_add_text(out, "&amp;");
        } else if (*at == '"') {
            pl_buffer_add_text(out, "&quot;");
        } else {
            pl_buffer_add_char(out, *at);
        }
    }
    if (folded.failed != PL_OK)
        out->failed = folded.failed;
    pl_buffer_deinit(&folded);
}

static bool fails(const struct pl_gate_result *result, const struct pl_finding *finding)
{
    return finding->state == PL_STATE_BREACH ||
           (finding->state == PL_STATE_UNPROVEN &&
            result->line->evidence.unproven != PL_UNPROVEN_PASS);
}

static size_t count_failures(const struct pl_gate_result *result)
{
    size_t count = 0;

    for (size_t i = 0; i < result->judgement->findings_count; i++)
        count += fails(result, &result->judgement->findings[i]);
    return count;
}

static size_t count_skipped(const struct pl_gate_result *result)
{
    size_t count = 0;

    for (size_t i = 0; i < result->judgement->findings_count; i++)
        count += result->judgement->findings[i].state == PL_STATE_UNPROVEN &&
                 !fails(result, &result->judgement->findings[i]);
    return count;
}

static void write_property(struct pl_buffer *out, const char *name, struct pl_str value)
{
    pl_buffer_add_format(out, "      <property name=\"%s\" value=\"", name);
    add_xml(out, value);
    pl_buffer_add_text(out, "\"/>\n");
}

static void write_properties(const struct pl_gate_result *result, struct pl_buffer *out)
{
    char seed[32];

    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)result->measured->seed);
    pl_buffer_add_text(out, "    <properties>\n");
    write_property(out, "verdict", pl_str_of(pl_verdict_name(result->judgement->verdict)));
    write_property(out, "allowed", pl_str_of(result->judgement->allowed ? "true" : "false"));
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
    add_xml(out, pl_buffer_view(part));
    pl_buffer_add_text(out, "\"/>\n");
    if (part->failed != PL_OK)
        out->failed = part->failed;
    pl_buffer_reset(part);
}

static void write_case(const struct pl_gate_result *result, const struct pl_finding *finding,
                       struct pl_buffer *part, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "    <testcase classname=\"");
    add_xml(out, result->line->feature);
    pl_buffer_add_text(out, "\" name=\"");
    add_xml(out, finding->limit->text);
    if (finding->state == PL_STATE_CLEAR) {
        pl_buffer_add_text(out, "\"/>\n");
        return;
    }
    pl_buffer_add_text(out, "\">\n");
    write_outcome(result, finding, part, out);
    pl_buffer_add_text(out, "    </testcase>\n");
}

static void write_reasons(const struct pl_gate_result *result, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "    <system-out>");
    for (size_t i = 0; i < result->judgement->reasons_count; i++) {
        add_xml(out, result->judgement->reasons[i].text);
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
    add_xml(out, result->line->feature);
    pl_buffer_add_format(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
                         result->judgement->findings_count, count_failures(result),
                         count_skipped(result));
    write_properties(result, out);
    for (size_t i = 0; i < result->judgement->findings_count; i++)
        write_case(result, &result->judgement->findings[i], &part, out);
    write_reasons(result, out);
    pl_buffer_add_text(out, "  </testsuite>\n</testsuites>\n");
    pl_buffer_deinit(&part);
}
