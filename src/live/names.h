/*
 * Names that only the records know: segments, experiments, outcomes. Each becomes a column of the view `live`, in the order
 * in which they were first seen; so the view of a warehouse that was built at once is that of one that
 * grew. Of values whose type is not fixed the widest kind that was seen is kept. One thread at a time.
 */
#ifndef PL_LIVE_NAMES_H
#define PL_LIVE_NAMES_H

#include "base/arena.h"
#include "base/buffer.h"

#define PL_LIVE_NAMES_COUNT_MAX 500 /* further names stay without a column */
#define PL_LIVE_NAME_LENGTH_MAX 128 /* longer ones as well */

enum pl_live_origin {
    PL_LIVE_SEGMENT,
    PL_LIVE_EXPERIMENT,
    PL_LIVE_OUTCOME,  /* `name` of feedback */
    PL_LIVE_REPORTED, /* a value that a decision came with: label, prediction */
};

/* Later ones take in earlier ones, but for truth and numbers, which only text takes in together. */
enum pl_live_kind {
    PL_LIVE_KIND_NONE, /* null */
    PL_LIVE_KIND_TRUTH,
    PL_LIVE_KIND_INTEGER,
    PL_LIVE_KIND_NUMBER,
    PL_LIVE_KIND_TEXT,
};

struct pl_live_name {
    struct pl_str name;
    enum pl_live_origin origin;
    enum pl_live_kind kind;
};

struct pl_live_names {
    struct pl_arena arena;
    struct pl_live_name items[PL_LIVE_NAMES_COUNT_MAX];
    size_t count;
    bool changed;
};

void pl_live_names_init(struct pl_live_names *names);
void pl_live_names_deinit(struct pl_live_names *names);

enum pl_live_kind pl_live_kind_widen(enum pl_live_kind a, enum pl_live_kind b);

/* Notes a name that a record has. One that cannot be a column is passed over. */
PL_MUST_CHECK enum pl_status pl_live_names_note(struct pl_live_names *names,
                                                const struct pl_live_name *name,
                                                struct pl_error *error);

/* The statements that write the names down, and the view that they make. */
void pl_live_names_write(const struct pl_live_names *names, struct pl_buffer *sql);
void pl_live_names_view(const struct pl_live_names *names, struct pl_buffer *sql);

#endif
