/* Reading the cases: which are wanted, and whether every one is in order before anything is paid for. */
#include "eval/work.h"

#include "eval/locate.h"

#include <stdio.h>
#include <stdlib.h>

#define IDS_COUNT_MAX 100000000

/* ---- which cases ---- */

static bool passes_filter(const struct pl_work *work, struct pl_item *item)
{
    struct pl_str text;

    if (work->options->filter_column.len == 0)
        return true;
    (void)pl_case_text_of(item->root, work->options->filter_column, &item->arena, &text);
    return pl_str_equal(text, work->options->filter_value);
}

/* The case as an item; `ret_wanted` false when the filter leaves it out. */
enum pl_status pl_work_take_case(struct pl_work *work, struct pl_item *item,
                                 const struct pl_case_text *text, bool *ret_wanted,
                                 struct pl_error *error)
{
    const enum pl_status status = pl_item_take(item, work->suite, work->template, text, error);

    *ret_wanted = status == PL_OK && passes_filter(work, item);
    if (status == PL_E_DATA && error != NULL && error->file[0] == '\0')
        return pl_case_locate(work->suite, text->number, work->arena, error);
    if (status == PL_E_DATA && error != NULL) {
        char message[PL_ERROR_MESSAGE_SIZE];

        (void)snprintf(message, sizeof message, "%.900s (case %llu)", error->message,
                       (unsigned long long)text->number);
        (void)snprintf(error->message, sizeof error->message, "%s", message);
    }
    return status;
}

bool pl_work_limit_is_reached(const struct pl_work *work)
{
    return work->options->limit > 0 && work->taken >= work->options->limit;
}

/* ---- the first reading: is every case in order? ---- */

static enum pl_status grow_ids(struct pl_work *work, struct pl_error *error)
{
    const size_t old_size = work->ids_size;
    uint64_t *old = work->ids;

    work->ids_size = old_size == 0 ? 4096 : 2 * old_size;
    work->ids = calloc(work->ids_size, sizeof *work->ids);
    if (work->ids == NULL || work->ids_count > IDS_COUNT_MAX) {
        free(old);
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the ids of the cases");
    }
    for (size_t i = 0; i < old_size; i++) {
        size_t at = (size_t)old[i] & (work->ids_size - 1);

        while (old[i] != 0 && work->ids[at] != 0)
            at = (at + 1) & (work->ids_size - 1);
        if (old[i] != 0)
            work->ids[at] = old[i];
    }
    free(old);
    return PL_OK;
}

/* Two ids of one hash are taken for the same: of a million cases with odds of one in ten million. */
static enum pl_status check_id(struct pl_work *work, const struct pl_item *item,
                               struct pl_error *error)
{
    const uint64_t hash = pl_str_hash(item->id) | 1u;
    size_t at = 0;

    if (work->suite->columns.id.len == 0)
        return PL_OK;
    if (4 * (work->ids_count + 1) > 3 * work->ids_size)
        PL_RETURN_IF(grow_ids(work, error));
    at = (size_t)hash & (work->ids_size - 1);
    while (work->ids[at] != 0 && work->ids[at] != hash)
        at = (at + 1) & (work->ids_size - 1);
    if (work->ids[at] == hash) {
        (void)pl_error_set(error, PL_E_DATA,
                           "the id `%.*s` stands twice, in the cases or in the "
                           "recorded outputs",
                           PL_STR_ARG(item->id));
        return pl_case_locate(work->suite, item->number, work->arena, error);
    }
    work->ids[at] = hash;
    work->ids_count++;
    return PL_OK;
}

static enum pl_status check_case(const struct pl_case_text *text, void *context,
                                 struct pl_error *error)
{
    struct pl_work *work = context;
    struct pl_item *item = &work->items[0];
    bool is_wanted = false;

    if (pl_work_limit_is_reached(work))
        return PL_E_INTERRUPTED;
    pl_item_reset(item);
    PL_RETURN_IF(pl_work_take_case(work, item, text, &is_wanted, error));
    PL_RETURN_IF(check_id(work, item, error));
    work->taken += is_wanted ? 1 : 0;
    return PL_OK;
}

enum pl_status pl_work_check_cases(struct pl_work *work, struct pl_error *error)
{
    const enum pl_status status = pl_cases_read(work->suite, work->arena, check_case, work, error);

    free(work->ids);
    work->ids = NULL;
    pl_item_reset(&work->items[0]);
    if (status != PL_OK && !(status == PL_E_INTERRUPTED && pl_work_limit_is_reached(work)))
        return status;
    if (work->taken == 0)
        return pl_line_error(work->suite->line, work->suite->cases_place, PL_E_DATA, error,
                             work->options->filter_column.len > 0
                                 ? "no case of %.*s passes the filter"
                                 : "%.*s holds no cases",
                             PL_STR_ARG(work->suite->cases));
    work->outputs_expected = work->taken * work->suite->repeats;
    work->taken = 0;
    return PL_OK;
}
