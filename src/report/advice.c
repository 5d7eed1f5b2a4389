/*
 * What one can do about a verdict: for each limit that is crossed how far it is off, for each that
 * is unproven what would settle it, and what the release still needs.
 */
#include "report/wording.h"

#define ADVICE_SIZE_BYTES_MAX 65536

/* What a limit asks of its value, in the words of a request. */
static const struct {
    const char *begin;   /* before the measure's name */
    const char *of;      /* between it and the slice */
    const char *against; /* between the slice and the one it is compared with */
    const char *end;
} REQUESTS[] = {
    [PL_COMPARE_MIN] = {"Raise ", " in ", "", " or more"},
    [PL_COMPARE_MAX] = {"Lower ", " in ", "", " or less"},
    [PL_COMPARE_MIN_RATIO] = {"Raise the ratio of ", " of ", " to that of ", " or more"},
    [PL_COMPARE_MAX_RATIO] = {"Lower the ratio of ", " of ", " to that of ", " or less"},
    [PL_COMPARE_MAX_DIFFERENCE] = {"Narrow the difference in ", " between ", " and ", " or less"},
    [PL_COMPARE_MAX_RATIO_TO_OVERALL] = {"Lower the ratio of ", " of ", " to that of ", " or less"},
    [PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL] = {"Narrow the difference in ", " between ", " and ",
                                              " or less"},
    [PL_COMPARE_NON_INFERIOR_TO] = {"Improve ", " in ", "", ""},
    [PL_COMPARE_SUPERIOR_TO] = {"Improve ", " in ", "", ""},
};

/* A slice in a sentence: what is measured overall is about all decisions. */
static void add_slice(const struct pl_measured *measured, const struct pl_slice *slice,
                      struct pl_buffer *out)
{
    if (slice->crossing == NULL)
        pl_buffer_add_text(out, "all decisions");
    else
        pl_slice_words(measured, slice, out);
}

/* The limit stands, but the cause of the gap is not where one would look for it. */
static void add_note(const struct pl_measured *measured, const struct pl_mix *note,
                     struct pl_buffer *out)
{
    const struct pl_str strata = measured->cells->segments[note->strata].segment;

    pl_buffer_add_format(out,
                         " Look for the cause in the mix of %.*s first: inside it the gap points "
                         "the other way.",
                         PL_STR_ARG(strata));
}

/* "Lower false_positive_rate in race=A from 44.9 % to 30.0 % or less." */
static void advise_breach(const struct pl_measured *measured, const struct pl_finding *finding,
                          struct pl_buffer *out)
{
    const struct pl_case *one = finding->deciding;
    const enum pl_comparator comparator = finding->limit->comparator;
    const enum pl_figure figure = pl_figure_of_limit(measured, finding);

    pl_buffer_add_text(out, REQUESTS[comparator].begin);
    pl_buffer_add(out, measured->metrics[finding->metric_index].name);
    pl_buffer_add_text(out, REQUESTS[comparator].of);
    add_slice(measured, one->slice, out);
    if (one->against != NULL) {
        pl_buffer_add_text(out, REQUESTS[comparator].against);
        add_slice(measured, one->against, out);
    }
    if (finding->limit->baseline != NULL) {
        pl_buffer_add_text(out, " until it is ");
        pl_threshold_words(measured, finding, out);
        pl_buffer_add_char(out, '.');
        return;
    }
    if (one->reason == PL_DEFINED) {
        pl_buffer_add_text(out, " from ");
        pl_figure_write(out, figure, one->value);
    }
    pl_buffer_add_text(out, " to ");
    pl_figure_write(out, figure, finding->limit->threshold);
    pl_buffer_add_format(out, "%s.", REQUESTS[comparator].end);
    if (finding->note != NULL)
        add_note(measured, finding->note, out);
}

static void advise_unproven(const struct pl_measured *measured, const struct pl_finding *finding,
                            struct pl_buffer *out)
{
    const struct pl_case *one = finding->deciding;

