/* Reads the names of measures and of the kind of task from the command line. */
#include "cli/names.h"

#include "line/keys.h"
#include "measure/measure.h"

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

/* Adds the names of one text. */
static enum pl_status add_names(const char *text, struct pl_str *names, size_t *count,
                                struct pl_error *error)
{
    struct pl_str rest = pl_str_of(text);

    for (;;) {
        const size_t length = name_length(rest);

        if (*count == PL_METRICS_MAX)
            return pl_error_set(error, PL_E_USAGE, "`--metrics` names more than %d measures",
                                PL_METRICS_MAX);
        names[*count] = pl_str_trim((struct pl_str){rest.ptr, length});
        if (names[(*count)++].len == 0)
            return pl_error_set(error, PL_E_USAGE, "`--metrics %s` has an empty name", text);
        if (length == rest.len)
            return PL_OK;
        rest.ptr += length + 1;
        rest.len -= length + 1;
    }
}

enum pl_status pl_names_measures(const struct pl_texts *texts, struct pl_arena *arena,
                                 struct pl_strs *ret_names, struct pl_error *error)
{
    struct pl_str *names = pl_arena_alloc_array(arena, PL_METRICS_MAX, sizeof *names);
    size_t count = 0;

    if (names == NULL)
        return pl_arena_error(arena, "the names of the measures", error);
    for (size_t i = 0; i < texts->count; i++)
        PL_RETURN_IF(add_names(texts->items[i], names, &count, error));
    *ret_names = (struct pl_strs){names, count};
    return PL_OK;
}

enum pl_status pl_names_task(const char *text, enum pl_task *ret_task, struct pl_error *error)
{
    const struct pl_word *word = pl_word_find(&PL_WORDS_TASK, pl_str_of(text));
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer names = {0};

    if (word != NULL) {
        *ret_task = (enum pl_task)word->value;
        return PL_OK;
    }
    pl_buffer_init(&names, PL_ERROR_MESSAGE_SIZE);
    for (size_t i = 0; i < PL_WORDS_TASK.count; i++)
        pl_buffer_add_format(&names, "%s%s", i == 0 ? "" : ", ", PL_WORDS_TASK.items[i].name);
    return pl_error_set(error, PL_E_USAGE, "`--task %s` is none of: %.*s", text,
                        PL_STR_ARG(pl_buffer_view(&names)));
}
