/*
 * The judge. A limit is clear when every case passes a test of its own at the limit's confidence (an
 * intersection-union test; Berger 1982), and breached when some case fails after Holm's correction
 * over all cases of all limits. Everything else is unproven.
 */
#include "judge/judge.h"

#include "judge/cases.h"
#include "judge/gain.h"
#include "judge/needed.h"
#include "judge/note.h"
#include "judge/verdict.h"
#include "measure/metrics.h"
#include "stats/multiple.h"

#include <math.h>
#include <stdlib.h>

static const char *const STATE_NAMES[] = {
    [PL_STATE_CLEAR] = "clear",
    [PL_STATE_UNPROVEN] = "unproven",
    [PL_STATE_BREACH] = "breach",
};

const char *pl_state_name(enum pl_state state)
{
    return STATE_NAMES[state];
}

/* All limits of a line on trial together: the family that Holm's procedure corrects for. */
struct court {
    const struct pl_line *line;
    const struct pl_measured *measured;
    const struct pl_judge_beside *beside; /* NULL: all decisions are judged */
    size_t share;                         /* the level of a breach is divided by this */
    struct pl_arena *arena;
    struct pl_trial *trials;
    size_t trials_count;
    double *p_values; /* of the tested cases of all trials, one after the other */
    size_t p_values_count;
    size_t family_size;
};

/* By a test and not by the value alone, and of a slice that is large enough and has a value. */
static bool is_tested(const struct pl_trial *trial, size_t i)
{
    return trial->limit->judge == PL_JUDGE_INTERVAL && trial->cases[i].judged &&
           trial->cases[i].reason == PL_DEFINED;
}

static size_t find_metric(const struct pl_measured *measured, struct pl_str name,
                          struct pl_arena *arena, struct pl_error *error)
{
    struct pl_metric metric;

    if (pl_metric_parse(name, measured->cells->task, arena, &metric, error) != PL_OK)
        return measured->metrics_count;
    for (size_t i = 0; i < measured->metrics_count; i++)
        if (pl_str_equal(measured->metrics[i].name, metric.name))
            return i;
    return measured->metrics_count;
}

static enum pl_status make_trials(struct court *court, struct pl_error *error)
{
    size_t cases = 0;

    court->trials_count = court->line->limits_count;
    court->trials =
        pl_arena_alloc_array(court->arena, court->trials_count + 1, sizeof *court->trials);
    if (court->trials == NULL)
        return pl_arena_error(court->arena, "the findings", error);
    for (size_t i = 0; i < court->trials_count; i++) {
        struct pl_trial *trial = &court->trials[i];

        trial->limit = &court->line->limits[i];
        trial->metric_index =
            find_metric(court->measured, trial->limit->metric, court->arena, error);
        if (trial->metric_index == court->measured->metrics_count)
            return pl_error_set(error, PL_E_LINE, "the limit on `%.*s` was not measured",
                                PL_STR_ARG(trial->limit->metric));
        trial->lenient = court->beside != NULL;
        PL_RETURN_IF(
            pl_trial_make(court->line, court->measured, trial->limit, court->arena, trial, error));
        if (court->beside != NULL)
            PL_RETURN_IF(pl_trial_add_beside(trial, court->beside, i, court->arena, error));
        cases += trial->count;
    }
    court->p_values = pl_arena_alloc_array(court->arena, cases + 1, sizeof *court->p_values);
    return court->p_values == NULL ? pl_arena_error(court->arena, "the findings", error) : PL_OK;
}

/* The p-value of every tested case, and the size of the family. */
static void test_cases(struct court *court)
{
    for (size_t t = 0; t < court->trials_count; t++) {
        struct pl_trial *trial = &court->trials[t];

        for (size_t i = 0; i < trial->count; i++) {
            if (!is_tested(trial, i))
                continue;
            trial->cases[i].p_value = pl_test_p_crossed(&trial->tests[i]);
            court->p_values[court->p_values_count++] = trial->cases[i].p_value;
            court->family_size += pl_test_size(&trial->tests[i]);
        }
    }
}

static void show_value(struct pl_case *one, const struct pl_test *test)
{
    if (test->comparison.no_value)
        one->reason = PL_UNDEFINED_ZERO_REFERENCE;
    else
        one->value = pl_test_shown(test, pl_comparison_value(&test->comparison));
}

