/* Rating sheets: outputs of a run as a table for a spreadsheet, and the same table filled in. */
#include "base/file.h"
#include "eval/ratings.h"
#include "eval/sheet.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define SHEET_SIZE_BYTES_MAX ((size_t)512 << 20)

enum { ID, REPEAT, INPUT, OUTPUT, RATING, COLUMNS_COUNT };

static const char *const NAMES[] = {"id", "repeat", "input", "output", "rating"};

void pl_desk_write_sheet(const struct pl_desk *desk, struct pl_buffer *out)
{
    struct pl_str cells[COLUMNS_COUNT];
    char repeat[24];

    for (size_t i = 0; i < COLUMNS_COUNT; i++)
        cells[i] = pl_str_of(NAMES[i]);
    pl_sheet_add_row(out, cells, COLUMNS_COUNT);
    for (size_t i = 0; i < desk->count; i++) {
        const struct pl_rated_output *output = &desk->outputs[i];

        if (output->rated)
            continue;
        (void)snprintf(repeat, sizeof repeat, "%u", output->repeat);
        cells[ID] = output->id;
        cells[REPEAT] = pl_str_of(repeat);
        cells[INPUT] = output->input;
        cells[OUTPUT] = output->output;
        cells[RATING] = PL_STR("");
        pl_sheet_add_row(out, cells, COLUMNS_COUNT);
    }
}

/* A rating of the sheet that is in order. */
struct filled {
    const struct pl_rated_output *output;
    uint32_t value;
};

struct taking {
    const struct pl_desk *desk;
    const char *path;
    struct pl_sheet sheet;
    size_t columns[COLUMNS_COUNT];
    const struct pl_rated_output **sorted;
    uint32_t *lines; /* where the output of that place in `sorted` stood before; 0: nowhere */
    struct filled *filled;
    size_t filled_count;
    uint64_t empty;
};

static int compare_outputs(const void *a, const void *b)
{
    const struct pl_rated_output *x = *(const struct pl_rated_output *const *)a;
    const struct pl_rated_output *y = *(const struct pl_rated_output *const *)b;
    const int ids = pl_str_compare(x->id, y->id);

    return ids != 0 ? ids : (x->repeat > y->repeat) - (x->repeat < y->repeat);
}

static enum pl_status prepare(struct taking *taking, struct pl_arena *arena, struct pl_error *error)
{
    const size_t count = taking->desk->count;

    for (size_t i = 0; i < COLUMNS_COUNT; i++)
        if (i != INPUT && !pl_sheet_column(&taking->sheet, NAMES[i], &taking->columns[i])) {
            (void)pl_error_set(error, PL_E_DATA,
                               "the sheet has no column `%s`; its columns are to be separated by "
                               "commas",
                               NAMES[i]);
            return pl_error_locate(error, taking->path, 1, 0);
        }
    taking->sorted = pl_arena_alloc_array(arena, count + 1, sizeof *taking->sorted);
    taking->lines = pl_arena_alloc_array(arena, count + 1, sizeof *taking->lines);
    taking->filled =
        pl_arena_alloc_array(arena, taking->sheet.rows_count + 1, sizeof *taking->filled);
    if (taking->sorted == NULL || taking->lines == NULL || taking->filled == NULL)
        return pl_arena_error(arena, "a sheet", error);
    for (size_t i = 0; i < count; i++)
        taking->sorted[i] = &taking->desk->outputs[i];
    qsort(taking->sorted, count, sizeof *taking->sorted, compare_outputs);
    return PL_OK;
}

/* Programs that show sheets may change blanks and line ends; all else must be as it was. */
static bool is_same_text(struct pl_str a, struct pl_str b)
{
    size_t i = 0;
    size_t k = 0;

    for (;;) {
        while (i < a.len && isspace((unsigned char)a.ptr[i]))
            i++;
        while (k < b.len && isspace((unsigned char)b.ptr[k]))
            k++;
        if (i == a.len || k == b.len)
            return i == a.len && k == b.len;
        if (a.ptr[i++] != b.ptr[k++])
            return false;
    }
}

