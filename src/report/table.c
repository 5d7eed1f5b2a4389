/*
 * Tables for the terminal. Widths are found first; while the table is too wide the widest wrapping
 * column gives up one column at a time, down to a floor.
 */
#include "report/table.h"

#include <assert.h>

#define TABLE_SIZE_BYTES_MAX ((size_t)256 << 20)
#define GAP                  2
#define WRAPPED_COLUMNS_MIN  10

void pl_table_init(struct pl_table *table, const struct pl_table_column *columns,
                   size_t columns_count, size_t rows_max, bool utf8)
{
    assert(columns_count > 0 && columns_count <= PL_TABLE_COLUMNS_MAX);
    *table = (struct pl_table){
        .columns = columns,
        .columns_count = columns_count,
        .cells_max = rows_max * columns_count,
        .utf8 = utf8,
    };
    pl_arena_init(&table->arena, TABLE_SIZE_BYTES_MAX);
    table->cells = pl_arena_alloc_array(&table->arena, table->cells_max, sizeof *table->cells);
    table->failed = table->cells == NULL;
}

void pl_table_deinit(struct pl_table *table)
{
    pl_arena_deinit(&table->arena);
}

void pl_table_add(struct pl_table *table, enum pl_ink ink, struct pl_str text)
{
    struct pl_buffer folded;

    if (table->failed)
        return;
    assert(table->cells_count < table->cells_max);
    pl_buffer_init(&folded, 4 * text.len + 16);
    pl_text_fold(&folded, text, table->utf8);

    const struct pl_str copy = pl_arena_copy(&table->arena, pl_buffer_view(&folded));

    table->failed = folded.failed != PL_OK || copy.ptr == NULL;
    table->cells[table->cells_count++] = (struct pl_table_cell){.text = copy, .ink = ink};
    pl_buffer_deinit(&folded);
}

void pl_table_add_part(struct pl_table *table, enum pl_ink ink, struct pl_buffer *part)
{
    pl_table_add(table, ink, pl_buffer_view(part));
    table->failed = table->failed || part->failed != PL_OK;
    pl_buffer_reset(part);
}

static void natural_widths(const struct pl_table *table, size_t *ret_widths)
{
    for (size_t c = 0; c < table->columns_count; c++)
        ret_widths[c] = pl_str_columns(table->columns[c].title);
    for (size_t i = 0; i < table->cells_count; i++) {
        const size_t width = pl_str_columns(table->cells[i].text);

        if (width > ret_widths[i % table->columns_count])
            ret_widths[i % table->columns_count] = width;
    }
}

static size_t total_width(const struct pl_table *table, const size_t *widths)
{
    size_t total = GAP * (table->columns_count - 1);

    for (size_t c = 0; c < table->columns_count; c++)
        total += widths[c];
    return total;
}

size_t pl_table_columns(const struct pl_table *table)
{
    size_t widths[PL_TABLE_COLUMNS_MAX];

    if (table->failed)
        return 0;
    natural_widths(table, widths);
    return total_width(table, widths);
}

/* Narrows the widest wrapping column; false when none can give way any more. */
static bool narrow_one(const struct pl_table *table, size_t *widths)
{
    size_t widest = table->columns_count;

    for (size_t c = 0; c < table->columns_count; c++)
        if (table->columns[c].wraps && widths[c] > WRAPPED_COLUMNS_MIN &&
            (widest == table->columns_count || widths[c] > widths[widest]))
            widest = c;
    if (widest == table->columns_count)
        return false;
    widths[widest]--;
    return true;
}

static void write_blanks(struct pl_page *page, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pl_buffer_add_char(page->out, ' ');
}

/* Blanks are written before the next text and not after the last, so that no line ends in them. */
static void write_piece(struct pl_page *page, const struct pl_table_cell *cell, struct pl_str piece,
                        size_t *pending)
{
    if (piece.len == 0)
        return;
    write_blanks(page, *pending);
    *pending = 0;
    pl_page_text(page, cell->ink, piece);
}

/* One row, in as many lines as its longest cell needs. */
static void write_row(const struct pl_table *table, struct pl_page *page, uint32_t indent,
                      const size_t *widths, const struct pl_table_cell *cells)
{
    struct pl_str left[PL_TABLE_COLUMNS_MAX] = {{0}};
    bool more = true;

    for (size_t c = 0; c < table->columns_count; c++)
        left[c] = cells[c].text;
    while (more) {
        size_t pending = indent;

        more = false;
        for (size_t c = 0; c < table->columns_count; c++) {
            const struct pl_str piece = pl_text_take_line(&left[c], widths[c]);
            const size_t used = pl_str_columns(piece);
            const size_t spare = used < widths[c] ? widths[c] - used : 0;

            pending += table->columns[c].right ? spare : 0;
            write_piece(page, &cells[c], piece, &pending);
            pending += (table->columns[c].right ? 0 : spare) + GAP;
            more = more || left[c].len > 0;
        }
        pl_buffer_add_char(page->out, '\n');
    }
}

static void write_titles(const struct pl_table *table, struct pl_page *page, uint32_t indent,
                         const size_t *widths)
{
    struct pl_table_cell titles[PL_TABLE_COLUMNS_MAX];
    bool any = false;

    for (size_t c = 0; c < table->columns_count; c++) {
        titles[c] = (struct pl_table_cell){table->columns[c].title, PL_INK_QUIET};
        any = any || titles[c].text.len > 0;
    }
    if (any)
        write_row(table, page, indent, widths, titles);
}

void pl_table_write(const struct pl_table *table, struct pl_page *page, uint32_t indent)
{
    size_t widths[PL_TABLE_COLUMNS_MAX];

    if (table->failed) {
        page->out->failed = PL_E_MEMORY;
        return;
    }
    natural_widths(table, widths);
    while (total_width(table, widths) + indent > page->style.columns && narrow_one(table, widths))
        continue;
    write_titles(table, page, indent, widths);
    for (size_t i = 0; i + table->columns_count <= table->cells_count; i += table->columns_count)
        write_row(table, page, indent, widths, table->cells + i);
}
