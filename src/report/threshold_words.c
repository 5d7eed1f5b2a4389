/*
 * Sentences about thresholds. They say what was found, never what to do: a threshold is a choice of
 * values, and one by group is a choice that the law has a say in.
 */
#include "report/threshold.h"
#include "report/wording.h"

#include <math.h>

#define NOTE_SIZE_BYTES_MAX ((size_t)64 << 10)

struct notes {
    const struct pl_thresholds *thresholds;
    struct pl_buffer out;
    pl_note_write write;
    void *context;
};

static const char LEGAL[] =
    "Thresholds that differ by a person's group treat people with the same score differently "
    "because "
    "of the group. Where the group is a protected trait that can be unlawful even when it narrows "
    "a "
    "gap: Title VII forbids employers cutoff scores that differ by race, color, religion, sex or "
    "national origin (42 U.S.C. 2000e-2(l)), and beyond tests it may be disparate treatment; in US "
    "credit the Equal Credit Opportunity Act forbids it (15 U.S.C. 1691); in the European Union "
    "and "
    "the United Kingdom it may be direct discrimination. This is no legal advice: ask counsel.";

void pl_choice_words(const struct pl_thresholds *thresholds, enum pl_choice_kind kind,
                     struct pl_buffer *out)
{
    if (kind == PL_CHOICE_GROUPS) {
        pl_buffer_add_text(out, "by ");
        pl_crossing_words(thresholds->choices[0].measured, thresholds->by, out);
    } else {
        pl_buffer_add_text(out, kind == PL_CHOICE_PRESENT ? "present" : "one for all");
    }
}

void pl_threshold_words_of(double threshold, struct pl_buffer *out)
{
    if (isinf(threshold))
        pl_buffer_add_text(out, "nobody");
    else
        pl_buffer_add_format(out, "%.10g", threshold);
}

uint64_t pl_flips_sum(const uint64_t counts[3])
{
    return counts[PL_NEGATIVE] + counts[PL_POSITIVE] + counts[PL_UNKNOWN];
}

void pl_threshold_costs(const struct pl_costs *costs, struct pl_buffer *out)
{
    pl_buffer_add_format(out, "A false positive costs %.6g and a false negative %.6g",
                         costs->false_positive, costs->false_negative);
    if (fabs(costs->true_positive) > 0.0 || fabs(costs->true_negative) > 0.0)
        pl_buffer_add_format(out, ", a true positive %.6g and a true negative %.6g",
                             costs->true_positive, costs->true_negative);
    pl_buffer_add_text(out, costs->given ? "." : ", for the line says nothing of costs.");
    if (costs->slices_count > 0)
        pl_buffer_add_text(out, " Some slices have costs of their own: see `costs` in the line.");
}

static void end_note(struct notes *notes)
{
    notes->write(pl_buffer_view(&notes->out), notes->context);
    pl_buffer_reset(&notes->out);
}

static void add_cost(struct notes *notes, const struct pl_estimate *cost)
{
    if (cost->status == PL_ESTIMATE_UNDEFINED)
        pl_buffer_add_text(&notes->out, "no known cost");
    else
        pl_figure_write(&notes->out, PL_FIGURE_FRACTION, cost->value);
}

/* "800 of 7,214 decisions flip: 100 to yes (40 of them positive) and 700 to no (…)". */
static void add_flips(struct notes *notes, const struct pl_choice *choice)
{
    const struct pl_flips *flips = &choice->flips;

    pl_count_write(&notes->out, pl_flips_total(flips));
    pl_buffer_add_text(&notes->out, " of ");
    pl_plural_write(&notes->out, choice->measured->cells->decisions, "decision flips",
                    "decisions flip");
    pl_buffer_add_text(&notes->out, ", ");
    pl_count_write(&notes->out, pl_flips_sum(flips->to_positive));
    pl_buffer_add_text(&notes->out, " to yes (");
    pl_count_write(&notes->out, flips->to_positive[PL_POSITIVE]);
    pl_buffer_add_text(&notes->out, " of them positive) and ");
    pl_count_write(&notes->out, pl_flips_sum(flips->to_negative));
    pl_buffer_add_text(&notes->out, " to no (");
    pl_count_write(&notes->out, flips->to_negative[PL_POSITIVE]);
    pl_buffer_add_text(&notes->out, " of them positive)");
}

