/*
 * The words that all formats share. Sentences are put together from the measured facts only:
 * nothing here judges, and no format has words of its own for a state, a slice or a limit.
 */
#include "report/wording.h"

#include "line/evals.h"

#include "measure/against.h"
#include "measure/clusters.h"

#include <math.h>
#include <time.h>

static const struct {
    const char *glyph;
    enum pl_ink ink;
} STATES[] = {
    [PL_STATE_CLEAR] = {"●", PL_INK_CLEAR},
    [PL_STATE_UNPROVEN] = {"◐", PL_INK_UNPROVEN},
    [PL_STATE_BREACH] = {"✕", PL_INK_BREACH},
};

static const struct {
    const char *title;
    const char *sentence;
    enum pl_state state;
} VERDICTS[] = {
    [PL_VERDICT_SHIP] = {"SHIP", "Ship", PL_STATE_CLEAR},
    [PL_VERDICT_SHIP_WITH_MONITORING] = {"SHIP WITH MONITORING", "Ship, and watch it",
                                         PL_STATE_CLEAR},
    [PL_VERDICT_HUMAN_IN_THE_LOOP] = {"HUMAN IN THE LOOP", "Use it only where a person decides",
                                      PL_STATE_UNPROVEN},
    [PL_VERDICT_HOLD] = {"HOLD", "Hold", PL_STATE_UNPROVEN},
    [PL_VERDICT_NO_SHIP] = {"NO SHIP", "Do not ship", PL_STATE_BREACH},
};

const char *pl_state_glyph(enum pl_state state)
{
    return STATES[state].glyph;
}

enum pl_ink pl_state_ink(enum pl_state state)
{
    return STATES[state].ink;
}

enum pl_state pl_state_of_verdict(enum pl_verdict verdict)
{
    return VERDICTS[verdict].state;
}

enum pl_state pl_state_of_reason(const struct pl_reason *reason)
{
    static const enum pl_state OF_KIND[] = {
        [PL_REASON_BREACH] = PL_STATE_BREACH,  [PL_REASON_UNPROVEN] = PL_STATE_UNPROVEN,
        [PL_REASON_SMALL] = PL_STATE_UNPROVEN, [PL_REASON_MISSING] = PL_STATE_UNPROVEN,
        [PL_REASON_NEED] = PL_STATE_UNPROVEN,  [PL_REASON_RISK] = PL_STATE_UNPROVEN,
        [PL_REASON_CLEAR] = PL_STATE_CLEAR,
    };

    if (reason->verdict == PL_VERDICT_NO_SHIP)
        return PL_STATE_BREACH;
    return OF_KIND[reason->kind];
}

const char *pl_verdict_title(enum pl_verdict verdict)
{
    return VERDICTS[verdict].title;
}

size_t pl_findings_count(const struct pl_judgement *judgement, enum pl_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < judgement->findings_count; i++)
        count += judgement->findings[i].state == state;
    return count;
}

void pl_plural_write(struct pl_buffer *out, uint64_t count, const char *one, const char *many)
{
    pl_count_write(out, count);
    pl_buffer_add_format(out, " %s", count == 1 ? one : many);
}

/* "3 of 6 limits are crossed and 1 is unproven" */
static void limits_words(const struct pl_judgement *judgement, struct pl_buffer *out)
{
    const size_t all = judgement->findings_count;
    const size_t crossed = pl_findings_count(judgement, PL_STATE_BREACH);
    const size_t unproven = pl_findings_count(judgement, PL_STATE_UNPROVEN);

    if (all == 0) {
        pl_buffer_add_text(out, "the line sets no limits");
    } else if (crossed == 0 && unproven == 0) {
        if (all == 1)
            pl_buffer_add_text(out, "the one limit is kept");
        else
            pl_buffer_add_format(out, "all %zu limits are kept", all);
    } else if (crossed == 0) {
        pl_buffer_add_format(out, "%zu of %zu %s unproven and none is crossed", unproven, all,
                             all == 1        ? "limit is"
                             : unproven == 1 ? "limits is"
                                             : "limits are");
    } else {
        pl_buffer_add_format(out, "%zu of %zu %s crossed", crossed, all,
                             all == 1       ? "limit is"
                             : crossed == 1 ? "limits is"
                                            : "limits are");
        if (unproven > 0)
            pl_buffer_add_format(out, " and %zu %s unproven", unproven,
                                 unproven == 1 ? "is" : "are");
    }
}

