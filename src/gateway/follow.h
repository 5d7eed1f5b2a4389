/*
 * How a command learns that the server beside it goes by a change: the server leaves the number of the change in
 * the state, once every worker has it, and the command waits for that.
 */
#ifndef PL_GATEWAY_FOLLOW_H
#define PL_GATEWAY_FOLLOW_H

#include "state/state.h"

/* The server: every worker goes by this change of the feature's flag. */
PL_MUST_CHECK enum pl_status pl_follow_note(struct pl_state *state, struct pl_str feature,
                                            uint64_t version, struct pl_error *error);

enum pl_following {
    PL_FOLLOWING_NOBODY, /* no server holds `spool_folder` */
    PL_FOLLOWING_YES,
    PL_FOLLOWING_NOT_YET, /* it has not said so within PL_FOLLOW_MS */
};
#define PL_FOLLOW_MS 2000

/* What is waited for. */
struct pl_follow {
    const char *spool_folder; /* of the server that may be there */
    struct pl_str feature;
    uint64_t version; /* of the change */
};

/* The command: waits for that. A server that ends meanwhile is nobody, or has not said so. */
PL_MUST_CHECK enum pl_status pl_follow_wait(struct pl_state *state, const struct pl_follow *follow,
                                            enum pl_following *ret_following,
                                            struct pl_error *error);

#endif
