/* Conditions and patterns are compiled as the gateway will compile them, and given up again: what does not
   compile, or would never hold, is a fault of the line. */
#include "traffic/check.h"

#include "guard/guard.h"
#include "line/serving.h"
#include "traffic/columns.h"

#include <stdarg.h>
#include <stdio.h>

#define NAMES_MAX       (PL_SEGMENTS_MAX + 16)
#define NAME_SIZE       128
#define NAME_CHARACTERS 48 /* of a name that is quoted in a message */

struct checking {
    const struct pl_line *line;
    struct pl_arena *arena;
    struct pl_problems *problems;
    bool is_full;
    enum pl_status status; /* not PL_OK once memory gave out; then `error` says more */
    struct pl_error *error;
};

/* What stands where, for messages. */
struct found {
    struct pl_place place;
    struct pl_str key;
};

static struct pl_str kept(struct checking *checking, struct pl_str text)
{
    checking->is_full = checking->is_full || text.ptr == NULL;
    return text.ptr == NULL ? PL_STR("") : text;
}

static void add(struct checking *checking, const struct found *found, struct pl_str message,
                struct pl_str hint)
{
    pl_problems_add(checking->problems, (struct pl_problem){.place = found->place,
                                                            .key = found->key,
                                                            .message = kept(checking, message),
                                                            .hint = kept(checking, hint)});
}

/* Whether it is the text that is at fault. What else goes wrong ends the check. */
static bool is_fault(struct checking *checking, enum pl_status status, const struct pl_error *error)
{
    if (status == PL_E_LINE || status == PL_E_DATA || status == PL_E_LIMIT)
        return true;
    checking->status = status;
    *checking->error = *error;
    return false;
}

/* ---- columns ---- */

/* All that may be named, NUL-terminated for the search of the nearest. */
static size_t list_names(const struct checking *checking, char (*rooms)[NAME_SIZE],
                         const char **names)
{
    const struct pl_serve_line *serve = &checking->line->serving->serve;
    size_t count = 0;

    for (size_t i = 0; i < PL_COLUMN_JSON; i++)
        names[count++] = pl_request_column_at(i)->name;
    for (size_t i = 0; i < serve->segments_count && count < NAMES_MAX; i++) {
        (void)snprintf(rooms[i], NAME_SIZE, "%.*s", PL_STR_ARG(serve->segments[i].name));
        names[count++] = rooms[i];
    }
    return count;
}

static bool is_known(const struct checking *checking, struct pl_str column)
{
    const struct pl_serve_line *serve = &checking->line->serving->serve;
    enum pl_request_column known;

    if (pl_request_column_find(column, &known))
        return true;
    for (size_t i = 0; i < serve->segments_count; i++)
        if (pl_str_equal(serve->segments[i].name, column))
            return true;
    return false;
}

static void check_column(struct checking *checking, const struct found *found, struct pl_str column)
{
    const struct pl_str shown = {column.ptr,
                                 column.len < NAME_CHARACTERS ? column.len : NAME_CHARACTERS};
    char rooms[PL_SEGMENTS_MAX][NAME_SIZE];
    const char *names[NAMES_MAX];
    const char *nearest;

    if (is_known(checking, column))
        return;
    nearest = pl_str_nearest(column, names, list_names(checking, rooms, names));
    add(checking, found,
        pl_arena_format(checking->arena, "names `%.*s`, which a request does not have",
                        PL_STR_ARG(shown)),
        nearest != NULL ? pl_arena_format(checking->arena, "did you mean `%s`?", nearest)
                        : PL_STR("say in `serve.segments` where it is found, or write "
                                 "`\"json:/POINTER\"` for a part of the body"));
}

/* ---- conditions and patterns ---- */

/* A line without a route answers with flags alone, and whoever asks brings attributes of any name. */
static void check_condition(struct checking *checking, const struct found *found,
                            struct pl_str text)
{
    struct pl_condition *condition = NULL;
    struct pl_error error = {0};
    const struct pl_str *columns;
    size_t count = 0;

    if (text.len == 0)
        return;

    const enum pl_status status = pl_condition_compile(text, checking->arena, &condition, &error);

    if (status != PL_OK) {
        if (is_fault(checking, status, &error))
            add(checking, found,
                pl_arena_format(checking->arena, "is no condition: %s", error.message),
                PL_STR("for example `plan = 'free' and length < 200`"));
        return;
    }
    columns = pl_condition_columns(condition, &count);
    for (size_t i = 0; i < count && checking->line->serving->route.given; i++)
        check_column(checking, found, columns[i]);
}

/* By the filter itself, which refuses more than the search does. */
static void check_pattern(struct checking *checking, const struct found *found,
                          const struct pl_guard_line *guard)
{
    PL_CLEANUP(pl_guard_chain_cleanup) struct pl_guard_chain *chain = NULL;
    struct pl_error error = {0};

    const enum pl_status status = pl_guard_chain_new(guard, 1, &chain, &error);

    if (status != PL_OK && is_fault(checking, status, &error))
        add(checking, found, pl_arena_format(checking->arena, "is refused: %s", error.message),
            PL_STR("patterns are those of PCRE2"));
}

/* ---- the sections ---- */

static struct pl_str key_of(struct checking *checking, const char *format, ...) PL_FORMAT(2, 3);

static struct pl_str key_of(struct checking *checking, const char *format, ...)
{
    char key[NAME_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(key, sizeof key, format, arguments);
    va_end(arguments);
    return kept(checking, pl_arena_copy(checking->arena, pl_str_of(key)));
}

static void check_rules(struct checking *checking)
{
    const struct pl_route *route = &checking->line->serving->route;

    for (size_t i = 0; i < route->rules_count; i++) {
        const struct found found = {route->rules[i].when_place,
                                    key_of(checking, "route.rules[%zu].when", i)};

        check_condition(checking, &found, route->rules[i].when);
    }
}

static void check_experiments(struct checking *checking)
{
    const struct pl_serving *serving = checking->line->serving;

    for (size_t i = 0; i < serving->experiments_count; i++) {
        const struct pl_experiment_line *experiment = &serving->experiments[i];
        const struct found found = {experiment->when_place,
                                    serving->experiments_count == 1
                                        ? PL_STR("experiment.when")
                                        : key_of(checking, "experiment[%zu].when", i)};

        check_condition(checking, &found, experiment->when);
    }
}

static void check_guards(struct checking *checking, const char *side,
                         const struct pl_guard_line *guards, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct found found = {guards[i].pattern_place,
                                    key_of(checking, "guard.%s[%zu].pattern", side, i)};

        check_pattern(checking, &found, &guards[i]);
    }
}

enum pl_status pl_traffic_check(const struct pl_line *line, struct pl_arena *arena,
                                struct pl_problems *problems, struct pl_error *error)
{
    const struct pl_serving *serving = line->serving;
    struct checking checking = {.line = line, .arena = arena, .problems = problems, .error = error};

    if (serving == NULL)
        return PL_OK;
    check_rules(&checking);
    check_experiments(&checking);
    check_guards(&checking, "input", serving->guards_input, serving->guards_input_count);
    check_guards(&checking, "output", serving->guards_output, serving->guards_output_count);
    pl_problems_sort(problems);
    if (checking.status != PL_OK)
        return checking.status;
    return checking.is_full ? pl_arena_error(arena, "what is wrong with the line", error) : PL_OK;
}
