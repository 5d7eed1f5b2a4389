/*
 * The state of a flag where it is kept: in the state, and change by change in the ledger. A change is
 * durable in the ledger before it is in the state; when the process dies between the two, the state
 * catches up from the ledger when it is next read here.
 */
#ifndef PL_GATEWAY_FLAG_STORE_H
#define PL_GATEWAY_FLAG_STORE_H

#include "flag/change.h"
#include "ledger/ledger.h"
#include "state/state.h"

#define PL_FLAG_AREA "flag" /* of the state; by the feature's name */

struct pl_flag_store {
    struct pl_state *state;
    const char *ledger_folder;
    struct pl_str feature;
};

/* The state as it stands, for readers that need not be exact: a server's next look. Never reads the
   ledger. All zero where there is none. */
PL_MUST_CHECK enum pl_status pl_flag_store_get(const struct pl_flag_store *store,
                                               struct pl_arena *arena,
                                               struct pl_flag_state_now *ret_now,
                                               struct pl_error *error);

/*
 * The state after it has caught up with the ledger; for the start of a server and before a change. It
 * reads the ledger only when a change was left half done, or the state knows nothing of the feature.
 * PL_E_CORRUPT: the chain does not hold, or has a change that cannot be read.
 */
PL_MUST_CHECK enum pl_status pl_flag_reconcile(const struct pl_flag_store *store,
                                               struct pl_arena *arena,
                                               struct pl_flag_state_now *ret_now,
                                               struct pl_error *error);

/* What came of a change. */
struct pl_flag_done {
    struct pl_flag_state_now now;
    uint64_t version; /* of the change; that of `now` but for a kill that came in between */
    struct pl_ledger_head head; /* where the chain ends; `block` 0 when it is not recorded */
    struct pl_error unrecorded; /* then why: a kill by force goes ahead, and is recorded later */
};

/*
 * Makes a change: durable in the ledger, then in the state. `change->version` is that of the state that the
 * caller saw, and one; PL_E_BUSY when somebody else was quicker: look again. 0 makes it whatever others do,
 * which is right for what closes. A change that somebody left half done is dealt with first. A kill that
 * is forced is put into the state even when the ledger cannot be written, and recorded by the next
 * pl_flag_reconcile. Takes the ledger's lock, which nobody may hold in this process: the spool's keeper
 * gives it up between its commits. No request may wait for this: it syncs some four times.
 */
PL_MUST_CHECK enum pl_status pl_flag_store_change(const struct pl_flag_store *store,
                                                  struct pl_arena *arena,
                                                  const struct pl_flag_change *change,
                                                  struct pl_flag_done *ret_done,
                                                  struct pl_error *error);

#endif