static struct pl_str cell_of(const struct taking *taking, const struct pl_sheet_row *row,
                             int column)
{
    return row->cells[taking->columns[column]];
}

static enum pl_status find_output(struct taking *taking, const struct pl_sheet_row *row,
                                  const struct pl_rated_output **ret_output, struct pl_error *error)
{
    const struct pl_str id = cell_of(taking, row, ID);
    const struct pl_str repeat = cell_of(taking, row, REPEAT);
    struct pl_rated_output wanted = {.id = id};
    const struct pl_rated_output *key = &wanted;
    const struct pl_rated_output **found = NULL;
    uint64_t number = 0;
    uint32_t *before = NULL;

    if (pl_str_to_uint64(repeat, &number) && number <= UINT32_MAX) {
        wanted.repeat = (uint32_t)number;
        found = bsearch(&key, taking->sorted, taking->desk->count, sizeof *found, compare_outputs);
    }
    if (found == NULL)
        return pl_error_set(error, PL_E_DATA, "run %.*s has no output `%.*s`, repeat `%.*s`",
                            PL_STR_ARG(taking->desk->request->run->id), PL_STR_ARG(id),
                            PL_STR_ARG(repeat));
    before = &taking->lines[found - taking->sorted];
    if (*before > 0)
        return pl_error_set(error, PL_E_DATA, "the output `%.*s`, repeat %.*s, stands in line %u",
                            PL_STR_ARG(id), PL_STR_ARG(repeat), *before);
    *before = row->line;
    *ret_output = *found;
    return PL_OK;
}

static enum pl_status take_row(struct taking *taking, const struct pl_sheet_row *row,
                               struct pl_error *error)
{
    const struct pl_rating_question *question = &taking->desk->request->question;
    const struct pl_str rating = pl_str_trim(cell_of(taking, row, RATING));
    const struct pl_rated_output *output = NULL;
    uint32_t value = 0;

    PL_RETURN_IF(find_output(taking, row, &output, error));
    assert(output != NULL);
    if (!is_same_text(cell_of(taking, row, OUTPUT), output->output))
        return pl_error_set(error, PL_E_DATA, "the output of `%.*s` is another one in run %.*s",
                            PL_STR_ARG(output->id), PL_STR_ARG(taking->desk->request->run->id));
    if (rating.len == 0) {
        taking->empty++;
        return PL_OK;
    }
    if (!pl_rating_parse(question, rating, &value)) {
        if (question->top == 0)
            return pl_error_set(error, PL_E_DATA, "the rating `%.*s` is neither pass nor fail",
                                PL_STR_ARG(rating));
        return pl_error_set(error, PL_E_DATA, "the rating `%.*s` is not on the scale of 1 to %u",
                            PL_STR_ARG(rating), question->top);
    }
    taking->filled[taking->filled_count++] = (struct filled){output, value};
    return PL_OK;
}

enum pl_status pl_desk_read_sheet(const struct pl_desk *desk, const char *path,
                                  struct pl_arena *arena, struct pl_sheet_counts *ret_counts,
                                  struct pl_error *error)
{
    struct taking taking = {.desk = desk, .path = path};
    struct pl_str text;

    PL_RETURN_IF(pl_file_read(path, SHEET_SIZE_BYTES_MAX, arena, &text, error));
    PL_RETURN_IF(pl_sheet_read(text, path, arena, &taking.sheet, error));
    PL_RETURN_IF(prepare(&taking, arena, error));
    for (size_t i = 0; i < taking.sheet.rows_count; i++)
        if (take_row(&taking, &taking.sheet.rows[i], error) != PL_OK)
            return pl_error_locate(error, path, taking.sheet.rows[i].line, 0);
    for (size_t i = 0; i < taking.filled_count; i++)
        PL_RETURN_IF(pl_desk_rate(desk, taking.filled[i].output, taking.filled[i].value, error));
    *ret_counts = (struct pl_sheet_counts){taking.filled_count, taking.empty};
    return PL_OK;
}
