/*
 * Words into limits. The words are those of the line: a measure, a comparator, its bound, and the
 * slices it speaks of; what is wrong is said with the nearest that would be right.
 */
#include "threshold/keep.h"

#include "measure/costs.h"
#include "measure/moved.h"
#include "measure/metrics.h"

#include <string.h>

struct keeper {
    const struct pl_line *line;
    struct pl_arena *arena;
    struct pl_limit *limits; /* the line's, and behind them those read */
    size_t limits_count;
    bool *kept;
};

/* The next word; takes it and the blanks behind it off `text`. */
static struct pl_str take_word(struct pl_str *text)
{
    size_t length = 0;

    *text = pl_str_trim(*text);
    while (length < text->len && text->ptr[length] != ' ' && text->ptr[length] != '\t')
        length++;

    const struct pl_str word = {text->ptr, length};

    *text = pl_str_trim((struct pl_str){text->ptr + length, text->len - length});
    return word;
}

static enum pl_status unknown_segment(const struct pl_line *line, const char *option,
                                      struct pl_str name, struct pl_error *error)
{
    const char *names[PL_SEGMENTS_MAX];
    size_t count = 0;

    for (; count < line->data.segments_count; count++)
        names[count] = line->data.segments[count].name.ptr;

    const char *nearest = pl_str_nearest(name, names, count);

    return pl_error_set(error, PL_E_USAGE, "`%s`: the line has no segment `%.*s`%s%s%s", option,
                        PL_STR_ARG(name), nearest == NULL ? "" : "; did you mean `",
                        nearest == NULL ? "" : nearest, nearest == NULL ? "" : "`?");
}

static enum pl_status add_segment(const struct pl_line *line, const char *option,
                                  struct pl_str name, struct pl_crossing *crossing,
                                  struct pl_error *error)
{
    uint32_t found = 0;

    while (found < line->data.segments_count &&
           !pl_str_equal(line->data.segments[found].name, name))
        found++;
    if (found == line->data.segments_count)
        return unknown_segment(line, option, name, error);
    for (uint32_t i = 0; i < crossing->count; i++)
        if (crossing->segments[i] == found)
            return pl_error_set(error, PL_E_USAGE, "`%s` crosses `%.*s` with itself", option,
                                PL_STR_ARG(name));
    if (crossing->count == PL_CROSSING_MAX)
        return pl_error_set(error, PL_E_USAGE, "`%s` crosses more than %d segments", option,
                            PL_CROSSING_MAX);
    crossing->segments[crossing->count++] = found;
    return PL_OK;
}

enum pl_status pl_keep_crossing(const struct pl_line *line, const char *option, struct pl_str text,
                                struct pl_crossing *ret_crossing, struct pl_error *error)
{
    struct pl_crossing crossing = {.count = 0};

    for (;;) {
        const char *star = memchr(text.ptr, '*', text.len);
        const size_t length = star == NULL ? text.len : (size_t)(star - text.ptr);

        PL_RETURN_IF(add_segment(line, option, pl_str_trim((struct pl_str){text.ptr, length}),
                                 &crossing, error));
        if (star == NULL)
            break;
        text = (struct pl_str){star + 1, text.len - length - 1};
    }
    *ret_crossing = crossing;
    return PL_OK;
}

/* "race,race*sex" or "every". */
static enum pl_status read_by(struct keeper *keeper, struct pl_str text, struct pl_limit *limit,
                              struct pl_error *error)
{
    struct pl_crossing *crossings = NULL;

    if (pl_str_equal_text(text, "every"))
        return pl_crossings_every(keeper->line->data.segments_count, keeper->line->evidence.depth,
                                  keeper->arena, &limit->crossings, &limit->crossings_count, error);
    crossings = pl_arena_alloc_array(keeper->arena, text.len + 1, sizeof *crossings);
    if (crossings == NULL)
        return pl_arena_error(keeper->arena, "the limits to keep", error);
    for (;;) {
        const char *comma = memchr(text.ptr, ',', text.len);
        const size_t length = comma == NULL ? text.len : (size_t)(comma - text.ptr);

        PL_RETURN_IF(pl_keep_crossing(keeper->line, "--keep", (struct pl_str){text.ptr, length},
                                      &crossings[limit->crossings_count], error));
        limit->crossings_count++;
        if (comma == NULL)
            break;
        text = (struct pl_str){comma + 1, text.len - length - 1};
    }
    limit->crossings = crossings;
    return PL_OK;
}

static enum pl_status read_comparator(struct pl_str word, struct pl_limit *limit,
                                      struct pl_error *error)
{
    const char *names[PL_COMPARATORS_COUNT];

    for (int i = 0; i < PL_COMPARATORS_COUNT; i++) {
        names[i] = pl_comparator_name((enum pl_comparator)i);
        if (pl_str_equal_text(word, names[i])) {
            limit->comparator = (enum pl_comparator)i;
            return PL_OK;
        }
    }

