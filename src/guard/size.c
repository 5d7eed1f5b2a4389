/* The filter `size`: a text longer than its bound. What lies within the bound is settled at once. */
#include "guard/filter.h"

static enum pl_status look(const struct pl_guard_line *row, const void *compiled,
                           const struct pl_guard_view *view, struct pl_guard_seat *seat,
                           struct pl_error *error)
{
    (void)compiled;
    (void)error;
    if (view->text.len > row->size_bytes_max) {
        seat->done = true;
        pl_guard_seat_find(seat, PL_GUARD_FOUND,
                           pl_guard_character_before(view->text, (size_t)row->size_bytes_max),
                           view->text.len);
        return PL_OK;
    }
    seat->from = view->text.len;
    seat->done = view->ended;
    return PL_OK;
}

const struct pl_guard_kind PL_GUARD_KIND_SIZE = {.look = look};
