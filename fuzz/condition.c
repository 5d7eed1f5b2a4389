/* Fuzz target for conditions: any bytes must be compiled, and then say the same of a row however often they are asked,
   or be refused with a message. A condition and its opposite never both hold. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "condition/condition.h"

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A value of each kind, by the name's length; texts are the name itself. */
static struct pl_datum column_of(struct pl_str column, void *context)
{
    (void)context;
    switch (column.len % 4) {
    case 0:
        return (struct pl_datum){.kind = PL_DATUM_NULL};
    case 1:
        return (struct pl_datum){.kind = PL_DATUM_TEXT, .text = column};
    case 2:
        return (struct pl_datum){.kind = PL_DATUM_NUMBER, .number = (double)column.len};
    default:
        return (struct pl_datum){.kind = PL_DATUM_BOOL, .truth = column.ptr[0] % 2 == 0};
    }
}

static bool opposite_holds(struct pl_str text, struct pl_arena *arena)
{
    const struct pl_str opposite = pl_arena_format(arena, "not (%.*s)", PL_STR_ARG(text));
    struct pl_condition *condition = NULL;
    struct pl_error error = {0};

    return opposite.ptr != NULL &&
           pl_condition_compile(opposite, arena, &condition, &error) == PL_OK &&
           pl_condition_holds(condition, column_of, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct pl_str text = {(const char *)bytes, size};
    struct pl_condition *condition = NULL;
    struct pl_error error = {0};
    struct pl_arena arena;
    size_t count = 0;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    if (pl_condition_compile(text, &arena, &condition, &error) == PL_OK) {
        const bool holds = pl_condition_holds(condition, column_of, NULL);

        assert(size <= PL_CONDITION_SIZE_BYTES_MAX);
        assert(holds == pl_condition_holds(condition, column_of, NULL));
        assert(!holds || !opposite_holds(text, &arena));
        (void)pl_condition_columns(condition, &count);
        assert(count <= size);
    } else {
        assert(condition == NULL && error.message[0] != '\0');
    }
    pl_arena_deinit(&arena);
    return 0;
}
