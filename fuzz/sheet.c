/* Fuzz target for sheets: any bytes must be read or be refused with a message; what was read is written and
   reads back to the same cells. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "eval/sheet.h"

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)
#define SHEET_SIZE_BYTES_MAX ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void compare(const struct pl_sheet *a, const struct pl_sheet *b)
{
    assert(a->columns_count == b->columns_count && a->rows_count == b->rows_count);
    for (size_t k = 0; k < a->columns_count; k++)
        assert(pl_str_equal(a->names[k], b->names[k]));
    for (size_t i = 0; i < a->rows_count; i++)
        for (size_t k = 0; k < a->columns_count; k++)
            assert(pl_str_equal(a->rows[i].cells[k], b->rows[i].cells[k]));
}

static void write_and_read(const struct pl_sheet *sheet, struct pl_arena *arena)
{
    struct pl_sheet again;
    struct pl_error error = {0};
    struct pl_buffer out;

    pl_buffer_init(&out, SHEET_SIZE_BYTES_MAX);
    pl_sheet_add_row(&out, sheet->names, sheet->columns_count);
    for (size_t i = 0; i < sheet->rows_count; i++)
        pl_sheet_add_row(&out, sheet->rows[i].cells, sheet->columns_count);
    if (out.failed == PL_OK &&
        pl_sheet_read(pl_buffer_view(&out), "again.csv", arena, &again, &error) == PL_OK)
        compare(sheet, &again);
    else
        assert(out.failed != PL_OK || error.status == PL_E_LIMIT);
    pl_buffer_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pl_sheet sheet;
    struct pl_error error = {0};
    struct pl_arena arena;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    if (pl_sheet_read((struct pl_str){(const char *)bytes, size}, "fuzz.csv", &arena, &sheet,
                      &error) == PL_OK)
        write_and_read(&sheet, &arena);
    else
        assert(error.message[0] != '\0');
    pl_arena_deinit(&arena);
    return 0;
}
