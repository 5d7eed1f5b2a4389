/*
 * A row is cells with commas between them and ends with LF or CRLF; the last one may end with the text. A cell
 * in quotation marks may hold commas, line ends and doubled quotation marks; another one holds none of
 * these. An empty line is no row.
 */
#include "eval/sheet.h"

#include <string.h>

#define ROWS_AT_FIRST 64

struct reading {
    const char *at;
    const char *end;
    const char *file;
    uint32_t line;
    struct pl_arena *arena;
    struct pl_sheet_row *rows;
    size_t rows_count;
    size_t rows_room;
};

static enum pl_status fail(const struct reading *reading, uint32_t line, struct pl_error *error)
{
    return pl_error_locate(error, reading->file, line, 0);
}

/* ---- formulas ---- */

static bool is_formula_sign(char c)
{
    return c != '\0' && strchr("=+-@\t\r", c) != NULL;
}

static bool is_marked(struct pl_str cell)
{
    return cell.len > 1 && cell.ptr[0] == '\'' &&
           (is_formula_sign(cell.ptr[1]) || cell.ptr[1] == '\'');
}

/* A cell that begins with an apostrophe of its own gets another, so that every cell reads back as it was. */
static bool needs_mark(struct pl_str cell)
{
    return cell.len > 0 && (is_formula_sign(cell.ptr[0]) || cell.ptr[0] == '\'');
}

/* ---- reading ---- */

static bool is_row_end(const struct reading *reading)
{
    return reading->at == reading->end || *reading->at == '\n' ||
           (*reading->at == '\r' && reading->at + 1 < reading->end && reading->at[1] == '\n');
}

static void pass_row_end(struct reading *reading)
{
    if (reading->at < reading->end && *reading->at == '\r')
        reading->at++;
    if (reading->at < reading->end)
        reading->at++;
    reading->line++;
}

static enum pl_status read_quoted(struct reading *reading, struct pl_str *ret_cell,
                                  struct pl_error *error)
{
    const uint32_t line = reading->line;
    const char *start = ++reading->at;
    const char *last = start;
    char *text = NULL;
    size_t length = 0;

    while (last < reading->end && (*last != '"' || (last + 1 < reading->end && last[1] == '"')))
        last += *last == '"' ? 2 : 1;
    if (last >= reading->end) {
        (void)pl_error_set(error, PL_E_DATA, "the quotation mark of a cell is not closed");
        return fail(reading, line, error);
    }
    text = pl_arena_alloc(reading->arena, (size_t)(last - start) + 1);
    if (text == NULL)
        return pl_arena_error(reading->arena, "a sheet", error);
    for (const char *c = start; c < last; c++) {
        reading->line += *c == '\n' ? 1 : 0;
        text[length++] = *c;
        c += *c == '"' ? 1 : 0;
    }
    reading->at = last + 1;
    *ret_cell = (struct pl_str){text, length};
    return PL_OK;
}

static enum pl_status read_plain(struct reading *reading, struct pl_str *ret_cell,
                                 struct pl_error *error)
{
    const char *start = reading->at;

    while (!is_row_end(reading) && *reading->at != ',' && *reading->at != '"' &&
           *reading->at != '\r')
        reading->at++;
    if (!is_row_end(reading) && *reading->at != ',') {
        (void)pl_error_set(error, PL_E_DATA,
                           *reading->at == '"'
                               ? "a quotation mark in a cell that does not begin with one"
                               : "a carriage return in a cell that is not quoted");
        return fail(reading, reading->line, error);
    }
    *ret_cell = (struct pl_str){start, (size_t)(reading->at - start)};
    return PL_OK;
}

static enum pl_status read_cell(struct reading *reading, struct pl_str *ret_cell,
                                struct pl_error *error)
{
    const bool is_quoted = reading->at < reading->end && *reading->at == '"';

    PL_RETURN_IF(is_quoted ? read_quoted(reading, ret_cell, error)
                           : read_plain(reading, ret_cell, error));
    if (!is_row_end(reading) && *reading->at != ',') {
        (void)pl_error_set(error, PL_E_DATA, "text behind the closing quotation mark of a cell");
        return fail(reading, reading->line, error);
    }
    if (is_marked(*ret_cell))
        *ret_cell = (struct pl_str){ret_cell->ptr + 1, ret_cell->len - 1};
    return PL_OK;
}

static enum pl_status read_cells(struct reading *reading, struct pl_str *cells, size_t *ret_count,
                                 struct pl_error *error)
{
    const uint32_t line = reading->line;

