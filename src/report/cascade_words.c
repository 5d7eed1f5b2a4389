/* Sentences about a cascade: what to deliver, what is promised, what it costs, and whether it pays.
 */
#include "report/cascade.h"
#include "report/wording.h"

#include <math.h>

#define NOTE_SIZE_BYTES_MAX ((size_t)64 << 10)

struct notes {
    const struct pl_cascade_result *result;
    const struct pl_cascade_fit *fit;
    struct pl_buffer out;
    pl_cascade_note write;
    void *context;
};

struct pl_str pl_cascade_model(const struct pl_cascade_fit *fit, size_t tier)
{
    return fit->data->tiers[tier].model;
}

static struct pl_str last_model(const struct pl_cascade_fit *fit)
{
    return pl_cascade_model(fit, fit->data->tiers_count - 1);
}

const char *pl_cascade_test_name(const struct pl_cascade_fit *fit)
{
    static const char *const NAMES[] = {
        [PL_TEST_BINOMIAL] = "binomial",
        [PL_TEST_HOEFFDING_BENTKUS] = "hoeffding_bentkus",
        [PL_TEST_WAGER] = "wager",
    };

    return NAMES[pl_cascade_test_of(fit)];
}

static void add_code(struct pl_buffer *out, struct pl_str text)
{
    pl_buffer_add_format(out, "`%.*s`", PL_STR_ARG(text));
}

static void add_percent(struct pl_buffer *out, double share)
{
    pl_figure_write(out, PL_FIGURE_PERCENT, share);
}

static void add_estimate(struct pl_buffer *out, enum pl_figure figure,
                         const struct pl_estimate *estimate)
{
    if (estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_text(out, "no data");
        return;
    }
    pl_figure_write(out, figure, estimate->value);
    pl_buffer_add_char(out, ' ');
    pl_interval_write(out, figure, estimate->low, estimate->high);
}

void pl_cascade_amount(double amount, struct pl_buffer *out)
{
    pl_buffer_add_format(out, fabs(amount) < 1000.0 ? "%.3g" : "%.0f", amount);
}

void pl_cascade_cost(const struct pl_estimate *cost, struct pl_buffer *out)
{
    if (cost->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_text(out, "no data");
        return;
    }
    pl_cascade_amount(cost->value, out);
    pl_buffer_add_text(out, " [");
    pl_cascade_amount(cost->low, out);
    pl_buffer_add_text(out, ", ");
    pl_cascade_amount(cost->high, out);
    pl_buffer_add_char(out, ']');
}

void pl_baseline_words(const struct pl_cascade_fit *fit, const struct pl_cascade_baseline *baseline,
                       struct pl_buffer *out)
{
    if (baseline->kind == PL_BASELINE_MIXTURE && baseline->tier != baseline->other) {
        pl_buffer_add_text(out, "at random: ");
        add_percent(out, baseline->share);
        pl_buffer_add_char(out, ' ');
        add_code(out, pl_cascade_model(fit, baseline->other));
        pl_buffer_add_text(out, ", else ");
        add_code(out, pl_cascade_model(fit, baseline->tier));
        return;
    }
    if (baseline->kind == PL_BASELINE_RULE) {
        pl_buffer_add_text(out, "rule ");
        add_code(out, fit->data->rules[baseline->rule].when);
        pl_buffer_add_text(out, " to ");
    }
    add_code(out, pl_cascade_model(fit, baseline->tier));
    if (baseline->kind != PL_BASELINE_RULE)
        pl_buffer_add_text(out, " alone");
}

/* "`small` from 0.87 on, `medium` always"; false when no tier before the last is
 * asked. */
static bool add_policy(const struct pl_cascade_fit *fit, const struct pl_policy *policy,
                       struct pl_buffer *out)
{
    bool any = false;

    for (size_t t = 0; t + 1 < fit->data->tiers_count; t++) {
        if (isinf(policy->deliver_at[t]))
            continue;
        pl_buffer_add_text(out, any ? ", " : "");
        add_code(out, pl_cascade_model(fit, t));
        if (policy->deliver_at[t] > 0.0)
            pl_buffer_add_format(out, " from %.10g on", policy->deliver_at[t]);
        else
            pl_buffer_add_text(out, " always");
        any = true;
    }
    return any;
}

/* "at least 90.0 % of answers are right", "the quality is at most 1.0 points below that of `large`
 * alone". */
static void add_bound(const struct pl_cascade_fit *fit, struct pl_buffer *out)
{
    if (fit->options.bound == PL_BOUND_LOSS) {
        pl_buffer_add_text(out, "the quality is at most ");
        pl_figure_write(out, PL_FIGURE_POINTS, fit->options.level);
        pl_buffer_add_text(out, " below that of ");
        add_code(out, last_model(fit));
        pl_buffer_add_text(out, " alone");
    } else {
        pl_buffer_add_text(out, fit->binary ? "at least " : "the quality is at least ");
        add_percent(out, fit->options.level);
        pl_buffer_add_text(out, fit->binary ? " of answers are right" : "");
    }
}

