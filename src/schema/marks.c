/* Bits for the items or members of one value: on the stack while they are few. */
#include <stdlib.h>
#include <string.h>

#include "schema/check.h"

bool pl_schema_marks_init(struct pl_schema_checker *checker, struct pl_schema_marks *marks,
                          size_t count)
{
    marks->count = count;
    memset(marks->room, 0, sizeof marks->room);
    marks->bits = marks->room;
    if (count > (size_t)64 * PL_SCHEMA_MARKS_ROOM)
        marks->bits = calloc((count + 63) / 64, sizeof(uint64_t));
    if (marks->bits == NULL)
        return pl_schema_give_up(checker, PL_E_MEMORY, "no memory for a check");
    return true;
}

void pl_schema_marks_deinit(struct pl_schema_marks *marks)
{
    if (marks->bits != marks->room)
        free(marks->bits);
}

void pl_schema_marks_set_all(struct pl_schema_marks *marks)
{
    memset(marks->bits, 0xff, (marks->count + 63) / 64 * sizeof(uint64_t));
}

void pl_schema_marks_merge(struct pl_schema_marks *marks, const struct pl_schema_marks *other)
{
    for (size_t i = 0; i < (marks->count + 63) / 64; i++)
        marks->bits[i] |= other->bits[i];
}