/* "1 of 2 suites of evals is clear" */
static void suites_words(const struct pl_gate_result *result, struct pl_buffer *out)
{
    const struct pl_evals *evals = result->line->evals;
    size_t all = 0;
    size_t clear = 0;

    for (size_t i = 0; i < evals->suites_count; i++)
        all += evals->suites[i].line->limits_count > 0 ? 1 : 0;
    for (size_t i = 0; i < result->suites_count; i++)
        clear += result->suites[i]->state == PL_STATE_CLEAR ? 1 : 0;
    if (all == 1)
        pl_buffer_add_format(out, "the suite of evals is %sclear", clear == 1 ? "" : "not ");
    else
        pl_buffer_add_format(out, "%zu of %zu suites of evals %s clear", clear, all,
                             clear == 1 ? "is" : "are");
}

void pl_verdict_sentence(const struct pl_gate_result *result, struct pl_buffer *out)
{
    const struct pl_judgement *judgement = result->judgement;

    pl_buffer_add_format(out, "%s: ", VERDICTS[judgement->verdict].sentence);
    if (result->line->data.decisions.len > 0 || result->line->evals == NULL)
        limits_words(judgement, out);
    if (result->line->evals != NULL && result->line->evals->suites_count > 0) {
        if (result->line->data.decisions.len > 0)
            pl_buffer_add_text(out, ", and ");
        suites_words(result, out);
    }
    pl_buffer_add_char(out, '.');
    if (judgement->allowed && judgement->verdict >= PL_VERDICT_HUMAN_IN_THE_LOOP)
        pl_buffer_add_text(out, " The line allows a release with this verdict.");
    if (!judgement->allowed && judgement->verdict <= PL_VERDICT_HUMAN_IN_THE_LOOP)
        pl_buffer_add_text(out, " The line does not allow a release with this verdict.");
}

void pl_slice_words(const struct pl_measured *measured, const struct pl_slice *slice,
                    struct pl_buffer *out)
{
    if (slice->crossing == NULL) {
        pl_buffer_add_text(out, "overall");
        return;
    }
    for (uint32_t i = 0; i < slice->crossing->count; i++) {
        if (i > 0)
            pl_buffer_add_text(out, " × ");
        pl_buffer_add(out, pl_slice_segment(measured, slice, i));
        pl_buffer_add_char(out, '=');
        pl_buffer_add(out, pl_slice_group(measured, slice, i));
    }
}

void pl_crossing_words(const struct pl_measured *measured, const struct pl_crossing *crossing,
                       struct pl_buffer *out)
{
    for (uint32_t i = 0; i < crossing->count; i++) {
        if (i > 0)
            pl_buffer_add_text(out, " × ");
        pl_buffer_add(out, measured->cells->segments[crossing->segments[i]].segment);
    }
}

/* ", 0.871 against 0.880, paired": the measure here and in the baseline, as bare numbers, since the
   words do not know the measure. */
static void sides_words(const struct pl_case *one, struct pl_buffer *out)
{
    const struct pl_sides *sides = one->sides;

    if (sides->here.kind == PL_STAT_NONE || sides->there.kind == PL_STAT_NONE)
        return;
    pl_buffer_add_format(out, ": %.4g against %.4g, %s", sides->here.value, sides->there.value,
                         pl_sides_method_name(sides->method));
}

void pl_case_words(const struct pl_measured *measured, const struct pl_case *one,
                   struct pl_buffer *out)
{
    pl_slice_words(measured, one->slice, out);
    if (one->sides != NULL)
        sides_words(one, out);
    if (one->against == NULL)
        return;
    pl_buffer_add_text(out, " against ");
    pl_slice_words(measured, one->against, out);
}