/* "One threshold for all, 6,", "Thresholds by race", "The present threshold, 5,". */
static void add_name(struct notes *notes, const struct pl_choice *choice)
{
    if (choice->kind == PL_CHOICE_GROUPS) {
        pl_buffer_add_text(&notes->out, "Thresholds ");
        pl_choice_words(notes->thresholds, choice->kind, &notes->out);
        return;
    }
    pl_buffer_add_text(&notes->out, pl_flips_total(&choice->flips) == 0
                                        ? "The present threshold, "
                                        : "One threshold for all, ");
    pl_threshold_words_of(choice->groups[0].threshold, &notes->out);
    pl_buffer_add_char(&notes->out, ',');
}

static void add_kept(struct notes *notes, const struct pl_choice *choice)
{
    const size_t kept = notes->thresholds->kept_count;
    const bool plural = choice->kind == PL_CHOICE_GROUPS;
    const char *const what = kept == 1 ? "the limit" : "all limits asked for";
    const char *const cost = plural ? "cost" : "costs";

    if (kept == 0)
        pl_buffer_add_format(&notes->out, " %s least", cost);
    else if (choice->kept)
        pl_buffer_add_format(&notes->out, " %s least of those that keep %s", cost, what);
    else if (choice->defined)
        pl_buffer_add_format(&notes->out,
                             " %s nearest to keeping %s, which %s, with the worst %.3g past its "
                             "bound",
                             plural ? "come" : "comes", what,
                             choice->proven ? "nothing does" : "nothing found does",
                             choice->excess);
    else
        pl_buffer_add_format(&notes->out,
                             " %s, for at no threshold has every limit asked for a value",
                             plural ? "stay" : "stays");
}

static void note_choice(struct notes *notes, const struct pl_choice *choice)
{
    add_name(notes, choice);
    add_kept(notes, choice);
    pl_buffer_add_text(&notes->out, ": ");
    add_cost(notes, &choice->cost);
    if (pl_flips_total(&choice->flips) > 0) {
        pl_buffer_add_text(&notes->out, " a decision, and ");
        add_cost(notes, &notes->thresholds->choices[PL_CHOICE_PRESENT].cost);
        pl_buffer_add_text(&notes->out, " at the present threshold. ");
        add_flips(notes, choice);
        pl_buffer_add_char(&notes->out, '.');
    } else {
        pl_buffer_add_text(&notes->out, " a decision.");
    }
    if (!choice->proven)
        pl_buffer_add_format(&notes->out,
                             " The search was ended at its maximum, so something may be better; "
                             "nothing that keeps as much costs less than %.4g a decision.",
                             choice->bound);
    end_note(notes);
}

/* "changes the cost of a decision by -0.021 [-0.032, -0.010]", and whether that may be chance. */
static void add_change(struct notes *notes, const struct pl_estimate *change)
{
    if (change->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_format(&notes->out, "the change of cost has no value (%s)",
                             pl_undefined_text(change->reason));
        return;
    }
    pl_buffer_add_text(&notes->out, "the cost of a decision changes by ");
    pl_figure_write(&notes->out, PL_FIGURE_FRACTION, change->value);
    pl_buffer_add_char(&notes->out, ' ');
    pl_interval_write(&notes->out, PL_FIGURE_FRACTION, change->low, change->high);
    if (change->low <= 0.0 && change->high >= 0.0 && change->low < change->high)
        pl_buffer_add_text(&notes->out, ", which chance alone may make");
}

