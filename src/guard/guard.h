/*
 * The filters that a text passes on its way: requests before a model is asked, answers before they are
 * delivered. A chain is compiled once and never changes; a pass takes one text through it, in pieces of any
 * cutting, and says after each piece how much of the text is settled and may go out.
 *
 * The law of this layer: what goes out, what was found and what stopped the pass are a function of the
 * text, the chain and the options alone, and never of how the text was cut. What begins first in the text
 * counts first, and of two that begin at one place the row that comes first. Only the time that a search
 * may take (PL_GUARD_TOO_COSTLY) depends on the machine.
 */
#ifndef PL_GUARD_GUARD_H
#define PL_GUARD_GUARD_H

#include "base/buffer.h"
#include "line/serving.h"

struct pl_guard_chain;
struct pl_guard_scratch;
struct pl_guard_seat;

#define PL_GUARD_HOLD_BYTES_MAX ((size_t)64 << 10) /* where the options say 0 */
#define PL_GUARD_TEXT_BYTES_MAX ((size_t)16 << 20) /* where the options say 0 */
#define PL_GUARD_EDITS_MAX      ((size_t)1 << 16)

/* ---- the chain ---- */

/*
 * Compiles the rows, which must outlive the chain. A row that is wrong is PL_E_LINE, with its place in the
 * line; whoever knows the name of the file adds it. The chain may be used by any number of threads.
 */
PL_MUST_CHECK enum pl_status pl_guard_chain_new(const struct pl_guard_line *rows, size_t count,
                                                struct pl_guard_chain **ret_chain,
                                                struct pl_error *error);
void pl_guard_chain_free(struct pl_guard_chain *chain); /* NULL is fine */
void pl_guard_chain_cleanup(struct pl_guard_chain **chain);

/* Whether there is nothing to do: no pass is needed then. */
bool pl_guard_chain_is_empty(const struct pl_guard_chain *chain);

/* Whether nothing is settled before the end of the text: an answer cannot be streamed through. */
bool pl_guard_chain_waits(const struct pl_guard_chain *chain, bool json_wanted);

/* What one thread searches with, for all its passes, one after the other or side by side. */
PL_MUST_CHECK enum pl_status pl_guard_scratch_new(struct pl_guard_scratch **ret_scratch,
                                                  struct pl_error *error);
void pl_guard_scratch_free(struct pl_guard_scratch *scratch); /* NULL is fine */
void pl_guard_scratch_cleanup(struct pl_guard_scratch **scratch);

/* ---- a pass ---- */

/* A part of the text in whose place `replacement` goes out. */
struct pl_guard_edit {
    size_t start, end; /* start < end */
    struct pl_str replacement;
};

enum pl_guard_reason {
    PL_GUARD_PASSES = 0,
    PL_GUARD_FOUND,          /* the row found what it looks for */
    PL_GUARD_HELD_TOO_LONG,  /* what may be a match is longer than may be held back */
    PL_GUARD_TOO_COSTLY,     /* a pattern takes more steps or time on this text than is sane */
    PL_GUARD_TOO_MANY_EDITS, /* more than PL_GUARD_EDITS_MAX masks */
    PL_GUARD_NOT_UTF8,       /* no row's doing: the text is no text */
    PL_GUARD_TOO_LONG,       /* no row's doing: over the `size_bytes_max` of the pass */
};

/*
 * Why a pass stopped. Only where the reason is PL_GUARD_FOUND may another answer be asked for, if the row's
 * `act` says so; for every other reason the text is blocked.
 */
struct pl_guard_stop {
    enum pl_guard_reason reason;
    const struct pl_guard_line *row; /* NULL: no row's doing */
    size_t start;                    /* where in the text it begins */
};

struct pl_guard_options {
    const struct pl_guard_chain *chain;
    struct pl_guard_scratch *scratch; /* of the thread that the pass belongs to */
    bool json_wanted;                 /* the request's response_format asks for JSON */
    size_t size_bytes_max; /* of the text; 0: PL_GUARD_TEXT_BYTES_MAX; never more than 64 MiB */
    size_t hold_bytes_max; /* for one match; 0: PL_GUARD_HOLD_BYTES_MAX; at least a character's 4 */
    uint32_t search_ms_max; /* of one row, and 0.1 ms more for each kB of text; 0: 100 */
};

/*
 * One text on its way. The first part is to be read after each call, and not written; offsets are in bytes
 * of the text as it came. `settled` never goes back. When `stopped` has a reason, nothing beyond `settled`
 * may go out, and further calls do nothing.
 */
struct pl_guard_pass {
    size_t settled;
    struct pl_guard_stop stopped;
    struct pl_guard_edit
        *edits; /* ascending, none touches into another; those below `settled` are final */
    size_t edits_count;

    /* Private. */
    struct pl_guard_options options;
    struct pl_guard_seat *seats; /* one for each row */
    struct pl_buffer text;
    size_t whole;                 /* the text's complete characters, in bytes */
    struct pl_guard_stop verdict; /* known, and not yet told because of a row that only notes */
    uint32_t verdict_row;
    enum pl_guard_reason fault; /* of the text */
    bool ended;
    size_t edits_room;
};

/* Begins a pass. After a failure there is nothing to deinit, though it does no harm. */
PL_MUST_CHECK enum pl_status pl_guard_pass_init(struct pl_guard_pass *pass,
                                                const struct pl_guard_options *options,
                                                struct pl_error *error);
void pl_guard_pass_deinit(struct pl_guard_pass *pass);

/* The next piece of the text, which is copied. Fails for want of memory only: the text is to be blocked. */
PL_MUST_CHECK enum pl_status pl_guard_pass_feed(struct pl_guard_pass *pass, struct pl_str piece,
                                                struct pl_error *error);

/* The text has ended. Afterwards all of it is settled, or the pass has stopped. */
PL_MUST_CHECK enum pl_status pl_guard_pass_finish(struct pl_guard_pass *pass,
                                                  struct pl_error *error);

/*
 * Adds what goes out of [start, end) of the text, which must lie below `settled`. An edit goes out as a
 * whole with the piece in which it begins, so that pieces one after the other give the text once.
 */
void pl_guard_pass_rewrite(const struct pl_guard_pass *pass, size_t start, size_t end,
                           struct pl_buffer *out);

/* The text so far, as it came. Valid until the next call. */
struct pl_str pl_guard_pass_text(const struct pl_guard_pass *pass);

/* What a row found before the pass stopped, for the record and for figures. */
struct pl_guard_hits {
    const struct pl_guard_line *row;
    uint64_t count;
    bool gave_up; /* it could not be judged to the end: too costly, or held too long */
};

/* Of the row `index`; false past the last one. */
bool pl_guard_pass_hits(const struct pl_guard_pass *pass, size_t index,
                        struct pl_guard_hits *ret_hits);

/* "found", "too_costly" and so on; stable, for records and figures. */
const char *pl_guard_reason_name(enum pl_guard_reason reason);

#endif
