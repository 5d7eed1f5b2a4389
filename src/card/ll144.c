/*
 * The figures of a bias audit under New York City's Local Law 144 of 2021 and its rule, 6 RCNY § 5-300
 * to 5-304: for sex, for race or ethnicity and for their crossing the number of candidates, the
 * selection or scoring rate and the impact ratio of each category.
 *
 * The arithmetic is done on counts. The record has a rate k/n as the nearest double, with n below 2^52:
 * n times it, rounded, is k. The ratio is k/n over k'/n' of the category with the highest rate, as
 * k n' / (n k'). Categories with less than 2 % of the candidates whose category is known are listed
 * with their figures and left out of the ratios, as § 5-301(d) allows; those that are not known are
 * counted.
 */
#include "card/card.h"
#include "card/pack.h"
#include "report/values.h"

#include <math.h>

#define SHARES_MIN     50 /* a category that is smaller than one in fifty */
#define GROUP_MISSING  "(missing)"
#define CATEGORIES_MAX 4096
#define SEGMENTS_MAX   2

/* What lines call the segments that the law names. */
static const char *const SEXES[] = {"sex", "gender", NULL};
static const char *const RACES[] = {"race", "ethnicity", "race_ethnicity", "race_or_ethnicity",
                                    NULL};

/* A category of one table. */
struct category {
    const struct pl_body *slice;
    const struct pl_body *rate; /* as the record has it */
    uint64_t n;                 /* candidates with a score or a decision */
    uint64_t chosen;            /* of them selected, or above the median */
    bool known;
    bool small; /* below the share; only of those that are known */
};

struct table {
    struct category items[CATEGORIES_MAX];
    size_t count;
    uint64_t known; /* candidates */
    uint64_t unknown;
    const struct category *highest; /* NULL: nobody was chosen */
};

/* Under which name the line has it; NULL: it has not. */
static const char *segment_of(const struct pl_body *card, const char *const *names)
{
    const struct pl_body *segments = pl_body_get(pl_body_get(card, "data"), "segments");

    for (size_t i = 0; i < segments->count; i++)
        for (size_t k = 0; names[k] != NULL; k++)
            if (pl_str_equal_text(pl_body_text(&segments->items[i]), names[k]))
                return names[k];
    return NULL;
}

static bool is_of(const struct pl_body *slice, const char *const segments[SEGMENTS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < SEGMENTS_MAX && segments[i] != NULL; i++, count++)
        if (pl_body_is_null(pl_body_get(slice, segments[i])))
            return false;
    return slice->count == count;
}

static bool is_known(const struct pl_body *slice)
{
    for (size_t i = 0; i < slice->count; i++)
        if (pl_str_equal_text(pl_body_text(&slice->items[i]), GROUP_MISSING))
            return false;
    return true;
}

static void add_category(struct table *table, const struct pl_body *one, const char *measure)
{
    const struct pl_body *estimate = pl_body_get(pl_body_get(one, "measures"), measure);
    struct category *category = &table->items[table->count];
    double rate = 0.0;

    *category = (struct category){.slice = pl_body_get(one, "slice")};
    category->n = pl_body_count(pl_body_get(estimate, "n"));
    category->rate = pl_body_get(estimate, "value");
    if (pl_body_number(category->rate, &rate) && rate >= 0.0 && rate <= 1.0)
        category->chosen = (uint64_t)llround(rate * (double)category->n);
    category->known = is_known(category->slice);
    if (category->known)
        table->known += category->n;
    else
        table->unknown += category->n;
    table->count++;
}

/* Whether the rate of a is above that of b, by their counts. */
static bool is_above(const struct category *a, const struct category *b)
{
    return (double)a->chosen * (double)b->n > (double)b->chosen * (double)a->n;
}

static void find_highest(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        struct category *one = &table->items[i];

        one->small = one->known && SHARES_MIN * one->n < table->known;
        if (!one->known || one->small || one->chosen == 0)
            continue;
        if (table->highest == NULL || is_above(one, table->highest))
            table->highest = one;
    }
}

static enum pl_status fill(const struct pl_body *card, const char *const segments[SEGMENTS_MAX],
                           const char *measure, struct table *table, struct pl_error *error)
{
    const struct pl_body *slices = pl_body_get(card, "slices");

    for (size_t i = 0; i < slices->count; i++) {
        if (!is_of(pl_body_get(&slices->items[i], "slice"), segments))
            continue;
        if (table->count == CATEGORIES_MAX)
            return pl_error_set(error, PL_E_LIMIT, "more than %d categories in one table",
                                CATEGORIES_MAX);
        add_category(table, &slices->items[i], measure);
    }
    find_highest(table);
    return PL_OK;
}

/* One ratio of counts, rounded once: the products are whole numbers below 2^53 in all but the largest of
   audits. */
static bool ratio_of(const struct table *table, const struct category *one, double *ret_ratio)
{
    const struct category *highest = table->highest;

    if (!one->known || one->small || highest == NULL || one->n == 0)
        return false;
    *ret_ratio =
        (double)one->chosen * (double)highest->n / ((double)one->n * (double)highest->chosen);
    return true;
}

static const char *status_of(const struct table *table, const struct category *one)
{
    double ratio;

    if (one->small)
        return "under_share";
    return ratio_of(table, one, &ratio) ? "ok" : "undefined";
}

