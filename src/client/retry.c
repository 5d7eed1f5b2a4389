/* The rules of trying again, and the headers that speak of it. */
#include "client/retry.h"

#include <assert.h>
#include <math.h>
#include <strings.h>

#define MS_PER_SECOND 1000.0

/* Longer than this (ten years) is as good as never; it also keeps the sums from overflowing. */
#define AFTER_MS_MAX 315360000000.0

bool pl_retry_status(int http_status)
{
    switch (http_status) {
    case 408: /* Request Timeout */
    case 409: /* Conflict: a lock that was not had in time */
    case 425: /* Too Early */
    case 429: /* Too Many Requests */
        return true;
    case 501: /* Not Implemented */
    case 505: /* HTTP Version Not Supported */
        return false;
    default:
        return http_status >= 500 && http_status <= 599;
    }
}

/* The longest back-off before the next attempt. */
static uint64_t ceiling_ms(const struct pl_retry_policy *policy, uint32_t attempts)
{
    uint64_t ceiling = policy->delay_ms_base;

    for (uint32_t i = 1; i < attempts && ceiling < policy->delay_ms_max; i++)
        ceiling *= 2;
    return ceiling < policy->delay_ms_max ? ceiling : policy->delay_ms_max;
}

static uint64_t jitter_ms(struct pl_rng *rng, uint64_t most)
{
    return pl_rng_below(rng, most + 1);
}

enum pl_retry_answer pl_retry_decide(const struct pl_retry_policy *policy,
                                     const struct pl_retry_case *one, struct pl_rng *rng,
                                     uint64_t *ret_delay_ms)
{
    assert(one->attempts >= 1 && policy->delay_ms_max < UINT64_MAX / 2);
    if (one->hint.told ? !one->hint.again : !one->retryable)
        return PL_RETRY_NOT;
    if (one->attempts >= policy->attempts_max)
        return PL_RETRY_EXHAUSTED;

    const uint64_t delay = one->hint.has_after
                               ? one->hint.after_ms + jitter_ms(rng, policy->delay_ms_base)
                               : jitter_ms(rng, ceiling_ms(policy, one->attempts));

    *ret_delay_ms = delay;
    return one->elapsed_ms + delay > policy->total_ms_max ? PL_RETRY_TOO_LATE : PL_RETRY_AGAIN;
}

static bool is_named(struct pl_str name, const char *expected)
{
    const struct pl_str other = pl_str_of(expected);

    return name.len == other.len && strncasecmp(name.ptr, other.ptr, name.len) == 0;
}

/* A number that is not negative, in units of `unit_ms`. */
static bool read_number(struct pl_str value, double unit_ms, uint64_t *ret_ms)
{
    double number = 0.0;

    if (!pl_str_to_double(value, &number) || number < 0.0)
        return false;
    *ret_ms = (uint64_t)ceil(fmin(number * unit_ms, AFTER_MS_MAX));
    return true;
}

static bool read_after(struct pl_str value, uint64_t now_unix_ms, uint64_t *ret_ms)
{
    const double now_s = (double)now_unix_ms / MS_PER_SECOND;
    int64_t then_s = 0;

    if (read_number(value, MS_PER_SECOND, ret_ms))
        return true;
    if (!pl_http_date_read(value, (int64_t)now_s, &then_s))
        return false;

    const double after_ms = ((double)then_s - now_s) * MS_PER_SECOND;

    *ret_ms = (uint64_t)ceil(fmin(fmax(after_ms, 0.0), AFTER_MS_MAX));
    return true;
}

void pl_retry_hint_read(struct pl_retry_hint *hint, struct pl_str name, struct pl_str value,
                        uint64_t now_unix_ms)
{
    const struct pl_str text = pl_str_trim(value);

    if (is_named(name, "retry-after-ms")) {
        if (read_number(text, 1.0, &hint->after_ms))
            hint->has_after = hint->exact = true;
    } else if (is_named(name, "retry-after")) {
        if (!hint->exact && read_after(text, now_unix_ms, &hint->after_ms))
            hint->has_after = true;
    } else if (is_named(name, "x-should-retry")) {
        hint->told = is_named(text, "true") || is_named(text, "false");
        hint->again = is_named(text, "true");
    }
}