void pl_cascade_verdict(const struct pl_cascade_fit *fit, struct pl_buffer *out)
{
    const size_t before = out->len;

    if (!fit->chosen_given) {
        pl_buffer_add_text(out, "No thresholds: not even of ");
        add_code(out, last_model(fit));
        pl_buffer_add_text(out, " alone can it be shown that ");
        add_bound(fit, out);
        pl_buffer_add_char(out, '.');
        return;
    }
    pl_buffer_add_text(out, "Deliver ");
    if (add_policy(fit, &fit->chosen.policy, out)) {
        pl_buffer_add_text(out, ", else ask ");
        add_code(out, last_model(fit));
        pl_buffer_add_char(out, '.');
        return;
    }
    pl_buffer_cut(out, before);
    pl_buffer_add_text(out, "Ask ");
    add_code(out, last_model(fit));
    pl_buffer_add_text(out, " alone: nothing cheaper can be shown to keep the bound.");
}

static void end_note(struct notes *notes)
{
    notes->write(pl_buffer_view(&notes->out), notes->context);
    pl_buffer_reset(&notes->out);
}

static void note_promise(struct notes *notes)
{
    const struct pl_cascade_fit *fit = notes->fit;

    if (fit->options.procedure == PL_PROCEDURE_CONFORMAL) {
        pl_buffer_add_text(&notes->out, "In expectation, and with no confidence, ");
    } else {
        pl_buffer_add_text(&notes->out, "With ");
        pl_confidence_write(&notes->out, fit->options.confidence);
        pl_buffer_add_text(&notes->out, " confidence ");
    }
    add_bound(fit, &notes->out);
    pl_buffer_add_text(&notes->out, ". Seen: ");
    add_estimate(&notes->out, PL_FIGURE_PERCENT, &fit->chosen.quality);
    pl_buffer_add_text(&notes->out, " on ");
    pl_plural_write(&notes->out, fit->shown_count, "request", "requests");
    pl_buffer_add_text(&notes->out, fit->options.held_out_share > 0.0
                                        ? " that had no part in the choice."
                                        : ", those that the choice was made on.");
    end_note(notes);
}

static void note_cost(struct notes *notes)
{
    const struct pl_cascade_fit *fit = notes->fit;
    const double strong = fit->baselines[fit->data->tiers_count - 1].result.cost.value;
    const double change = strong > 0.0 ? fit->chosen.cost.value / strong - 1.0 : 0.0;

    pl_buffer_add_text(&notes->out, "A request costs ");
    pl_cascade_cost(&fit->chosen.cost, &notes->out);
    pl_buffer_add_text(&notes->out, ", every call counted");
    if (fabs(change) > 0.0) {
        pl_buffer_add_text(&notes->out, ": ");
        add_percent(&notes->out, fabs(change));
        pl_buffer_add_text(&notes->out, change < 0.0 ? " less than " : " more than ");
        add_code(&notes->out, last_model(fit));
        pl_buffer_add_text(&notes->out, " alone");
    }
    pl_buffer_add_char(&notes->out, '.');
    end_note(notes);
}

static bool asks_the_last_alone(const struct pl_cascade_fit *fit)
{
    for (size_t t = 0; t + 1 < fit->data->tiers_count; t++)
        if (isfinite(fit->chosen.policy.deliver_at[t]))
            return false;
    return true;
}

/* Why it does not pay, by baseline. */
static void note_doubts(struct notes *notes)
{
    const struct pl_cascade_fit *fit = notes->fit;

    if (asks_the_last_alone(fit)) {
        pl_buffer_add_text(&notes->out, "There is no cascade to be had: leave the tiers before the "
                                        "last out of the route, or label more requests.");
        end_note(notes);
        return;
    }

    if (fit->doubts == 0)
        pl_buffer_add_text(
            &notes->out, "The cascade pays: it is cheaper than every tier and rule that keeps the "
                         "bound, and than a random mixture of the same quality.");
    else
        pl_buffer_add_text(&notes->out, "The cascade does not pay:");
    if ((fit->doubts & PL_DOUBT_STRONG) != 0) {
        pl_buffer_add_text(&notes->out, " it is not shown to be cheaper than ");
        add_code(&notes->out, last_model(fit));
        pl_buffer_add_text(&notes->out, " alone;");
    }
    for (size_t i = 0; i < fit->baselines_count; i++) {
        const struct pl_cascade_baseline *baseline = &fit->baselines[i];
        const bool is_last =
            baseline->kind == PL_BASELINE_TIER && baseline->tier + 1 == fit->data->tiers_count;

        if (fit->doubts == 0 || is_last || baseline->cost_more.high < 0.0 ||
            (!baseline->keeps && baseline->kind != PL_BASELINE_MIXTURE))
            continue;
        pl_buffer_add_char(&notes->out, ' ');
        pl_baseline_words(fit, baseline, &notes->out);
        pl_buffer_add_text(&notes->out, baseline->kind == PL_BASELINE_MIXTURE
                                            ? " is as good, and not shown to be dearer;"
                                            : " keeps the bound, and is not shown to be dearer;");
    }
    if (fit->doubts != 0) {
        pl_buffer_cut(&notes->out, notes->out.len - 1);
        pl_buffer_add_char(&notes->out, '.');
    }
    end_note(notes);
}

