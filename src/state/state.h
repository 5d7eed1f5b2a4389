/*
 * The state: what is current and may change, in `.plimsoll/state.db` (SQLite, WAL). Flags as they stand, keys and
 * what they have spent, offsets of loaders. It can be written anew from the ledger, but for keys. Small and seldom: no
 * request waits for it. A handle belongs to one thread; several processes may have one each.
 */
#ifndef PL_STATE_STATE_H
#define PL_STATE_STATE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct pl_state;

/* Makes folder and file (mode 0600) where missing; upgrades an older layout. */
PL_MUST_CHECK enum pl_status pl_state_open(const char *path, struct pl_state **ret_state,
                                           struct pl_error *error);
void pl_state_close(struct pl_state *state);

/* A value by area and name ("flag", "support-answers"): any text. `get` gives a NULL `ptr` where there is none. */
PL_MUST_CHECK enum pl_status pl_state_get(struct pl_state *state, const char *area, struct pl_str name,
                                          struct pl_arena *arena, struct pl_str *ret_value,
                                          struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_state_put(struct pl_state *state, const char *area, struct pl_str name,
                                          struct pl_str value, struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_state_delete(struct pl_state *state, const char *area, struct pl_str name,
                                             bool *ret_was_there, struct pl_error *error);

/* All values of an area, by name. */
typedef enum pl_status (*pl_state_visit)(struct pl_str name, struct pl_str value, void *context,
                                         struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_state_each(struct pl_state *state, const char *area, pl_state_visit visit,
                                           void *context, struct pl_error *error);

/* Changes whenever any process has changed something; cheap enough to ask for often. */
PL_MUST_CHECK enum pl_status pl_state_version(struct pl_state *state, uint64_t *ret_version,
                                              struct pl_error *error);

/* Several changes as one. */
PL_MUST_CHECK enum pl_status pl_state_begin(struct pl_state *state, struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_state_commit(struct pl_state *state, struct pl_error *error);
void pl_state_rollback(struct pl_state *state);

#endif
