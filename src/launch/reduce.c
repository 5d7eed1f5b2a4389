/*
 * Inside one slice of a launch the launch's own segments have one group only, so they are taken out of
 * every crossing. What is left empty is either the slice itself, for a limit on the value of a measure,
 * or a comparison with the other slices, which is made among all decisions.
 */
#include "launch/reduce.h"

#include "measure/metrics.h"

#include <string.h>

/* Measures of a slice's place among all decisions; alone it would always be the same. */
static const char *const OF_ALL[] = {"share", "scoring_rate"};

static bool has_segment(const struct pl_crossing *crossing, uint32_t segment)
{
    for (uint32_t i = 0; i < crossing->count; i++)
        if (crossing->segments[i] == segment)
            return true;
    return false;
}

static struct pl_crossing reduce(const struct pl_crossing *crossing,
                                 const struct pl_crossing *launch)
{
    struct pl_crossing reduced = {0};

    for (uint32_t i = 0; i < crossing->count; i++)
        if (!has_segment(launch, crossing->segments[i]))
            reduced.segments[reduced.count++] = crossing->segments[i];
    return reduced;
}

static bool is_among(const struct pl_crossing *crossing, const struct pl_crossing *items,
                     size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].count == crossing->count &&
            memcmp(items[i].segments, crossing->segments,
                   crossing->count * sizeof *crossing->segments) == 0)
            return true;
    return false;
}

size_t pl_crossings_reduce(const struct pl_crossings *crossings, const struct pl_crossing *launch,
                           struct pl_crossing *items)
{
    size_t count = 0;

    for (size_t i = 0; i < crossings->count; i++) {
        const struct pl_crossing reduced = reduce(&crossings->items[i], launch);

        if (reduced.count > 0 && !is_among(&reduced, items, count))
            items[count++] = reduced;
    }
    return count;
}

static bool is_of_all(const struct pl_limit *limit)
{
    for (size_t i = 0; i < sizeof OF_ALL / sizeof *OF_ALL; i++)
        if (pl_str_equal_text(limit->metric, OF_ALL[i]))
            return true;
    return false;
}

static bool is_value(const struct pl_limit *limit)
{
    return limit->comparator == PL_COMPARE_MIN || limit->comparator == PL_COMPARE_MAX;
}

/* The crossings of a limit of which the launch's segments are all there is. */
static size_t take_beside(const struct pl_limit *limit, const struct pl_crossing *launch,
                          struct pl_crossing *items)
{
    size_t count = 0;

    for (size_t i = 0; i < limit->crossings_count; i++)
        if (reduce(&limit->crossings[i], launch).count == 0)
            items[count++] = limit->crossings[i];
    return is_value(limit) && !is_of_all(limit) ? 0 : count;
}

/* The slice is in the group that the others are compared with. */
static bool is_reference(const struct pl_measured *measured, const struct pl_slice *slice,
                         const struct pl_limit *limit)
{
    for (uint32_t i = 0; limit->reference.len > 0 && i < slice->crossing->count; i++)
        if (slice->crossing->segments[i] == limit->crossings[0].segments[0] &&
            pl_str_equal(pl_slice_group(measured, slice, i), limit->reference))
            return true;
    return false;
}

/* A line that asks for at least so much of a measure calls high values good. */
static enum pl_better better_of(const struct pl_line *line, struct pl_str metric)
{
    bool has_min = false;
    bool has_max = false;

    for (size_t i = 0; i < line->limits_count; i++) {
        if (!pl_str_equal(line->limits[i].metric, metric))
            continue;
        has_min = has_min || line->limits[i].comparator == PL_COMPARE_MIN;
        has_max = has_max || line->limits[i].comparator == PL_COMPARE_MAX;
    }
    if (has_min == has_max)
        return PL_BETTER_NEITHER;
    return has_min ? PL_BETTER_HIGHER : PL_BETTER_LOWER;
}

/* One limit; false when the arena is full. */
static bool reduce_limit(const struct pl_limit *limit, const struct pl_crossing *launch,
                         struct pl_arena *arena, struct pl_limit *ret_limit,
                         struct pl_crossings *ret_beside)
{
    const struct pl_crossings all = {limit->crossings, limit->crossings_count};
    struct pl_crossing *inside = pl_arena_alloc_array(arena, all.count + 1, sizeof *inside);
    struct pl_crossing *beside = pl_arena_alloc_array(arena, all.count + 1, sizeof *beside);

    if (inside == NULL || beside == NULL)
        return false;
    *ret_limit = *limit;
    ret_limit->crossings = inside;
    ret_limit->crossings_count = pl_crossings_reduce(&all, launch, inside);
    *ret_beside = (struct pl_crossings){beside, take_beside(limit, launch, beside)};
    return true;
}

enum pl_status pl_line_reduce(const struct pl_line *line, const struct pl_measured *measured,
                              const struct pl_slice *slice, struct pl_arena *arena,
                              struct pl_reduced *ret_reduced, struct pl_error *error)
{
    struct pl_line *reduced = pl_arena_alloc(arena, sizeof *reduced);
    struct pl_limit *limits = pl_arena_alloc_array(arena, line->limits_count + 1, sizeof *limits);
    struct pl_crossings *beside =
        pl_arena_alloc_array(arena, line->limits_count + 1, sizeof *beside);
    enum pl_better *better = pl_arena_alloc_array(arena, line->limits_count + 1, sizeof *better);
    size_t count = 0;

    if (reduced == NULL || limits == NULL || beside == NULL || better == NULL)
        return pl_arena_error(arena, "the line of a slice", error);
    for (size_t i = 0; i < line->limits_count; i++) {
        if (is_reference(measured, slice, &line->limits[i]))
            continue;
        if (!reduce_limit(&line->limits[i], &line->launch.crossing, arena, &limits[count],
                          &beside[count]))
            return pl_arena_error(arena, "the line of a slice", error);
        better[count++] = better_of(line, line->limits[i].metric);
    }
    *reduced = *line;
    reduced->limits = limits;
    reduced->limits_count = count;
    *ret_reduced = (struct pl_reduced){reduced, beside, better};
    return PL_OK;
}
