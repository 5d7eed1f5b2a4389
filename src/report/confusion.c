/*
 * Which classes are taken for which: the matrix where it fits, else its largest cells off the diagonal.
 * Pages and Markdown show the same table.
 */
#include "report/confusion.h"

#include "report/markdown.h"
#include "report/number.h"
#include "report/table.h"
#include "report/values.h"

#define CLASSES_MAX         12 /* in a matrix for the eye */
#define LARGEST_MAX         12
#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define ROW_SIZE_BYTES_MAX  ((size_t)1 << 16)
#define INDENT              2

/* One cell of the matrix, or one class of a multilabel task, and what it is listed for. */
struct largest {
    size_t index;
    uint64_t n;
};

static uint64_t label_total(const struct pl_confusions *confusions, size_t label)
{
    const size_t count = confusions->classes->classes_count;
    uint64_t total = 0;

    for (size_t i = 0; i < count; i++)
        total += confusions->overall[label * count + i];
    return total;
}

/* What is wrong at an index: a cell off the diagonal, or the errors of a class. */
static uint64_t errors_at(const struct pl_confusions *confusions, size_t index)
{
    const size_t count = confusions->classes->classes_count;

    if (confusions->single)
        return index / count == index % count ? 0 : confusions->overall[index];
    return confusions->overall[index * 4 + 1] + confusions->overall[index * 4 + 2];
}

/* The largest first, equal ones in their order; how many there are. */
static size_t find_largest(const struct pl_confusions *confusions,
                           struct largest largest[LARGEST_MAX])
{
    const size_t classes_count = confusions->classes->classes_count;
    const size_t count = confusions->single ? classes_count * classes_count : classes_count;
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        const uint64_t n = errors_at(confusions, i);
        size_t at = found;

        if ((n == 0 && confusions->single) || (found == LARGEST_MAX && n <= largest[found - 1].n))
            continue;
        found += found < LARGEST_MAX ? 1 : 0;
        for (at = found - 1; at > 0 && largest[at - 1].n < n; at--)
            largest[at] = largest[at - 1];
        largest[at] = (struct largest){i, n};
    }
    return found;
}

static void add_count(struct pl_table *table, enum pl_ink ink, uint64_t count)
{
    struct pl_buffer text;

    pl_buffer_init(&text, PART_SIZE_BYTES_MAX);
    pl_count_write(&text, count);
    pl_table_add(table, ink, pl_buffer_view(&text));
    pl_buffer_deinit(&text);
}

static void fill_matrix(const struct pl_confusions *confusions, struct pl_table *table)
{
    const size_t count = confusions->classes->classes_count;

    for (size_t label = 0; label < count; label++) {
        pl_table_add(table, PL_INK_PLAIN, confusions->classes->names[label]);
        for (size_t prediction = 0; prediction < count; prediction++)
            add_count(table, label == prediction ? PL_INK_BOLD : PL_INK_PLAIN,
                      confusions->overall[label * count + prediction]);
    }
}

static void fill_largest(const struct pl_confusions *confusions, struct pl_table *table)
{
    const size_t count = confusions->classes->classes_count;
    struct largest largest[LARGEST_MAX];
    const size_t found = find_largest(confusions, largest);

    for (size_t i = 0; i < found; i++) {
        const size_t label = largest[i].index / count;
        struct pl_buffer text;

        pl_table_add(table, PL_INK_PLAIN, confusions->classes->names[label]);
        pl_table_add(table, PL_INK_PLAIN, confusions->classes->names[largest[i].index % count]);
        add_count(table, PL_INK_PLAIN, largest[i].n);
        pl_buffer_init(&text, PART_SIZE_BYTES_MAX);
        pl_figure_write(&text, PL_FIGURE_PERCENT,
                        (double)largest[i].n / (double)label_total(confusions, label));
        pl_table_add(table, PL_INK_PLAIN, pl_buffer_view(&text));
        pl_buffer_deinit(&text);
    }
}

static void fill_classes(const struct pl_confusions *confusions, struct pl_table *table)
{
    struct largest largest[LARGEST_MAX];
    const size_t found = find_largest(confusions, largest);

    for (size_t i = 0; i < found; i++) {
        const uint64_t *counts = confusions->overall + largest[i].index * 4;

        pl_table_add(table, PL_INK_PLAIN, confusions->classes->names[largest[i].index]);
        add_count(table, PL_INK_PLAIN, counts[2] + counts[3]);
        add_count(table, PL_INK_PLAIN, counts[1] + counts[3]);
        add_count(table, PL_INK_PLAIN, counts[3]);
    }
}

/* The titles of a table with a row for each class, or for each of the largest confusions. */
static const char *const LARGEST_TITLES[] = {"Label", "Taken for", "n", "of the label"};
static const char *const CLASS_TITLES[] = {"Class", "labelled", "predicted", "both"};

#define TITLES_COUNT 4

/* Columns of which the first `texts_count` hold text, the others figures. */
static void title_columns(const char *const titles[TITLES_COUNT], size_t texts_count,
                          struct pl_table_column columns[TITLES_COUNT])
{
    for (size_t i = 0; i < TITLES_COUNT; i++)
        columns[i] = (struct pl_table_column){
            .title = pl_str_of(titles[i]), .right = i >= texts_count, .wraps = i < texts_count};
}

