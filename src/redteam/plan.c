/*
 * Which cases a run has. Every possible attack is listed and shuffled; then that one is taken, again and again,
 * whose item, wrapper, encoding, language and goal were met least so far, each counted by its share. So a short run is
 * spread over the tables as well as a long one, and begins it.
 */
#include "redteam/redteam.h"

#include "base/rng.h"
#include "redteam/encode.h"
#include "redteam/tables.h"

#include <assert.h>

#define LEVELS_MAX  256
#define KINDS_COUNT 3

/* What a pick is spread over. */
enum dimension {
    BY_GROUP, /* the item of an attack, the kind of a safe prompt */
    BY_WRAPPER,
    BY_ENCODING,
    BY_LANGUAGE,
    BY_ROW,
    DIMENSIONS_COUNT,
};

/* The possible picks of one kind, in random order. */
struct pool {
    struct pl_redteam_pick *picks;
    size_t count;
    uint32_t (*group)(const struct pl_redteam_pick *pick);
};

struct pl_redteam_options pl_redteam_options_default(void)
{
    return (struct pl_redteam_options){
        .seed = 1,
        .attacks_count = PL_REDTEAM_ATTACKS_DEFAULT,
        .safe_count = PL_REDTEAM_SAFE_PROMPTS_COUNT,
        .twins_count = PL_REDTEAM_TWINS_DEFAULT,
    };
}

static uint32_t owasp_of(const struct pl_redteam_pick *pick)
{
    return PL_REDTEAM_GOALS[pick->row].owasp;
}

/* The kind by the row that it begins with, which is the row less the number within the kind. */
static uint32_t safe_kind_of(const struct pl_redteam_pick *pick)
{
    return pick->row + 1 - PL_REDTEAM_SAFE_PROMPTS[pick->row].number;
}

static uint32_t no_group(const struct pl_redteam_pick *pick)
{
    (void)pick;
    return 0;
}

static bool is_asked(const struct pl_redteam_options *options, size_t goal)
{
    return options->owasp_items == 0 ||
           (options->owasp_items >> PL_REDTEAM_GOALS[goal].owasp & 1) != 0;
}

static void add_attacks(struct pool *pool, size_t goal, size_t wrapper)
{
    struct pl_redteam_pick pick = {PL_REDTEAM_ATTACK, (uint16_t)goal, (uint16_t)wrapper, 0, 0};

    for (size_t encoding = 0; encoding < PL_ENCODING_TRANSLATION; encoding++) {
        pick.encoding = (uint8_t)encoding;
        pool->picks[pool->count++] = pick;
    }
    pick.encoding = (uint8_t)PL_ENCODING_TRANSLATION;
    for (size_t language = 1; language < PL_REDTEAM_LANGUAGES_COUNT; language++)
        if (PL_REDTEAM_GOALS[goal].instructions[language] != NULL) {
            pick.language = (uint8_t)language;
            pool->picks[pool->count++] = pick;
        }
}

static bool list_attacks(const struct pl_redteam_options *options, struct pl_arena *arena,
                         struct pool *pool)
{
    const size_t forms = PL_ENCODINGS_COUNT + PL_REDTEAM_LANGUAGES_COUNT;

    pool->group = owasp_of;
    pool->picks = pl_arena_alloc_array(
        arena, PL_REDTEAM_GOALS_COUNT * PL_REDTEAM_WRAPPERS_COUNT * forms, sizeof *pool->picks);
    for (size_t goal = 0; pool->picks != NULL && goal < PL_REDTEAM_GOALS_COUNT; goal++)
        for (size_t wrapper = 0; wrapper < PL_REDTEAM_WRAPPERS_COUNT; wrapper++)
            if (is_asked(options, goal))
                add_attacks(pool, goal, wrapper);
    return pool->picks != NULL;
}

static bool list_safe(struct pl_arena *arena, struct pool *pool)
{
    pool->group = safe_kind_of;
    pool->picks = pl_arena_alloc_array(arena, PL_REDTEAM_SAFE_PROMPTS_COUNT, sizeof *pool->picks);
    for (size_t row = 0; pool->picks != NULL && row < PL_REDTEAM_SAFE_PROMPTS_COUNT; row++)
        pool->picks[pool->count++] = (struct pl_redteam_pick){
            .kind = PL_REDTEAM_SAFE,
            .row = (uint16_t)row,
            .language = (uint8_t)PL_REDTEAM_SAFE_PROMPTS[row].language,
        };
    return pool->picks != NULL;
}

