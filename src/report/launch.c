/*
 * A launch by slice: what each slice may do, what decides it, and what would settle it. The sentence
 * names slices from the best verdict to the worst, with the figures of those that are held back.
 */
#include "report/launch.h"

#include "measure/metrics.h"
#include "report/table.h"
#include "report/values.h"
#include "report/wording.h"

#include <ctype.h>

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define NAMED_MAX           8
#define INDENT              2

const struct pl_launch_title PL_LAUNCH_TITLES[PL_LAUNCH_COLUMNS_COUNT] = {
    [PL_LAUNCH_SLICE] = {"Slice", false},
    [PL_LAUNCH_N] = {"n", true},
    [PL_LAUNCH_VERDICT] = {"Verdict", false},
    [PL_LAUNCH_DECIDED_BY] = {"Decided by", false},
    [PL_LAUNCH_VALUE] = {"Value", true},
    [PL_LAUNCH_INTERVAL] = {"Interval", false},
    [PL_LAUNCH_TO_SETTLE] = {"What would settle it", false},
};

bool pl_gate_passes(const struct pl_gate_result *result)
{
    if (result->slice != NULL)
        return result->slice->judgement->allowed;
    if (result->launch != NULL)
        return pl_launch_passes(result->launch, result->judgement);
    return result->judgement->allowed;
}

enum pl_state pl_launch_state(const struct pl_launch_slice *slice)
{
    return pl_state_of_verdict(slice->judgement->verdict);
}

/* "hi", or "hi × free": the segments stand in the heading. */
static void add_groups(const struct pl_launch *launch, const struct pl_launch_slice *slice,
                       struct pl_buffer *out)
{
    for (uint32_t i = 0; i < slice->slice->crossing->count; i++) {
        pl_buffer_add_text(out, i == 0 ? "" : " × ");
        pl_buffer_add(out, pl_slice_group(launch->measured, slice->slice, i));
    }
}

static void add_verdict(const struct pl_launch_slice *slice, struct pl_buffer *out)
{
    for (const char *at = pl_verdict_name(slice->judgement->verdict); *at != '\0'; at++)
        pl_buffer_add_char(out, *at == '_' ? ' ' : *at);
}

/* The limit that decides; NULL where it is no limit that does. */
static const struct pl_finding *deciding_of(const struct pl_launch_slice *slice)
{
    const struct pl_reason *first = &slice->judgement->reasons[0];

    if (slice->kind != PL_LAUNCH_JUDGED ||
        (first->finding == NULL && first->verdict >= PL_VERDICT_HUMAN_IN_THE_LOOP))
        return NULL;
    return slice->deciding;
}

/* " for device=phone", " against language=en": what the launch's slice does not say already. */
static void add_where(const struct pl_launch_slice *slice, const struct pl_finding *finding,
                      struct pl_buffer *out)
{
    const struct pl_case *one = finding->deciding;

    if (one->slice != &slice->measured->overall && one->slice != slice->slice) {
        pl_buffer_add_text(out, " for ");
        pl_slice_words(slice->measured, one->slice, out);
    }
    if (one->against != NULL) {
        pl_buffer_add_text(out, " against ");
        pl_slice_words(slice->measured, one->against, out);
    }
}

static void add_decided_by(const struct pl_launch_slice *slice, struct pl_buffer *out)
{
    const struct pl_finding *finding = deciding_of(slice);
    const struct pl_judgement *judgement = slice->judgement;

    if (slice->kind == PL_LAUNCH_MISSING) {
        pl_buffer_add_text(out, "its group is not known");
    } else if (slice->kind == PL_LAUNCH_TOO_SMALL) {
        pl_buffer_add_text(out, "too small to judge");
    } else if (finding == NULL) {
        pl_buffer_add_text(out, judgement->reasons[0].kind == PL_REASON_NEED ? "release.needs"
                                : judgement->reasons[0].kind == PL_REASON_RISK
                                    ? "the risk of the feature"
                                    : "no limit could be judged");
    } else {
        pl_buffer_add(out, slice->measured->metrics[finding->metric_index].name);
        add_where(slice, finding, out);
        pl_buffer_add_text(out, ", ");
        pl_threshold_words(slice->measured, finding, out);
    }
}

