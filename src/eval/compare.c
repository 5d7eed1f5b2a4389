/* Comparing runs: cases are matched by the hashes of their ids, the repeats of a case count as their mean, and
   the kernels of src/stats do the rest. */
#include "eval/compare.h"

#include <stdlib.h>

#define POWER 0.8

struct matching {
    const struct pl_compare_request *request;
    struct pl_run_table here;
    struct pl_run_table there;
    size_t *first; /* of each common case its place here, and there */
    size_t *second;
    size_t count;
    double *scores[2]; /* scratch: of one scorer */
    uint32_t *groups;
    struct pl_arena *arena;
};

struct place {
    uint64_t id;
    size_t index;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

static struct place *sort_ids(const struct pl_run_table *table, struct pl_arena *arena)
{
    struct place *places = pl_arena_alloc_array(arena, table->cases_count + 1, sizeof *places);

    for (size_t i = 0; i < table->cases_count && places != NULL; i++)
        places[i] = (struct place){table->ids[i], i};
    if (places != NULL)
        qsort(places, table->cases_count, sizeof *places, compare_places);
    return places;
}

/* The common cases, in the order of this run. */
static enum pl_status match(struct matching *matching, struct pl_error *error)
{
    const struct place *places = sort_ids(&matching->there, matching->arena);
    const size_t most = matching->here.cases_count;

    matching->first = pl_arena_alloc_array(matching->arena, most + 1, sizeof *matching->first);
    matching->second = pl_arena_alloc_array(matching->arena, most + 1, sizeof *matching->second);
    matching->groups = pl_arena_alloc_array(matching->arena, most + 1, sizeof *matching->groups);
    for (int i = 0; i < 2; i++)
        matching->scores[i] = pl_arena_alloc_array(matching->arena, most + 1, sizeof(double));
    if (places == NULL || matching->first == NULL || matching->second == NULL ||
        matching->groups == NULL || matching->scores[0] == NULL || matching->scores[1] == NULL)
        return pl_arena_error(matching->arena, "the cases of two runs", error);
    for (size_t i = 0; i < most; i++) {
        const struct place wanted = {matching->here.ids[i], 0};
        const struct place *found =
            bsearch(&wanted, places, matching->there.cases_count, sizeof *places, compare_places);

        if (found == NULL)
            continue;
        matching->first[matching->count] = i;
        matching->second[matching->count++] = found->index;
    }
    return PL_OK;
}

static bool lower_is_better(const struct pl_scorer *scorer)
{
    const bool is_value = !scorer->min_given && !scorer->max_given;

    return is_value && (scorer->kind == PL_SCORER_TER || scorer->kind == PL_SCORER_LATENCY ||
                        scorer->kind == PL_SCORER_TOKENS || scorer->kind == PL_SCORER_COST);
}

/* The mean scores of the cases that both runs have scored. */
static struct pl_paired_scores take_scores(const struct matching *matching, size_t here,
                                           size_t there)
{
    struct pl_paired_scores scores = {.first = matching->scores[0], .second = matching->scores[1]};

    for (size_t i = 0; i < matching->count; i++) {
        const struct pl_case_score *a =
            pl_run_table_cell(&matching->here, matching->first[i], here);
        const struct pl_case_score *b =
            pl_run_table_cell(&matching->there, matching->second[i], there);

        if (a->count == 0 || b->count == 0)
            continue;
        matching->scores[0][scores.count] = a->sum / a->count;
        matching->scores[1][scores.count] = b->sum / b->count;
        if (matching->here.groups != NULL)
            matching->groups[scores.count] = matching->here.groups[matching->first[i]];
        scores.count++;
    }
    if (matching->here.groups != NULL) {
        scores.groups = matching->groups;
        scores.groups_count = matching->here.groups_count;
    }
    return scores;
}

/* Each case is a unit of a score and a one. */
static enum pl_status bootstrap(const struct matching *matching,
                                const struct pl_paired_scores *scores, struct pl_compared *compared,
                                struct pl_error *error)
{
    double *units[2];
    struct pl_resampling request = {
        .units_count = scores->count,
        .width = 2,
        .threads = matching->request->threads,
        .seed = matching->request->suite->seed,
        .confidence = matching->request->confidence,
    };

