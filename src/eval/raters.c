/*
 * Ratings become a table of units by raters: a unit is an output's very words, known by the case, the repeat
 * and the hash. Where a person rated the same words again, the later rating is the one in the table.
 */
#include "eval/raters.h"

#include <stdlib.h>
#include <string.h>

#define RATINGS_MAX      10000000
#define RATINGS_AT_FIRST 256

struct entry {
    uint64_t unit; /* hash of what was rated */
    uint32_t rater;
    uint32_t value;
    size_t place; /* in the file */
};

struct collecting {
    const struct pl_rating_question *question;
    struct pl_arena *arena;
    struct pl_rater *raters;
    size_t raters_count;
    struct entry *entries;
    size_t count;
    size_t room;
};

static enum pl_status find_rater(struct collecting *collecting, struct pl_str name,
                                 uint32_t *ret_index, struct pl_error *error)
{
    size_t i = 0;

    while (i < collecting->raters_count && !pl_str_equal(collecting->raters[i].name, name))
        i++;
    *ret_index = (uint32_t)i;
    if (i < collecting->raters_count)
        return PL_OK;
    if (i == PL_RATERS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "more than %d raters of one suite", PL_RATERS_MAX);
    collecting->raters[i].name = pl_arena_copy(collecting->arena, name);
    collecting->raters_count++;
    return collecting->raters[i].name.ptr == NULL
               ? pl_arena_error(collecting->arena, "a rater's name", error)
               : PL_OK;
}

static enum pl_status make_room(struct collecting *collecting, struct pl_error *error)
{
    const size_t room = collecting->room == 0 ? RATINGS_AT_FIRST : 2 * collecting->room;
    struct entry *entries = NULL;

    if (collecting->count < collecting->room)
        return PL_OK;
    if (collecting->count >= RATINGS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "more than %d ratings of one suite", RATINGS_MAX);
    entries = pl_arena_alloc_array(collecting->arena, room, sizeof *entries);
    if (entries == NULL)
        return pl_arena_error(collecting->arena, "the ratings", error);
    if (collecting->count > 0)
        memcpy(entries, collecting->entries, collecting->count * sizeof *entries);
    collecting->entries = entries;
    collecting->room = room;
    return PL_OK;
}

static uint64_t unit_of(const struct pl_rating *rating)
{
    const uint64_t parts[] = {pl_str_hash(rating->id), rating->repeat,
                              pl_str_hash(pl_str_of(rating->hash))};

    return pl_str_hash((struct pl_str){(const char *)parts, sizeof parts});
}

static enum pl_status collect(const struct pl_rating *rating, void *context, struct pl_error *error)
{
    struct collecting *collecting = context;
    const uint32_t top = collecting->question->top;
    struct entry entry = {.unit = unit_of(rating), .place = collecting->count};

    if (!pl_str_equal(rating->scorer, collecting->question->scorer))
        return PL_OK;
    if (top == 0 ? rating->value > 1 : rating->value < 1 || rating->value > top)
        return pl_error_set(error, PL_E_DATA,
                            "the rating is not on the scale that the suite has now");
    PL_RETURN_IF(find_rater(collecting, rating->rater, &entry.rater, error));
    PL_RETURN_IF(make_room(collecting, error));
    entry.value = top == 0 ? rating->value : rating->value - 1;
    collecting->entries[collecting->count++] = entry;
    return PL_OK;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;

    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* The rows of the table, one for each unit; later entries overwrite earlier ones. */
static enum pl_status make_table(struct collecting *collecting, struct pl_ratings *table,
                                 struct pl_error *error)
{
    const size_t width = collecting->raters_count;
    uint32_t *ratings = NULL;
    size_t units = 0;

