/*
 * Whether a failed call is tried again, and when: exponential back-off with full jitter, bounded in
 * attempts and in time, and what the server asked for comes first. Pure but for the generator it is
 * given; one thread for each generator.
 */
#ifndef PL_CLIENT_RETRY_H
#define PL_CLIENT_RETRY_H

#include "base/rng.h"
#include "base/str.h"

struct pl_retry_policy {
    uint32_t attempts_max;  /* in all; at least 1 */
    uint64_t delay_ms_base; /* before the second attempt at most this, then twice as much, … */
    uint64_t delay_ms_max;  /* … up to this */
    uint64_t
        total_ms_max; /* an attempt that would begin later than this after the first is not made */
};

/* What the headers of a failed answer ask for. */
struct pl_retry_hint {
    bool has_after;
    bool exact; /* it was told in milliseconds */
    uint64_t after_ms;
    bool told;  /* `x-should-retry` was there … */
    bool again; /* … and said true */
};

struct pl_retry_case {
    bool retryable; /* the failure is of a kind that may pass */
    struct pl_retry_hint hint;
    uint32_t attempts;   /* made so far, the failed one included */
    uint64_t elapsed_ms; /* since the first began */
};

enum pl_retry_answer {
    PL_RETRY_AGAIN,
    PL_RETRY_NOT,       /* this failure does not pass, or the server said so */
    PL_RETRY_EXHAUSTED, /* no attempts are left */
    PL_RETRY_TOO_LATE,  /* the wait would go beyond the time there is */
};

/* 408, 409, 425, 429 and 5xx but 501 and 505. */
bool pl_retry_status(int http_status);

/*
 * The wait is uniform in 0 .. min(delay_ms_max, delay_ms_base * 2^(attempts - 1)) ("full jitter"); where
 * the server named a time it is that time, and up to delay_ms_base more so that not all come back at
 * once. `ret_delay_ms` is set with PL_RETRY_AGAIN and PL_RETRY_TOO_LATE.
 */
enum pl_retry_answer pl_retry_decide(const struct pl_retry_policy *policy,
                                     const struct pl_retry_case *one, struct pl_rng *rng,
                                     uint64_t *ret_delay_ms);

/*
 * Reads one header into the hint; other headers and values that make no sense change nothing. The names
 * are read without regard to case: `retry-after` in seconds or as a date, `retry-after-ms`, which wins
 * over it, and `x-should-retry`. Times past are 0.
 */
void pl_retry_hint_read(struct pl_retry_hint *hint, struct pl_str name, struct pl_str value,
                        uint64_t now_unix_ms);

/* A date of RFC 9110 5.6.7 in any of its three forms, as Unix seconds. A year of two digits is the one
   within fifty years of `now_unix_s`. */
bool pl_http_date_read(struct pl_str text, int64_t now_unix_s, int64_t *ret_unix_s);

#endif