static void add_value(const struct pl_launch_slice *slice, bool interval, struct pl_buffer *out)
{
    const struct pl_finding *finding = deciding_of(slice);

    if (finding == NULL || finding->deciding->reason != PL_DEFINED)
        return;

    const enum pl_figure figure = pl_figure_of_limit(slice->measured, finding);

    if (interval)
        pl_interval_write(out, figure, finding->deciding->low, finding->deciding->high);
    else
        pl_figure_write(out, figure, finding->deciding->value);
}

/* "about 420 more labelled decisions", where labels are what the limit waits for. */
static void add_needed(const struct pl_launch_slice *slice, const struct pl_finding *finding,
                       struct pl_buffer *out)
{
    const struct pl_case *one = finding->deciding;
    const struct pl_metric *metric = &slice->measured->metrics[finding->metric_index];
    const bool labels = (metric->row->needs & PL_NEEDS_LABELS) != 0;
    const uint64_t n = slice->slice->n;
    const double share = labels && n > 0 ? (double)(n - slice->slice->unlabelled) / (double)n : 1.0;

    pl_buffer_add_text(out, "about ");
    pl_count_write(out, (uint64_t)((double)slice->needed * share + 0.5));
    pl_buffer_add_text(out, labels ? " more labelled decisions" : " more decisions");
    if (one->needed_in_both && one->against != NULL) {
        pl_buffer_add_text(out, ", with as large a part more for ");
        pl_slice_words(slice->measured, one->against, out);
        pl_buffer_add_char(out, ',');
    }
}

static void add_to_settle(const struct pl_launch_slice *slice, struct pl_buffer *out)
{
    const struct pl_finding *finding = deciding_of(slice);

    if (slice->kind == PL_LAUNCH_TOO_SMALL && slice->short_of > 0) {
        pl_buffer_add_text(out, "at least ");
        pl_count_write(out, slice->short_of);
        pl_buffer_add_text(out, " more");
        if (slice->needed > slice->short_of) {
            pl_buffer_add_text(out, ", about ");
            pl_count_write(out, slice->needed);
            pl_buffer_add_text(out, " for every limit");
        }
    } else if (finding != NULL && finding->state == PL_STATE_UNPROVEN && slice->needed > 0) {
        add_needed(slice, finding, out);
        pl_buffer_add_text(out, " would");
    } else if (finding != NULL && finding->state == PL_STATE_UNPROVEN) {
        pl_buffer_add_text(out, "no number in sight would");
    }
}

void pl_launch_cell(const struct pl_launch *launch, const struct pl_launch_slice *slice,
                    enum pl_launch_column column, struct pl_buffer *out)
{
    switch (column) {
    case PL_LAUNCH_SLICE:
        add_groups(launch, slice, out);
        return;
    case PL_LAUNCH_N:
        pl_count_write(out, slice->slice->n);
        return;
    case PL_LAUNCH_VERDICT:
        add_verdict(slice, out);
        return;
    case PL_LAUNCH_DECIDED_BY:
        add_decided_by(slice, out);
        return;
    case PL_LAUNCH_VALUE:
        add_value(slice, false, out);
        return;
    case PL_LAUNCH_INTERVAL:
        add_value(slice, true, out);
        return;
    case PL_LAUNCH_TO_SETTLE:
    default:
        add_to_settle(slice, out);
        return;
    }
}

void pl_launch_heading(const struct pl_launch *launch, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "Launch by ");
    pl_crossing_words(launch->measured, &launch->crossing, out);
}