/* "; where it was fitted, by -0.025": what the picking flattered it by. */
static void add_fitted_change(struct notes *notes, enum pl_choice_kind kind)
{
    const struct pl_estimate *fitted = notes->thresholds->held_out.fitted_costs;

    if (fitted[kind].status == PL_ESTIMATE_UNDEFINED ||
        fitted[PL_CHOICE_PRESENT].status == PL_ESTIMATE_UNDEFINED)
        return;
    pl_buffer_add_text(&notes->out, "; where they were fitted it changed by ");
    pl_figure_write(&notes->out, PL_FIGURE_FRACTION,
                    fitted[kind].value - fitted[PL_CHOICE_PRESENT].value);
}

static void note_held_out_choice(struct notes *notes, const struct pl_choice *choice)
{
    const struct pl_held_out *held_out = &notes->thresholds->held_out;

    pl_buffer_add_text(&notes->out, "Fitted on ");
    pl_figure_write(&notes->out, PL_FIGURE_PERCENT, 1.0 - held_out->share);
    pl_buffer_add_text(&notes->out, " of the decisions and tried on the rest, ");
    if (choice->kind == PL_CHOICE_GROUPS) {
        pl_buffer_add_text(&notes->out, "thresholds ");
        pl_choice_words(notes->thresholds, choice->kind, &notes->out);
    } else {
        pl_buffer_add_text(&notes->out, "one threshold for all");
    }
    pl_buffer_add_text(&notes->out, ": ");
    add_change(notes, &choice->change);
    add_fitted_change(notes, choice->kind);
    pl_buffer_add_char(&notes->out, '.');
    if (choice->kind == PL_CHOICE_GROUPS) {
        pl_buffer_add_text(&notes->out, " Against one threshold for all, ");
        add_change(notes, &held_out->groups_against_one);
        pl_buffer_add_char(&notes->out, '.');
    }
    if (notes->thresholds->kept_count > 0)
        pl_buffer_add_text(&notes->out, choice->kept ? " What was to be kept is kept there as well."
                                                     : " What was to be kept is not kept there.");
    end_note(notes);
}

static void note_held_out(struct notes *notes)
{
    const struct pl_held_out *held_out = &notes->thresholds->held_out;

    if (!held_out->given) {
        pl_buffer_add_text(&notes->out,
                           "There are too few labelled decisions to hold some of them out, so "
                           "nothing says what these thresholds are worth on others.");
        end_note(notes);
        return;
    }
    for (size_t i = 1; i < notes->thresholds->choices_count; i++)
        note_held_out_choice(notes, &held_out->choices[i]);
}

void pl_threshold_notes(const struct pl_thresholds *thresholds, pl_note_write write, void *context)
{
    struct notes notes = {.thresholds = thresholds, .write = write, .context = context};

    pl_buffer_init(&notes.out, NOTE_SIZE_BYTES_MAX);
    for (size_t i = 1; i < thresholds->choices_count; i++)
        note_choice(&notes, &thresholds->choices[i]);
    note_held_out(&notes);
    if (thresholds->by != NULL) {
        pl_buffer_add_text(&notes.out, LEGAL);
        end_note(&notes);
    }
    pl_buffer_deinit(&notes.out);
}

void pl_threshold_method(const struct pl_threshold_result *result, struct pl_buffer *out)
{
    const struct pl_thresholds *thresholds = result->thresholds;
    const struct pl_measured *measured = thresholds->choices[0].measured;

    pl_buffer_add_text(out,
                       "Every distinct score was tried, and one above all; of equals, the "
                       "threshold that flips the fewest decisions was taken, then the one that "
                       "says yes to the fewest. The search goes by values; the states of "
                       "limits by intervals. Intervals are two-sided at ");
    pl_confidence_write(out, measured->confidence);
    pl_buffer_add_text(out, ", and those on all decisions do not know that the threshold was "
                            "picked. Data: ");
    pl_data_words(&result->data, out);
    pl_buffer_add_format(out, ". Seed %llu. plimsoll %s, %.2f s.",
                         (unsigned long long)measured->seed, result->version,
                         result->elapsed_seconds);
}
