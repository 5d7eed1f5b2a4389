/* baselines: what limits may compare with. Entries are read when data is known, because what a
   baseline does not say is as in data; a limit may also name a file, which is then one more. */
#include "line/reader.h"
#include "line/live_path.h"

#include <string.h>

static struct pl_str first_given(struct pl_str own, struct pl_str inherited)
{
    return own.len > 0 ? own : inherited;
}

/* A baseline of people has predictions and no score: to name one of the two is to leave out the other. */
static struct pl_baseline resolve(const struct pl_data *data, const struct pl_baseline_row *row)
{
    const bool names_answer = row->score.len > 0 || row->prediction.len > 0;

    return (struct pl_baseline){
        .decisions = row->decisions,
        .label = first_given(row->label, data->label),
        .score = names_answer ? row->score : data->score,
        .prediction = names_answer ? row->prediction : data->prediction,
        .count = first_given(row->count, data->count),
        .weight = first_given(row->weight, data->weight),
        .id = row->decisions.len > 0 ? first_given(row->id, data->id) : PL_STR(""),
        .threshold = row->threshold_given ? row->threshold : data->threshold,
    };
}

/* In the data's own rows a baseline is another answer to the same decisions, and nothing else. */
static bool check_same_rows(struct pl_reader *reader, const struct pl_node *node,
                            const struct pl_baseline_row *row)
{
    static const char *const OF_OTHERS[] = {"label", "count", "weight", "id"};
    const struct pl_node *columns = pl_node_child(node, "columns");

    for (size_t i = 0; i < sizeof OF_OTHERS / sizeof *OF_OTHERS; i++) {
        const struct pl_node *column = pl_node_child(columns, OF_OTHERS[i]);

        if (column == NULL)
            continue;
        pl_reader_fault_key(reader, column, PL_STR("add `decisions`, or take it out"),
                            "is of the data, in whose rows this baseline stands");
        return false;
    }
    if (row->score.len > 0 || row->prediction.len > 0 || row->threshold_given)
        return true;
    pl_reader_fault_key(reader, node,
                        PL_STR("add `decisions: FILE`, or `columns: {prediction: COLUMN}`"),
                        "is the feature itself: the same rows, the same answer");
    return false;
}

static bool check_id(struct pl_reader *reader, const struct pl_node *node,
                     const struct pl_baseline_row *row, const struct pl_baseline *baseline)
{
    const struct pl_node *id = pl_node_child(pl_node_child(node, "columns"), "id");

    if (row->id.len > 0 && reader->line->data.id.len == 0) {
        pl_reader_fault_key(reader, id, PL_STR("add `id` to `data.columns`"),
                            "names decisions by which the data's own cannot be matched");
        return false;
    }
    if (baseline->id.len > 0 && baseline->count.len > 0) {
        pl_reader_fault_key(reader, node, PL_STR("take out `count` or `id`"),
                            "has an `id` for each decision and a `count` of many");
        return false;
    }
    return true;
}

static void read_baseline(struct pl_reader *reader, const struct pl_node *node)
{
    const size_t before = reader->problems->count;
    struct pl_baseline *baseline = &reader->baselines[reader->line->baselines_count];
    struct pl_baseline_row row = {0};

    if (!pl_section_read(reader, PL_SECTION_BASELINE, node, &row))
        return;
    if (node->key.len == 0 || memchr(node->key.ptr, '\n', node->key.len) != NULL) {
        pl_reader_fault_key(reader, node, PL_STR("for example `incumbent`"),
                            "is no name for a baseline");
        return;
    }
    *baseline = resolve(&reader->line->data, &row);
    baseline->name = node->key;
    baseline->place = node->key_place;
    /* A name with a fault stays known, so that limits may still speak of it. */
    reader->line->baselines_count++;
    if (reader->problems->count > before)
        return;
    if (row.decisions.len > 0 || check_same_rows(reader, node, &row))
        (void)check_id(reader, node, &row, baseline);
}

void pl_baselines_read(struct pl_reader *reader, const struct pl_node *node)
{
    reader->baselines = pl_reader_alloc(reader, PL_BASELINES_MAX, sizeof *reader->baselines);
    reader->line->baselines = reader->baselines;
    for (const struct pl_node *entry = node == NULL ? NULL : node->first;
         entry != NULL && reader->baselines != NULL; entry = entry->next) {
        if (entry->repeated)
            continue;
        if (reader->line->baselines_count == PL_BASELINES_MAX) {
            pl_reader_fault_key(reader, entry, PL_STR(""),
                                "is one baseline too many; at most %d are allowed",
                                PL_BASELINES_MAX);
            return;
        }
        read_baseline(reader, entry);
    }
}

/* A path has an ending or a folder; a single word is the name of a baseline. */
static bool is_path(struct pl_str name)
{
    return memchr(name.ptr, '.', name.len) != NULL || memchr(name.ptr, '/', name.len) != NULL ||
           pl_line_is_live(name);
}

static const struct pl_baseline *fault_unknown(struct pl_reader *reader, const struct pl_node *node,
                                               struct pl_str name)
{
    const char *names[PL_BASELINES_MAX];
    const size_t count = reader->line->baselines_count;

    for (size_t i = 0; i < count; i++)
        names[i] = pl_reader_quote(reader, reader->baselines[i].name).ptr;
    pl_reader_fault(reader, node,
                    count == 0 ? PL_STR("name a file, or add it to `baselines`")
                               : pl_reader_hint(reader, name, names, count),
                    "is `%s`, which is neither a baseline of this line nor a file",
                    pl_reader_quote(reader, name).ptr);
    return NULL;
}

const struct pl_baseline *pl_baseline_find(struct pl_reader *reader, const struct pl_node *node,
                                           struct pl_str name)
{
    const struct pl_baseline_row row = {.decisions = name};
    size_t *count = &reader->line->baselines_count;

    if (reader->baselines == NULL)
        return NULL;
    for (size_t i = 0; i < *count; i++)
        if (pl_str_equal(reader->baselines[i].name, name))
            return &reader->baselines[i];
    if (!is_path(name))
        return fault_unknown(reader, node, name);
    if (*count == PL_BASELINES_MAX) {
        pl_reader_fault(reader, node, PL_STR("compare with fewer files"),
                        "is one baseline too many; at most %d are allowed", PL_BASELINES_MAX);
        return NULL;
    }

    struct pl_baseline *baseline = &reader->baselines[(*count)++];

    *baseline = resolve(&reader->line->data, &row);
    baseline->name = name;
    baseline->place = node->place;
    return baseline;
}