/* Parts of the sentence: which slices belong to them, and how they are said. */
static const struct {
    enum pl_launch_kind kind;
    enum pl_verdict verdict;
    const char *before;
    const char *after;
} PARTS[] = {
    {PL_LAUNCH_JUDGED, PL_VERDICT_SHIP, "ship in ", ""},
    {PL_LAUNCH_JUDGED, PL_VERDICT_SHIP_WITH_MONITORING, "ship, and watch it, in ", ""},
    {PL_LAUNCH_JUDGED, PL_VERDICT_HUMAN_IN_THE_LOOP, "use it only where a person decides in ", ""},
    {PL_LAUNCH_JUDGED, PL_VERDICT_HOLD, "hold in ", ""},
    {PL_LAUNCH_TOO_SMALL, PL_VERDICT_HOLD, "hold in ", ", too small to judge"},
    {PL_LAUNCH_JUDGED, PL_VERDICT_NO_SHIP, "do not ship in ", ""},
    {PL_LAUNCH_TOO_SMALL, PL_VERDICT_NO_SHIP, "do not ship in ", ""},
};
#define PARTS_COUNT (sizeof PARTS / sizeof *PARTS)

static bool is_in_part(const struct pl_launch_slice *slice, size_t part)
{
    return slice->kind == PARTS[part].kind && slice->judgement->verdict == PARTS[part].verdict;
}

static size_t count_part(const struct pl_launch *launch, size_t part)
{
    size_t count = 0;

    for (size_t i = 0; i < launch->slices_count; i++)
        count += is_in_part(&launch->slices[i], part);
    return count;
}

/* "82.1 % against language=en 90.2 %: ", where two slices are compared and both have a value. */
static void add_sides(const struct pl_launch_slice *slice, const struct pl_finding *finding,
                      struct pl_buffer *out)
{
    const struct pl_case *one = finding->deciding;
    const size_t metric = finding->metric_index;
    const enum pl_figure figure = pl_figure_of(slice->measured->metrics[metric].name);

    if (one->against == NULL || one->slice->estimates[metric].status == PL_ESTIMATE_UNDEFINED ||
        one->against->estimates[metric].status == PL_ESTIMATE_UNDEFINED)
        return;
    pl_figure_write(out, figure, one->slice->estimates[metric].value);
    pl_buffer_add_text(out, " against ");
    pl_figure_write(out, figure, one->against->estimates[metric].value);
    pl_buffer_add_text(out, " for ");
    pl_slice_words(slice->measured, one->against, out);
    pl_buffer_add_text(out, ": ");
}

/* " (accuracy 76.0 %, must be at least 80.0 %; about 420 more labelled decisions would settle it)" */
static void add_why(const struct pl_launch_slice *slice, struct pl_buffer *out)
{
    const struct pl_finding *finding = deciding_of(slice);

    if (finding == NULL || finding->state == PL_STATE_CLEAR ||
        finding->deciding->reason != PL_DEFINED)
        return;
    pl_buffer_add_text(out, " (");
    pl_buffer_add(out, slice->measured->metrics[finding->metric_index].name);
    pl_buffer_add_char(out, ' ');
    add_sides(slice, finding, out);
    pl_figure_write(out, pl_figure_of_limit(slice->measured, finding), finding->deciding->value);
    if (finding->deciding->slice != &slice->measured->overall &&
        finding->deciding->slice != slice->slice) {
        pl_buffer_add_text(out, " for ");
        pl_slice_words(slice->measured, finding->deciding->slice, out);
    }
    pl_buffer_add_text(out, ", must be ");
    pl_threshold_words(slice->measured, finding, out);
    if (finding->state == PL_STATE_UNPROVEN && slice->needed > 0) {
        pl_buffer_add_text(out, "; ");
        add_needed(slice, finding, out);
        pl_buffer_add_text(out, " would settle it");
    }
    pl_buffer_add_char(out, ')');
}

