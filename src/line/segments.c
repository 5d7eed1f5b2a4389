/* data.segments: a map from the name of a segment to its column, or to the long form with bins, a
   map or an SQL expression. A segment with a fault keeps its name, so that `by` may still speak of
   it. */
#include "line/reader.h"

#include <string.h>

#define NAME_LENGTH_MAX 100

/* Why a name cannot stand in `by` or on a command line, or NULL. */
static const char *name_fault(struct pl_str name)
{
    if (name.len == 0 || pl_str_trim(name).len != name.len)
        return "is empty or has blanks around it";
    if (pl_str_equal_text(name, "every"))
        return "is the word for all segments in `by`, so no segment can be called so";
    if (name.len > NAME_LENGTH_MAX)
        return "is longer than 100 bytes";
    for (size_t i = 0; i < name.len; i++)
        if (strchr("*,=", name.ptr[i]) != NULL || (unsigned char)name.ptr[i] < 0x20)
            return "holds `*`, `,`, `=` or a control character";
    return NULL;
}

/* What may not stand together in the long form; NULL when all is well. */
static const char *form_fault(const struct pl_segment_row *row)
{
    if (row->column.len > 0 && row->sql.len > 0)
        return "has both `column` and `sql`";
    if (row->column.len == 0 && row->sql.len == 0)
        return "has neither `column` nor `sql`";
    if (row->bins_given && row->map_given)
        return "has both `bins` and `map`";
    if (row->sql.len > 0 && (row->bins_given || row->map_given))
        return "has `bins` or `map`, which go with `column`, beside `sql`";
    if (row->other_given && !row->map_given)
        return "has `other`, which goes with `map`, and no `map`";
    return NULL;
}

static enum pl_segment_kind kind_of(const struct pl_segment_row *row)
{
    if (row->sql.len > 0)
        return PL_SEGMENT_SQL;
    if (row->bins_given)
        return PL_SEGMENT_BINS;
    return row->map_given ? PL_SEGMENT_MAP : PL_SEGMENT_COLUMN;
}

static void take_row(struct pl_segment *segment, const struct pl_segment_row *row)
{
    segment->kind = kind_of(row);
    segment->column = row->column;
    segment->sql = row->sql;
    segment->bins = row->bins.items;
    segment->bins_count = row->bins.count;
    segment->map = row->map.items;
    segment->map_count = row->map.count;
    segment->other = row->other;
}

static bool read_long_form(struct pl_reader *reader, const struct pl_node *node,
                           struct pl_segment *segment)
{
    const size_t before = reader->problems->count;
    struct pl_segment_row row = {0};

    pl_section_defaults(reader, PL_SECTION_SEGMENT, &row);
    row.other_given = false;
    (void)pl_section_read(reader, PL_SECTION_SEGMENT, node, &row);
    if (reader->problems->count > before)
        return false;

    const char *fault = form_fault(&row);

    if (fault != NULL)
        pl_reader_fault_key(reader, node, PL_STR("for example `{column: age, bins: [25, 45]}`"),
                            "%s", fault);
    take_row(segment, &row);
    return fault == NULL;
}

static bool read_segment(struct pl_reader *reader, const struct pl_node *node,
                         struct pl_segment *segment)
{
    const char *fault = name_fault(node->key);

    segment->name = node->key;
    segment->place = node->key_place;
    if (fault != NULL)
        pl_reader_fault_key(reader, node, PL_STR("give the segment another name"), "%s", fault);
    if (node->kind == PL_NODE_MAP)
        return read_long_form(reader, node, segment) && fault == NULL;
    segment->kind = PL_SEGMENT_COLUMN;
    return pl_reader_name(reader, node, "race", &segment->column) && fault == NULL;
}

bool pl_segments_read(struct pl_reader *reader, const struct pl_node *node)
{
    struct pl_segment *segments = pl_reader_alloc(reader, PL_SEGMENTS_MAX, sizeof *segments);
    bool is_good = segments != NULL;
    size_t count = 0;

    for (const struct pl_node *entry = node->first; entry != NULL && segments != NULL;
         entry = entry->next) {
        if (entry->repeated)
            continue;
        if (count == PL_SEGMENTS_MAX) {
            pl_reader_fault_key(reader, entry, PL_STR(""),
                                "is one segment too many; at most %d are allowed", PL_SEGMENTS_MAX);
            is_good = false;
            break;
        }
        is_good = read_segment(reader, entry, &segments[count++]) && is_good;
    }
    reader->line->data.segments = segments;
    reader->line->data.segments_count = count;
    return is_good;
}
