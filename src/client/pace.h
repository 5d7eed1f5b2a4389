/*
 * How fast an endpoint may be called: token buckets for requests and for tokens (of text), a bound on
 * the calls in flight, and a hold that the server asked for. It keeps no clock: the caller says what
 * time it is, in nanoseconds that never go back. One thread at a time.
 *
 * A bucket fills at a sixtieth of its limit each second and holds one second's worth, at least one
 * request, so that any minute sees at most its limit and one second's worth. The tokens of a call are
 * estimated before and settled after: a call may start when the bucket holds its estimate, or is full;
 * what it takes beyond is a debt that later calls wait for.
 */
#ifndef PL_CLIENT_PACE_H
#define PL_CLIENT_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* pl_pace_wait_ns: only the end of a call in flight can help. */
#define PL_PACE_AFTER_A_CALL UINT64_MAX

/* 0 is no limit. */
struct pl_pace_limits {
    uint32_t in_flight_max;
    double requests_per_minute;
    double tokens_per_minute;
};

struct pl_pace {
    struct pl_pace_limits limits;
    double requests; /* in the bucket at `at_ns` */
    double tokens;   /* likewise; negative is a debt */
    uint64_t at_ns;
    uint64_t hold_until_ns;
    uint32_t in_flight;
};

/* The buckets are full at first. */
void pl_pace_init(struct pl_pace *pace, const struct pl_pace_limits *limits, uint64_t now_ns);

/* How long until a call of so many tokens may start; 0: now. */
uint64_t pl_pace_wait_ns(struct pl_pace *pace, double tokens, uint64_t now_ns);

/* A call starts, though it be too early. */
void pl_pace_start(struct pl_pace *pace, double tokens, uint64_t now_ns);

/* It ended, and took `tokens_used` where `tokens_estimated` were taken at its start. */
void pl_pace_end(struct pl_pace *pace, double tokens_estimated, double tokens_used,
                 uint64_t now_ns);

/* Nothing starts before this; a hold never becomes shorter. */
void pl_pace_hold(struct pl_pace *pace, uint64_t until_ns);

#endif