static void show_bounds(struct pl_case *one, const struct pl_test *test, double alpha, double level)
{
    const double clear = pl_test_shown(test, pl_test_clear_bound(test, alpha));
    const double breach = pl_test_shown(test, pl_test_breach_bound(test, level));
    /* A saving falls where the ratio rises, so its limit is a lower one. */
    const bool upper = test->upper && test->shown == PL_SHOWN_AS_IS;

    one->low = upper ? breach : clear;
    one->high = upper ? clear : breach;
}

/* `adjusted` says whether it is a breach at `breach_alpha`. */
static void settle_by_test(struct pl_case *one, const struct pl_test *test, double alpha,
                           double breach_alpha, const struct pl_adjusted *adjusted)
{
    show_value(one, test);
    show_bounds(one, test, alpha, adjusted->level);
    if (adjusted->adjusted <= breach_alpha)
        one->state = PL_STATE_BREACH;
    else if (pl_test_is_clear(test, alpha))
        one->state = PL_STATE_CLEAR;
    else
        one->needed = pl_needed(test, alpha, adjusted->level, one->slice->n, &one->needed_in_both);
}

/* `judge: point`: the value alone decides, as some laws do. The bounds are shown all the same. */
static void settle_by_point(struct pl_case *one, const struct pl_test *test, double alpha)
{
    show_value(one, test);
    show_bounds(one, test, alpha, alpha);
    if (one->reason != PL_DEFINED)
        return;

    const bool good = pl_test_is_good(test, pl_comparison_value(&test->comparison));

    one->state = good ? PL_STATE_CLEAR : PL_STATE_BREACH;
}

/* Settles the cases of one trial; `adjusted` holds those of its tested cases. */
static size_t settle_trial(struct pl_trial *trial, size_t share, const struct pl_adjusted *adjusted)
{
    const double alpha = 1.0 - trial->limit->confidence;
    size_t tested = 0;

    for (size_t i = 0; i < trial->count; i++) {
        struct pl_case *one = &trial->cases[i];

        if (is_tested(trial, i)) {
            settle_by_test(one, &trial->tests[i], alpha, alpha / (double)share,
                           &adjusted[tested++]);
        } else if (one->reason == PL_DEFINED) {
            settle_by_point(one, &trial->tests[i], alpha);
            if (!one->judged)
                one->state = PL_STATE_UNPROVEN;
        }
    }
    return tested;
}

/* Holm's procedure at each trial's own level, and then the states. */
static enum pl_status settle_all(struct court *court, struct pl_error *error)
{
    const struct pl_family family = {court->p_values, court->p_values_count, court->family_size};
    struct pl_adjusted *adjusted =
        pl_arena_alloc_array(court->arena, court->p_values_count + 1, sizeof *adjusted);
    double alpha = -1.0;
    size_t first = 0;

    if (adjusted == NULL)
        return pl_arena_error(court->arena, "the findings", error);
    for (size_t t = 0; t < court->trials_count; t++) {
        const double wanted = 1.0 - court->trials[t].limit->confidence;

        if (wanted != alpha && family.count > 0)
            PL_RETURN_IF(pl_holm_adjust(&family, wanted / (double)court->share, court->arena,
                                        adjusted, error));
        alpha = wanted;
        first += settle_trial(&court->trials[t], court->share, adjusted + first);
    }
    return PL_OK;
}

/* How bad a case is among those of its state: the larger the worse. */
static double badness(const struct pl_case *one, const struct pl_limit *limit)
{
    const bool lower = pl_comparator_is_lower(limit->comparator);

    if (one->reason != PL_DEFINED)
        return one->reason == PL_UNDEFINED_ZERO_REFERENCE ? HUGE_VAL : -HUGE_VAL;
    if (one->state == PL_STATE_BREACH && limit->judge == PL_JUDGE_INTERVAL)
        return lower ? -one->high : one->low;
    if (one->state == PL_STATE_CLEAR && limit->judge == PL_JUDGE_INTERVAL)
        return lower ? -one->low : one->high;
    return lower ? -one->value : one->value;
}

/* A case and what it sorts by, so that the sort needs nothing else. */
struct ranked {
    struct pl_case one;
    int rank; /* breach, unproven, clear, too small */
    double badness;
    size_t place;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *first = a;
    const struct ranked *second = b;

