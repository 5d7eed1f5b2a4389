/*
 * Branch and bound over stretches of candidates. A part of the search gives every group a stretch of
 * its candidates. Limits between groups shrink the stretches from both ends (a group whose rate cannot
 * come within the band of the others' is out), and the sum of each group's best candidate bounds the
 * cost from below; when that very choice keeps every limit, the part is done. Else a stretch is cut in
 * two. Nothing is left out but what is proven to be worse, so what remains is the best there is.
 *
 * When nothing keeps the limits, all are widened alike by the least amount that something keeps.
 */
#include "threshold/solve.h"

#include "threshold/reach.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BISECTIONS_MAX 80
#define NEAR           1e-12                         /* two excesses that count as one */
#define ANY_NODES_MAX  (PL_THRESHOLD_NODES_MAX / 10) /* of one of many searches */
#define WIDEST         1e100
#define LEVER_SLACK    1e-10 /* what the sums of a lever may be off by */

/* Parts of the search still open, each `groups_count` stretches, and their bounds beside them. */
struct stack {
    struct pl_stretch *stretches;
    struct pl_rank *bounds;
    size_t count;
    size_t size;
};

struct solver {
    const struct pl_quest *quest;
    struct pl_arena *arena;
    double widening;
    bool any; /* the first choice that keeps the limits will do */
    struct pl_field *fields;
    struct pl_reach reach;
    struct pl_lever *levers;
    size_t levers_count;
    struct stack stack;
    uint32_t *point;       /* the choice looked at: candidates */
    uint32_t *other_point; /* that of a lever */
    uint32_t *best;
    struct pl_rank best_rank;
    bool found;
    bool proven;
    double bound;
    size_t nodes;
};

static void side_at(const struct pl_quest *quest, const struct pl_mixed *mixed,
                    const uint32_t *chosen, struct pl_side *ret_side)
{
    *ret_side = (struct pl_side){0};
    for (size_t g = 0; g < quest->groups_count; g++)
        if (mixed->sides[g] != NULL)
            pl_side_add(ret_side, &mixed->sides[g][chosen[g]]);
    /* Sums of weights in another order may differ in the last digit from the whole. */
    for (int label = 0; label < 3; label++)
        if (ret_side->n[label] == mixed->scored.n[label]) {
            ret_side->weight[label] = mixed->scored.weight[label];
            ret_side->weight_squared[label] = mixed->scored.weight_squared[label];
        }
    if (ret_side->n[PL_NEGATIVE] == mixed->scored.n[PL_NEGATIVE] &&
        ret_side->n[PL_POSITIVE] == mixed->scored.n[PL_POSITIVE])
        memcpy(ret_side->cost, mixed->scored.cost, sizeof ret_side->cost);
}

static double mixed_value(const struct pl_quest *quest, const struct pl_mixed *mixed,
                          const uint32_t *chosen)
{
    struct pl_side side;

    side_at(quest, mixed, chosen, &side);
    return pl_side_value(quest, mixed, &side);
}

/* NAN wins: an extreme of what has no value has none. */
static void widen(struct pl_extent *extent, double low, double high)
{
    extent->low = isnan(low) || low < extent->low ? low : extent->low;
    extent->high = isnan(high) || high > extent->high ? high : extent->high;
}

static double band_excess(const struct pl_quest *quest, const struct pl_band *band,
                          const uint32_t *chosen)
{
    struct pl_extent extent = {
        .low = HUGE_VAL, .high = -HUGE_VAL, .has_beside = band->beside != PL_BESIDE_NOTHING};

    for (size_t g = 0; g < quest->groups_count; g++)
        if (band->low[g] != NULL)
            widen(&extent, band->low[g][chosen[g]], band->high[g][chosen[g]]);
    for (size_t i = 0; i < band->mixed_count; i++) {
        const double value = mixed_value(quest, &band->mixed[i], chosen);

        if (isnan(value))
            return HUGE_VAL;
        widen(&extent, value, value);
    }
    if (band->beside == PL_BESIDE_OWN)
        extent.beside = band->beside_values[chosen[band->beside_group]];
    else if (band->beside == PL_BESIDE_MIXED)
        extent.beside = mixed_value(quest, &band->beside_mixed, chosen);
    return pl_limit_excess(band->limit, &extent);
}