/* A table for the eye, and what stands above it. `columns` is room for those of a matrix. */
static const char *make_table(const struct pl_confusions *confusions, bool whole, bool utf8,
                              struct pl_table_column columns[CLASSES_MAX + 1],
                              struct pl_table *table)
{
    const size_t count = confusions->classes->classes_count;

    if (!confusions->single) {
        title_columns(CLASS_TITLES, 1, columns);
        pl_table_init(table, columns, TITLES_COUNT, LARGEST_MAX, utf8);
        fill_classes(confusions, table);
        return count > LARGEST_MAX ? "Classes with most errors" : "Classes by errors";
    }
    if (!whole) {
        title_columns(LARGEST_TITLES, 2, columns);
        pl_table_init(table, columns, TITLES_COUNT, LARGEST_MAX, utf8);
        fill_largest(confusions, table);
        return "Most frequent confusions";
    }
    columns[0] = (struct pl_table_column){.title = PL_STR("Label")};
    for (size_t i = 0; i < count; i++)
        columns[i + 1] =
            (struct pl_table_column){.title = confusions->classes->names[i], .right = true};
    pl_table_init(table, columns, count + 1, count, utf8);
    fill_matrix(confusions, table);
    return "Confusion: label by prediction";
}

void pl_confusions_page(const struct pl_confusions *confusions, struct pl_page *page)
{
    struct pl_table_column columns[CLASSES_MAX + 1] = {0};
    struct pl_table table;

    if (confusions == NULL || confusions->classes->classes_count == 0)
        return;

    const bool whole = confusions->classes->classes_count <= CLASSES_MAX;
    const char *heading = make_table(confusions, whole, page->style.utf8, columns, &table);

    if (whole && confusions->single && pl_table_columns(&table) + INDENT > page->style.columns) {
        pl_table_deinit(&table);
        heading = make_table(confusions, false, page->style.utf8, columns, &table);
    }
    if (table.cells_count > 0) {
        pl_page_heading(page, heading);
        pl_table_write(&table, page, INDENT);
    }
    pl_table_deinit(&table);
}

void pl_confusions_markdown(const struct pl_confusions *confusions, struct pl_buffer *out)
{
    struct pl_table_column columns[CLASSES_MAX + 1] = {0};
    struct pl_table table;

    if (confusions == NULL || confusions->classes->classes_count == 0)
        return;

    const bool whole = confusions->classes->classes_count <= CLASSES_MAX;
    const char *heading = make_table(confusions, whole, true, columns, &table);

    if (table.cells_count > 0) {
        pl_buffer_add_format(out, "\n### %s\n\n", heading);
        pl_markdown_table(&table, out);
    }
    pl_table_deinit(&table);
}

/* A row on one line: a matrix is read by rows. */
static void write_counts(struct pl_json *json, const uint64_t *counts, size_t count)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer row = {0};

    pl_buffer_init(&row, ROW_SIZE_BYTES_MAX);
    for (size_t i = 0; i < count; i++)
        pl_buffer_add_format(&row, "%s%llu", i == 0 ? "[" : ", ", (unsigned long long)counts[i]);
    pl_buffer_add_char(&row, ']');
    if (row.failed != PL_OK)
        json->out->failed = row.failed;
    pl_json_raw(json, pl_buffer_view(&row));
}

static void write_matrix(struct pl_json *json, const struct pl_confusions *confusions,
                         const uint64_t *counts)
{
    const size_t count = confusions->classes->classes_count;

    pl_json_key(json, "counts");
    pl_json_open_array(json);
    for (size_t i = 0; i < count; i++) {
        if (confusions->single) {
            write_counts(json, counts + i * count, count);
            continue;
        }
        pl_json_open_array(json);
        write_counts(json, counts + i * 4, 2);
        write_counts(json, counts + i * 4 + 2, 2);
        pl_json_close_array(json);
    }
    pl_json_close_array(json);
}

static void write_slices(struct pl_json *json, const struct pl_confusions *confusions,
                         const struct pl_measured *measured)
{
    const uint64_t *counts = confusions->slices;

    pl_json_key(json, "slices");
    pl_json_open_array(json);
    for (size_t g = 0; g < measured->groupings_count; g++)
        for (size_t i = 0; i < measured->groupings[g].slices_count; i++) {
            pl_json_open_object(json);
            pl_json_key(json, "slice");
            pl_json_slice(json, measured, &measured->groupings[g].slices[i]);
            write_matrix(json, confusions, counts);
            pl_json_close_object(json);
            counts += confusions->counts_count;
        }
    pl_json_close_array(json);
}

void pl_json_confusions(struct pl_json *json, const struct pl_confusions *confusions,
                        const struct pl_measured *measured)
{
    if (confusions == NULL)
        return;
    pl_json_key(json, "confusion");
    pl_json_open_object(json);
    pl_json_key(json, "classes");
    pl_json_open_array(json);
    for (uint32_t i = 0; i < confusions->classes->classes_count; i++)
        pl_json_str(json, confusions->classes->names[i]);
    pl_json_close_array(json);
    write_matrix(json, confusions, confusions->overall);
    if (confusions->slices != NULL)
        write_slices(json, confusions, measured);
    pl_json_close_object(json);
}
