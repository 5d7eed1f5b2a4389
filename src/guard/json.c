/*
 * The filter `json`: where the request asked for JSON, a text that is none (RFC 8259, the whole of it: a
 * Markdown fence around it is not JSON). Nested deeper than 1,024 it counts as none. Judged at the end.
 */
#include "guard/filter.h"

static enum pl_status look(const struct pl_guard_line *row, const void *compiled,
                           const struct pl_guard_view *view, struct pl_guard_seat *seat,
                           struct pl_error *error)
{
    (void)row;
    (void)compiled;
    seat->from = view->text.len;
    if (!view->ended)
        return PL_OK;

    const enum pl_status status = pl_json_document_read(view->scratch->document, view->text, error);

    if (status == PL_E_MEMORY)
        return status;
    seat->done = true;
    if (status != PL_OK)
        pl_guard_seat_find(seat, PL_GUARD_FOUND, view->text.len, view->text.len);
    return PL_OK;
}

const struct pl_guard_kind PL_GUARD_KIND_JSON = {.waits = true, .for_json = true, .look = look};
