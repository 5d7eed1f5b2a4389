/* What repeats say, and two runs side by side, on the terminal. */
#include "report/compared_page.h"

#include "report/table.h"
#include "report/wording.h"

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)

static enum pl_figure figure_of(const struct pl_compared *compared)
{
    return compared->passes ? PL_FIGURE_PERCENT : PL_FIGURE_PLAIN;
}

static void add_estimate(struct pl_buffer *part, const char *what,
                         const struct pl_estimate *estimate)
{
    pl_buffer_add_text(part, what);
    if (estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_text(part, "not known");
        return;
    }
    pl_figure_write(part, PL_FIGURE_PERCENT, estimate->value);
    pl_buffer_add_char(part, ' ');
    pl_interval_write(part, PL_FIGURE_PERCENT, estimate->low, estimate->high);
}

static void add_index(struct pl_buffer *part, const char *what, const struct pl_estimate *estimate)
{
    pl_buffer_add_text(part, what);
    if (estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_format(part, "not known (%s)", pl_undefined_text(estimate->reason));
        return;
    }
    pl_figure_write(part, PL_FIGURE_FRACTION, estimate->value);
    pl_buffer_add_char(part, ' ');
    pl_interval_write(part, PL_FIGURE_FRACTION, estimate->low, estimate->high);
}

void pl_judges_page(const struct pl_judge_agreements *judges, struct pl_page *page)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer part = {0};

    if (judges->count == 0)
        return;
    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_page_heading(page, "Judges");
    for (size_t i = 0; i < judges->count; i++) {
        const struct pl_judge_agreement *judge = &judges->judges[i];

        pl_buffer_add_format(&part, "%.*s: says the same as people on ", PL_STR_ARG(judge->name));
        add_estimate(&part, "", &judge->raw);
        pl_buffer_add_text(&part, " of ");
        pl_plural_write(&part, judge->n, "output", "outputs");
        add_index(&part, judge->is_scale ? "; weighted kappa " : "; kappa ", &judge->kappa);
        add_index(&part, ", Krippendorff's alpha ", &judge->alpha);
        if (judge->is_scale)
            add_index(&part, ". People would give all outputs a mean mark of ", &judge->corrected);
        pl_buffer_add_char(&part, '.');
        pl_page_part(page, (struct pl_margin){2, 2}, &part);
    }
}

void pl_repeats_page(const struct pl_repeats *repeats, struct pl_page *page)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer part = {0};

    if (repeats->scorers_count == 0)
        return;
    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_page_heading(page, "Repeats");
    for (size_t i = 0; i < repeats->scorers_count; i++) {
        const struct pl_repeated_scorer *scorer = &repeats->scorers[i];

        pl_buffer_add_format(&part, "%.*s: of %u repeats at least one passed in ",
                             PL_STR_ARG(scorer->name), scorer->k);
        add_estimate(&part, "", &scorer->at_k);
        add_estimate(&part, " of the cases and every one in ", &scorer->all_k);
        add_estimate(&part, "; all said the same in ", &scorer->unanimous);
        pl_buffer_add_char(&part, '.');
        pl_page_part(page, (struct pl_margin){2, 2}, &part);
    }
}

/* ---- two runs ---- */

static enum pl_state state_of(enum pl_change change)
{
    static const enum pl_state STATES[] = {
        [PL_CHANGE_IMPROVED] = PL_STATE_CLEAR,
        [PL_CHANGE_WORSE] = PL_STATE_BREACH,
        [PL_CHANGE_NOT_SHOWN] = PL_STATE_UNPROVEN,
    };

    return STATES[change];
}

static void add_p_value(struct pl_buffer *part, double p)
{
    if (p < 0.0001)
        pl_buffer_add_text(part, "p below 0.0001");
    else
        pl_buffer_add_format(part, "p %.2g", p);
}

static void add_test(struct pl_buffer *part, const struct pl_compared *compared)
{
    if (compared->is_binary) {
        pl_buffer_add_text(part, "; ");
        pl_count_write(part, compared->mcnemar.only_first);
        pl_buffer_add_text(part, " only right here, ");
        pl_count_write(part, compared->mcnemar.only_second);
        pl_buffer_add_text(part, " only there, exact McNemar ");
        add_p_value(part, compared->mcnemar.exact);
    } else {
        pl_buffer_add_text(part, "; paired bootstrap ");
        pl_interval_write(part, figure_of(compared), compared->bootstrap.interval.low,
                          compared->bootstrap.interval.high);
        pl_buffer_add_text(part, ", ");
        add_p_value(part, compared->bootstrap.p_value);
    }
}