    if (one->reason != PL_DEFINED) {
        pl_buffer_add_text(out, "Get more data for ");
        pl_case_words(measured, one, out);
        pl_buffer_add_format(out, ", which has no data for “%.*s”: %s.",
                             PL_STR_ARG(finding->limit->text), pl_undefined_text(one->reason));
        return;
    }
    if (one->needed == 0) {
        pl_case_words(measured, one, out);
        pl_buffer_add_format(out,
                             " lies so near the limit “%.*s” that more decisions alone will not "
                             "settle it.",
                             PL_STR_ARG(finding->limit->text));
        return;
    }
    pl_buffer_add_text(out, "Collect about ");
    pl_plural_write(out, one->needed, "more decision in ", "more decisions in ");
    add_slice(measured, one->slice, out);
    if (measured->cells->clusters != NULL)
        pl_buffer_add_text(out, ", in new groups like these");
    pl_buffer_add_format(out, "; at the present estimate that settles “%.*s”.",
                         PL_STR_ARG(finding->limit->text));
}

static void advise_finding(const struct pl_measured *measured, const struct pl_finding *finding,
                           struct pl_buffer *out)
{
    if (finding->deciding == NULL)
        pl_buffer_add_format(out, "Get data for “%.*s”: there is no slice to judge.",
                             PL_STR_ARG(finding->limit->text));
    else if (finding->state == PL_STATE_BREACH)
        advise_breach(measured, finding, out);
    else
        advise_unproven(measured, finding, out);
}

/* What holds the verdict besides the limits; each is said once. */
static const struct {
    enum pl_reason_kind kind;
    bool for_card; /* the want of a card, and no other need */
    const char *advice;
} OTHERS[] = {
    {PL_REASON_SMALL, false,
     "Collect more decisions in the slices that are too small, or merge groups "
     "that belong together."},
    {PL_REASON_NEED, false, "Supply what release.needs asks for."},
    {PL_REASON_NEED, true,
     "Write the card of this verdict, `plimsoll card -o card.md`, and run the gate again."},
    {PL_REASON_RISK, false,
     "The risk that the line declares caps the verdict, whatever the figures; only "
     "what is said above lifts it."},
};

/* A reason stands in the way only while it allows no better verdict than the one given, or one that
   the line does not allow. */
static bool has_reason(const struct pl_gate_result *result, enum pl_reason_kind kind, bool for_card)
{
    const struct pl_judgement *judgement = result->judgement;

    for (size_t i = 0; i < judgement->reasons_count; i++)
        if (judgement->reasons[i].kind == kind && judgement->reasons[i].for_card == for_card &&
            !result->line->release.allow[judgement->reasons[i].verdict])
            return true;
    return false;
}

/* Gives one sentence to the caller, and counts it. */
struct advice {
    struct pl_buffer text;
    size_t left;
    pl_advice_write write;
    void *context;
};

static void give(struct advice *advice)
{
    advice->write(pl_buffer_view(&advice->text), advice->context);
    pl_buffer_reset(&advice->text);
    advice->left--;
}

static void advise_state(const struct pl_gate_result *result, enum pl_state state,
                         struct advice *advice)
{
    const struct pl_judgement *judgement = result->judgement;

    for (size_t i = 0; i < judgement->findings_count && advice->left > 0; i++) {
        if (judgement->findings[i].state != state)
            continue;
        advise_finding(result->measured, &judgement->findings[i], &advice->text);
        give(advice);
    }
}

void pl_advice_each(const struct pl_gate_result *result, size_t advice_max, pl_advice_write write,
                    void *context)
{
    struct advice advice = {.left = advice_max, .write = write, .context = context};

    pl_buffer_init(&advice.text, ADVICE_SIZE_BYTES_MAX);
    advise_state(result, PL_STATE_BREACH, &advice);
    advise_state(result, PL_STATE_UNPROVEN, &advice);
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS && advice.left > 0; i++) {
        if (!has_reason(result, OTHERS[i].kind, OTHERS[i].for_card))
            continue;
        pl_buffer_add_text(&advice.text, OTHERS[i].advice);
        give(&advice);
    }
    pl_buffer_deinit(&advice.text);
}