static void note_conformal(struct notes *notes)
{
    const struct pl_cascade_fit *fit = notes->fit;

    pl_buffer_add_text(&notes->out, "Conformal risk control, which bounds the expected loss and "
                                    "promises no confidence, would ");
    if (!fit->conformal_given) {
        pl_buffer_add_text(&notes->out, "choose nothing.");
        end_note(notes);
        return;
    }
    pl_buffer_add_text(&notes->out, "deliver ");
    if (!add_policy(fit, &fit->conformal.policy, &notes->out))
        pl_buffer_add_format(&notes->out, "`%.*s` alone", PL_STR_ARG(last_model(fit)));
    pl_buffer_add_text(&notes->out, ": quality ");
    add_estimate(&notes->out, PL_FIGURE_PERCENT, &fit->conformal.quality);
    pl_buffer_add_text(&notes->out, ", cost ");
    pl_cascade_cost(&fit->conformal.cost, &notes->out);
    pl_buffer_add_char(&notes->out, '.');
    end_note(notes);
}

static void note_present(struct notes *notes)
{
    const struct pl_cascade_fit *fit = notes->fit;

    if (!fit->present_given)
        return;
    pl_buffer_add_text(&notes->out, "The line's own thresholds, with these signals calibrated, ");
    pl_buffer_add_text(&notes->out, fit->present_keeps
                                        ? "are shown to keep the bound: quality "
                                        : "are not shown to keep the bound: quality ");
    add_estimate(&notes->out, PL_FIGURE_PERCENT, &fit->present.quality);
    pl_buffer_add_text(&notes->out, ", cost ");
    pl_cascade_cost(&fit->present.cost, &notes->out);
    pl_buffer_add_char(&notes->out, '.');
    end_note(notes);
}

static void note_wanted(struct notes *notes)
{
    const struct pl_cascade_fit *fit = notes->fit;
    const double share = 1.0 - fit->options.calibration_share - fit->options.held_out_share;
    const struct pl_policy_result *strong = &fit->baselines[fit->data->tiers_count - 1].result;

    add_code(&notes->out, last_model(fit));
    pl_buffer_add_text(&notes->out, " alone: quality ");
    add_estimate(&notes->out, PL_FIGURE_PERCENT, &strong->quality);
    pl_buffer_add_text(&notes->out, ". ");
    if (fit->selection_wanted == 0) {
        pl_buffer_add_text(&notes->out, "If it is no better than that, no number of labels will "
                                        "do: ask for less, or put a better model last.");
    } else {
        pl_buffer_add_text(&notes->out, "If it stays as good, about ");
        pl_count_write(&notes->out, (uint64_t)ceil((double)fit->selection_wanted / share));
        pl_buffer_add_text(&notes->out, fit->data->groups != NULL
                                            ? " groups of labelled requests in all would do."
                                            : " labelled requests in all would do.");
    }
    end_note(notes);
}

static void note_left_out(struct notes *notes)
{
    const struct pl_cascade_fit *fit = notes->fit;

    if (fit->left_out > 0) {
        pl_plural_write(&notes->out, fit->left_out, "request lacks", "requests lack");
        pl_buffer_add_text(&notes->out,
                           " a label or a cost of some tier and had to be left out: if they are "
                           "harder than the others, quality is worse than shown.");
        end_note(notes);
    }
    for (size_t t = 0; t < fit->data->tiers_count; t++) {
        if (fit->signals[t].missing == 0)
            continue;
        pl_plural_write(&notes->out, fit->signals[t].missing, "answer", "answers");
        pl_buffer_add_text(&notes->out, " of ");
        add_code(&notes->out, pl_cascade_model(fit, t));
        pl_buffer_add_text(&notes->out, " had no signal: these climb, whatever the threshold.");
        end_note(notes);
    }
    if (notes->result->rules_unread > 0) {
        pl_plural_write(&notes->out, notes->result->rules_unread, "rule of the line speaks",
                        "rules of the line speak");
        pl_buffer_add_text(&notes->out, " of columns that the data lack, and could not be tried.");
        end_note(notes);
    }
}