void pl_quest_evaluate(const struct pl_quest *quest, const uint32_t *chosen,
                       struct pl_rank *ret_rank, double *ret_excess)
{
    struct pl_rank rank = {0};
    double excess = -HUGE_VAL;

    for (size_t g = 0; g < quest->groups_count; g++) {
        const struct pl_choosing *group = &quest->groups[g];

        rank.cost += group->ranks[chosen[g]].cost;
        rank.flips += group->ranks[chosen[g]].flips;
        rank.positives += group->ranks[chosen[g]].positives;
        excess = fmax(excess, group->excess[chosen[g]]);
    }
    for (size_t i = 0; i < quest->bands_count; i++)
        excess = fmax(excess, band_excess(quest, &quest->bands[i], chosen));
    *ret_rank = rank;
    *ret_excess = excess;
}

static bool is_alive(const struct solver *solver, const struct pl_choosing *group, size_t k)
{
    return (!group->fixed || k == group->present) && group->excess[k] <= solver->widening;
}

static enum pl_status make_field(struct solver *solver, size_t g, struct pl_error *error)
{
    const struct pl_choosing *group = &solver->quest->groups[g];
    struct pl_field *field = &solver->fields[g];

    field->count = 0;
    for (size_t k = 0; k < group->count; k++)
        field->count += is_alive(solver, group, k);
    field->alive = pl_arena_alloc_array(solver->arena, field->count, sizeof *field->alive);
    field->ranks = pl_arena_alloc_array(solver->arena, field->count, sizeof *field->ranks);
    if (field->alive == NULL || field->ranks == NULL)
        return pl_arena_error(solver->arena, "the search", error);
    for (size_t k = 0, at = 0; k < group->count; k++)
        if (is_alive(solver, group, k)) {
            field->alive[at] = (uint32_t)k;
            field->ranks[at++] = group->ranks[k];
        }
    if (field->count == 0)
        return PL_OK;
    return pl_best_make(field->ranks, field->count, solver->arena, &field->best, error);
}

/* The best candidate of every stretch, into `point`; and the sum of their ranks. */
static struct pl_rank bound_part(const struct solver *solver, const struct pl_stretch *part)
{
    struct pl_rank sum = {0};

    for (size_t g = 0; g < solver->quest->groups_count; g++) {
        const struct pl_field *field = &solver->fields[g];
        const uint32_t at = pl_best_find(&field->best, part[g].first, part[g].last);

        solver->point[g] = field->alive[at];
        sum.cost += field->ranks[at].cost;
        sum.flips += field->ranks[at].flips;
        sum.positives += field->ranks[at].positives;
    }
    return sum;
}

/* The group with the longest stretch of those that a band binds. */
static size_t widest_group(const struct solver *solver, const struct pl_band *band,
                           const struct pl_stretch *part)
{
    size_t widest = 0;
    uint32_t length = 0;

    for (size_t g = 0; g < solver->quest->groups_count; g++) {
        bool bound = band->low[g] != NULL || band->beside == PL_BESIDE_MIXED ||
                     (band->beside == PL_BESIDE_OWN && band->beside_group == g);

        for (size_t m = 0; !bound && m < band->mixed_count; m++)
            bound = band->mixed[m].sides[g] != NULL;
        if (bound && part[g].last - part[g].first > length) {
            length = part[g].last - part[g].first;
            widest = g;
        }
    }
    return length > 0 ? widest : SIZE_MAX;
}

/* Where to cut: the group and the last position of the lower piece. False when nothing can be cut,
   so that the one choice left is the point, which does not keep the limits. */
