/*
 * A text on its way through a chain. Each row has a seat and looks for itself; here what the rows find is
 * put in order, so that the outcome does not depend on which row saw its find first.
 *
 * The front is the least place at which a row that can change the text, or stop it, may still find
 * something. What was found before the front is counted: a mask becomes an edit, a block the verdict. Text
 * before the front is settled, unless an edit reaches over it. Rows that only note hold nothing back: they
 * follow behind the front, and once there is a verdict it is told when they have come up to it.
 */
#include "guard/filter.h"

#include "base/file.h"

#include <assert.h>
#include <stdlib.h>

#define MASK                PL_STR("***")
#define SEARCH_MS_MAX       100
#define CHARACTER_BYTES_MAX 4
#define NS_PER_MS           1000000
#define EDITS_ROOM_FIRST    16
#define TEXT_BYTES_MAX_MAX  PL_JSON_SIZE_BYTES_MAX

/* A place in the text, and the row that speaks of it: what counts first has the smaller one. */
struct order {
    size_t at;
    size_t row;
};

static const struct order NEVER = {SIZE_MAX, SIZE_MAX};

static bool is_before(struct order a, struct order b)
{
    return a.at < b.at || (a.at == b.at && a.row < b.row);
}

static const struct pl_guard_row *row_at(const struct pl_guard_pass *pass, size_t index)
{
    return &pass->options.chain->rows[index];
}

static size_t rows_count(const struct pl_guard_pass *pass)
{
    return pass->options.chain->rows_count;
}

static bool only_notes(const struct pl_guard_pass *pass, size_t index)
{
    return row_at(pass, index)->line->act == PL_GUARD_NOTE;
}

/* ---- begin and end ---- */

