/*
 * Facts from the ledger. A record of kind "card" has a body with "feature", "line_hash", "data_hash",
 * "figures_hash" and "but_for_card", a verdict; one of kind "signoff" has "line_hash", "data_hash" and
 * a "role", "executive" or "legal". Sign-offs with other hashes are about another line or other data:
 * they have expired, and count for nothing. One of kind "eval" has "run" with "results_hash". Of the cards the latest counts among those that are most
 * about this line and these data.
 */
#include "cli/facts.h"

#include "base/file.h"
#include "ledger/body.h"

#include <stdio.h>
#include <string.h>

#define BODY_SIZE_BYTES_MAX ((size_t)64 << 20)

struct gathering {
    const struct pl_facts_about *about;
    struct pl_facts facts;
};

/* The verdict of that name; the strictest when there is none. */
static enum pl_verdict verdict_of(struct pl_str name)
{
    for (int i = 0; i < PL_VERDICTS_COUNT; i++)
        if (pl_str_equal_text(name, pl_verdict_name((enum pl_verdict)i)))
            return (enum pl_verdict)i;
    return PL_VERDICT_NO_SHIP;
}

static enum pl_card_match match_of(const struct pl_body *body, const struct pl_facts_about *about)
{
    if (!pl_body_member_is(body, "line_hash", about->line_hash)) {
        const struct pl_str feature = pl_body_text(pl_body_get(body, "feature"));

        return pl_str_equal(feature, about->feature) ? PL_CARD_LINE : PL_CARD_NONE;
    }
    return pl_body_member_is(body, "data_hash", about->data_hash) ? PL_CARD_FIGURES : PL_CARD_DATA;
}

static void take_card(struct gathering *gathering, uint64_t block, const struct pl_body *body)
{
    const enum pl_card_match match = match_of(body, gathering->about);
    const struct pl_str figures = pl_body_text(pl_body_get(body, "figures_hash"));
    struct pl_facts *facts = &gathering->facts;

    if (match == PL_CARD_NONE || match < facts->record.card)
        return;
    facts->record.card = match;
    facts->record.card_block = block;
    facts->record.card_verdict = verdict_of(pl_body_text(pl_body_get(body, "but_for_card")));
    (void)snprintf(facts->card_figures, sizeof facts->card_figures, "%.*s", PL_STR_ARG(figures));
}

static void take_sign_off(struct gathering *gathering, const struct pl_body *body)
{
    struct pl_record_facts *facts = &gathering->facts.record;

    if (match_of(body, gathering->about) != PL_CARD_FIGURES)
        return;
    facts->signed_executive |= pl_body_member_is(body, "role", "executive");
    facts->signed_legal |= pl_body_member_is(body, "role", "legal");
}

static void take_run(struct pl_facts *facts, const struct pl_body *body)
{
    const struct pl_str hash = pl_body_text(pl_body_get(pl_body_get(body, "run"), "results_hash"));

    (void)snprintf(facts->runs[facts->runs_count++ % PL_FACTS_RUNS_MAX], PL_LEDGER_HASH_TEXT_SIZE,
                   "%.*s", PL_STR_ARG(hash));
}

static enum pl_status visit(const struct pl_ledger_record *record, void *context,
                            struct pl_error *error)
{
    struct gathering *gathering = context;
    const bool is_card = pl_str_equal_text(record->kind, "card");
    const bool is_eval = pl_str_equal_text(record->kind, "eval");
    PL_CLEANUP(pl_arena_deinit) struct pl_arena arena = {0};
    struct pl_body *body = NULL;

    if (!is_card && !is_eval && !pl_str_equal_text(record->kind, "signoff"))
        return PL_OK;
    pl_arena_init(&arena, BODY_SIZE_BYTES_MAX);
    if (pl_body_read(record->body, &arena, &body, error) != PL_OK)
        return pl_error_set(error, PL_E_CORRUPT, "record %llu of the ledger is not a JSON object",
                            (unsigned long long)record->sequence);
    if (is_card)
        take_card(gathering, record->block, body);
    else if (is_eval)
        take_run(&gathering->facts, body);
    else
        take_sign_off(gathering, body);
    return PL_OK;
}

enum pl_status pl_facts_read(const char *folder, const struct pl_facts_about *about,
                             struct pl_facts *ret_facts, struct pl_error *error)
{
    struct gathering gathering = {.about = about};
    struct pl_ledger_check check = {0};

    if (!pl_file_exists(folder)) {
        *ret_facts = gathering.facts;
        return PL_OK;
    }
    PL_RETURN_IF(pl_ledger_verify(folder, NULL, visit, &gathering, &check, error));
    if (check.bad_block != 0)
        return pl_error_set(error, PL_E_CORRUPT,
                            "the ledger %s does not hold, and nothing is added to it: %s", folder,
                            check.problem);
    *ret_facts = gathering.facts;
    return PL_OK;
}

void pl_facts_compare(struct pl_facts *facts, const char *figures_hash)
{
    if (facts->record.card == PL_CARD_FIGURES && strcmp(facts->card_figures, figures_hash) == 0)
        facts->record.card = PL_CARD_SAME;
}

bool pl_facts_have_run(const struct pl_facts *facts, const char *results_hash)
{
    for (size_t i = 0; i < facts->runs_count && i < PL_FACTS_RUNS_MAX; i++)
        if (strcmp(facts->runs[i], results_hash) == 0)
            return true;
    return false;
}