static bool find_cut(const struct solver *solver, const struct pl_stretch *part, size_t *ret_group,
                     uint32_t *ret_last)
{
    const struct pl_quest *quest = solver->quest;
    size_t worst = SIZE_MAX;
    double excess = solver->widening;

    for (size_t i = 0; i < quest->bands_count; i++) {
        const double found = band_excess(quest, &quest->bands[i], solver->point);

        if (found > excess && widest_group(solver, &quest->bands[i], part) != SIZE_MAX) {
            excess = found;
            worst = i;
        }
    }
    if (worst == SIZE_MAX)
        return false;
    *ret_group = widest_group(solver, &quest->bands[worst], part);
    *ret_last = part[*ret_group].first + (part[*ret_group].last - part[*ret_group].first) / 2;
    return true;
}

static enum pl_status push(struct solver *solver, const struct pl_stretch *part,
                           const struct pl_rank *bound, struct pl_error *error)
{
    const size_t groups = solver->quest->groups_count;
    struct stack *stack = &solver->stack;

    if (stack->count == stack->size) {
        const size_t size = stack->size == 0 ? 64 : 2 * stack->size;
        struct pl_stretch *stretches = realloc(stack->stretches, size * groups * sizeof *stretches);
        struct pl_rank *bounds =
            stretches == NULL ? NULL : realloc(stack->bounds, size * sizeof *bounds);

        if (stretches != NULL)
            stack->stretches = stretches;
        if (bounds == NULL)
            return pl_error_set(error, PL_E_MEMORY, "no memory left to search for thresholds");
        stack->bounds = bounds;
        stack->size = size;
    }
    memcpy(stack->stretches + stack->count * groups, part, groups * sizeof *part);
    stack->bounds[stack->count++] = *bound;
    return PL_OK;
}

static bool is_hopeless(const struct solver *solver, const struct pl_rank *bound)
{
    return solver->found && pl_rank_compare(bound, &solver->best_rank) >= 0;
}

/* Takes a choice as the answer so far, when it keeps the limits and is better. */
static bool take(struct solver *solver, const uint32_t *chosen)
{
    struct pl_rank rank;
    double excess = 0.0;

    pl_quest_evaluate(solver->quest, chosen, &rank, &excess);
    if (excess > solver->widening)
        return false;
    if (is_hopeless(solver, &rank))
        return true;
    memcpy(solver->best, chosen, solver->quest->groups_count * sizeof *solver->best);
    solver->best_rank = rank;
    solver->found = true;
    return true;
}

/* Raises the bound by the levers, and tries what each finds cheapest. */
static void lift_bound(struct solver *solver, const struct pl_stretch *part, struct pl_rank *bound)
{
    for (size_t i = 0; i < solver->levers_count; i++) {
        const double lifted = pl_lever_bound(&solver->levers[i], solver->fields, part,
                                             solver->quest->groups_count, solver->other_point);
        const double safe = lifted - LEVER_SLACK * (1.0 + fabs(lifted));

        (void)take(solver, solver->other_point);
        if (safe > bound->cost)
            *bound = (struct pl_rank){.cost = safe};
    }
}

/* Opens a part: drops it, takes its best as the answer so far, or keeps it for cutting. */
static enum pl_status open_part(struct solver *solver, struct pl_stretch *part,
                                struct pl_error *error)
{
    solver->nodes++;
    if (!pl_reach_tighten(&solver->reach, part))
        return PL_OK;

    struct pl_rank bound = bound_part(solver, part);

    if (is_hopeless(solver, &bound) || take(solver, solver->point))
        return PL_OK;
    lift_bound(solver, part, &bound);
    return is_hopeless(solver, &bound) ? PL_OK : push(solver, part, &bound, error);
}

/* Cuts a part in two. The piece with the lower bound is opened last, so that it is cut first. */
static enum pl_status cut_part(struct solver *solver, const struct pl_stretch *part,
                               struct pl_stretch *scratch, struct pl_error *error)
{
    const size_t groups = solver->quest->groups_count;
    const struct pl_field *field = NULL;
    size_t group = 0;
    uint32_t last = 0;