    if (first->rank != second->rank)
        return first->rank - second->rank;
    if (first->badness != second->badness)
        return first->badness > second->badness ? -1 : 1;
    return (first->place > second->place) - (first->place < second->place);
}

static int rank_of(const struct pl_case *one)
{
    static const int RANKS[] = {
        [PL_STATE_BREACH] = 0, [PL_STATE_UNPROVEN] = 1, [PL_STATE_CLEAR] = 2};

    return one->judged ? RANKS[one->state] : 3;
}

static enum pl_status sort_cases(struct pl_trial *trial, struct pl_arena *arena,
                                 struct pl_error *error)
{
    struct ranked *ranked = pl_arena_alloc_array(arena, trial->count + 1, sizeof *ranked);

    if (ranked == NULL)
        return pl_arena_error(arena, "the findings", error);
    for (size_t i = 0; i < trial->count; i++)
        ranked[i] = (struct ranked){
            .one = trial->cases[i],
            .rank = rank_of(&trial->cases[i]),
            .badness = badness(&trial->cases[i], trial->limit),
            .place = i,
        };
    qsort(ranked, trial->count, sizeof *ranked, compare_ranked);
    for (size_t i = 0; i < trial->count; i++)
        trial->cases[i] = ranked[i].one;
    return PL_OK;
}

static struct pl_finding find(const struct pl_trial *trial)
{
    struct pl_finding finding = {
        .limit = trial->limit,
        .metric_index = trial->metric_index,
        .state = PL_STATE_CLEAR,
        .deciding = trial->count > 0 ? &trial->cases[0] : NULL,
        .cases = trial->cases,
        .cases_count = trial->count,
    };

    for (size_t i = 0; i < trial->count; i++) {
        if (!trial->cases[i].judged) {
            finding.small_count++;
            continue;
        }
        finding.judged_count++;
        if (trial->cases[i].state > finding.state)
            finding.state = trial->cases[i].state;
    }
    /* With nothing to judge nothing is proven. */
    if (finding.judged_count == 0)
        finding.state = PL_STATE_UNPROVEN;
    return finding;
}

static enum pl_status make_findings(struct court *court, const struct pl_finding **ret_findings,
                                    struct pl_error *error)
{
    struct pl_finding *findings =
        pl_arena_alloc_array(court->arena, court->trials_count + 1, sizeof *findings);

    if (findings == NULL)
        return pl_arena_error(court->arena, "the findings", error);
    for (size_t t = 0; t < court->trials_count; t++) {
        PL_RETURN_IF(sort_cases(&court->trials[t], court->arena, error));
        findings[t] = find(&court->trials[t]);

        const bool beside = findings[t].deciding != NULL && findings[t].deciding->beside;

        PL_RETURN_IF(pl_finding_note(beside ? court->beside->whole : court->measured, court->arena,
                                     &findings[t], error));
    }
    *ret_findings = findings;
    return PL_OK;
}

enum pl_status pl_judge_request(const struct pl_judge_request *request, struct pl_arena *arena,
                                struct pl_judgement **ret_judgement, struct pl_error *error)
{
    const struct pl_judge_beside *beside = request->beside;
    struct court court = {
        .line = request->line,
        .measured = request->measured,
        .beside = beside,
        .share = beside == NULL || beside->slices_count == 0 ? 1 : beside->slices_count,
        .arena = arena,
    };
    struct pl_judgement *judgement = pl_arena_alloc(arena, sizeof *judgement);

    if (judgement == NULL)
        return pl_arena_error(arena, "the verdict", error);
    PL_RETURN_IF(make_trials(&court, error));
    test_cases(&court);
    PL_RETURN_IF(settle_all(&court, error));
    PL_RETURN_IF(make_findings(&court, &judgement->findings, error));
    judgement->findings_count = court.trials_count;
    judgement->family_size = court.family_size * court.share;

    const struct pl_verdict_inputs inputs = {request->line, request->measured, request->facts,
                                             judgement};

    PL_RETURN_IF(pl_verdict_make(&inputs, arena, error));
    *ret_judgement = judgement;
    return PL_OK;
}

enum pl_status pl_judge(const struct pl_line *line, const struct pl_measured *measured,
                        const struct pl_record_facts *facts, struct pl_arena *arena,
                        struct pl_judgement **ret_judgement, struct pl_error *error)
{
    const struct pl_judge_request request = {line, measured, facts, NULL};

    return pl_judge_request(&request, arena, ret_judgement, error);
}
