/* Finding the run of each suite that counts, and saying what it comes to in sentences for the verdict. */
#include "cli/suites.h"

#include "cli/eval_run.h"
#include "judge/sentence.h"

#define TEXT_SIZE_BYTES_MAX ((size_t)64 << 10)

struct gathering {
    struct pl_suites *suites;
    size_t facts_max;
    struct pl_arena *arena;
    struct pl_buffer text;
};

static enum pl_status add_fact(struct gathering *gathering, const struct pl_eval_fact *fact,
                               struct pl_error *error)
{
    struct pl_suites *suites = gathering->suites;
    struct pl_eval_fact *added = &suites->facts[suites->facts_count];

    if (suites->facts_count == gathering->facts_max)
        return pl_error_set(error, PL_E_LIMIT, "more than %zu findings of evals",
                            gathering->facts_max);
    *added = *fact;
    added->sentence = pl_arena_copy(gathering->arena, fact->sentence);
    if (added->sentence.ptr == NULL)
        return pl_arena_error(gathering->arena, "the findings of evals", error);
    suites->facts_count++;
    return PL_OK;
}

static enum pl_status add_missing(struct gathering *gathering, const struct pl_suite *suite,
                                  const char *what, struct pl_error *error)
{
    struct pl_eval_fact fact = {.suite = suite->name, .state = PL_STATE_UNPROVEN, .missing = true};

    pl_buffer_reset(&gathering->text);
    pl_buffer_add_format(&gathering->text, "%s; run `plimsoll eval --suite %.*s`.", what,
                         PL_STR_ARG(suite->name));
    fact.sentence = pl_buffer_view(&gathering->text);
    return add_fact(gathering, &fact, error);
}

static enum pl_status add_findings(struct gathering *gathering,
                                   const struct pl_suite_judged *judged, struct pl_error *error)
{
    struct pl_eval_fact fact = {.suite = judged->suite->name};

    for (size_t i = 0; i < judged->judgement->findings_count; i++) {
        const struct pl_finding *finding = &judged->judgement->findings[i];

        if (pl_finding_compares_groups(finding)) {
            gathering->suites->compare_groups = true;
            gathering->suites->groups_clear &= judged->state == PL_STATE_CLEAR;
        }
        if (finding->state == PL_STATE_CLEAR)
            continue;
        pl_buffer_reset(&gathering->text);
        pl_finding_sentence(judged->measured, finding, &gathering->text);
        PL_RETURN_IF(pl_buffer_check(&gathering->text, "a finding of evals", error));
        fact.state = finding->state;
        fact.sentence = pl_buffer_view(&gathering->text);
        PL_RETURN_IF(add_fact(gathering, &fact, error));
    }
    for (size_t i = 0; i < judged->shortfalls_count; i++) {
        fact.state = PL_STATE_UNPROVEN;
        fact.sentence = judged->shortfalls[i];
        PL_RETURN_IF(add_fact(gathering, &fact, error));
    }
    fact.state = PL_STATE_CLEAR;
    fact.sentence = PL_STR("");
    return judged->state == PL_STATE_CLEAR ? add_fact(gathering, &fact, error) : PL_OK;
}

static enum pl_status judge_suite(struct gathering *gathering, const struct pl_suite *suite,
                                  const struct pl_facts *facts, uint32_t threads,
                                  struct pl_error *error)
{
    char cases[PL_LEDGER_HASH_TEXT_SIZE];
    char settings[PL_LEDGER_HASH_TEXT_SIZE];
    const struct pl_run_wish wish = {.settings = settings, .complete = true};
    struct pl_suites *suites = gathering->suites;
    struct pl_run *run = NULL;

    PL_RETURN_IF(pl_eval_settings(suite, gathering->arena, cases, settings, error));
    PL_RETURN_IF(pl_run_find(suite, &wish, gathering->arena, &run, error));
    if (run == NULL)
        return add_missing(gathering, suite, "there is no complete run of the suite as it stands",
                           error);
    if (!pl_facts_have_run(facts, run->results))
        return add_missing(gathering, suite, "its newest run is not on the record", error);
    PL_RETURN_IF(pl_suite_judge(suite, run, threads, gathering->arena,
                                &suites->judged[suites->judged_count], error));
    suites->judged_count++;
    return add_findings(gathering, suites->judged[suites->judged_count - 1], error);
}

static enum pl_status judge_all(struct gathering *gathering, const struct pl_evals *evals,
                                const struct pl_facts *facts, uint32_t threads,
                                struct pl_error *error)
{
    struct pl_suites *suites = gathering->suites;

    suites->judged =
        pl_arena_alloc_array(gathering->arena, evals->suites_count + 1, sizeof *suites->judged);
    for (size_t i = 0; i < evals->suites_count; i++)
        gathering->facts_max += evals->suites[i].line->limits_count + PL_SHORTFALLS_MAX + 1;
    suites->facts =
        pl_arena_alloc_array(gathering->arena, gathering->facts_max + 1, sizeof *suites->facts);
    if (suites->judged == NULL || suites->facts == NULL)
        return pl_arena_error(gathering->arena, "the suites of evals", error);
    for (size_t i = 0; i < evals->suites_count; i++)
        if (evals->suites[i].line->limits_count > 0)
            PL_RETURN_IF(judge_suite(gathering, &evals->suites[i], facts, threads, error));
    return PL_OK;
}

enum pl_status pl_suites_judge(const struct pl_line *line, const struct pl_facts *facts,
                               uint32_t threads, struct pl_arena *arena,
                               struct pl_suites *ret_suites, struct pl_error *error)
{
    struct gathering gathering = {.suites = ret_suites, .arena = arena};

    *ret_suites = (struct pl_suites){.groups_clear = true};
    if (line->evals == NULL)
        return PL_OK;
    pl_buffer_init(&gathering.text, TEXT_SIZE_BYTES_MAX);

    const enum pl_status status = judge_all(&gathering, line->evals, facts, threads, error);

    pl_buffer_deinit(&gathering.text);
    return status;
}

void pl_suites_deinit(struct pl_suites *suites)
{
    for (size_t i = 0; i < suites->judged_count; i++)
        pl_suite_judged_deinit(suites->judged[i]);
}
