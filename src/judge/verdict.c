/*
 * The verdict is the strictest that any reason allows. Risk first sets the best that evidence can
 * earn, by the table RISK_ROWS; then every finding, need and small slice may lower it, and each says
 * why.
 */
#include "judge/verdict.h"

#include "judge/sentence.h"

#include <stdlib.h>

#define TEXT_SIZE_BYTES_MAX  ((size_t)64 << 10)
#define SCALE_LARGE_PER_YEAR 1e6

/* Rows of the table of risk, mildest first. */
enum risk_row { RISK_MILD, RISK_MEDIUM, RISK_GRAVE, RISK_CATASTROPHIC };

struct verdict {
    const struct pl_verdict_inputs *inputs;
    struct pl_arena *arena;
    struct pl_reason *reasons;
    size_t count;
    size_t size;
};

static enum pl_status add_reason(struct verdict *verdict, const struct pl_reason *reason,
                                 struct pl_buffer *text, struct pl_error *error)
{
    struct pl_reason *added = &verdict->reasons[verdict->count];

    if (verdict->count == verdict->size)
        return pl_error_set(error, PL_E_LIMIT, "more than %zu reasons", verdict->size);
    PL_RETURN_IF(pl_buffer_check(text, "a reason", error));
    *added = *reason;
    added->text = pl_arena_copy(verdict->arena, pl_buffer_view(text));
    pl_buffer_reset(text);
    if (added->text.ptr == NULL)
        return pl_arena_error(verdict->arena, "the reasons", error);
    verdict->count++;
    return PL_OK;
}

static enum pl_verdict verdict_of_finding(const struct pl_line *line, enum pl_state state)
{
    static const enum pl_verdict UNPROVEN[] = {
        [PL_UNPROVEN_HOLD] = PL_VERDICT_HOLD,
        [PL_UNPROVEN_PASS] = PL_VERDICT_SHIP,
        [PL_UNPROVEN_FAIL] = PL_VERDICT_NO_SHIP,
    };

    if (state == PL_STATE_BREACH)
        return PL_VERDICT_NO_SHIP;
    return state == PL_STATE_CLEAR ? PL_VERDICT_SHIP : UNPROVEN[line->evidence.unproven];
}

static enum pl_reason_kind kind_of_finding(enum pl_state state)
{
    static const enum pl_reason_kind KINDS[] = {
        [PL_STATE_CLEAR] = PL_REASON_CLEAR,
        [PL_STATE_UNPROVEN] = PL_REASON_UNPROVEN,
        [PL_STATE_BREACH] = PL_REASON_BREACH,
    };

    return KINDS[state];
}

static enum pl_status add_findings(struct verdict *verdict, struct pl_buffer *text,
                                   struct pl_error *error)
{
    const struct pl_judgement *judgement = verdict->inputs->judgement;

    for (size_t i = 0; i < judgement->findings_count; i++) {
        const struct pl_finding *finding = &judgement->findings[i];
        const struct pl_reason reason = {
            .kind = kind_of_finding(finding->state),
            .verdict = verdict_of_finding(verdict->inputs->line, finding->state),
            .finding = finding,
        };

        if (finding->state == PL_STATE_CLEAR)
            continue;
        pl_finding_sentence(verdict->inputs->measured, finding, text);
        PL_RETURN_IF(add_reason(verdict, &reason, text, error));
    }
    return PL_OK;
}

static enum pl_status add_eval(struct verdict *verdict, const struct pl_eval_fact *fact,
                               struct pl_buffer *text, struct pl_error *error)
{
    const struct pl_reason reason = {
        .kind = fact->missing ? PL_REASON_NEED : kind_of_finding(fact->state),
        .verdict = fact->missing ? PL_VERDICT_HOLD
                                 : verdict_of_finding(verdict->inputs->line, fact->state),
    };

    pl_buffer_add_format(text, "Evals, %.*s: %.*s", PL_STR_ARG(fact->suite),
                         PL_STR_ARG(fact->sentence));
    return add_reason(verdict, &reason, text, error);
}

static enum pl_status add_evals(struct verdict *verdict, struct pl_buffer *text,
                                struct pl_error *error)
{
    const struct pl_record_facts *facts = verdict->inputs->facts;

    for (size_t i = 0; i < facts->evals_count; i++)
        if (facts->evals[i].state != PL_STATE_CLEAR)
            PL_RETURN_IF(add_eval(verdict, &facts->evals[i], text, error));
    return PL_OK;
}