enum pl_figure pl_figure_of_limit(const struct pl_measured *measured,
                                  const struct pl_finding *finding)
{
    const enum pl_figure figure = pl_figure_of(measured->metrics[finding->metric_index].name);

    switch (finding->limit->comparator) {
    case PL_COMPARE_MIN:
    case PL_COMPARE_MAX:
        return figure;
    case PL_COMPARE_MAX_DIFFERENCE:
    case PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL:
        return pl_figure_of_difference(figure);
    case PL_COMPARE_NON_INFERIOR_TO:
    case PL_COMPARE_SUPERIOR_TO:
        return finding->limit->relative ? PL_FIGURE_PERCENT : pl_figure_of_difference(figure);
    case PL_COMPARE_MIN_RATIO:
    case PL_COMPARE_MAX_RATIO:
    case PL_COMPARE_MAX_RATIO_TO_OVERALL:
        break;
    }
    return PL_FIGURE_FRACTION;
}

/* "at most 1.0 points worse", "better", "more than 15.0 % better" */
static void gain_words(const struct pl_limit *limit, enum pl_figure figure, struct pl_buffer *out)
{
    const bool superior = limit->comparator == PL_COMPARE_SUPERIOR_TO;

    if (!superior || limit->threshold > 0.0) {
        pl_buffer_add_text(out, superior ? "more than " : "at most ");
        pl_figure_write(out, figure, limit->threshold);
        pl_buffer_add_char(out, ' ');
    }
    pl_buffer_add_text(out, superior ? "better than " : "worse than ");
    pl_buffer_add(out, limit->baseline->name);
}

void pl_threshold_words(const struct pl_measured *measured, const struct pl_finding *finding,
                        struct pl_buffer *out)
{
    if (finding->limit->baseline != NULL) {
        gain_words(finding->limit, pl_figure_of_limit(measured, finding), out);
        return;
    }
    pl_buffer_add_text(out, pl_comparator_is_lower(finding->limit->comparator) ? "at least "
                                                                               : "at most ");
    pl_figure_write(out, pl_figure_of_limit(measured, finding), finding->limit->threshold);
}

void pl_finding_words(const struct pl_measured *measured, const struct pl_finding *finding,
                      struct pl_buffer *out)
{
    const struct pl_case *one = finding->deciding;
    const enum pl_figure figure = pl_figure_of_limit(measured, finding);

    if (one == NULL) {
        pl_buffer_add_text(out, "no data: there is no slice to judge");
        return;
    }
    pl_case_words(measured, one, out);
    pl_buffer_add_text(out, ": ");
    if (one->reason != PL_DEFINED) {
        pl_buffer_add_format(out, "no data: %s", pl_undefined_text(one->reason));
        return;
    }
    pl_figure_write(out, figure, one->value);
    pl_buffer_add_text(out, "  ");
    pl_interval_write(out, figure, one->low, one->high);
    pl_buffer_add_text(out, ", n ");
    pl_count_write(out, one->n);
}