    *ret_count = 0;
    for (;;) {
        if (*ret_count == PL_SHEET_COLUMNS_MAX) {
            (void)pl_error_set(error, PL_E_LIMIT, "more than %d cells in a row",
                               PL_SHEET_COLUMNS_MAX);
            return fail(reading, line, error);
        }
        PL_RETURN_IF(read_cell(reading, &cells[(*ret_count)++], error));
        if (is_row_end(reading))
            break;
        reading->at++;
    }
    pass_row_end(reading);
    return PL_OK;
}

static enum pl_status keep_row(struct reading *reading, const struct pl_sheet_row *row,
                               struct pl_error *error)
{
    if (reading->rows_count == PL_SHEET_ROWS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "%s has more than %d rows", reading->file,
                            PL_SHEET_ROWS_MAX);
    if (reading->rows_count == reading->rows_room) {
        const size_t room = reading->rows_room == 0 ? ROWS_AT_FIRST : 2 * reading->rows_room;
        struct pl_sheet_row *rows = pl_arena_alloc_array(reading->arena, room, sizeof *rows);

        if (rows == NULL)
            return pl_arena_error(reading->arena, "a sheet", error);
        if (reading->rows_count > 0)
            memcpy(rows, reading->rows, reading->rows_count * sizeof *rows);
        reading->rows = rows;
        reading->rows_room = room;
    }
    reading->rows[reading->rows_count++] = *row;
    return PL_OK;
}

static enum pl_status read_row(struct reading *reading, struct pl_sheet *sheet,
                               struct pl_error *error)
{
    struct pl_str cells[PL_SHEET_COLUMNS_MAX];
    const uint32_t line = reading->line;
    struct pl_str *kept = NULL;
    size_t count = 0;

    PL_RETURN_IF(read_cells(reading, cells, &count, error));
    if (sheet->columns_count > 0 && count != sheet->columns_count) {
        (void)pl_error_set(error, PL_E_DATA, "the row has %zu cells, and the first row has %zu",
                           count, sheet->columns_count);
        return fail(reading, line, error);
    }
    kept = pl_arena_alloc_array(reading->arena, count, sizeof *kept);
    if (kept == NULL)
        return pl_arena_error(reading->arena, "a sheet", error);
    memcpy(kept, cells, count * sizeof *kept);
    if (sheet->columns_count > 0)
        return keep_row(reading, &(struct pl_sheet_row){line, kept}, error);
    sheet->names = kept;
    sheet->columns_count = count;
    return PL_OK;
}

enum pl_status pl_sheet_read(struct pl_str text, const char *file, struct pl_arena *arena,
                             struct pl_sheet *ret_sheet, struct pl_error *error)
{
    const struct pl_str mark = PL_STR("\xef\xbb\xbf");
    const size_t start = pl_str_starts_with(text, mark) ? mark.len : 0;
    struct reading reading = {.at = text.ptr + start,
                              .end = text.ptr + text.len,
                              .file = file,
                              .line = 1,
                              .arena = arena};
    struct pl_sheet sheet = {0};

    if (!pl_str_is_utf8(text))
        return pl_error_set(error, PL_E_DATA, "%s is not UTF-8", file);
    while (reading.at < reading.end) {
        if (is_row_end(&reading))
            pass_row_end(&reading);
        else
            PL_RETURN_IF(read_row(&reading, &sheet, error));
    }
    if (sheet.columns_count == 0)
        return pl_error_set(error, PL_E_DATA, "%s is empty", file);
    sheet.rows = reading.rows;
    sheet.rows_count = reading.rows_count;
    *ret_sheet = sheet;
    return PL_OK;
}

bool pl_sheet_column(const struct pl_sheet *sheet, const char *name, size_t *ret_index)
{
    for (size_t i = 0; i < sheet->columns_count; i++)
        if (pl_str_equal_text(sheet->names[i], name)) {
            *ret_index = i;
            return true;
        }
    return false;
}

/* ---- writing ---- */

/* Every cell is quoted, so that an empty one that is alone in its row makes a row all the same. */
static void add_cell(struct pl_buffer *out, struct pl_str cell)
{
    pl_buffer_add_char(out, '"');
    if (needs_mark(cell))
        pl_buffer_add_char(out, '\'');
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] == '"')
            pl_buffer_add_char(out, '"');
        pl_buffer_add_char(out, cell.ptr[i]);
    }
    pl_buffer_add_char(out, '"');
}

void pl_sheet_add_row(struct pl_buffer *out, const struct pl_str *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            pl_buffer_add_char(out, ',');
        add_cell(out, cells[i]);
    }
    pl_buffer_add_text(out, "\r\n");
}
