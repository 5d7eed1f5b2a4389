/*
 * The state: what is current and may change, in `.plimsoll/state.db` (SQLite, WAL). Flags as they
 * stand, keys and what they have spent, offsets of loaders. It can be written anew from the ledger,
 * but for keys. Small and seldom: no request waits for it. A handle belongs to one thread; several
 * processes may have one each, and so may several threads. A handle does not survive a fork.
 *
 * A change that was committed survives kill -9 and power loss; one that was not is as if it never
 * was.
 */
#ifndef PL_STATE_STATE_H
#define PL_STATE_STATE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define PL_STATE_FILE                 ".plimsoll/state.db" /* beside the line: pl_state_file */
#define PL_STATE_AREA_LENGTH_MAX      64
#define PL_STATE_NAME_SIZE_BYTES_MAX  1024
#define PL_STATE_VALUE_SIZE_BYTES_MAX ((size_t)1 << 20)

struct pl_state;
struct pl_line; /* line/line.h */

/* Where the state of a line lies, in `arena` and ended by NUL; NULL `ptr`: no memory is left. Whoever
   opens the state of a line asks here. */
struct pl_str pl_state_file(const struct pl_line *line, struct pl_arena *arena);

/*
 * Makes folder and file (mode 0600) where missing, takes rights off a file that others may read, and
 * upgrades an older layout. PL_E_PERMISSION: the file or its folder may not be written.
 * PL_E_CORRUPT: it is no state of ours, or is damaged. PL_E_UNSUPPORTED: a newer plimsoll made it.
 * PL_E_BUSY: another process holds it for more than five seconds; so may every call below.
 */
PL_MUST_CHECK enum pl_status pl_state_open(const char *path, struct pl_state **ret_state,
                                           struct pl_error *error);

/* What was begun and not committed is undone. NULL is allowed. */
void pl_state_close(struct pl_state *state);

/* A value by area and name ("flag", "support-answers"): any text. `get` gives a NULL `ptr` where
   there is none. An area whose name begins with `~` is quiet: see pl_state_version. */
PL_MUST_CHECK enum pl_status pl_state_get(struct pl_state *state, const char *area,
                                          struct pl_str name, struct pl_arena *arena,
                                          struct pl_str *ret_value, struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_state_put(struct pl_state *state, const char *area,
                                          struct pl_str name, struct pl_str value,
                                          struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_state_delete(struct pl_state *state, const char *area,
                                             struct pl_str name, bool *ret_was_there,
                                             struct pl_error *error);

/* All values of an area, by name in the order of their bytes. Views, valid during the visit, which may
   read but must not change this area. Returning another status than PL_OK stops and is passed on. */
typedef enum pl_status (*pl_state_visit)(struct pl_str name, struct pl_str value, void *context,
                                         struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_state_each(struct pl_state *state, const char *area,
                                           pl_state_visit visit, void *context,
                                           struct pl_error *error);

/*
 * Grows whenever anybody has changed something: this handle, another one, another process. The same
 * number for all of them. Changes in quiet areas do not count, so that what is saved every second
 * makes nobody read everything anew. Some microseconds: cheap enough to ask for often.
 */
PL_MUST_CHECK enum pl_status pl_state_version(struct pl_state *state, uint64_t *ret_version,
                                              struct pl_error *error);

/* Several changes as one; nobody else writes meanwhile. They do not nest. A commit that fails has
   undone them. Rolling back is allowed where nothing was begun. */
PL_MUST_CHECK enum pl_status pl_state_begin(struct pl_state *state, struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_state_commit(struct pl_state *state, struct pl_error *error);
void pl_state_rollback(struct pl_state *state);

#endif
