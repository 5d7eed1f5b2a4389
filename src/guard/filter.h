/*
 * What a kind of filter is: its behaviour, one row of the table in chain.c. How it is configured is a
 * struct pl_guard_line. Private to src/guard.
 */
#ifndef PL_GUARD_FILTER_H
#define PL_GUARD_FILTER_H

#include "guard/guard.h"
#include "json/document.h"
#include "regex/regex.h"

/* Where one row stands in one text. */
struct pl_guard_seat {
    size_t from; /* nothing that it still has to find begins before this */
    bool done;   /* it has nothing more to find */
    bool
        found; /* it has found [start, end), which is not yet counted; `from` and `done` speak of after */
    enum pl_guard_reason reason; /* FOUND, or why it gives up at `start` */
    size_t start, end;
    size_t looked; /* how long the text was when it was last seen to need more */
    bool closing;  /* it has seen all that can be seen without the end of the text */
    bool gave_up;
    uint64_t count; /* what was found and counted */
    uint64_t
        spent_ns; /* on searching: while `timed` of the processor's time, before by the wall clock */
    bool timed;
};

/* The text as far as it is there. */
struct pl_guard_view {
    struct pl_str text; /* whole characters of valid UTF-8 */
    bool ended;
    bool broken; /* what comes after this is no text, and there is no later look */
    size_t hold_bytes_max;
    uint64_t *now_ns;       /* the clock, as it was last read */
    uint64_t search_ns_max; /* of one row's searches in the pass, with what a byte adds to it */
    struct pl_guard_scratch *scratch;
};

struct pl_guard_scratch {
    struct pl_regex_match *match;
    struct pl_json_document *document;
};

struct pl_guard_kind {
    /* Judges the whole text only: unless it just notes, nothing is settled before the end. */
    bool waits;
    bool for_json; /* takes part only where JSON is wanted */
    /* Makes what it searches with; NULL: it needs nothing but its row. */
    enum pl_status (*compile)(const struct pl_guard_line *row, void **ret_compiled,
                              struct pl_error *error);
    void (*release)(void *compiled);
    /*
     * Looks for the next thing to find, from seat->from on: sets `found`, or moves `from` as far as can be
     * told, or is `done`. When the text has ended it leaves the seat found or done. What it finds, and that
     * it gives up, must not depend on how much of the text was there at earlier looks. Fails for want of
     * memory only.
     */
    enum pl_status (*look)(const struct pl_guard_line *row, const void *compiled,
                           const struct pl_guard_view *view, struct pl_guard_seat *seat,
                           struct pl_error *error);
};

extern const struct pl_guard_kind PL_GUARD_KIND_SIZE;
extern const struct pl_guard_kind PL_GUARD_KIND_JSON;
extern const struct pl_guard_kind PL_GUARD_KIND_DENY;

struct pl_guard_row {
    const struct pl_guard_line *line;
    const struct pl_guard_kind *kind;
    void *compiled;
};

struct pl_guard_chain {
    size_t rows_count;
    struct pl_guard_row rows[PL_GUARDS_MAX];
};

/* The seat found [start, end), or gives up there. */
static inline void pl_guard_seat_find(struct pl_guard_seat *seat, enum pl_guard_reason reason,
                                      size_t start, size_t end)
{
    seat->found = true;
    seat->reason = reason;
    seat->start = start;
    seat->end = end;
}

/* The offset at or before `at`, and that at or after it, at which a character begins or the text ends. */
size_t pl_guard_character_before(struct pl_str text, size_t at);
size_t pl_guard_character_after(struct pl_str text, size_t at);

/* How much of the text is whole characters; `ret_valid` is false when what comes then can become none. */
size_t pl_guard_characters(struct pl_str text, bool *ret_valid);

#endif
