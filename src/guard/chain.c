/*
 * A chain of filters, compiled. The table of kinds is here: a new kind is one row of it, and one file.
 */
#include "guard/filter.h"

#include <stdlib.h>

/* Steps of a search from one place: enough to go over all that may be held, and over it again. */
#define STEPS_MAX   200000
#define NESTING_MAX 1024

static const struct pl_guard_kind *const KINDS[] = {
    [PL_GUARD_SIZE] = &PL_GUARD_KIND_SIZE,
    [PL_GUARD_JSON] = &PL_GUARD_KIND_JSON,
    [PL_GUARD_DENY] = &PL_GUARD_KIND_DENY,
};

static enum pl_status add(struct pl_guard_chain *chain, const struct pl_guard_line *line,
                          struct pl_error *error)
{
    struct pl_guard_row *row = &chain->rows[chain->rows_count];

    *row = (struct pl_guard_row){.line = line, .kind = KINDS[line->filter]};
    if (row->kind->compile != NULL) {
        const enum pl_status status = row->kind->compile(line, &row->compiled, error);

        if (status != PL_OK) {
            if (error != NULL)
                (void)pl_error_locate(error, "", line->place.line, line->place.column);
            return status;
        }
    }
    chain->rows_count++;
    return PL_OK;
}

enum pl_status pl_guard_chain_new(const struct pl_guard_line *rows, size_t count,
                                  struct pl_guard_chain **ret_chain, struct pl_error *error)
{
    PL_CLEANUP(pl_guard_chain_cleanup) struct pl_guard_chain *chain = NULL;

    if (count > PL_GUARDS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "%zu filters in one chain; at most %d", count,
                            PL_GUARDS_MAX);
    chain = calloc(1, sizeof *chain);
    if (chain == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for a chain of filters");
    for (size_t i = 0; i < count; i++)
        PL_RETURN_IF(add(chain, &rows[i], error));
    *ret_chain = chain;
    chain = NULL;
    return PL_OK;
}

void pl_guard_chain_free(struct pl_guard_chain *chain)
{
    if (chain == NULL)
        return;
    for (size_t i = 0; i < chain->rows_count; i++)
        if (chain->rows[i].kind->release != NULL)
            chain->rows[i].kind->release(chain->rows[i].compiled);
    free(chain);
}

void pl_guard_chain_cleanup(struct pl_guard_chain **chain)
{
    pl_guard_chain_free(*chain);
}

bool pl_guard_chain_is_empty(const struct pl_guard_chain *chain)
{
    return chain->rows_count == 0;
}

bool pl_guard_chain_waits(const struct pl_guard_chain *chain, bool json_wanted)
{
    for (size_t i = 0; i < chain->rows_count; i++) {
        const struct pl_guard_row *row = &chain->rows[i];

        if (row->kind->waits && row->line->act != PL_GUARD_NOTE &&
            (json_wanted || !row->kind->for_json))
            return true;
    }
    return false;
}

/* ---- scratch ---- */

enum pl_status pl_guard_scratch_new(struct pl_guard_scratch **ret_scratch, struct pl_error *error)
{
    /* What the grammar of JSON allows, a filter must not refuse. */
    static const struct pl_json_options OPTIONS = {
        .nesting_max = NESTING_MAX,
        .duplicates_kept = true,
        .big_numbers_kept = true,
    };
    PL_CLEANUP(pl_guard_scratch_cleanup)
    struct pl_guard_scratch *scratch = calloc(1, sizeof *scratch);

    if (scratch == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for the filters of a worker");
    PL_RETURN_IF(pl_regex_match_new(0, &scratch->match, error));
    PL_RETURN_IF(pl_json_document_new(&OPTIONS, &scratch->document, error));
    pl_regex_match_limit(scratch->match, STEPS_MAX);
    *ret_scratch = scratch;
    scratch = NULL;
    return PL_OK;
}

void pl_guard_scratch_free(struct pl_guard_scratch *scratch)
{
    if (scratch == NULL)
        return;
    pl_regex_match_free(scratch->match);
    pl_json_document_free(scratch->document);
    free(scratch);
}

void pl_guard_scratch_cleanup(struct pl_guard_scratch **scratch)
{
    pl_guard_scratch_free(*scratch);
}