    const char *nearest = pl_str_nearest(word, names, PL_COMPARATORS_COUNT);

    return pl_error_set(error, PL_E_USAGE,
                        "`--keep`: `%.*s` is no comparator%s%s%s; write for example "
                        "`false_positive_rate max 0.1 by race`",
                        PL_STR_ARG(word), nearest == NULL ? "" : "; did you mean `",
                        nearest == NULL ? "" : nearest, nearest == NULL ? "" : "`?");
}

/* "0.1" or "10%" */
static enum pl_status read_bound(struct pl_str word, struct pl_limit *limit, struct pl_error *error)
{
    const bool percent = pl_str_ends_with(word, PL_STR("%"));
    const struct pl_str number = {word.ptr, word.len - (percent ? 1 : 0)};

    if (!pl_str_to_double(number, &limit->threshold))
        return pl_error_set(error, PL_E_USAGE, "`--keep`: `%.*s` is no number; %s",
                            PL_STR_ARG(word), "a comparator needs a bound, as in `max 0.1`");
    limit->threshold /= percent ? 100.0 : 1.0;
    return PL_OK;
}

/* The measure must be one that a threshold moves. */
static enum pl_status check_metric(struct keeper *keeper, const struct pl_limit *limit,
                                   struct pl_error *error)
{
    const bool is_ratio = limit->comparator == PL_COMPARE_MIN_RATIO ||
                          limit->comparator == PL_COMPARE_MAX_RATIO ||
                          limit->comparator == PL_COMPARE_MAX_RATIO_TO_OVERALL;
    struct pl_metric metric;

    if (pl_metric_parse(limit->metric, keeper->line->data.task, keeper->arena, &metric, error) !=
        PL_OK)
        return pl_error_set(error, PL_E_USAGE,
                            "`--keep %.*s`: there is no such measure; "
                            "`plimsoll measures` lists them",
                            PL_STR_ARG(limit->metric));
    if (!pl_metric_moves(&metric))
        return pl_error_set(error, PL_E_USAGE, "`--keep %.*s`: no threshold changes that measure",
                            PL_STR_ARG(limit->metric));
    if (pl_comparator_has_baseline(limit->comparator))
        return pl_error_set(error, PL_E_USAGE,
                            "`--keep %.*s`: a limit that compares with a baseline cannot be kept "
                            "by a search; `gate` judges it",
                            PL_STR_ARG(limit->metric));
    if (is_ratio && pl_metric_below_zero(&metric, &keeper->line->costs))
        return pl_error_set(error, PL_E_USAGE,
                            "`--keep %.*s`: the measure can be below 0, so it has no ratios",
                            PL_STR_ARG(limit->metric));
    return PL_OK;
}

static bool is_alone(const struct pl_limit *limit)
{
    return limit->comparator == PL_COMPARE_MIN || limit->comparator == PL_COMPARE_MAX;
}

static bool takes_reference(const struct pl_limit *limit)
{
    return limit->comparator == PL_COMPARE_MIN_RATIO || limit->comparator == PL_COMPARE_MAX_RATIO ||
           limit->comparator == PL_COMPARE_MAX_DIFFERENCE;
}

/* What stands before the word `reference`; leaves in `text` what stands behind it. */
static struct pl_str take_until_reference(struct pl_str *text)
{
    const struct pl_str word = PL_STR(" reference ");

    for (size_t i = 0; i + word.len <= text->len; i++)
        if (memcmp(text->ptr + i, word.ptr, word.len) == 0) {
            const struct pl_str before = {text->ptr, i};

            *text =
                pl_str_trim((struct pl_str){text->ptr + i + word.len, text->len - i - word.len});
            return pl_str_trim(before);
        }

    const struct pl_str all = pl_str_trim(*text);

    text->len = 0;
    return all;
}

/* What stands behind the bound: `by …` and `reference …`. */
static enum pl_status read_rest(struct keeper *keeper, struct pl_str rest, struct pl_limit *limit,
                                struct pl_error *error)
{
    if (rest.len > 0 && pl_str_equal_text(take_word(&rest), "by")) {
        const struct pl_str by = take_until_reference(&rest);

        PL_RETURN_IF(read_by(keeper, by, limit, error));
        limit->reference = rest;
        rest.len = 0;
    }
    if (rest.len > 0)
        return pl_error_set(error, PL_E_USAGE,
                            "`--keep %.*s`: behind the bound stand only `by SEGMENT` and "
                            "`reference GROUP`",
                            PL_STR_ARG(limit->text));
    if (!is_alone(limit) && limit->crossings_count == 0)
        return pl_error_set(error, PL_E_USAGE, "`--keep %.*s` compares slices: add `by SEGMENT`",
                            PL_STR_ARG(limit->text));
    if (limit->reference.len > 0 &&
        (!takes_reference(limit) || limit->crossings_count != 1 || limit->crossings[0].count != 1))
        return pl_error_set(error, PL_E_USAGE,
                            "`--keep %.*s`: a reference goes with `max_difference`, `min_ratio` "
                            "or `max_ratio` by one segment",
                            PL_STR_ARG(limit->text));
    return PL_OK;
}