static void add_part(const struct pl_launch *launch, size_t part, struct pl_buffer *out)
{
    const size_t count = count_part(launch, part);
    const size_t named = count > NAMED_MAX ? NAMED_MAX : count;
    size_t at = 0;

    pl_buffer_add_text(out, PARTS[part].before);
    for (size_t i = 0; i < launch->slices_count && at < named; i++) {
        if (!is_in_part(&launch->slices[i], part))
            continue;
        if (at > 0)
            pl_buffer_add_text(out, at + 1 == count ? " and " : ", ");
        add_groups(launch, &launch->slices[i], out);
        add_why(&launch->slices[i], out);
        at++;
    }
    if (count > named)
        pl_buffer_add_format(out, " and %zu more", count - named);
    pl_buffer_add_text(out, PARTS[part].after);
}

void pl_launch_sentence(const struct pl_launch *launch, struct pl_buffer *out)
{
    struct pl_buffer text;
    bool any = false;

    pl_buffer_init(&text, PART_SIZE_BYTES_MAX);
    for (size_t part = 0; part < PARTS_COUNT; part++) {
        if (count_part(launch, part) == 0)
            continue;
        if (any)
            pl_buffer_add_text(&text, "; ");
        add_part(launch, part, &text);
        any = true;
    }
    if (!any)
        pl_buffer_add_text(&text, "no slice has a group that is known");
    pl_buffer_add_char(&text, '.');
    if (text.failed != PL_OK)
        out->failed = text.failed;
    else
        text.ptr[0] = (char)toupper((unsigned char)text.ptr[0]);
    pl_buffer_add(out, pl_buffer_view(&text));
    pl_buffer_deinit(&text);
}

void pl_launch_passing(const struct pl_gate_result *result, struct pl_buffer *out)
{
    const bool passes = pl_gate_passes(result);

    if (result->slice != NULL || result->launch->decides == PL_DECIDES_OVERALL)
        return;
    pl_buffer_add_format(
        out, "The gate %s, by `release.launch: %s`: ", passes ? "passes" : "does not pass",
        result->launch->decides == PL_DECIDES_ANY ? "any" : "all");
    if (result->launch->decides == PL_DECIDES_ANY)
        pl_buffer_add_text(out, passes ? "at least one slice may ship." : "no slice may ship.");
    else
        pl_buffer_add_text(out, passes ? "every slice may ship." : "not every slice may ship.");
}

void pl_launch_method(const struct pl_launch *launch, struct pl_buffer *out)
{
    pl_buffer_add_text(out,
                       "Each slice of the launch is judged on its own decisions. Kept is said of "
                       "each by itself; crossed at 1 part in ");
    pl_count_write(out, launch->judged_count == 0 ? 1 : launch->judged_count);
    pl_buffer_add_text(out, " of the level, so that a wrong no is as rare among all of them as in "
                            "one.");
}

static void add_row(const struct pl_launch *launch, const struct pl_launch_slice *slice,
                    struct pl_table *table, struct pl_buffer *part)
{
    const enum pl_state state = pl_launch_state(slice);
    const bool quiet = slice->kind != PL_LAUNCH_JUDGED;

    pl_table_add(table, quiet ? PL_INK_QUIET : pl_state_ink(state),
                 pl_str_of(pl_state_glyph(state)));
    for (int column = 0; column < PL_LAUNCH_COLUMNS_COUNT; column++) {
        pl_launch_cell(launch, slice, (enum pl_launch_column)column, part);
        pl_table_add(table, quiet ? PL_INK_QUIET : PL_INK_PLAIN, pl_buffer_view(part));
        pl_buffer_reset(part);
    }
}