enum pl_status pl_guard_pass_init(struct pl_guard_pass *pass,
                                  const struct pl_guard_options *options, struct pl_error *error)
{
    const size_t most =
        options->size_bytes_max == 0 ? PL_GUARD_TEXT_BYTES_MAX : options->size_bytes_max;

    *pass = (struct pl_guard_pass){.options = *options};
    pass->options.size_bytes_max = most < TEXT_BYTES_MAX_MAX ? most : TEXT_BYTES_MAX_MAX;
    if (options->hold_bytes_max == 0)
        pass->options.hold_bytes_max = PL_GUARD_HOLD_BYTES_MAX;
    else if (options->hold_bytes_max < CHARACTER_BYTES_MAX)
        pass->options.hold_bytes_max = CHARACTER_BYTES_MAX;
    if (options->search_ms_max == 0)
        pass->options.search_ms_max = SEARCH_MS_MAX;
    pl_buffer_init(&pass->text, pass->options.size_bytes_max + 1);
    pass->seats = calloc(rows_count(pass) + 1, sizeof *pass->seats);
    if (pass->seats == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory to filter a text");
    for (size_t i = 0; i < rows_count(pass); i++)
        pass->seats[i].done = row_at(pass, i)->kind->for_json && !options->json_wanted;
    return PL_OK;
}

void pl_guard_pass_deinit(struct pl_guard_pass *pass)
{
    free(pass->seats);
    free(pass->edits);
    pl_buffer_deinit(&pass->text);
    *pass = (struct pl_guard_pass){0};
}

/* ---- the order of things ---- */

static struct order order_of(const struct pl_guard_pass *pass, size_t index)
{
    const struct pl_guard_seat *seat = &pass->seats[index];

    if (seat->found)
        return (struct order){seat->start, index};
    return seat->done ? NEVER : (struct order){seat->from, index};
}

static struct order front_of(const struct pl_guard_pass *pass)
{
    struct order front = NEVER;

    if (pass->verdict.reason != PL_GUARD_PASSES)
        return (struct order){pass->verdict.start, pass->verdict_row};
    for (size_t i = 0; i < rows_count(pass); i++) {
        const struct order order = order_of(pass, i);

        if (!only_notes(pass, i) && is_before(order, front))
            front = order;
    }
    return front;
}

static void decide(struct pl_guard_pass *pass, enum pl_guard_reason reason, struct order order)
{
    const bool of_row = order.row < rows_count(pass);

    pass->verdict = (struct pl_guard_stop){
        .reason = reason,
        .row = of_row ? row_at(pass, order.row)->line : NULL,
        .start = order.at,
    };
    pass->verdict_row = (uint32_t)(of_row ? order.row : rows_count(pass));
}

/* ---- counting what was found ---- */

static enum pl_status make_room(struct pl_guard_pass *pass, struct pl_error *error)
{
    if (pass->edits_count < pass->edits_room)
        return PL_OK;

    const size_t room = pass->edits_room == 0 ? EDITS_ROOM_FIRST : pass->edits_room * 2;
    struct pl_guard_edit *edits = realloc(pass->edits, room * sizeof *edits);

    if (edits == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory to mask a text");
    pass->edits = edits;
    pass->edits_room = room;
    return PL_OK;
}

/* Masks come by their beginnings; one that begins within the last one makes that longer. */
static enum pl_status mask(struct pl_guard_pass *pass, size_t index, struct pl_error *error)
{
    const struct pl_guard_seat *seat = &pass->seats[index];
    const size_t before = pass->edits_count == 0 ? 0 : pass->edits[pass->edits_count - 1].end;

    if (seat->start < before) {
        if (seat->end > before)
            pass->edits[pass->edits_count - 1].end = seat->end;
        return PL_OK;
    }
    if (seat->start == seat->end)
        return PL_OK; /* a pattern with \K at its end: found, and nothing to hide */
    if (pass->edits_count == PL_GUARD_EDITS_MAX) {
        decide(pass, PL_GUARD_TOO_MANY_EDITS, (struct order){seat->start, index});
        return PL_OK;
    }
    PL_RETURN_IF(make_room(pass, error));
    pass->edits[pass->edits_count++] = (struct pl_guard_edit){seat->start, seat->end, MASK};
    return PL_OK;
}

static enum pl_status count_find(struct pl_guard_pass *pass, size_t index, struct pl_error *error)
{
    struct pl_guard_seat *seat = &pass->seats[index];
    const enum pl_guard_do act = row_at(pass, index)->line->act;

    if (seat->reason == PL_GUARD_FOUND)
        seat->count++;
    else
        seat->gave_up = true;
    if (act != PL_GUARD_NOTE && (act != PL_GUARD_MASK || seat->reason != PL_GUARD_FOUND))
        decide(pass, seat->reason, (struct order){seat->start, index});
    else if (act == PL_GUARD_MASK)
        PL_RETURN_IF(mask(pass, index, error));
    /* What the verdict rests on stays in its seat: it is the front. */
    seat->found = pass->verdict.reason != PL_GUARD_PASSES && act != PL_GUARD_NOTE;
    return PL_OK;
}

/* ---- going on ---- */

/* Whether a row has anything to look for before the front. */
static bool should_look(const struct pl_guard_pass *pass, size_t index)
{
    const struct pl_guard_seat *seat = &pass->seats[index];

    if (seat->found || seat->done)
        return false;
    return pass->verdict.reason == PL_GUARD_PASSES ||
           (only_notes(pass, index) && is_before(order_of(pass, index), front_of(pass)));
}

static enum pl_status look_all(struct pl_guard_pass *pass, struct pl_error *error)
{
    uint64_t now_ns = pl_clock_monotonic_ns();
    const struct pl_guard_view view = {
        .text = {pass->text.ptr, pass->whole},
        .ended = pass->ended,
        .broken = pass->fault != PL_GUARD_PASSES,
        .hold_bytes_max = pass->options.hold_bytes_max,
        .now_ns = &now_ns,
        .search_ns_max = (uint64_t)pass->options.search_ms_max * NS_PER_MS,
        .scratch = pass->options.scratch,
    };

    for (size_t i = 0; i < rows_count(pass); i++)
        if (should_look(pass, i)) {
            const struct pl_guard_row *row = row_at(pass, i);

            PL_RETURN_IF(row->kind->look(row->line, row->compiled, &view, &pass->seats[i], error));
        }
    return PL_OK;
}

/* Counts what was found up to the front; `ret_moved` is whether anything was. */
static enum pl_status count_all(struct pl_guard_pass *pass, bool *ret_moved, struct pl_error *error)
{
    *ret_moved = false;
    for (size_t i = 0; i < rows_count(pass); i++) {
        const struct pl_guard_seat *seat = &pass->seats[i];
        const bool may = only_notes(pass, i) || pass->verdict.reason == PL_GUARD_PASSES;

        if (seat->found && may && !is_before(front_of(pass), order_of(pass, i))) {
            PL_RETURN_IF(count_find(pass, i, error));
            *ret_moved = true;
        }
    }
    return PL_OK;
}

static enum pl_status go_on(struct pl_guard_pass *pass, struct pl_error *error)
{
    bool moved = true;

    while (moved) {
        PL_RETURN_IF(look_all(pass, error));
        PL_RETURN_IF(count_all(pass, &moved, error));
    }
    return PL_OK;
}

/* A row that must see all, and has not said that all is well. */
static bool holds_all(const struct pl_guard_pass *pass, size_t index)
{
    const struct pl_guard_seat *seat = &pass->seats[index];

    return row_at(pass, index)->kind->waits && (seat->found || !seat->done);
}

static void settle(struct pl_guard_pass *pass)
{
    const struct pl_guard_edit *last =
        pass->edits_count == 0 ? NULL : &pass->edits[pass->edits_count - 1];
    const size_t front = front_of(pass).at;
    size_t settled = front < pass->whole ? front : pass->whole;

    for (size_t i = 0; i < rows_count(pass); i++)
        if (!only_notes(pass, i) && holds_all(pass, i))
            settled = 0;
    if (last != NULL && last->start < settled && settled < last->end)
        settled = last->start;
    assert(settled >= pass->settled);
    pass->settled = settled;
}

/* Tells the verdict when no row that only notes has anything before it any more. */
static void tell(struct pl_guard_pass *pass)
{
    const struct order front = front_of(pass);

    if (pass->verdict.reason == PL_GUARD_PASSES)
        return;
    for (size_t i = 0; i < rows_count(pass) && pass->fault == PL_GUARD_PASSES; i++)
        if (only_notes(pass, i) && is_before(order_of(pass, i), front))
            return;
    pass->stopped = pass->verdict;
}

static enum pl_status advance(struct pl_guard_pass *pass, struct pl_error *error)
{
    PL_RETURN_IF(go_on(pass, error));
    if (pass->fault != PL_GUARD_PASSES && pass->verdict.reason == PL_GUARD_PASSES) {
        const size_t front = front_of(pass).at;

        decide(pass, pass->fault,
               (struct order){front < pass->whole ? front : pass->whole, SIZE_MAX});
    }
    settle(pass);
    tell(pass);
    return PL_OK;
}

/* ---- the text ---- */

static enum pl_status take(struct pl_guard_pass *pass, struct pl_str piece, struct pl_error *error)
{
    const size_t room = pass->options.size_bytes_max - pass->text.len;
    const bool fits = piece.len <= room;
    bool valid = true;

    pl_buffer_add(&pass->text, (struct pl_str){piece.ptr, fits ? piece.len : room});
    PL_RETURN_IF(pl_buffer_check(&pass->text, "the text to filter", error));
    pass->whole += pl_guard_characters(
        (struct pl_str){pass->text.ptr + pass->whole, pass->text.len - pass->whole}, &valid);
    if (!valid)
        pass->fault = PL_GUARD_NOT_UTF8;
    else if (!fits)
        pass->fault = PL_GUARD_TOO_LONG;
    return PL_OK;
}

enum pl_status pl_guard_pass_feed(struct pl_guard_pass *pass, struct pl_str piece,
                                  struct pl_error *error)
{
    assert(!pass->ended);
    if (pass->stopped.reason != PL_GUARD_PASSES || piece.len == 0)
        return PL_OK;
    PL_RETURN_IF(take(pass, piece, error));
    return advance(pass, error);
}

enum pl_status pl_guard_pass_finish(struct pl_guard_pass *pass, struct pl_error *error)
{
    assert(!pass->ended);
    if (pass->stopped.reason != PL_GUARD_PASSES)
        return PL_OK;
    if (pass->whole < pass->text.len)
        pass->fault = PL_GUARD_NOT_UTF8;
    else
        pass->ended = true;
    return advance(pass, error);
}

/* ---- what comes of it ---- */

/* The first edit that ends beyond `at`. */
static size_t edit_beyond(const struct pl_guard_pass *pass, size_t at)
{
    size_t low = 0, high = pass->edits_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (pass->edits[middle].end > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void pl_guard_pass_rewrite(const struct pl_guard_pass *pass, size_t start, size_t end,
                           struct pl_buffer *out)
{
    size_t at = start;

    assert(start <= end && end <= pass->settled);
    for (size_t i = edit_beyond(pass, start); i < pass->edits_count && pass->edits[i].start < end;
         i++) {
        const struct pl_guard_edit *edit = &pass->edits[i];

        if (edit->start >= start) {
            pl_buffer_add(out, (struct pl_str){pass->text.ptr + at, edit->start - at});
            pl_buffer_add(out, edit->replacement);
        }
        at = edit->end;
    }
    if (at < end)
        pl_buffer_add(out, (struct pl_str){pass->text.ptr + at, end - at});
}

struct pl_str pl_guard_pass_text(const struct pl_guard_pass *pass)
{
    return pl_buffer_view(&pass->text);
}

bool pl_guard_pass_hits(const struct pl_guard_pass *pass, size_t index,
                        struct pl_guard_hits *ret_hits)
{
    if (index >= rows_count(pass))
        return false;
    *ret_hits = (struct pl_guard_hits){
        .row = row_at(pass, index)->line,
        .count = pass->seats[index].count,
        .gave_up = pass->seats[index].gave_up,
    };
    return true;
}

const char *pl_guard_reason_name(enum pl_guard_reason reason)
{
    static const char *const NAMES[] = {
        [PL_GUARD_PASSES] = "passes",
        [PL_GUARD_FOUND] = "found",
        [PL_GUARD_HELD_TOO_LONG] = "held_too_long",
        [PL_GUARD_TOO_COSTLY] = "too_costly",
        [PL_GUARD_TOO_MANY_EDITS] = "too_many_edits",
        [PL_GUARD_NOT_UTF8] = "not_utf8",
        [PL_GUARD_TOO_LONG] = "too_long",
    };

    return NAMES[reason];
}