/* Honest wrappers and encodings, but not the plain request that is dressed in nothing. */
static bool is_twin(size_t wrapper, size_t encoding)
{
    return PL_REDTEAM_WRAPPERS[wrapper].safe_turns_count > 0 && PL_ENCODINGS[encoding].honest &&
           (wrapper > 0 || encoding != PL_ENCODING_PLAIN);
}

static bool list_twins(struct pl_arena *arena, struct pool *pool)
{
    pool->group = no_group;
    pool->picks = pl_arena_alloc_array(
        arena, PL_REDTEAM_REQUESTS_COUNT * PL_REDTEAM_WRAPPERS_COUNT * PL_ENCODINGS_COUNT,
        sizeof *pool->picks);
    for (size_t row = 0; pool->picks != NULL && row < PL_REDTEAM_REQUESTS_COUNT; row++)
        for (size_t wrapper = 0; wrapper < PL_REDTEAM_WRAPPERS_COUNT; wrapper++)
            for (size_t encoding = 0; encoding < PL_ENCODINGS_COUNT; encoding++)
                if (is_twin(wrapper, encoding))
                    pool->picks[pool->count++] = (struct pl_redteam_pick){
                        PL_REDTEAM_TWIN, (uint16_t)row, (uint16_t)wrapper, (uint8_t)encoding, 0};
    return pool->picks != NULL;
}

static void shuffle(struct pool *pool, uint64_t seed, uint64_t stream)
{
    struct pl_rng rng;

    pl_rng_init(&rng, seed, stream);
    for (size_t i = pool->count; i > 1; i--) {
        const size_t j = (size_t)pl_rng_below(&rng, i);
        const struct pl_redteam_pick pick = pool->picks[i - 1];

        pool->picks[i - 1] = pool->picks[j];
        pool->picks[j] = pick;
    }
}

static void levels_of(const struct pool *pool, const struct pl_redteam_pick *pick,
                      uint32_t ret_levels[DIMENSIONS_COUNT])
{
    ret_levels[BY_GROUP] = pool->group(pick);
    ret_levels[BY_WRAPPER] = pick->wrapper;
    ret_levels[BY_ENCODING] = pick->encoding;
    ret_levels[BY_LANGUAGE] = pick->language;
    ret_levels[BY_ROW] = pick->row;
    for (int i = 0; i < DIMENSIONS_COUNT; i++)
        assert(ret_levels[i] < LEVELS_MAX);
}

/* How often each level was met, and how many levels there are: a level of many counts for more. English stands
   beside every encoding and would hold them back, so it is not counted. */
struct tallies {
    uint32_t met[DIMENSIONS_COUNT][LEVELS_MAX];
    uint32_t levels[DIMENSIONS_COUNT];
};

static void count_levels(const struct pool *pool, struct tallies *tallies)
{
    bool seen[DIMENSIONS_COUNT][LEVELS_MAX] = {{false}};

    for (size_t i = 0; i < pool->count; i++) {
        uint32_t levels[DIMENSIONS_COUNT];

        levels_of(pool, &pool->picks[i], levels);
        for (int d = 0; d < DIMENSIONS_COUNT; d++) {
            tallies->levels[d] += !seen[d][levels[d]];
            seen[d][levels[d]] = true;
        }
    }
}

static uint64_t cost_of(const struct pool *pool, const struct pl_redteam_pick *pick,
                        const struct tallies *tallies)
{
    uint32_t levels[DIMENSIONS_COUNT];
    uint64_t cost = 0;

    levels_of(pool, pick, levels);
    for (int d = 0; d < DIMENSIONS_COUNT; d++)
        if (d != BY_LANGUAGE || levels[d] != PL_REDTEAM_ENGLISH)
            cost += (uint64_t)tallies->met[d][levels[d]] * tallies->levels[d];
    return cost;
}