/* Groups of missing values that are listed only were left out on purpose. */
static bool is_small(const struct pl_slice *slice)
{
    return slice->too_small && slice->aside != PL_ASIDE_MISSING;
}

static size_t count_small(const struct pl_measured *measured)
{
    size_t count = is_small(&measured->overall) ? 1 : 0;

    for (size_t g = 0; g < measured->groupings_count; g++)
        for (size_t i = 0; i < measured->groupings[g].slices_count; i++)
            count += is_small(&measured->groupings[g].slices[i]) ? 1 : 0;
    return count;
}

static enum pl_status add_small(struct verdict *verdict, struct pl_buffer *text,
                                struct pl_error *error)
{
    const struct pl_evidence *evidence = &verdict->inputs->line->evidence;
    const size_t count = count_small(verdict->inputs->measured);
    const struct pl_reason reason = {.kind = PL_REASON_SMALL, .verdict = PL_VERDICT_HOLD};

    if (evidence->small != PL_SMALL_HOLD || count == 0)
        return PL_OK;
    pl_sentence_count(text, count);
    pl_buffer_add_format(text, " slice%s %s fewer than %llu decisions", count == 1 ? "" : "s",
                         count == 1 ? "has" : "have", (unsigned long long)evidence->smallest_slice);
    if (evidence->smallest_share > 0.0)
        pl_buffer_add_format(text, ", or less than %.4g %% of them",
                             100.0 * evidence->smallest_share);
    pl_buffer_add_text(text, ", and the line says that slices too small to judge hold the "
                             "verdict.");
    return add_reason(verdict, &reason, text, error);
}

static enum pl_status add_needs(struct verdict *verdict, struct pl_buffer *text,
                                struct pl_error *error)
{
    const struct pl_line *line = verdict->inputs->line;
    const struct {
        enum pl_need need;
        bool met;
        const char *text;
    } needs[] = {
        {PL_NEED_RISK, line->risk.given, "The line needs `risk`, and does not declare it."},
        {PL_NEED_OWNER, line->owner.len > 0, "The line needs `owner`, and does not name one."},
        {PL_NEED_PURPOSE, line->purpose.given,
         "The line needs `purpose`, and does not declare it."},
        {PL_NEED_EXECUTIVE, verdict->inputs->facts->signed_executive,
         "The line needs the sign-off of the executive, and the ledger has none for this line and "
         "these data."},
        {PL_NEED_LEGAL, verdict->inputs->facts->signed_legal,
         "The line needs the sign-off of legal, and the ledger has none for this line and these "
         "data."},
    };
    const struct pl_reason reason = {.kind = PL_REASON_NEED, .verdict = PL_VERDICT_HOLD};

    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        if ((line->release.needs & needs[i].need) == 0 || needs[i].met)
            continue;
        pl_buffer_add_text(text, needs[i].text);
        PL_RETURN_IF(add_reason(verdict, &reason, text, error));
    }
    return PL_OK;
}

/* The strictest that all reasons so far allow. */
static enum pl_verdict strictest(const struct verdict *verdict)
{
    enum pl_verdict worst = PL_VERDICT_SHIP;

    for (size_t i = 0; i < verdict->count; i++)
        if (verdict->reasons[i].verdict > worst)
            worst = verdict->reasons[i].verdict;
    return worst;
}

static void add_card_words(struct pl_buffer *text, const struct pl_record_facts *facts,
                           enum pl_verdict but_for_card)
{
    static const char *const CHANGED[] = {
        [PL_CARD_LINE] = "its line has changed since",
        [PL_CARD_DATA] = "its data have changed since",
        [PL_CARD_FIGURES] = "its figures are others, by another version or another baseline",
    };

    if (facts->card == PL_CARD_NONE) {
        pl_buffer_add_text(text, "The line needs a current model card, and the ledger has none: no "
                                 "card, no ship.");
        return;
    }
    pl_buffer_add_format(text,
                         "The line needs a current model card, and that of block %llu is stale: ",
                         (unsigned long long)facts->card_block);
    if (facts->card == PL_CARD_SAME)
        pl_buffer_add_format(text, "it shows the verdict %s, which is %s by now.",
                             pl_verdict_name(facts->card_verdict), pl_verdict_name(but_for_card));
    else
        pl_buffer_add_format(text, "%s.", CHANGED[facts->card]);
}