static enum pl_status add_own(struct keeper *keeper, struct pl_str text, struct pl_error *error)
{
    struct pl_str rest = text;
    struct pl_limit limit = {
        .text = text,
        .metric = take_word(&rest),
        .judge = PL_JUDGE_INTERVAL,
        .confidence = keeper->line->evidence.confidence,
    };

    PL_RETURN_IF(read_comparator(take_word(&rest), &limit, error));
    PL_RETURN_IF(check_metric(keeper, &limit, error));
    PL_RETURN_IF(read_bound(take_word(&rest), &limit, error));
    PL_RETURN_IF(read_rest(keeper, rest, &limit, error));
    keeper->limits[keeper->limits_count] = limit;
    keeper->kept[keeper->limits_count++] = true;
    return PL_OK;
}

/* The line's limits on one measure; or on any, when `name` is empty. */
static enum pl_status keep_of_line(struct keeper *keeper, struct pl_str name,
                                   struct pl_error *error)
{
    struct pl_limit named = {.metric = name};
    struct pl_metric wanted;
    bool any = false;

    if (name.len > 0) {
        PL_RETURN_IF(check_metric(keeper, &named, error));
        PL_RETURN_IF(pl_metric_parse(name, keeper->line->data.task, keeper->arena, &wanted, error));
    }
    for (size_t i = 0; i < keeper->line->limits_count; i++) {
        struct pl_metric metric;

        PL_RETURN_IF(pl_metric_parse(keeper->line->limits[i].metric, keeper->line->data.task,
                                     keeper->arena, &metric, error));
        if (!pl_metric_moves(&metric) || keeper->line->limits[i].baseline != NULL ||
            (name.len > 0 && metric.row != wanted.row))
            continue;
        keeper->kept[i] = true;
        any = true;
    }
    if (any)
        return PL_OK;
    if (name.len == 0)
        return pl_error_set(error, PL_E_USAGE,
                            "`--keep every`: the line has no limit that a threshold moves");
    return pl_error_set(error, PL_E_USAGE,
                        "`--keep %.*s`: the line has no limit on that measure; write one, as in "
                        "`%.*s max 0.1`",
                        PL_STR_ARG(name), PL_STR_ARG(name));
}

/* One of the line's limits by its number, 1 for the first. */
static enum pl_status keep_numbered(struct keeper *keeper, struct pl_str text,
                                    struct pl_error *error)
{
    const size_t count = keeper->line->limits_count;
    double number = 0.0;

    for (size_t i = 0; pl_str_to_double(text, &number) && i < count; i++)
        if ((double)(i + 1) >= number && (double)(i + 1) <= number) {
            PL_RETURN_IF(check_metric(keeper, &keeper->line->limits[i], error));
            keeper->kept[i] = true;
            return PL_OK;
        }
    return pl_error_set(error, PL_E_USAGE,
                        "`--keep %.*s`: the limits of the line are numbered 1 to %zu",
                        PL_STR_ARG(text), count);
}

static enum pl_status read_keep(struct keeper *keeper, struct pl_str text, struct pl_error *error)
{
    struct pl_str rest = text;
    const struct pl_str first = take_word(&rest);

    if (pl_str_equal_text(first, "every") && rest.len == 0)
        return keep_of_line(keeper, PL_STR(""), error);
    if (first.len == 0)
        return pl_error_set(error, PL_E_USAGE, "`--keep` says nothing");
    if (rest.len == 0 && first.ptr[0] >= '0' && first.ptr[0] <= '9')
        return keep_numbered(keeper, first, error);
    if (rest.len == 0)
        return keep_of_line(keeper, first, error);
    return add_own(keeper, pl_str_trim(text), error);
}

enum pl_status pl_keeps_read(const struct pl_line *line, struct pl_strs texts,
                             struct pl_arena *arena, struct pl_line *ret_line,
                             const bool **ret_kept, struct pl_error *error)
{
    const size_t most = line->limits_count + texts.count;
    struct keeper keeper = {
        .line = line,
        .arena = arena,
        .limits = pl_arena_alloc_array(arena, most + 1, sizeof *keeper.limits),
        .limits_count = line->limits_count,
        .kept = pl_arena_alloc_array(arena, most + 1, sizeof *keeper.kept),
    };

    if (keeper.limits == NULL || keeper.kept == NULL)
        return pl_arena_error(arena, "the limits to keep", error);
    for (size_t i = 0; i < line->limits_count; i++)
        keeper.limits[i] = line->limits[i];
    for (size_t i = 0; i < texts.count; i++)
        PL_RETURN_IF(read_keep(&keeper, texts.items[i], error));
    *ret_line = *line;
    ret_line->limits = keeper.limits;
    ret_line->limits_count = keeper.limits_count;
    *ret_kept = keeper.kept;
    return PL_OK;
}