void pl_cascade_notes(const struct pl_cascade_result *result, pl_cascade_note write, void *context)
{
    struct notes notes = {.result = result, .fit = result->fit, .write = write, .context = context};

    pl_buffer_init(&notes.out, NOTE_SIZE_BYTES_MAX);
    if (result->fit->chosen_given) {
        note_promise(&notes);
        note_cost(&notes);
        note_doubts(&notes);
    } else {
        note_wanted(&notes);
    }
    note_present(&notes);
    if (result->fit->options.procedure != PL_PROCEDURE_CONFORMAL)
        note_conformal(&notes);
    note_left_out(&notes);
    pl_buffer_deinit(&notes.out);
}

static void add_split(const struct pl_cascade_fit *fit, struct pl_buffer *out)
{
    pl_buffer_add_text(out, fit->data->groups != NULL ? "Split by a hash of the group: "
                                                      : "Split by a hash of the id: ");
    pl_count_write(out, fit->calibration_count);
    pl_buffer_add_text(out, " calibrate the signals (isotonic regression), ");
    pl_count_write(out, fit->selection_count);
    pl_buffer_add_text(out, " choose the thresholds");
    if (fit->options.held_out_share > 0.0) {
        pl_buffer_add_text(out, ", ");
        pl_count_write(out, fit->held_out_count);
        pl_buffer_add_text(out, " are held out and show what the choice is worth");
    }
    pl_buffer_add_text(out, ". ");
}

static void add_settings(const struct pl_cascade_fit *fit, struct pl_buffer *out)
{
    static const char *const WAYS[] = {
        [PL_PROCEDURE_SEQUENCE] = " from the last tier alone on, each tested in its turn until one "
                                  "cannot be shown to keep the bound",
        [PL_PROCEDURE_BONFERRONI] = ", each tested at its share of the risk (Bonferroni)",
        [PL_PROCEDURE_CONFORMAL] =
            " from the last tier alone on, until the expected loss, with the "
            "worst so far of every request, is above the bound",
    };
    const bool is_conformal = fit->options.procedure == PL_PROCEDURE_CONFORMAL;

    pl_buffer_add_text(out, is_conformal ? "Conformal risk control: " : "Learn-then-test: ");
    pl_plural_write(out, fit->path_count, "setting", "settings");
    pl_buffer_add_text(out, WAYS[fit->options.procedure]);
}

static void add_tests(const struct pl_cascade_fit *fit, struct pl_buffer *out)
{
    static const char *const TESTS[] = {
        [PL_TEST_BINOMIAL] = "exact binomial tests",
        [PL_TEST_HOEFFDING_BENTKUS] = "the inequality of Hoeffding and Bentkus",
        [PL_TEST_WAGER] = "wagers",
    };
    const bool is_conformal = fit->options.procedure == PL_PROCEDURE_CONFORMAL;

    if (!is_conformal)
        pl_buffer_add_format(out, ", by %s", TESTS[pl_cascade_test_of(fit)]);
    if (fit->options.bound == PL_BOUND_LOSS)
        pl_buffer_add_text(out, " on the paired differences");
    if (fit->data->groups != NULL) {
        pl_buffer_add_text(out, " on ");
        pl_plural_write(out, fit->selection_units, "group", "groups");
    }
    pl_buffer_add_text(out, "; ");
    pl_count_write(out, fit->kept_count);
    pl_buffer_add_text(out, is_conformal ? " keep it, and the last is taken. "
                                         : " keep it, and the cheapest is taken. ");
}

void pl_cascade_method(const struct pl_cascade_result *result, struct pl_buffer *out)
{
    const struct pl_cascade_fit *fit = result->fit;

    pl_buffer_add_format(out, "%.*s: ", PL_STR_ARG(result->data_file));
    pl_plural_write(out, fit->data->count, "request", "requests");
    pl_buffer_add_text(out, ". ");
    add_split(fit, out);
    add_settings(fit, out);
    add_tests(fit, out);
    pl_buffer_add_text(out,
                       "The promise is for requests like these; costs, qualities and intervals (");
    pl_confidence_write(out, fit->options.confidence);
    pl_buffer_add_text(out, fit->options.held_out_share > 0.0
                                ? ") are of the requests that were held out. "
                                : ") are of the requests that the choice was made on. ");
    pl_buffer_add_text(out, fit->data->groups != NULL ? "Groups" : "Requests");
    pl_buffer_add_format(out, " are taken as independent. Seed %llu. plimsoll %s.",
                         (unsigned long long)fit->options.seed, result->version);
}