/* A bound of a window, in UTC; nothing where there is none. */
static void moment_words(const char *before, uint64_t ms, struct pl_buffer *out)
{
    const time_t seconds = (time_t)(ms / 1000);
    struct tm moment;
    char text[32];

    if (ms == 0 || gmtime_r(&seconds, &moment) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC ", &moment) == 0)
        return;
    pl_buffer_add_text(out, before);
    pl_buffer_add_text(out, text);
}

void pl_data_words(const struct pl_data_print *data, struct pl_buffer *out)
{
    if (data->ledger_block > 0) {
        moment_words("from ", data->since_ms, out);
        moment_words("until ", data->until_ms, out);
        pl_buffer_add_format(out, "%sthe ledger up to block %llu, BLAKE2b %.12s",
                             data->since_ms + data->until_ms > 0 ? "in " : "",
                             (unsigned long long)data->ledger_block, data->hash);
        return;
    }
    if (data->files == 0) {
        pl_buffer_add_text(out, "no fingerprint");
        return;
    }
    pl_plural_write(out, data->files, "file", "files");
    pl_buffer_add_text(out, ", ");
    pl_plural_write(out, data->size_bytes, "byte", "bytes");
    if (data->hash != NULL)
        pl_buffer_add_format(out, ", BLAKE2b %.12s%s", data->hash,
                             data->whole ? "" : " of its sizes and ends");
}

void pl_queries_words(const struct pl_measured *measured, struct pl_buffer *out)
{
    const struct pl_slice *overall = &measured->overall;

    if (measured->cells->task != PL_TASK_RANKING)
        return;
    pl_buffer_add_text(out, " in ");
    pl_plural_write(out, overall->queries, "query", "queries");
    if (overall->irrelevant == 0)
        return;
    pl_buffer_add_text(out, " (");
    pl_count_write(out, overall->irrelevant);
    pl_buffer_add_text(out, overall->irrelevant == 1
                                ? " has no relevant item and says nothing of the order)"
                                : " have no relevant item and say nothing of the order)");
}

bool pl_cells_lack_labels(const struct pl_cells *cells)
{
    return cells->unlabelled > 0 && (cells->has_labels || cells->unlabelled < cells->decisions);
}

bool pl_cells_lack_predictions(const struct pl_cells *cells)
{
    return cells->unpredicted > 0 &&
           (cells->has_predictions || cells->unpredicted < cells->decisions);
}

/* Nothing is said of labels and predictions for which the data have no column. */
static void unlabelled_words(const struct pl_cells *cells, struct pl_buffer *out)
{
    const bool labels = cells->has_labels || cells->unlabelled < cells->decisions;
    const bool predictions = cells->has_predictions || cells->unpredicted < cells->decisions;
    const bool lacks = pl_cells_lack_labels(cells) || pl_cells_lack_predictions(cells);

    if (!labels && !predictions)
        return;
    pl_buffer_add_text(out, "; ");
    if (!lacks) {
        pl_buffer_add_text(out, labels && predictions ? "none lacks a label or a prediction"
                                : labels              ? "none lacks a label"
                                                      : "none lacks a prediction");
        return;
    }
    if (labels) {
        pl_count_write(out, cells->unlabelled);
        pl_buffer_add_text(out, " lack a label");
    }
    if (predictions) {
        pl_buffer_add_text(out, labels ? " and " : "");
        pl_count_write(out, cells->unpredicted);
        pl_buffer_add_text(out, " lack a prediction");
    }
}

/* The measure whose standard error grows the most by the groups; the count of the metrics for none. */
static size_t most_inflated(const struct pl_measured *measured, double *ret_times)
{
    const struct pl_slice *overall = &measured->overall;
    size_t most = measured->metrics_count;

    *ret_times = 0.0;
    for (size_t i = 0; i < measured->metrics_count; i++) {
        const double times = pl_slice_inflation(overall, i);

        if (times <= *ret_times)
            continue;
        *ret_times = times;
        most = i;
    }
    return most;
}

static void add_inflation(const struct pl_measured *measured, struct pl_buffer *out)
{
    double times = 0.0;
    const size_t most = most_inflated(measured, &times);

    if (most == measured->metrics_count)
        return;

    const struct pl_str name = measured->metrics[most].name;
    const struct pl_estimate alone = pl_slice_ungrouped(measured, &measured->overall, most);

    pl_buffer_add_format(out,
                         "; standard errors overall are up to %.1f × those of independent "
                         "decisions, for which ",
                         times);
    pl_buffer_add(out, name);
    pl_buffer_add_text(out, " would be in ");
    pl_interval_write(out, pl_figure_of(name), alone.low, alone.high);
}

/* Which measures have no interval, as far as there are any. */
static void add_unbounded(const struct pl_measured *measured, struct pl_buffer *out)
{
    size_t count = 0;

    for (size_t i = 0; i < measured->metrics_count; i++) {
        if (pl_metric_knows_clusters(&measured->metrics[i]))
            continue;
        pl_buffer_add_text(out,
                           count++ == 0 ? " Not known with groups, and so without bounds: " : ", ");
        pl_buffer_add(out, measured->metrics[i].name);
    }
    if (count > 0)
        pl_buffer_add_char(out, '.');
}

void pl_groups_words(const struct pl_measured *measured, struct pl_buffer *out)
{
    if (measured->cells->clusters == NULL)
        return;
    pl_buffer_add_text(out, " Decisions that share ");
    pl_buffer_add(out, measured->cells->clusters->column);
    pl_buffer_add_text(out, " are not independent: ");
    pl_plural_write(out, measured->cells->decisions, "decision", "decisions");
    pl_buffer_add_text(out, " in ");
    pl_plural_write(out, measured->cells->clusters->count, "group", "groups");
    add_inflation(measured, out);
    pl_buffer_add_char(out, '.');
    add_unbounded(measured, out);
}

/* "incumbent: 5,000 decisions from incumbent.csv, paired by id: 4,980 matched, 20 only here and 20 only
   there. " */
static void against_words(const struct pl_against *against, struct pl_buffer *out)
{
    const struct pl_matching *matching = &against->matching;

    pl_buffer_add_text(out, " Compared with ");
    pl_buffer_add(out, against->baseline->name);
    pl_buffer_add_text(out, ": ");
    pl_count_write(out, against->decisions);
    pl_buffer_add_text(out, " decisions from ");
    pl_buffer_add(out, against->source);
    if (matching->pairing == PL_UNPAIRED) {
        pl_buffer_add_text(out, against->baseline->decisions.len == 0
                                    ? ", compared as two samples: only binary tasks are paired."
                                    : ", as another sample.");
        return;
    }
    if (matching->pairing == PL_PAIRED_BY_ROW) {
        pl_buffer_add_text(out, ", paired row by row.");
        return;
    }
    pl_buffer_add_text(out, ", paired by id: ");
    pl_count_write(out, matching->matched);
    pl_buffer_add_text(out, " matched, ");
    pl_count_write(out, matching->only_here);
    pl_buffer_add_text(out, " only in the data and ");
    pl_count_write(out, matching->only_there);
    pl_buffer_add_text(out, " only in the baseline, which are left out.");
}

void pl_aside_words(const struct pl_measured *measured, struct pl_buffer *out)
{
    if (measured->smallest_share > 0.0) {
        pl_buffer_add_text(out, ", or with less than ");
        pl_confidence_write(out, measured->smallest_share);
        pl_buffer_add_text(out, " of those in their segment or crossing");
    }
    if (measured->missing == PL_MISSING_LIST)
        pl_buffer_add_text(out, ", and groups of missing values,");
}

static void decisions_words(const struct pl_gate_result *result, struct pl_buffer *out)
{
    const struct pl_measured *measured = result->measured;
    const struct pl_cells *cells = measured->cells;

    if (result->line->data.decisions.len == 0) {
        pl_buffer_add_text(out, "Judged by its evals alone: the line names no decisions.");
        return;
    }
    pl_count_write(out, cells->decisions);
    pl_buffer_add_text(out, " decisions");
    pl_queries_words(measured, out);
    pl_buffer_add_text(out, " from ");
    pl_buffer_add(out, cells->source);
    pl_buffer_add_text(out, " (");
    pl_data_words(&result->data, out);
    pl_buffer_add_char(out, ')');
    unlabelled_words(cells, out);
    pl_buffer_add_char(out, '.');
    pl_groups_words(measured, out);
}

void pl_method_words(const struct pl_gate_result *result, struct pl_buffer *out)
{
    const struct pl_measured *measured = result->measured;

    decisions_words(result, out);
    for (size_t i = 0; i < measured->againsts_count; i++)
        against_words(&measured->againsts[i], out);
    pl_buffer_add_text(out, " Kept or crossed is said at ");
    pl_confidence_write(out, result->line->evidence.confidence);
    pl_buffer_add_text(out, " confidence: a limit is kept when every slice is on its good side by "
                            "its own bound, and crossed when a slice is on its bad side by a "
                            "bound that is corrected (Holm) for a family of ");
    pl_plural_write(out, result->judgement->family_size, "comparison", "comparisons");
    pl_buffer_add_text(out, ". Slices of fewer than ");
    pl_plural_write(out, measured->smallest_slice, "decision", "decisions");
    pl_aside_words(measured, out);
    pl_buffer_add_format(out, " are listed, not judged. Seed %llu.",
                         (unsigned long long)measured->seed);
}
