/* Reads names of measures as the command line gives them: several to a text, with commas between. */
#include "cli/names.h"

#include "measure/measure.h"

#define NAMES_MAX PL_METRICS_MAX

/* The end of the name that `text` starts with: the next comma that is not inside brackets. */
static size_t name_length(struct pl_str text)
{
    int depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        depth += (text.ptr[i] == '(') - (text.ptr[i] == ')');
        if (text.ptr[i] == ',' && depth <= 0)
            return i;
    }
    return text.len;
}

enum pl_status pl_names_read(const struct pl_texts *texts, struct pl_arena *arena,
                             struct pl_strs *ret_names, struct pl_error *error)
{
    struct pl_str *names = pl_arena_alloc_array(arena, NAMES_MAX, sizeof *names);
    size_t count = 0;

    if (names == NULL)
        return pl_arena_error(arena, "the names of the measures", error);
    for (size_t i = 0; i < texts->count; i++) {
        struct pl_str rest = pl_str_of(texts->items[i]);

        for (;;) {
            const size_t length = name_length(rest);

            if (count == NAMES_MAX)
                return pl_error_set(error, PL_E_USAGE, "`--metrics` names more than %d measures",
                                    NAMES_MAX);
            names[count] = pl_str_trim((struct pl_str){rest.ptr, length});
            if (names[count++].len == 0)
                return pl_error_set(error, PL_E_USAGE, "`--metrics %s` has an empty name",
                                    texts->items[i]);
            if (length == rest.len)
                break;
            rest.ptr += length + 1;
            rest.len -= length + 1;
        }
    }
    *ret_names = (struct pl_strs){names, count};
    return PL_OK;
}
