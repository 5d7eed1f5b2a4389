/*
 * The server: workers, what they share, and its life from start to drain. One gateway for a process.
 */
#ifndef PL_GATEWAY_GATEWAY_H
#define PL_GATEWAY_GATEWAY_H

#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct pl_gateway;

struct pl_gateway_options {
    const char *line; /* the path */
    /* Called with what a person should know: listening addresses, reloads, failures. Any thread. */
    void (*tell)(const char *text, void *context);
    void *context;
};

/* Reads the line, opens ledger, spool and state, binds the addresses. */
PL_MUST_CHECK enum pl_status pl_gateway_new(const struct pl_gateway_options *options,
                                            struct pl_gateway **ret_gateway,
                                            struct pl_error *error);

/* Serves until SIGTERM or SIGINT, then drains: no new connections, requests under way are answered. SIGHUP
   reads the line again; one that is wrong changes nothing and is told. */
PL_MUST_CHECK enum pl_status pl_gateway_run(struct pl_gateway *gateway, struct pl_error *error);

/* Commits the last records; frees, whatever comes of that. */
PL_MUST_CHECK enum pl_status pl_gateway_free(struct pl_gateway *gateway, struct pl_error *error);

/* Counters: one writer, any reader. */
static inline void pl_count(atomic_uint_fast64_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

static inline void pl_uncount(atomic_uint_fast64_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) - 1,
                          memory_order_relaxed);
}

#endif