    for (int r = 0; r < 2; r++) {
        units[r] = pl_arena_alloc_array(matching->arena, 2 * scores->count + 2, sizeof(double));
        if (units[r] == NULL)
            return pl_arena_error(matching->arena, "the bootstrap of two runs", error);
        for (size_t i = 0; i < scores->count; i++) {
            units[r][2 * i] = matching->scores[r][i];
            units[r][2 * i + 1] = 1.0;
        }
    }
    request.first = units[0];
    request.second = units[1];
    return pl_paired_bootstrap(&request, matching->arena, &compared->bootstrap, error);
}

static double mean_of(const double *values, size_t count)
{
    double sum = 0.0;

    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return count == 0 ? 0.0 : sum / (double)count;
}

/* Where less is better the difference is turned round for the outcome, and nowhere else. */
static struct pl_outcome outcome_of(const struct matching *matching,
                                    const struct pl_compared *compared,
                                    const struct pl_stat *difference)
{
    const struct pl_outcome_options options = {
        .confidence = matching->request->confidence, .power = POWER, .method = PL_RATE_WILSON};
    struct pl_outcome outcome = pl_outcome_of(difference, &options);

    if (compared->lower_is_better && outcome.change != PL_CHANGE_NOT_SHOWN)
        outcome.change =
            outcome.change == PL_CHANGE_IMPROVED ? PL_CHANGE_WORSE : PL_CHANGE_IMPROVED;
    return outcome;
}

static enum pl_status compare_scorer(const struct matching *matching, size_t here, size_t there,
                                     struct pl_compared *compared, struct pl_error *error)
{
    const struct pl_paired_scores scores = take_scores(matching, here, there);
    struct pl_paired_means means;
    struct pl_discordance pairs;

    compared->common = scores.count;
    if (scores.count == 0)
        return PL_OK;
    compared->here = mean_of(scores.first, scores.count);
    compared->there = mean_of(scores.second, scores.count);
    PL_RETURN_IF(pl_paired_means(&scores, matching->arena, &means, error));
    compared->grouped = means.grouped.kind != PL_STAT_NONE;
    compared->difference =
        pl_stat_estimate(pl_paired_deciding(&means), matching->request->confidence, PL_RATE_WILSON);
    compared->se_unpaired = means.se_unpaired;
    compared->se_paired = means.se_paired;
    compared->se_grouped = means.se_grouped;
    compared->outcome = outcome_of(matching, compared, pl_paired_deciding(&means));
    compared->is_binary = pl_paired_is_binary(&scores, &pairs);
    if (!compared->is_binary)
        return bootstrap(matching, &scores, compared, error);
    compared->mcnemar = pl_mcnemar((uint64_t)pairs.only_first.k, (uint64_t)pairs.only_second.k);
    return PL_OK;
}

static enum pl_status compare_all(struct matching *matching, struct pl_comparison *comparison,
                                  struct pl_error *error)
{
    const struct pl_suite *suite = matching->request->suite;
    size_t there = 0;

    for (size_t i = 0; i < suite->scorers_count && i < matching->here.scorers_count; i++) {
        struct pl_compared *compared = &comparison->scorers[comparison->scorers_count];

        if (!pl_run_table_find(&matching->there, suite->scorers[i].name, &there))
            continue;
        compared->name = suite->scorers[i].name;
        compared->passes = pl_scorer_passes(&suite->scorers[i]);
        compared->lower_is_better = lower_is_better(&suite->scorers[i]);
        PL_RETURN_IF(compare_scorer(matching, i, there, compared, error));
        if (compared->common > 0)
            comparison->scorers_count++;
    }
    return PL_OK;
}

enum pl_status pl_runs_compare(const struct pl_compare_request *request, struct pl_arena *arena,
                               struct pl_comparison **ret_comparison, struct pl_error *error)
{
    struct matching matching = {.request = request, .arena = arena};
    struct pl_comparison *comparison = pl_arena_alloc(arena, sizeof *comparison);

