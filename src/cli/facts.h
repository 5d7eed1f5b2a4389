/* What the record says that a judgement depends on, and whether the record can be trusted at all.
 */
#ifndef PL_CLI_FACTS_H
#define PL_CLI_FACTS_H

#include "judge/judge.h"
#include "ledger/ledger.h"

/* What facts must be about: hashes of the line's bytes and of its data (NULL when there are none). */
struct pl_facts_about {
    const char *line_hash;
    const char *data_hash;
    struct pl_str feature;
};

/* Hashes of the results of the newest runs on the record. */
#define PL_FACTS_RUNS_MAX 256

/* The facts, and which figures the card on the record shows. */
struct pl_facts {
    struct pl_record_facts record;
    char card_figures[PL_LEDGER_HASH_TEXT_SIZE]; /* empty: there is no such card */
    char runs[PL_FACTS_RUNS_MAX][PL_LEDGER_HASH_TEXT_SIZE];
    size_t runs_count; /* that were recorded at all; run i stands at i modulo the maximum */
};

/*
 * Verifies the whole ledger in `folder` and gathers the facts about this line and these data. A folder
 * that does not exist has no facts. A chain that does not hold is PL_E_CORRUPT and names the block:
 * nothing may be added to it. Of a card of this line and these data it says PL_CARD_FIGURES, until
 * pl_facts_compare has seen the figures.
 */
PL_MUST_CHECK enum pl_status pl_facts_read(const char *folder, const struct pl_facts_about *about,
                                           struct pl_facts *ret_facts, struct pl_error *error);

/* Whether a run of evals with results of this hash is among the newest on the record. */
bool pl_facts_have_run(const struct pl_facts *facts, const char *results_hash);

/* Says PL_CARD_SAME of a card that shows the figures of this hash. */
void pl_facts_compare(struct pl_facts *facts, const char *figures_hash);

#endif