static void write_category(struct pl_json *json, const struct table *table,
                           const struct category *one)
{
    double ratio = 0.0;

    pl_json_open_object(json);
    pl_json_key(json, "slice");
    pl_body_write(json, one->slice);
    pl_json_member_uint64(json, "n", one->n);
    pl_json_member_uint64(json, "chosen", one->chosen);
    pl_json_key(json, "rate");
    pl_body_write(json, one->rate);
    pl_json_key(json, "impact_ratio");
    if (ratio_of(table, one, &ratio))
        pl_json_double(json, ratio);
    else
        pl_json_null(json);
    pl_json_member_text(json, "status", status_of(table, one));
    pl_json_close_object(json);
}

/* The rates of the rule, by the name of their measure. */
static const char *const RATES[] = {"selection_rate", "scoring_rate"};

static void write_by(struct pl_json *json, const char *const segments[SEGMENTS_MAX])
{
    pl_json_key(json, "by");
    pl_json_open_array(json);
    for (size_t i = 0; i < SEGMENTS_MAX && segments[i] != NULL; i++)
        pl_json_text(json, segments[i]);
    pl_json_close_array(json);
}

/* A table without categories says that the record has none. */
static void write_table(struct pl_json *json, const struct table *table, const char *rate,
                        const char *const segments[SEGMENTS_MAX])
{
    pl_json_open_object(json);
    pl_json_member_text(json, "rate", rate);
    write_by(json, segments);
    pl_json_key(json, "categories");
    pl_json_open_array(json);
    for (size_t i = 0; i < table->count; i++)
        if (table->items[i].known)
            write_category(json, table, &table->items[i]);
    pl_json_close_array(json);
    pl_json_member_uint64(json, "unknown", table->unknown);
    pl_json_close_object(json);
}

static enum pl_status write_tables(struct pl_json *json, const struct pl_body *card,
                                   const char *const segments[SEGMENTS_MAX], struct pl_arena *arena,
                                   struct pl_error *error)
{
    const char *const tables[][SEGMENTS_MAX] = {
        {segments[0], NULL}, {segments[1], NULL}, {segments[0], segments[1]}};
    const struct pl_body *measures = pl_body_get(pl_body_get(card, "overall"), "measures");

    pl_json_key(json, "tables");
    pl_json_open_array(json);
    for (size_t r = 0; r < sizeof RATES / sizeof *RATES; r++)
        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
            struct table *table = pl_arena_alloc(arena, sizeof *table);

            if (pl_body_is_null(pl_body_get(measures, RATES[r])))
                continue;
            if (table == NULL)
                return pl_arena_error(arena, "a table of the bias audit", error);
            PL_RETURN_IF(fill(card, tables[t], RATES[r], table, error));
            write_table(json, table, RATES[r], tables[t]);
        }
    pl_json_close_array(json);
    return PL_OK;
}

/* What the summary cannot be made from. */
static enum pl_status refuse(const struct pl_body *card, struct pl_error *error)
{
    const uint64_t omitted = pl_body_count(pl_body_get(card, "slices_omitted"));
    const struct pl_body *measures = pl_body_get(pl_body_get(card, "overall"), "measures");
    bool measured = false;

    for (size_t r = 0; r < sizeof RATES / sizeof *RATES; r++)
        measured = measured || !pl_body_is_null(pl_body_get(measures, RATES[r]));
    if (!measured)
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "the pack ll144 needs selection_rate or scoring_rate, and the record "
                            "has neither; set a limit on one of them");
    if (pl_body_is_true(pl_body_get(pl_body_get(card, "data"), "weighted")))
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "the pack ll144 counts candidates, and the line weights them "
                            "(data.columns.weight)");
    if (omitted > 0)
        return pl_error_set(error, PL_E_LIMIT,
                            "the pack ll144 needs every category, and %llu groups were left out of "
                            "the record, which would have become too large",
                            (unsigned long long)omitted);
    return PL_OK;
}

/* The segments of the line that the law names; without both there is no audit. */
static enum pl_status find_segments(const struct pl_body *card, const char *ret_names[SEGMENTS_MAX],
                                    struct pl_error *error)
{
    const char *sex = segment_of(card, SEXES);
    const char *race = segment_of(card, RACES);

    if (sex == NULL || race == NULL)
        return pl_error_set(
            error, PL_E_UNSUPPORTED,
            "the pack ll144 needs segments for sex (`sex` or `gender`) and race "
            "(`race`, `ethnicity` or `race_ethnicity`); the line has no segment for "
            "%s",
            sex == NULL ? "sex" : "race");
    ret_names[0] = sex;
    ret_names[1] = race;
    return PL_OK;
}

enum pl_status pl_card_ll144(const struct pl_body *card, struct pl_arena *arena,
                             struct pl_body **ret_pack, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};
    const char *segments[SEGMENTS_MAX] = {NULL, NULL};
    struct pl_json json;

    PL_RETURN_IF(refuse(card, error));
    PL_RETURN_IF(find_segments(card, segments, error));
    pl_buffer_init(&text, PL_CARD_SIZE_BYTES_MAX);
    pl_json_init(&json, &text, false);
    pl_json_open_object(&json);
    pl_card_pack_head(&json, "ll144", card);
    pl_json_member_double(&json, "smallest_share", 1.0 / SHARES_MIN);
    PL_RETURN_IF(write_tables(&json, card, segments, arena, error));
    pl_json_close_object(&json);
    return pl_card_pack_read(&text, arena, ret_pack, error);
}
