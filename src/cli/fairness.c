/*
 * Reads what the options of an audit ask about fairness: which definitions, and which groups the
 * others are compared with.
 */
#include "cli/fairness.h"

static enum pl_status unknown_definition(struct pl_str name, struct pl_error *error)
{
    const char *names[PL_FAIRNESS_DEFINITIONS_MAX];

    for (size_t i = 0; i < pl_fairness_definitions_count(); i++)
        names[i] = pl_fairness_definition_at(i)->name;

    const char *nearest = pl_str_nearest(name, names, pl_fairness_definitions_count());

    if (nearest != NULL)
        return pl_error_set(error, PL_E_USAGE,
                            "there is no definition of fairness `%.*s`; did you mean `%s`?",
                            PL_STR_ARG(name), nearest);
    return pl_error_set(error, PL_E_USAGE,
                        "there is no definition of fairness `%.*s`; docs/fairness.md lists them, "
                        "and `--fairness` alone shows all",
                        PL_STR_ARG(name));
}

/* The text up to the next comma, which goes with it. */
static struct pl_str take_name(struct pl_str *rest)
{
    size_t length = 0;

    while (length < rest->len && rest->ptr[length] != ',')
        length++;

    const struct pl_str name = pl_str_trim((struct pl_str){rest->ptr, length});
    const size_t used = length < rest->len ? length + 1 : length;

    rest->ptr += used;
    rest->len -= used;
    return name;
}

static enum pl_status read_definitions(const char *names, struct pl_arena *arena,
                                       struct pl_fairness_options *options, struct pl_error *error)
{
    const bool all = pl_str_equal_text(pl_str_of(names), PL_FAIRNESS_ALL);
    const struct pl_fairness_definition **definitions =
        pl_arena_alloc_array(arena, PL_FAIRNESS_DEFINITIONS_MAX, sizeof *definitions);
    struct pl_str rest = pl_str_of(names);
    size_t count = 0;

    if (definitions == NULL)
        return pl_arena_error(arena, "the definitions of fairness", error);
    for (size_t i = 0; all && i < pl_fairness_definitions_count(); i++)
        definitions[count++] = pl_fairness_definition_at(i);
    while (!all && (rest.len > 0 || count == 0)) {
        const struct pl_str name = take_name(&rest);
        const struct pl_fairness_definition *definition = pl_fairness_definition_find(name);
        bool known = false;

        if (definition == NULL)
            return unknown_definition(name, error);
        for (size_t i = 0; i < count; i++)
            known = known || definitions[i] == definition;
        if (!known)
            definitions[count++] = definition;
    }
    options->definitions = definitions;
    options->definitions_count = count;
    return PL_OK;
}

static enum pl_status read_reference(const struct pl_fairness_asked *asked, const char *text,
                                     struct pl_fairness_reference *ret_reference,
                                     struct pl_error *error)
{
    const struct pl_str whole = pl_str_of(text);
    size_t at = 0;

    while (at < whole.len && whole.ptr[at] != '=')
        at++;
    if (at == whole.len || at == 0)
        return pl_error_set(error, PL_E_USAGE,
                            "`--reference %s` cannot be read; write SEGMENT=GROUP, for example "
                            "`race=Caucasian`",
                            text);

    const struct pl_str name = pl_str_trim((struct pl_str){whole.ptr, at});

    for (size_t i = 0; i < asked->line->data.segments_count; i++)
        if (pl_str_equal(asked->line->data.segments[i].name, name)) {
            *ret_reference = (struct pl_fairness_reference){
                .segment = (uint32_t)i,
                .group = {whole.ptr + at + 1, whole.len - at - 1},
            };
            return PL_OK;
        }
    return pl_error_set(error, PL_E_USAGE,
                        "`--reference %s`: there is no segment `%.*s`; name it with `--by` too",
                        text, PL_STR_ARG(name));
}

static enum pl_status read_references(const struct pl_fairness_asked *asked, struct pl_arena *arena,
                                      struct pl_fairness_options *options, struct pl_error *error)
{
    struct pl_fairness_reference *references =
        pl_arena_alloc_array(arena, asked->references->count + 1, sizeof *references);

    if (references == NULL)
        return pl_arena_error(arena, "the reference groups", error);
    for (size_t i = 0; i < asked->references->count; i++) {
        PL_RETURN_IF(read_reference(asked, asked->references->items[i], &references[i], error));
        for (size_t j = 0; j < i; j++)
            if (references[j].segment == references[i].segment)
                return pl_error_set(error, PL_E_USAGE,
                                    "`--reference` names two groups of one segment: `%s` and `%s`",
                                    asked->references->items[j], asked->references->items[i]);
    }
    options->references = references;
    options->references_count = asked->references->count;
    return PL_OK;
}

enum pl_status pl_fairness_read(const struct pl_fairness_asked *asked, struct pl_arena *arena,
                                struct pl_fairness_options *ret_options, struct pl_error *error)
{
    struct pl_fairness_options options = {0};

    *ret_options = options;
    if (asked->names == NULL && asked->references->count > 0)
        return pl_error_set(error, PL_E_USAGE, "`--reference` goes with `--fairness`");
    if (asked->names == NULL)
        return PL_OK;
    if (asked->line->data.task != PL_TASK_BINARY)
        return pl_error_set(error, PL_E_USAGE,
                            "`--fairness` is for task `binary`: its definitions are about answers "
                            "of yes and no");
    PL_RETURN_IF(read_definitions(asked->names, arena, &options, error));
    PL_RETURN_IF(read_references(asked, arena, &options, error));
    *ret_options = options;
    return PL_OK;
}