    (void)bound_part(solver, part);
    if (!find_cut(solver, part, &group, &last))
        return PL_OK;
    field = &solver->fields[group];

    const uint32_t best = pl_best_find(&field->best, part[group].first, part[group].last);

    for (int piece = 0; piece < 2; piece++) {
        /* The piece without the best candidate goes first. */
        const bool lower = (piece == 0) == (best > last);

        memcpy(scratch, part, groups * sizeof *part);
        if (lower)
            scratch[group].last = last;
        else
            scratch[group].first = last + 1;
        PL_RETURN_IF(open_part(solver, scratch, error));
    }
    return PL_OK;
}

/* What no choice can cost less than, when the search ends early. */
static double open_bound(const struct solver *solver)
{
    double bound = solver->found ? solver->best_rank.cost : HUGE_VAL;

    for (size_t i = 0; i < solver->stack.count; i++)
        bound = fmin(bound, solver->stack.bounds[i].cost);
    return bound;
}

static enum pl_status search(struct solver *solver, struct pl_error *error)
{
    const size_t groups = solver->quest->groups_count;
    struct pl_stretch *part = pl_arena_alloc_array(solver->arena, groups, sizeof *part);
    struct pl_stretch *scratch = pl_arena_alloc_array(solver->arena, groups, sizeof *scratch);

    if (part == NULL || scratch == NULL)
        return pl_arena_error(solver->arena, "the search", error);
    for (size_t g = 0; g < groups; g++) {
        if (solver->fields[g].count == 0)
            return PL_OK;
        part[g] = (struct pl_stretch){0, (uint32_t)(solver->fields[g].count - 1)};
    }
    PL_RETURN_IF(open_part(solver, part, error));
    while (solver->stack.count > 0 && !(solver->any && solver->found) &&
           solver->nodes < (solver->any ? ANY_NODES_MAX : PL_THRESHOLD_NODES_MAX)) {
        const size_t top = --solver->stack.count;

        if (is_hopeless(solver, &solver->stack.bounds[top]))
            continue;
        memcpy(part, solver->stack.stretches + top * groups, groups * sizeof *part);
        PL_RETURN_IF(cut_part(solver, part, scratch, error));
    }
    solver->proven = solver->stack.count == 0;
    solver->bound = open_bound(solver);
    return PL_OK;
}

/* A lever for each slice of several groups that has a bound of its own. */
static enum pl_status make_levers(struct solver *solver, struct pl_error *error)
{
    const struct pl_quest *quest = solver->quest;
    size_t most = 0;

    for (size_t i = 0; i < quest->bands_count; i++)
        most += quest->bands[i].mixed_count;
    solver->levers = pl_arena_alloc_array(solver->arena, most, sizeof *solver->levers);
    if (solver->levers == NULL)
        return pl_arena_error(solver->arena, "the search", error);
    for (size_t i = 0; i < quest->bands_count && solver->widening < WIDEST; i++) {
        const struct pl_band *band = &quest->bands[i];

        if (band->limit->comparator != PL_COMPARE_MIN && band->limit->comparator != PL_COMPARE_MAX)
            continue;
        for (size_t m = 0; m < band->mixed_count; m++) {
            const struct pl_lever_request request = {quest, solver->fields, band, &band->mixed[m],
                                                     solver->widening};
            bool used = false;

            PL_RETURN_IF(pl_lever_make(&request, solver->arena,
                                       &solver->levers[solver->levers_count], &used, error));
            solver->levers_count += used;
        }
    }
    return PL_OK;
}

static enum pl_status solver_init(struct solver *solver, struct pl_error *error)
{
    const size_t groups = solver->quest->groups_count;