static void note(const struct pool *pool, const struct pl_redteam_pick *pick,
                 struct tallies *tallies)
{
    uint32_t levels[DIMENSIONS_COUNT];

    levels_of(pool, pick, levels);
    for (int d = 0; d < DIMENSIONS_COUNT; d++)
        tallies->met[d][levels[d]]++;
}

/* Moves the `count` picks that are to be taken to the front, in their order. */
static void spread(struct pool *pool, size_t count)
{
    struct tallies tallies = {{{0}}, {0}};

    count_levels(pool, &tallies);
    for (size_t taken = 0; taken < count; taken++) {
        size_t best = taken;
        uint64_t best_cost = UINT64_MAX;
        struct pl_redteam_pick pick;

        for (size_t i = taken; i < pool->count && best_cost > 0; i++) {
            const uint64_t cost = cost_of(pool, &pool->picks[i], &tallies);

            if (cost < best_cost) {
                best = i;
                best_cost = cost;
            }
        }
        pick = pool->picks[best];
        pool->picks[best] = pool->picks[taken];
        pool->picks[taken] = pick;
        note(pool, &pick, &tallies);
    }
}

static size_t at_most(size_t asked, size_t possible)
{
    return asked < possible ? asked : possible;
}

/* The kind whose turn it is: that of which the smallest share was taken, by its middle. */
static size_t next_kind(const size_t taken[KINDS_COUNT], const size_t counts[KINDS_COUNT])
{
    size_t best = KINDS_COUNT;

    for (size_t k = 0; k < KINDS_COUNT; k++)
        if (taken[k] < counts[k] && (best == KINDS_COUNT || (2 * taken[k] + 1) * counts[best] <
                                                                (2 * taken[best] + 1) * counts[k]))
            best = k;
    return best;
}

/* The first `counts[k]` of each pool, mixed evenly, so that whoever stops early has seen all kinds. */
static bool mix(struct pool pools[KINDS_COUNT], const size_t counts[KINDS_COUNT],
                struct pl_arena *arena, struct pl_redteam_plan *plan)
{
    size_t taken[KINDS_COUNT] = {0};
    struct pl_redteam_pick *picks = NULL;

    for (size_t k = 0; k < KINDS_COUNT; k++) {
        spread(&pools[k], counts[k]);
        plan->count += counts[k];
    }
    picks = pl_arena_alloc_array(arena, plan->count, sizeof *picks);
    for (size_t i = 0; picks != NULL && i < plan->count; i++) {
        const size_t k = next_kind(taken, counts);

        picks[i] = pools[k].picks[taken[k]++];
    }
    plan->picks = picks;
    return picks != NULL;
}

enum pl_status pl_redteam_plan_make(const struct pl_redteam_options *options,
                                    struct pl_arena *arena, struct pl_redteam_plan *ret_plan,
                                    struct pl_error *error)
{
    struct pool pools[KINDS_COUNT] = {{NULL, 0, NULL}, {NULL, 0, NULL}, {NULL, 0, NULL}};
    struct pl_redteam_plan plan = {.options = *options};

    if (!list_attacks(options, arena, &pools[0]) || !list_safe(arena, &pools[1]) ||
        !list_twins(arena, &pools[2]))
        return pl_arena_error(arena, "the possible attacks", error);
    if (pools[0].count == 0 && options->attacks_count > 0)
        return pl_error_set(error, PL_E_USAGE,
                            "no attack belongs to the items asked for; there are LLM01, LLM02 and "
                            "LLM05 to LLM10");
    for (size_t k = 0; k < KINDS_COUNT; k++)
        shuffle(&pools[k], options->seed, k);

    const size_t counts[KINDS_COUNT] = {
        at_most(options->attacks_count, pools[0].count),
        at_most(options->safe_count, pools[1].count),
        at_most(options->twins_count, pools[2].count),
    };

    plan.attacks_possible = pools[0].count;
    plan.attacks_count = counts[0];
    plan.safe_count = counts[1];
    plan.twins_count = counts[2];
    if (!mix(pools, counts, arena, &plan))
        return pl_arena_error(arena, "the cases", error);
    *ret_plan = plan;
    return PL_OK;
}
