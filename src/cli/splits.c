/*
 * Reading `--by`: race, race*sex, age=years:25,45. A segment is made where it is first named; the
 * same name later means the same segment, and may not be given another meaning.
 */
#include "cli/splits.h"

#include <string.h>

#define BINS_MAX 100

/* Cuts `text` at the first `c`; what is behind it, or nothing when there is none. */
static bool cut(struct pl_str text, char c, struct pl_str *ret_before, struct pl_str *ret_after)
{
    const char *at = text.len == 0 ? NULL : memchr(text.ptr, c, text.len);

    if (at == NULL) {
        *ret_before = text;
        *ret_after = (struct pl_str){NULL, 0};
        return false;
    }
    *ret_before = (struct pl_str){text.ptr, (size_t)(at - text.ptr)};
    *ret_after = (struct pl_str){at + 1, text.len - ret_before->len - 1};
    return true;
}

static enum pl_status read_edges(struct pl_str text, struct pl_arena *arena,
                                 struct pl_segment *segment, struct pl_error *error)
{
    double *bins = pl_arena_alloc_array(arena, BINS_MAX, sizeof *bins);
    size_t count = 0;
    bool more = true;

    if (bins == NULL)
        return pl_arena_error(arena, "the bins of --by", error);
    while (more) {
        struct pl_str edge;

        more = cut(text, ',', &edge, &text);
        if (count == BINS_MAX)
            return pl_error_set(error, PL_E_USAGE, "`--by`: `%.*s` has more than %d edges",
                                PL_STR_ARG(segment->name), BINS_MAX);
        if (!pl_str_to_double(pl_str_trim(edge), &bins[count]))
            return pl_error_set(error, PL_E_USAGE,
                                "`--by`: the edge `%.*s` of `%.*s` is not a number",
                                PL_STR_ARG(edge), PL_STR_ARG(segment->name));
        if (count > 0 && bins[count] <= bins[count - 1])
            return pl_error_set(error, PL_E_USAGE,
                                "`--by`: the edges of `%.*s` must rise; `%.*s` does not",
                                PL_STR_ARG(segment->name), PL_STR_ARG(edge));
        count++;
    }
    segment->kind = PL_SEGMENT_BINS;
    segment->bins = bins;
    segment->bins_count = count;
    return PL_OK;
}

/* One part of a crossing, as the segment that it describes. */
static enum pl_status read_part(struct pl_str part, struct pl_arena *arena,
                                struct pl_segment *segment, struct pl_error *error)
{
    struct pl_str definition;
    struct pl_str edges;
    struct pl_str name;

    *segment = (struct pl_segment){.kind = PL_SEGMENT_COLUMN};
    segment->column = part;
    segment->name = part;
    if (cut(part, '=', &name, &definition)) {
        const bool has_edges = cut(definition, ':', &segment->column, &edges);

        segment->name = pl_str_trim(name);
        segment->column = pl_str_trim(segment->column);
        if (has_edges)
            PL_RETURN_IF(read_edges(edges, arena, segment, error));
    }
    if (segment->name.len == 0 || segment->column.len == 0)
        return pl_error_set(error, PL_E_USAGE,
                            "`--by`: `%.*s` names no column; write COLUMN, A*B or "
                            "NAME=COLUMN:EDGE,EDGE",
                            PL_STR_ARG(part));
    return PL_OK;
}

static bool is_same(const struct pl_segment *a, const struct pl_segment *b)
{
    if (a->kind != b->kind || !pl_str_equal(a->column, b->column) || a->bins_count != b->bins_count)
        return false;
    for (size_t i = 0; i < a->bins_count; i++)
        if (a->bins[i] < b->bins[i] || a->bins[i] > b->bins[i])
            return false;
    return true;
}

/* The index of the segment, added when its name is new. A bare name means the segment of that name.
 */
static enum pl_status find_segment(struct pl_splits *by, const struct pl_segment *segment,
                                   uint32_t *ret_index, struct pl_error *error)
{
    const bool is_bare = pl_str_equal(segment->name, segment->column) && segment->bins_count == 0;

    for (size_t i = 0; i < by->segments_count; i++) {
        if (!pl_str_equal(by->segments[i].name, segment->name))
            continue;
        if (!is_bare && !is_same(&by->segments[i], segment))
            return pl_error_set(error, PL_E_USAGE,
                                "`--by`: `%.*s` is given two meanings; use another name",
                                PL_STR_ARG(segment->name));
        *ret_index = (uint32_t)i;
        return PL_OK;
    }
    if (by->segments_count == PL_SEGMENTS_MAX)
        return pl_error_set(error, PL_E_USAGE, "`--by`: more than %d segments", PL_SEGMENTS_MAX);
    by->segments[by->segments_count] = *segment;
    *ret_index = (uint32_t)by->segments_count++;
    return PL_OK;
}

static bool contains(const struct pl_crossing *crossing, uint32_t segment)
{
    for (uint32_t i = 0; i < crossing->count; i++)
        if (crossing->segments[i] == segment)
            return true;
    return false;
}

static enum pl_status read_crossing(struct pl_str text, struct pl_arena *arena,
                                    struct pl_splits *by, struct pl_error *error)
{
    struct pl_crossing crossing = {.count = 0};
    struct pl_str rest = text;
    bool more = true;

    while (more) {
        struct pl_segment segment;
        struct pl_str part;
        uint32_t index = 0;

        more = cut(rest, '*', &part, &rest);
        PL_RETURN_IF(read_part(pl_str_trim(part), arena, &segment, error));
        PL_RETURN_IF(find_segment(by, &segment, &index, error));
        if (contains(&crossing, index))
            return pl_error_set(error, PL_E_USAGE, "`--by`: `%.*s` crosses `%.*s` with itself",
                                PL_STR_ARG(text), PL_STR_ARG(segment.name));
        if (crossing.count == PL_CROSSING_MAX)
            return pl_error_set(error, PL_E_USAGE, "`--by`: `%.*s` crosses more than %d segments",
                                PL_STR_ARG(text), PL_CROSSING_MAX);
        crossing.segments[crossing.count++] = index;
    }
    by->crossings[by->crossings_count++] = crossing;
    return PL_OK;
}

void pl_splits_init(struct pl_splits *splits, const struct pl_segment *segments, size_t count)
{
    splits->segments_count = count;
    splits->crossings_count = 0;
    if (count > 0)
        memcpy(splits->segments, segments, count * sizeof *segments);
}

enum pl_status pl_splits_read(const struct pl_texts *texts, struct pl_arena *arena,
                              struct pl_splits *splits, struct pl_error *error)
{
    for (size_t i = 0; i < texts->count; i++)
        PL_RETURN_IF(read_crossing(pl_str_of(texts->items[i]), arena, splits, error));
    return PL_OK;
}

enum pl_status pl_splits_strata(const struct pl_splits *by, const char *strata,
                                struct pl_str *ret_strata, struct pl_error *error)
{
    const struct pl_str name = pl_str_of(strata);

    if (name.len == 0)
        return PL_OK;
    for (size_t i = 0; i < by->segments_count; i++)
        if (pl_str_equal(by->segments[i].name, name)) {
            *ret_strata = name;
            return PL_OK;
        }
    return pl_error_set(error, PL_E_USAGE,
                        "`--strata %s` is none of the segments; name it with `--by` too", strata);
}
