/* `by`: which slices a limit speaks of. A name is one segment, `a * b` a crossing, a list several
   of these, and `every` all segments and crossings up to evidence.depth. */
#include "line/reader.h"

#include <string.h>

#define CROSSINGS_MAX 1000

static void fault_segment(struct pl_reader *reader, const struct pl_node *node, struct pl_str name)
{
    const struct pl_data *data = &reader->line->data;
    const char *names[PL_SEGMENTS_MAX];

    if (data->segments_count == 0) {
        pl_reader_fault(reader, node, PL_STR("name the segments in `data.segments`"),
                        "names the segment `%s`, and the line has no segments",
                        pl_reader_quote(reader, name).ptr);
        return;
    }
    for (size_t i = 0; i < data->segments_count; i++)
        names[i] = pl_reader_quote(reader, data->segments[i].name).ptr;
    pl_reader_fault(reader, node, pl_reader_hint(reader, name, names, data->segments_count),
                    "names the segment `%s`, which is not in `data.segments`",
                    pl_reader_quote(reader, name).ptr);
}

static bool find_segment(const struct pl_reader *reader, struct pl_str name, uint32_t *ret_index)
{
    const struct pl_data *data = &reader->line->data;

    for (size_t i = 0; i < data->segments_count; i++) {
        if (!pl_str_equal(data->segments[i].name, name))
            continue;
        *ret_index = (uint32_t)i;
        return true;
    }
    return false;
}

static bool has_segment(const struct pl_crossing *crossing, uint32_t segment)
{
    for (uint32_t i = 0; i < crossing->count; i++)
        if (crossing->segments[i] == segment)
            return true;
    return false;
}

/* One name of a crossing; false with a fault. */
static bool add_segment(struct pl_reader *reader, const struct pl_node *node, struct pl_str name,
                        struct pl_crossing *crossing)
{
    uint32_t segment = 0;

    if (name.len == 0) {
        pl_reader_fault(reader, node, PL_STR("for example `race * sex`"),
                        "has nothing on one side of `*`");
        return false;
    }
    if (!find_segment(reader, name, &segment)) {
        fault_segment(reader, node, name);
        return false;
    }
    if (has_segment(crossing, segment)) {
        pl_reader_fault(reader, node, PL_STR("name each segment once"),
                        "crosses the segment `%s` with itself", pl_reader_quote(reader, name).ptr);
        return false;
    }
    if (crossing->count == PL_CROSSING_MAX) {
        pl_reader_fault(reader, node, PL_STR(""), "crosses more than %d segments", PL_CROSSING_MAX);
        return false;
    }
    crossing->segments[crossing->count++] = segment;
    return true;
}

/* "a * b": cut at the stars. */
static bool read_crossing(struct pl_reader *reader, const struct pl_node *node,
                          struct pl_crossing *ret_crossing)
{
    struct pl_crossing crossing = {0};
    struct pl_str rest = node->text;

    for (;;) {
        const char *star = rest.len == 0 ? NULL : memchr(rest.ptr, '*', rest.len);
        const size_t length = star == NULL ? rest.len : (size_t)(star - rest.ptr);

        if (!add_segment(reader, node, pl_str_trim((struct pl_str){rest.ptr, length}), &crossing))
            return false;
        if (star == NULL)
            break;
        rest = (struct pl_str){star + 1, rest.len - length - 1};
    }
    *ret_crossing = crossing;
    return true;
}

/* The same segments, in whatever order. */
static bool is_same(const struct pl_crossing *a, const struct pl_crossing *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!has_segment(b, a->segments[i]))
            return false;
    return true;
}

static bool check_new(struct pl_reader *reader, const struct pl_node *node,
                      const struct pl_crossing *crossings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_same(&crossings[i], &crossings[count]))
            continue;
        pl_reader_fault(reader, node, PL_STR("name each once"), "stands twice in this list");
        return false;
    }
    return true;
}

