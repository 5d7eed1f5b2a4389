/*
 * The summary of a bias audit under New York City's Local Law 144 of 2021 and its rule, 6 RCNY § 5-300
 * to 5-304: for sex, for race or ethnicity and for their crossing the number of candidates, the
 * selection or scoring rate and the impact ratio of each category.
 *
 * The arithmetic is done on counts. The record has a rate k/n as the nearest double, with n below 2^52:
 * n times it, rounded, is k. The ratio is k/n over k'/n' of the category with the highest rate, as
 * k n' / (n k'). Categories with less than 2 % of the candidates whose category is known are listed
 * with their figures and left out of the ratios, as § 5-301(d) allows; those that are not known are
 * counted.
 */
#include "card/pack.h"
#include "card/words.h"
#include "report/markdown.h"

#include <math.h>

#define SHARE_MIN      0.02
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
    uint64_t n;      /* candidates with a score or a decision */
    uint64_t chosen; /* of them selected, or above the median */
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
    if (pl_body_number(pl_body_get(estimate, "value"), &rate))
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

        one->small = one->known && (double)one->n < SHARE_MIN * (double)table->known;
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

static void write_ratio(const struct table *table, const struct category *one,
                        struct pl_buffer *out)
{
    const struct category *highest = table->highest;

    if (one->small)
        pl_buffer_add_text(out, "under 2 %");
    else if (highest == NULL || one->n == 0)
        pl_buffer_add_text(out, "–");
    else
        pl_buffer_add_format(out, "%.3f",
                             (double)one->chosen * (double)highest->n /
                                 ((double)one->n * (double)highest->chosen));
}

static void write_category(const struct table *table, const struct category *one,
                           const char *const segments[SEGMENTS_MAX], struct pl_buffer *out)
{
    pl_buffer_add_text(out, "| ");
    for (size_t i = 0; i < SEGMENTS_MAX && segments[i] != NULL; i++) {
        pl_markdown_text(out, pl_body_text(pl_body_get(one->slice, segments[i])));
        pl_buffer_add_text(out, " | ");
    }
    pl_count_write(out, one->n);
    pl_buffer_add_text(out, " | ");
    pl_count_write(out, one->chosen);
    pl_buffer_add_text(out, " | ");
    if (one->n == 0)
        pl_buffer_add_text(out, "–");
    else
        pl_buffer_add_format(out, "%.1f %%", 100.0 * (double)one->chosen / (double)one->n);
    pl_buffer_add_text(out, " | ");
    write_ratio(table, one, out);
    pl_buffer_add_text(out, " |\n");
}

/* What a rate is called, and those it counts. */
struct rate {
    const char *measure;
    const char *title;
    const char *chosen;
};
static const struct rate RATES[] = {
    {"selection_rate", "Selection rate", "selected"},
    {"scoring_rate", "Scoring rate", "above the median score"},
};

static void write_table(const struct table *table, const struct rate *rate,
                        const char *const segments[SEGMENTS_MAX], struct pl_buffer *out)
{
    for (size_t i = 0; i < SEGMENTS_MAX && segments[i] != NULL; i++)
        pl_buffer_add_format(out, "| %s ", segments[i]);
    pl_buffer_add_format(out, "| candidates | %s | %s | impact ratio |\n|", rate->chosen,
                         rate->measure);
    for (size_t i = 0; i < SEGMENTS_MAX && segments[i] != NULL; i++)
        pl_buffer_add_text(out, "---|");
    pl_buffer_add_text(out, "--:|--:|--:|--:|\n");
    for (size_t i = 0; i < table->count; i++)
        if (table->items[i].known)
            write_category(table, &table->items[i], segments, out);
    pl_buffer_add_text(out, "\nNot in the table, since a category is not known: ");
    pl_count_write(out, table->unknown);
    pl_buffer_add_text(out, " candidates.\n\n");
}

static enum pl_status write_one(const struct pl_body *card, const struct rate *rate,
                                const char *const segments[SEGMENTS_MAX], struct pl_arena *arena,
                                struct pl_buffer *out, struct pl_error *error)
{
    struct table *table = pl_arena_alloc(arena, sizeof *table);

    if (table == NULL)
        return pl_arena_error(arena, "a table of the bias audit", error);
    PL_RETURN_IF(fill(card, segments, rate->measure, table, error));
    pl_buffer_add_format(out, "### %s by %s%s%s\n\n", rate->title, segments[0],
                         segments[1] == NULL ? "" : " and ",
                         segments[1] == NULL ? "" : segments[1]);
    if (table->count > 0)
        write_table(table, rate, segments, out);
    else
        pl_buffer_add_text(out,
                           "> **Missing.** The record has no such categories: a limit of the "
                           "line has to name them in its `by`, and the gate to be run again.\n\n");
    return PL_OK;
}

