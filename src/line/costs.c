/* costs.slices: entries that give other costs for some groups. They are read when the segments are
   known, because `slice` names segments; whether the groups exist, the data says. */
#include "line/reader.h"

#include <string.h>

static bool find_segment(struct pl_reader *reader, const struct pl_node *node, uint32_t *ret_index)
{
    const struct pl_data *data = &reader->line->data;
    const char *names[PL_SEGMENTS_MAX];

    for (uint32_t i = 0; i < data->segments_count; i++) {
        if (pl_str_equal(data->segments[i].name, node->key)) {
            *ret_index = i;
            return true;
        }
        names[i] = data->segments[i].name.ptr;
    }
    pl_reader_fault_key(reader, node,
                        data->segments_count == 0
                            ? PL_STR("name the segments in `data.segments`")
                            : pl_reader_hint(reader, node->key, names, data->segments_count),
                        "is no segment of the line");
    return false;
}

static bool read_groups(struct pl_reader *reader, const struct pl_node *node,
                        struct pl_cost_slice *slice)
{
    for (const struct pl_node *entry = node->first; entry != NULL; entry = entry->next) {
        const uint32_t at = slice->crossing.count;

        if (entry->repeated)
            return false;
        if (at == PL_CROSSING_MAX) {
            pl_reader_fault_key(reader, entry, PL_STR(""),
                                "is one segment too many; a slice has at most %d", PL_CROSSING_MAX);
            return false;
        }
        if (!find_segment(reader, entry, &slice->crossing.segments[at]) ||
            !pl_reader_name(reader, entry, "hi", &slice->groups[at]))
            return false;
        slice->crossing.count++;
    }
    return slice->crossing.count > 0;
}

static void read_slice(struct pl_reader *reader, const struct pl_node *node,
                       struct pl_cost_slice *slice)
{
    const size_t before = reader->problems->count;
    struct pl_cost_row row = {.slice = {NULL, 0}};

    if (!pl_section_read(reader, PL_SECTION_COST_SLICE, node, &row) ||
        reader->problems->count > before)
        return;
    slice->place = node->place;
    memcpy(slice->costs, row.costs, sizeof slice->costs);
    memcpy(slice->given, row.given, sizeof slice->given);

    const struct pl_node *groups = pl_node_child(node, "slice");

    if (groups == NULL || !read_groups(reader, groups, slice))
        return;
    if (!row.given[0][0] && !row.given[0][1] && !row.given[1][0] && !row.given[1][1])
        pl_reader_fault(reader, node, PL_STR("for example `false_negative: 10`"),
                        "gives no cost, so it changes nothing");
}

void pl_costs_read(struct pl_reader *reader, const struct pl_node *node)
{
    struct pl_cost_slice *slices = NULL;
    size_t count = 0;

    if (node->count > PL_COST_SLICES_MAX) {
        pl_reader_fault(reader, node, PL_STR(""), "has %zu entries; at most %d are allowed",
                        (size_t)node->count, PL_COST_SLICES_MAX);
        return;
    }
    slices = pl_reader_alloc(reader, node->count + 1, sizeof *slices);
    if (slices == NULL)
        return;
    for (const struct pl_node *entry = node->first; entry != NULL; entry = entry->next)
        read_slice(reader, entry, &slices[count++]);
    reader->line->costs.slices = slices;
    reader->line->costs.slices_count = count;
}