static bool read_item(struct pl_reader *reader, const struct pl_node *item,
                      struct pl_crossing *crossings, size_t count)
{
    if (!pl_reader_expect(reader, item, PL_NODE_SCALAR, "race"))
        return false;
    if (pl_str_equal_text(item->text, "every")) {
        pl_reader_fault(reader, item, PL_STR("write `by: every`"),
                        "is `every`, which stands alone and not in a list");
        return false;
    }
    return read_crossing(reader, item, &crossings[count]) &&
           check_new(reader, item, crossings, count);
}

static bool read_list(struct pl_reader *reader, const struct pl_node *node, struct pl_by *ret_by)
{
    bool is_good = true;
    size_t count = 0;

    if (node->count == 0 || node->count > CROSSINGS_MAX) {
        pl_reader_fault(reader, node, PL_STR("for example `[race, race * sex]`"),
                        "has %zu entries; must have 1 to %d", node->count, CROSSINGS_MAX);
        return false;
    }

    struct pl_crossing *crossings = pl_reader_alloc(reader, node->count, sizeof *crossings);

    for (const struct pl_node *item = node->first; item != NULL && crossings != NULL;
         item = item->next) {
        if (read_item(reader, item, crossings, count))
            count++;
        else
            is_good = false;
    }
    *ret_by = (struct pl_by){.crossings = crossings, .count = count};
    return is_good && crossings != NULL;
}

/* The next combination of `size` out of `count` in lexical order; false after the last. */
static bool next_combination(struct pl_crossing *crossing, uint32_t count)
{
    for (uint32_t i = crossing->count; i-- > 0;) {
        if (crossing->segments[i] >= count - crossing->count + i)
            continue;
        crossing->segments[i]++;
        for (uint32_t j = i + 1; j < crossing->count; j++)
            crossing->segments[j] = crossing->segments[j - 1] + 1;
        return true;
    }
    return false;
}

/* All combinations of up to `depth` segments, singles first; more than fit only make the count
 * grow. */
static size_t list_every(uint32_t segments_count, uint32_t depth, struct pl_crossing *crossings)
{
    size_t count = 0;

    for (uint32_t size = 1; size <= depth && size <= segments_count; size++) {
        struct pl_crossing crossing = {.count = size};

        for (uint32_t i = 0; i < size; i++)
            crossing.segments[i] = i;
        do {
            if (count < CROSSINGS_MAX)
                crossings[count] = crossing;
            count++;
        } while (next_combination(&crossing, segments_count));
    }
    return count;
}

static bool read_every(struct pl_reader *reader, const struct pl_node *node, struct pl_by *ret_by)
{
    const uint32_t segments_count = (uint32_t)reader->line->data.segments_count;
    struct pl_crossing *crossings = NULL;

    if (segments_count == 0) {
        pl_reader_fault(reader, node, PL_STR("name the segments in `data.segments`"),
                        "is `every`, and the line has no segments");
        return false;
    }
    crossings = pl_reader_alloc(reader, CROSSINGS_MAX, sizeof *crossings);
    if (crossings == NULL)
        return false;

    const size_t count = list_every(segments_count, reader->line->evidence.depth, crossings);

    if (count > CROSSINGS_MAX) {
        pl_reader_fault(reader, node, PL_STR("lower `evidence.depth`"),
                        "makes %zu segments and crossings; at most %d are allowed", count,
                        CROSSINGS_MAX);
        return false;
    }
    *ret_by = (struct pl_by){.crossings = crossings, .count = count, .every = true};
    return true;
}

static bool read_single(struct pl_reader *reader, const struct pl_node *node, struct pl_by *ret_by)
{
    struct pl_crossing *crossing = pl_reader_alloc(reader, 1, sizeof *crossing);

    if (crossing == NULL || !read_crossing(reader, node, crossing))
        return false;
    *ret_by = (struct pl_by){.crossings = crossing, .count = 1};
    return true;
}

bool pl_by_read(struct pl_reader *reader, const struct pl_node *node, struct pl_by *ret_by)
{
    if (node->kind == PL_NODE_LIST)
        return read_list(reader, node, ret_by);
    if (pl_str_equal_text(node->text, "every"))
        return read_every(reader, node, ret_by);
    return read_single(reader, node, ret_by);
}
