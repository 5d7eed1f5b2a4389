/*
 * Two buckets and a count. A bucket's level at a time is what it held plus what has run in since, at most
 * its size; nothing is done between the calls.
 */
#include "client/pace.h"

#include <assert.h>
#include <math.h>

#define SECONDS_PER_MINUTE 60.0
#define NS_PER_SECOND      1e9

/* A bucket within a hundred-millionth of enough is enough: rounding must not make anyone wait. */
#define SLACK 1e-8

static double requests_size(const struct pl_pace *pace)
{
    return fmax(1.0, pace->limits.requests_per_minute / SECONDS_PER_MINUTE);
}

static double tokens_size(const struct pl_pace *pace)
{
    return fmax(1.0, pace->limits.tokens_per_minute / SECONDS_PER_MINUTE);
}

void pl_pace_init(struct pl_pace *pace, const struct pl_pace_limits *limits, uint64_t now_ns)
{
    *pace = (struct pl_pace){.limits = *limits, .at_ns = now_ns};
    pace->requests = requests_size(pace);
    pace->tokens = tokens_size(pace);
}

static void fill(struct pl_pace *pace, uint64_t now_ns)
{
    if (now_ns <= pace->at_ns)
        return;

    const double minutes = (double)(now_ns - pace->at_ns) / (NS_PER_SECOND * SECONDS_PER_MINUTE);

    pace->requests =
        fmin(requests_size(pace), pace->requests + minutes * pace->limits.requests_per_minute);
    pace->tokens = fmin(tokens_size(pace), pace->tokens + minutes * pace->limits.tokens_per_minute);
    pace->at_ns = now_ns;
}

/* Until a bucket that is filled at `per_minute` has `missing` more. */
static double wait_of(double missing, double per_minute)
{
    if (per_minute <= 0.0 || missing <= SLACK)
        return 0.0;
    return ceil(missing / per_minute * SECONDS_PER_MINUTE * NS_PER_SECOND);
}

uint64_t pl_pace_wait_ns(struct pl_pace *pace, double tokens, uint64_t now_ns)
{
    fill(pace, now_ns);
    if (pace->limits.in_flight_max > 0 && pace->in_flight >= pace->limits.in_flight_max)
        return PL_PACE_AFTER_A_CALL;

    const double needed = fmin(tokens, tokens_size(pace));
    const double requests = wait_of(1.0 - pace->requests, pace->limits.requests_per_minute);
    const double text = wait_of(needed - pace->tokens, pace->limits.tokens_per_minute);
    const double held = pace->hold_until_ns > now_ns ? (double)(pace->hold_until_ns - now_ns) : 0.0;

    /* Further off than a thousand years is "after a call": the number must not overflow. */
    const double wait = fmax(held, fmax(requests, text));

    return wait < 0x1p63 ? (uint64_t)wait : PL_PACE_AFTER_A_CALL - 1;
}

void pl_pace_start(struct pl_pace *pace, double tokens, uint64_t now_ns)
{
    fill(pace, now_ns);
    pace->requests -= 1.0;
    pace->tokens -= tokens;
    pace->in_flight++;
}

void pl_pace_end(struct pl_pace *pace, double tokens_estimated, double tokens_used, uint64_t now_ns)
{
    assert(pace->in_flight > 0);
    fill(pace, now_ns);
    pace->in_flight--;
    pace->tokens = fmin(tokens_size(pace), pace->tokens + tokens_estimated - tokens_used);
}

void pl_pace_hold(struct pl_pace *pace, uint64_t until_ns)
{
    if (until_ns > pace->hold_until_ns)
        pace->hold_until_ns = until_ns;
}
