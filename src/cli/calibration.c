/* The measures that `audit --calibration` rests on. */
#include "cli/calibration.h"

enum pl_status pl_calibration_ask(const struct pl_line *line, struct pl_arena *arena,
                                  struct pl_measure_request *request, struct pl_error *error)
{
    static const char *const NAMES[] = {"calibration_error", "ecce"};
    const size_t names_count = sizeof NAMES / sizeof *NAMES;
    const size_t before = request->also.count;
    struct pl_str *names = pl_arena_alloc_array(arena, before + names_count, sizeof *names);

    if (names == NULL)
        return pl_arena_error(arena, "the names of the measures", error);
    if (line->data.task != PL_TASK_BINARY || line->data.score.len == 0 || line->data.label.len == 0)
        return pl_error_set(error, PL_E_USAGE,
                            "`--calibration` compares scores with labels of yes and no: name both "
                            "columns with `--score` and `--label`, or in the line");
    for (size_t i = 0; i < before; i++)
        names[i] = request->also.items[i];
    for (size_t i = 0; i < names_count; i++)
        names[before + i] = pl_str_of(NAMES[i]);
    request->also = (struct pl_strs){names, before + names_count};
    request->with_multicalibration = true;
    return PL_OK;
}