static void write_head(const struct pl_body *card, struct pl_buffer *out)
{
    const struct pl_body *data = pl_body_get(card, "data");
    const struct pl_str distributed = pl_body_text(pl_body_get(card, "distributed"));

    pl_buffer_add_text(out, "# Summary of the bias audit: ");
    pl_markdown_text(out, pl_body_text(pl_body_get(card, "title")));
    pl_buffer_add_text(out, "\n\nUnder Local Law 144 of 2021 of the City of New York and 6 RCNY "
                            "§ 5-300 to 5-304.\n\n");
    pl_buffer_add_format(out, "- Date of the audit: %.*s\n",
                         PL_STR_ARG(pl_body_text(pl_body_get(card, "date"))));
    if (distributed.len > 0)
        pl_buffer_add_format(out, "- Distribution date of the tool: %.*s\n",
                             PL_STR_ARG(distributed));
    else
        pl_buffer_add_text(out, "- Distribution date of the tool: **to be written** "
                                "(`--distributed DATE`)\n");
    pl_buffer_add_text(out, "- Source of the data: ");
    pl_markdown_text(out, pl_body_text(pl_body_get(data, "source")));
    pl_buffer_add_text(out, ", ");
    pl_card_count_words(pl_body_get(data, "decisions"), out);
    pl_buffer_add_format(out, " candidates; BLAKE2b-256 `%.*s`\n",
                         PL_STR_ARG(pl_body_text(pl_body_get(data, "hash"))));
    pl_buffer_add_text(out, "- Explanation of the data: **to be written by a person**: whose "
                            "candidates, of when, and why these data if they are not the "
                            "employer's own\n\n");
}

static void write_rules(struct pl_buffer *out)
{
    pl_buffer_add_text(
        out,
        "## How it was computed\n\n"
        "The rate of a category is the part of its candidates that was chosen. Its impact ratio is "
        "its rate over the highest rate of all categories of the table. Categories with less than "
        "2 % of the candidates of the table are shown with their figures and take no part in the "
        "ratios (§ 5-301(d)); candidates whose category is not known are counted and take no part. "
        "Ratios are computed from the counts; rounding is in what is shown only.\n\n");
}

/* The segments of the line that the law names; without both there is no audit. */
static enum pl_status find_segments(const struct pl_body *card, const char **ret_sex,
                                    const char **ret_race, struct pl_error *error)
{
    const char *sex = segment_of(card, SEXES);
    const char *race = segment_of(card, RACES);

    if (pl_body_is_true(pl_body_get(pl_body_get(card, "data"), "weighted")))
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "the pack ll144 counts candidates, and the line weights them "
                            "(data.columns.weight)");
    if (pl_body_count(pl_body_get(card, "slices_omitted")) > 0)
        return pl_error_set(error, PL_E_LIMIT,
                            "the pack ll144 needs every category, and %llu groups were left out of "
                            "the record, which would have become too large",
                            (unsigned long long)pl_body_count(pl_body_get(card, "slices_omitted")));
    if (sex == NULL || race == NULL)
        return pl_error_set(
            error, PL_E_UNSUPPORTED,
            "the pack ll144 needs segments for sex (`sex` or `gender`) and race "
            "(`race`, `ethnicity` or `race_ethnicity`); the line has no segment for "
            "%s",
            sex == NULL ? "sex" : "race");
    *ret_sex = sex;
    *ret_race = race;
    return PL_OK;
}

enum pl_status pl_card_ll144(const struct pl_body *card, struct pl_arena *arena,
                             struct pl_buffer *out, struct pl_error *error)
{
    const char *sex = NULL;
    const char *race = NULL;
    const struct pl_body *measures = pl_body_get(pl_body_get(card, "overall"), "measures");

    PL_RETURN_IF(find_segments(card, &sex, &race, error));

    const char *const tables[][SEGMENTS_MAX] = {{sex, NULL}, {race, NULL}, {sex, race}};

    write_head(card, out);
    for (size_t r = 0; r < sizeof RATES / sizeof *RATES; r++) {
        if (pl_body_is_null(pl_body_get(measures, RATES[r].measure)))
            continue;
        pl_buffer_add_format(out, "## %s\n\n", RATES[r].title);
        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
            PL_RETURN_IF(write_one(card, &RATES[r], tables[t], arena, out, error));
    }
    write_rules(out);
    return PL_OK;
}