void pl_launch_page(const struct pl_launch *launch, struct pl_page *page)
{
    struct pl_table_column columns[PL_LAUNCH_COLUMNS_COUNT + 1] = {0};
    struct pl_table table;
    struct pl_buffer part;

    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    for (int i = 0; i < PL_LAUNCH_COLUMNS_COUNT; i++)
        columns[i + 1] = (struct pl_table_column){
            .title = pl_str_of(PL_LAUNCH_TITLES[i].text),
            .right = PL_LAUNCH_TITLES[i].right,
            .wraps = i != PL_LAUNCH_N && i != PL_LAUNCH_INTERVAL && i != PL_LAUNCH_VALUE,
        };
    pl_page_gap(page);
    pl_launch_heading(launch, &part);
    pl_page_text(page, PL_INK_BOLD, pl_buffer_view(&part));
    pl_buffer_reset(&part);
    pl_page_gap(page);
    pl_table_init(&table, columns, PL_LAUNCH_COLUMNS_COUNT + 1, launch->slices_count,
                  page->style.utf8);
    for (size_t i = 0; i < launch->slices_count; i++)
        add_row(launch, &launch->slices[i], &table, &part);
    pl_table_write(&table, page, INDENT);
    pl_table_deinit(&table);
    if (part.failed != PL_OK)
        page->out->failed = part.failed;
    pl_buffer_deinit(&part);
}

static void write_slice(struct pl_json *json, const struct pl_launch *launch,
                        const struct pl_launch_slice *slice, bool with_findings)
{
    pl_json_open_object(json);
    pl_json_key(json, "slice");
    pl_json_slice(json, launch->measured, slice->slice);
    pl_json_member_uint64(json, "n", slice->slice->n);
    pl_json_member_text(json, "status", pl_launch_kind_name(slice->kind));
    pl_json_member_text(json, "verdict", pl_verdict_name(slice->judgement->verdict));
    pl_json_member_bool(json, "allowed", slice->judgement->allowed);
    pl_json_member_uint64(json, "needed", slice->needed);
    pl_json_member_uint64(json, "short_of", slice->short_of);
    if (with_findings) {
        pl_json_reasons(json, slice->judgement, slice->judgement->reasons_count);
        pl_json_key(json, "findings");
        pl_json_open_array(json);
        for (size_t i = 0; i < slice->judgement->findings_count; i++)
            pl_json_finding(json, slice->measured, &slice->judgement->findings[i], 0);
        pl_json_close_array(json);
        pl_json_member_uint64(json, "family_size", slice->judgement->family_size);
    }
    pl_json_close_object(json);
}

static void write_launch(struct pl_json *json, const struct pl_launch *launch,
                         struct pl_launch_extent extent)
{
    const size_t count =
        launch->slices_count < extent.slices_max ? launch->slices_count : extent.slices_max;

    static const char *const DECIDES[] = {
        [PL_DECIDES_OVERALL] = "overall",
        [PL_DECIDES_ANY] = "any",
        [PL_DECIDES_ALL] = "all",
    };

    pl_json_open_object(json);
    pl_json_key(json, "by");
    pl_json_open_array(json);
    for (uint32_t i = 0; i < launch->crossing.count; i++)
        pl_json_str(json, launch->measured->cells->segments[launch->crossing.segments[i]].segment);
    pl_json_close_array(json);
    pl_json_member_text(json, "decides", DECIDES[launch->decides]);
    pl_json_member_uint64(json, "judged", launch->judged_count);
    pl_json_key(json, "slices");
    pl_json_open_array(json);
    for (size_t i = 0; i < count; i++)
        write_slice(json, launch, &launch->slices[i], extent.with_findings);
    pl_json_close_array(json);
    if (count < launch->slices_count)
        pl_json_member_uint64(json, "slices_omitted", launch->slices_count - count);
    pl_json_close_object(json);
}

void pl_json_launch(struct pl_json *json, const struct pl_gate_result *result,
                    struct pl_launch_extent extent)
{
    if (result->launch == NULL)
        return;
    pl_json_key(json, "slice");
    if (result->slice == NULL)
        pl_json_null(json);
    else
        pl_json_slice(json, result->launch->measured, result->slice->slice);
    pl_json_key(json, "launch");
    write_launch(json, result->launch, extent);
}