/* The last of the reasons, since a card is current only while it shows what all others come to. */
static enum pl_status add_card(struct verdict *verdict, struct pl_buffer *text,
                               struct pl_error *error)
{
    const struct pl_record_facts *facts = verdict->inputs->facts;
    const struct pl_reason reason = {
        .kind = PL_REASON_NEED, .verdict = PL_VERDICT_HOLD, .for_card = true};
    struct pl_judgement *judgement = verdict->inputs->judgement;

    judgement->but_for_card = strictest(verdict);
    judgement->card_met = facts->card_met || (facts->card == PL_CARD_SAME &&
                                              facts->card_verdict == judgement->but_for_card);
    if ((verdict->inputs->line->release.needs & PL_NEED_CARD) == 0 || judgement->card_met)
        return PL_OK;
    add_card_words(text, facts, judgement->but_for_card);
    return add_reason(verdict, &reason, text, error);
}

static enum risk_row risk_row(const struct pl_risk *risk)
{
    enum risk_row row = RISK_MEDIUM;

    if (risk->severity == PL_SEVERITY_CATASTROPHIC)
        return RISK_CATASTROPHIC;
    if (risk->severity == PL_SEVERITY_LOW && risk->reversibility == PL_REVERSIBILITY_FULL)
        row = RISK_MILD;
    else if (risk->severity == PL_SEVERITY_HIGH && risk->reversibility == PL_REVERSIBILITY_NONE)
        row = RISK_GRAVE;
    if (risk->users == PL_USERS_VULNERABLE || risk->scale_per_year >= SCALE_LARGE_PER_YEAR)
        row++;
    return row;
}

/* The line's limits, and those of its evals. */
static bool all_clear(const struct pl_verdict_inputs *inputs)
{
    const struct pl_judgement *judgement = inputs->judgement;

    for (size_t i = 0; i < judgement->findings_count; i++)
        if (judgement->findings[i].state != PL_STATE_CLEAR)
            return false;
    for (size_t i = 0; i < inputs->facts->evals_count; i++)
        if (inputs->facts->evals[i].state != PL_STATE_CLEAR)
            return false;
    return judgement->findings_count + inputs->facts->evals_count > 0;
}

bool pl_finding_compares_groups(const struct pl_finding *finding)
{
    return finding->limit->comparator != PL_COMPARE_MIN &&
           finding->limit->comparator != PL_COMPARE_MAX && finding->limit->baseline == NULL;
}

/* A bias audit: at least one limit that compares groups, and every such limit clear. */
static bool bias_audit_clear(const struct pl_verdict_inputs *inputs)
{
    const struct pl_judgement *judgement = inputs->judgement;
    bool any = inputs->facts->evals_compare_groups;

    if (any && !inputs->facts->evals_groups_clear)
        return false;
    for (size_t i = 0; i < judgement->findings_count; i++) {
        const struct pl_finding *finding = &judgement->findings[i];

        if (!pl_finding_compares_groups(finding))
            continue;
        any = true;
        if (finding->state != PL_STATE_CLEAR)
            return false;
    }
    return any;
}

/* "Severity high, reversibility partial, users vulnerable, 10,000 decisions a year: " */
static void add_risk_words(struct pl_buffer *text, const struct pl_risk *risk)
{
    pl_buffer_add_format(text, "Severity %s, reversibility %s, users %s",
                         pl_severity_name(risk->severity),
                         pl_reversibility_name(risk->reversibility), pl_users_name(risk->users));
    if (risk->scale_per_year > 0.0) {
        pl_buffer_add_text(text, ", ");
        pl_sentence_count(text, (uint64_t)risk->scale_per_year);
        pl_buffer_add_text(text, " decisions a year");
    }
    pl_buffer_add_text(text, risk->given ? ": " : " (taken, as the line declares no risk): ");
}

/* The best verdict that the risk allows, and what would raise it. */
struct ceiling {
    enum pl_verdict verdict;
    const char *text;
};

static struct ceiling mild_ceiling(const struct pl_verdict_inputs *inputs)
{
    if (inputs->line->watch_given && all_clear(inputs))
        return (struct ceiling){PL_VERDICT_SHIP, "it may ship, under the watch that is declared."};
    return (struct ceiling){PL_VERDICT_SHIP_WITH_MONITORING,
                            inputs->line->watch_given
                                ? "it may ship with monitoring; without, once all limits are clear."
                                : "it may ship with monitoring; without, once a watch is declared "
                                  "and all limits are clear."};
}

static struct ceiling medium_ceiling(const struct pl_verdict_inputs *inputs)
{
    if (bias_audit_clear(inputs))
        return mild_ceiling(inputs);
    return (struct ceiling){PL_VERDICT_HUMAN_IN_THE_LOOP,
                            "a person must stay in the loop until a bias audit is clear (limits "
                            "between groups, all clear)."};
}