/* "improved", "worse", or "no evidence of a change, about 812 more cases would settle it". */
static void add_outcome(struct pl_buffer *part, const struct pl_compared *compared)
{
    const struct pl_outcome *outcome = &compared->outcome;

    if (outcome->change == PL_CHANGE_IMPROVED)
        pl_buffer_add_text(part, "improved: ");
    else if (outcome->change == PL_CHANGE_WORSE)
        pl_buffer_add_text(part, "worse: ");
    else
        pl_buffer_add_text(part, "no evidence of a change: ");
}

static void add_needed(struct pl_buffer *part, const struct pl_outcome *outcome)
{
    if (outcome->change != PL_CHANGE_NOT_SHOWN || outcome->more_at_power == 0)
        return;
    pl_buffer_add_text(part, " If the difference stays what it is, about ");
    pl_count_write(part, outcome->more_at_power);
    pl_buffer_add_text(part, " more cases would show it with a chance of 80 %.");
}

static void add_compared(struct pl_buffer *part, const struct pl_compared *compared)
{
    const enum pl_figure figure = figure_of(compared);

    pl_buffer_add_format(part, "%.*s ", PL_STR_ARG(compared->name));
    add_outcome(part, compared);
    pl_figure_write(part, figure, compared->here);
    pl_buffer_add_text(part, " against ");
    pl_figure_write(part, figure, compared->there);
    if (compared->difference.status != PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_text(part, ", by ");
        pl_figure_write(part, pl_figure_of_difference(figure), compared->difference.value);
        pl_buffer_add_char(part, ' ');
        pl_interval_write(part, pl_figure_of_difference(figure), compared->difference.low,
                          compared->difference.high);
        if (compared->grouped)
            pl_buffer_add_text(part, " over groups");
    }
    add_test(part, compared);
    pl_buffer_add_char(part, '.');
    add_needed(part, &compared->outcome);
}

static void write_errors(const struct pl_comparison *comparison, struct pl_page *page,
                         struct pl_buffer *part)
{
    for (size_t i = 0; i < comparison->scorers_count; i++) {
        const struct pl_compared *compared = &comparison->scorers[i];

        pl_buffer_add_format(part, "%.*s: standard error unpaired %.4g, paired %.4g",
                             PL_STR_ARG(compared->name), compared->se_unpaired,
                             compared->se_paired);
        if (compared->se_grouped >= 0.0)
            pl_buffer_add_format(part, ", by group %.4g", compared->se_grouped);
        pl_buffer_add_text(part, ". ");
    }
    pl_page_part(page, (struct pl_margin){2, 2}, part);
}

void pl_comparison_page(const struct pl_comparison *comparison, struct pl_page *page)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer part = {0};

    if (comparison == NULL)
        return;
    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_page_heading(page, "Compared");
    pl_buffer_add_text(&part, "With ");
    pl_buffer_add(&part, comparison->baseline);
    pl_buffer_add_text(&part, ", over the ");
    pl_plural_write(&part, comparison->common, "case", "cases");
    pl_buffer_add_text(&part, " of both");
    if (comparison->only_here + comparison->only_there > 0) {
        pl_buffer_add_text(&part, "; ");
        pl_count_write(&part, comparison->only_here);
        pl_buffer_add_text(&part, " are only in this run and ");
        pl_count_write(&part, comparison->only_there);
        pl_buffer_add_text(&part, " only in the other");
    }
    pl_buffer_add_char(&part, '.');
    pl_page_part(page, (struct pl_margin){2, 2}, &part);
    for (size_t i = 0; i < comparison->scorers_count; i++) {
        const enum pl_state state = state_of(comparison->scorers[i].outcome.change);

        add_compared(&part, &comparison->scorers[i]);
        pl_page_item(page, pl_state_ink(state), pl_state_glyph(state), pl_buffer_view(&part));
        pl_buffer_reset(&part);
    }
    write_errors(comparison, page, &part);
}