    solver->fields = pl_arena_alloc_array(solver->arena, groups, sizeof *solver->fields);
    solver->point = pl_arena_alloc_array(solver->arena, groups, sizeof *solver->point);
    solver->other_point = pl_arena_alloc_array(solver->arena, groups, sizeof *solver->point);
    solver->best = pl_arena_alloc_array(solver->arena, groups, sizeof *solver->best);
    if (solver->fields == NULL || solver->point == NULL || solver->other_point == NULL ||
        solver->best == NULL)
        return pl_arena_error(solver->arena, "the search", error);
    for (size_t g = 0; g < groups; g++) {
        PL_RETURN_IF(make_field(solver, g, error));
        if (solver->fields[g].count == 0)
            return PL_OK;
    }
    solver->reach = (struct pl_reach){
        .quest = solver->quest, .fields = solver->fields, .widening = solver->widening};
    PL_RETURN_IF(pl_reach_make(&solver->reach, solver->arena, error));
    return make_levers(solver, error);
}

/* How a search is to go. */
struct manner {
    double widening;       /* of every limit */
    bool any;              /* the first choice that keeps the limits will do */
    const uint32_t *start; /* NULL: none is known */
};

/* One search; its scratch goes with it. */
static enum pl_status solve_widened(const struct pl_quest *quest, const struct manner *manner,
                                    struct pl_solution *solution, struct pl_error *error)
{
    struct pl_arena scratch;
    struct solver solver = {
        .quest = quest,
        .arena = &scratch,
        .widening = manner->widening,
        .any = manner->any,
        .proven = true,
    };

    pl_arena_init(&scratch, (size_t)16 << 30);

    enum pl_status status = solver_init(&solver, error);

    if (status == PL_OK && manner->start != NULL)
        (void)take(&solver, manner->start);
    if (status == PL_OK)
        status = search(&solver, error);
    if (status == PL_OK) {
        solution->found = solver.found;
        solution->proven = solver.proven;
        solution->bound = solver.bound;
        if (solver.found) {
            memcpy(solution->chosen, solver.best, quest->groups_count * sizeof *solution->chosen);
            pl_quest_evaluate(quest, solution->chosen, &solution->rank, &solution->excess);
        }
    }
    free(solver.stack.stretches);
    free(solver.stack.bounds);
    pl_arena_deinit(&scratch);
    return status;
}

/* Nothing keeps the limits: the least widening that something keeps, and the best there. */
static enum pl_status solve_nearest(const struct pl_quest *quest, struct pl_solution *solution,
                                    struct pl_error *error)
{
    struct manner manner = {.widening = WIDEST, .any = true};
    double low = 0.0;
    bool proven = solution->proven;

    PL_RETURN_IF(solve_widened(quest, &manner, solution, error));
    if (!solution->found)
        return PL_OK;

    double high = solution->excess;

    for (int i = 0; i < BISECTIONS_MAX && high - low > NEAR * (1.0 + high); i++) {
        manner.widening = low + (high - low) / 2.0;
        PL_RETURN_IF(solve_widened(quest, &manner, solution, error));
        proven = proven && (solution->found || solution->proven);
        if (solution->found)
            high = solution->excess;
        else
            low = manner.widening;
    }
    manner = (struct manner){.widening = high};
    PL_RETURN_IF(solve_widened(quest, &manner, solution, error));
    solution->proven = solution->proven && proven;
    return PL_OK;
}

enum pl_status pl_quest_solve(const struct pl_quest *quest, const uint32_t *start,
                              struct pl_arena *arena, struct pl_solution *ret_solution,
                              struct pl_error *error)
{
    const struct manner manner = {.start = start};
    struct pl_solution solution = {
        .chosen = pl_arena_alloc_array(arena, quest->groups_count, sizeof *solution.chosen)};

    if (solution.chosen == NULL)
        return pl_arena_error(arena, "the thresholds", error);
    PL_RETURN_IF(solve_widened(quest, &manner, &solution, error));
    if (!solution.found)
        PL_RETURN_IF(solve_nearest(quest, &solution, error));
    if (!solution.found) {
        for (size_t g = 0; g < quest->groups_count; g++)
            solution.chosen[g] = quest->groups[g].present;
        pl_quest_evaluate(quest, solution.chosen, &solution.rank, &solution.excess);
    }
    *ret_solution = solution;
    return PL_OK;
}