    if (collecting->count > 0)
        qsort(collecting->entries, collecting->count, sizeof *collecting->entries, compare_entries);
    for (size_t i = 0; i < collecting->count; i++)
        units += i == 0 || collecting->entries[i].unit != collecting->entries[i - 1].unit ? 1 : 0;
    ratings = pl_arena_alloc_array(collecting->arena, units * width + 1, sizeof *ratings);
    if (ratings == NULL)
        return pl_arena_error(collecting->arena, "the ratings", error);
    for (size_t i = 0; i < units * width; i++)
        ratings[i] = PL_NO_RATING;
    units = 0;
    for (size_t i = 0; i < collecting->count; i++) {
        units += i == 0 || collecting->entries[i].unit != collecting->entries[i - 1].unit ? 1 : 0;
        ratings[(units - 1) * width + collecting->entries[i].rater] = collecting->entries[i].value;
    }
    table->ratings = ratings;
    table->units_count = units;
    table->raters_count = width;
    return PL_OK;
}

static void count(const struct pl_ratings *table, struct pl_rater *raters, struct pl_raters *result)
{
    for (size_t unit = 0; unit < table->units_count; unit++) {
        size_t given = 0;

        for (size_t i = 0; i < table->raters_count; i++) {
            const uint32_t value = table->ratings[unit * table->raters_count + i];

            if (value == PL_NO_RATING)
                continue;
            given++;
            raters[i].rated++;
            raters[i].passed += result->question.top == 0 && value == 1 ? 1 : 0;
        }
        result->shared += given > 1 ? 1 : 0;
    }
    result->outputs = table->units_count;
}

static enum pl_status compare_pairs(const struct pl_ratings *table, struct pl_arena *arena,
                                    struct pl_raters *result, struct pl_error *error)
{
    const enum pl_kappa_weights weights =
        result->question.top == 0 ? PL_KAPPA_UNWEIGHTED : PL_KAPPA_QUADRATIC;
    const size_t raters = table->raters_count;
    struct pl_rater_agreement *pairs =
        pl_arena_alloc_array(arena, raters * raters / 2 + 1, sizeof *pairs);
    struct pl_rating_table counts;

    if (pairs == NULL)
        return pl_arena_error(arena, "the agreement of raters", error);
    for (size_t i = 0; i < raters; i++)
        for (size_t j = i + 1; j < raters; j++) {
            const struct pl_rater_pair pair = {i, j};

            PL_RETURN_IF(pl_rating_table_make(table, &pair, arena, &counts, error));
            if (counts.n == 0)
                continue;
            pairs[result->pairs_count++] = (struct pl_rater_agreement){
                i, j, counts.n, pl_raw_agreement(&counts), pl_cohen_kappa(&counts, weights)};
        }
    result->pairs = pairs;
    return PL_OK;
}

enum pl_status pl_raters_compare(const struct pl_suite *suite,
                                 const struct pl_rating_question *question, double confidence,
                                 struct pl_arena *arena, struct pl_raters *ret_raters,
                                 struct pl_error *error)
{
    const struct pl_alpha_options options = {
        .level = question->top == 0 ? PL_RATING_NOMINAL : PL_RATING_ORDINAL,
        .seed = suite->seed,
        .confidence = confidence,
    };
    struct collecting collecting = {.question = question, .arena = arena};
    struct pl_raters result = {.question = *question};
    struct pl_ratings table = {.categories_count = question->top == 0 ? 2 : question->top};

    collecting.raters = pl_arena_alloc_array(arena, PL_RATERS_MAX, sizeof *collecting.raters);
    if (collecting.raters == NULL)
        return pl_arena_error(arena, "the raters", error);
    PL_RETURN_IF(pl_ratings_read(suite, arena, collect, &collecting, error));
    if (collecting.count == 0)
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "nobody has rated outputs of the suite `%.*s`%s%.*s%s",
                            PL_STR_ARG(suite->name), question->scorer.len > 0 ? " for `" : "",
                            PL_STR_ARG(question->scorer), question->scorer.len > 0 ? "`" : "");
    PL_RETURN_IF(make_table(&collecting, &table, error));
    count(&table, collecting.raters, &result);
    PL_RETURN_IF(compare_pairs(&table, arena, &result, error));
    PL_RETURN_IF(pl_krippendorff_alpha(&table, &options, arena, &result.alpha, error));
    result.raters = collecting.raters;
    result.raters_count = collecting.raters_count;
    *ret_raters = result;
    return PL_OK;
}