static struct ceiling grave_ceiling(const struct pl_verdict_inputs *inputs)
{
    if (inputs->facts->signed_executive && inputs->facts->signed_legal)
        return medium_ceiling(inputs);
    return (struct ceiling){PL_VERDICT_HOLD,
                            "it must be held until the sign-offs of executive and legal are in "
                            "the ledger."};
}

static struct ceiling catastrophic_ceiling(const struct pl_verdict_inputs *inputs)
{
    (void)inputs;
    return (struct ceiling){PL_VERDICT_NO_SHIP, "it may not ship, whatever the evidence."};
}

static enum pl_status add_risk(struct verdict *verdict, struct pl_buffer *text,
                               struct pl_error *error)
{
    static struct ceiling (*const RISK_ROWS[])(const struct pl_verdict_inputs *) = {
        [RISK_MILD] = mild_ceiling,
        [RISK_MEDIUM] = medium_ceiling,
        [RISK_GRAVE] = grave_ceiling,
        [RISK_CATASTROPHIC] = catastrophic_ceiling,
    };
    const struct pl_risk *risk = &verdict->inputs->line->risk;
    const struct ceiling ceiling = RISK_ROWS[risk_row(risk)](verdict->inputs);
    const struct pl_reason reason = {.kind = PL_REASON_RISK, .verdict = ceiling.verdict};

    add_risk_words(text, risk);
    pl_buffer_add_text(text, ceiling.text);
    return add_reason(verdict, &reason, text, error);
}

static enum pl_status add_clear(struct verdict *verdict, struct pl_buffer *text,
                                struct pl_error *error)
{
    const struct pl_reason reason = {.kind = PL_REASON_CLEAR, .verdict = PL_VERDICT_SHIP};
    const size_t count = verdict->inputs->judgement->findings_count;
    const size_t evals = verdict->inputs->facts->evals_count;

    if (!all_clear(verdict->inputs))
        return PL_OK;
    if (count > 0)
        pl_buffer_add_format(text, count == 1 ? "The limit is clear." : "All %zu limits are clear.",
                             count);
    if (evals > 0)
        pl_buffer_add_format(text, "%s%s clear.", count > 0 ? " " : "",
                             evals == 1 ? "The suite of evals is" : "All suites of evals are");
    return add_reason(verdict, &reason, text, error);
}

/* Strictest first; among equals in the order they were given, by kind. */
static int compare_reasons(const void *a, const void *b)
{
    const struct pl_reason *first = a;
    const struct pl_reason *second = b;

    if (first->verdict != second->verdict)
        return first->verdict > second->verdict ? -1 : 1;
    if (first->kind != second->kind)
        return first->kind < second->kind ? -1 : 1;
    return (first->finding > second->finding) - (first->finding < second->finding);
}

static enum pl_status collect(struct verdict *verdict, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};

    pl_buffer_init(&text, TEXT_SIZE_BYTES_MAX);
    PL_RETURN_IF(add_findings(verdict, &text, error));
    PL_RETURN_IF(add_evals(verdict, &text, error));
    PL_RETURN_IF(add_small(verdict, &text, error));
    PL_RETURN_IF(add_needs(verdict, &text, error));
    PL_RETURN_IF(add_risk(verdict, &text, error));
    PL_RETURN_IF(add_clear(verdict, &text, error));
    return add_card(verdict, &text, error);
}

enum pl_status pl_verdict_make(const struct pl_verdict_inputs *inputs, struct pl_arena *arena,
                               struct pl_error *error)
{
    struct pl_judgement *judgement = inputs->judgement;
    struct verdict verdict = {
        .inputs = inputs,
        .arena = arena,
        .size = judgement->findings_count + inputs->facts->evals_count + 16,
    };

    verdict.reasons = pl_arena_alloc_array(arena, verdict.size, sizeof *verdict.reasons);
    if (verdict.reasons == NULL)
        return pl_arena_error(arena, "the reasons", error);
    PL_RETURN_IF(collect(&verdict, error));
    qsort(verdict.reasons, verdict.count, sizeof *verdict.reasons, compare_reasons);
    judgement->reasons = verdict.reasons;
    judgement->reasons_count = verdict.count;
    judgement->verdict = verdict.reasons[0].verdict;
    judgement->allowed = inputs->line->release.allow[judgement->verdict];
    return PL_OK;
}