    if (comparison == NULL)
        return pl_arena_error(arena, "the comparison of two runs", error);
    PL_RETURN_IF(pl_run_table_read(request->run, request->suite->group.len > 0, arena,
                                   &matching.here, error));
    PL_RETURN_IF(pl_run_table_read(request->baseline, false, arena, &matching.there, error));
    PL_RETURN_IF(match(&matching, error));
    comparison->baseline = pl_arena_format(arena, "%.*s/%.*s", PL_STR_ARG(request->baseline_suite),
                                           PL_STR_ARG(request->baseline->id));
    comparison->common = matching.count;
    comparison->only_here = matching.here.cases_count - matching.count;
    comparison->only_there = matching.there.cases_count - matching.count;
    if (matching.count == 0)
        return pl_error_set(error, PL_E_DATA,
                            "run %.*s has no case with an id of this run, so the two cannot be "
                            "compared",
                            PL_STR_ARG(comparison->baseline));
    PL_RETURN_IF(compare_all(&matching, comparison, error));
    *ret_comparison = comparison;
    return PL_OK;
}

/* ---- repeats ---- */

static enum pl_status measure_passes(const struct pl_repeated *repeated, double confidence,
                                     struct pl_arena *arena, struct pl_repeated_scorer *scorer,
                                     struct pl_error *error)
{
    struct pl_pass_request request = {.repeated = repeated, .kind = PL_PASS_AT_K, .k = scorer->k};
    struct pl_stat stat;
    struct pl_rate same = {0};

    PL_RETURN_IF(pl_pass_rate(&request, arena, &stat, error));
    scorer->at_k = pl_stat_estimate(&stat, confidence, PL_RATE_WILSON);
    request.kind = PL_PASS_ALL_K;
    PL_RETURN_IF(pl_pass_rate(&request, arena, &stat, error));
    scorer->all_k = pl_stat_estimate(&stat, confidence, PL_RATE_WILSON);
    for (size_t i = 0; i < repeated->count; i++) {
        const struct pl_case_passes *passes = &repeated->cases[i];

        same.n += passes->repeats > 1 ? 1.0 : 0.0;
        same.k += passes->repeats > 1 && (passes->passed == 0 || passes->passed == passes->repeats)
                      ? 1.0
                      : 0.0;
    }
    stat = (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_FEW_REPEATS};
    if (same.n > 0.0)
        stat = (struct pl_stat){.kind = PL_STAT_RATE,
                                .n = (uint64_t)same.n,
                                .value = same.k / same.n,
                                .rate = {.rate = same}};
    scorer->unanimous = pl_stat_estimate(&stat, confidence, PL_RATE_WILSON);
    return PL_OK;
}

enum pl_status pl_repeats_measure(const struct pl_suite *suite, const struct pl_run *run,
                                  struct pl_arena *arena, struct pl_repeats *ret_repeats,
                                  struct pl_error *error)
{
    struct pl_run_table table;
    struct pl_case_passes *cases = NULL;

    *ret_repeats = (struct pl_repeats){0};
    if (suite->repeats == 1)
        return PL_OK;
    PL_RETURN_IF(pl_run_table_read(run, suite->group.len > 0, arena, &table, error));
    cases = pl_arena_alloc_array(arena, table.cases_count + 1, sizeof *cases);
    if (cases == NULL)
        return pl_arena_error(arena, "the repeats of a run", error);
    for (size_t s = 0; s < suite->scorers_count && s < table.scorers_count; s++) {
        struct pl_repeated_scorer *scorer = &ret_repeats->scorers[ret_repeats->scorers_count];
        const struct pl_repeated repeated = {cases, table.groups, table.cases_count,
                                             table.groups_count};

        if (!pl_scorer_passes(&suite->scorers[s]))
            continue;
        for (size_t i = 0; i < table.cases_count; i++) {
            const struct pl_case_score *cell = pl_run_table_cell(&table, i, s);

            cases[i] = (struct pl_case_passes){cell->count, cell->passed};
        }
        scorer->name = suite->scorers[s].name;
        scorer->k = suite->repeats;
        PL_RETURN_IF(
            measure_passes(&repeated, suite->line->evidence.confidence, arena, scorer, error));
        ret_repeats->scorers_count++;
    }
    return PL_OK;
}
