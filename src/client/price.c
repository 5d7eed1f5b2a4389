/* Tokens by prices of a million, and calls by their own; the formulas stand in the header. */
#include "client/price.h"

#define TOKENS_OF_A_PRICE 1e6

static uint64_t at_most(uint64_t count, uint64_t most)
{
    return count < most ? count : most;
}

double pl_price_of_tokens(const struct pl_price *price, const struct pl_usage *usage)
{
    const uint64_t cached = at_most(usage->cached, usage->prompt);
    const uint64_t written =
        price->cache_write_given ? at_most(usage->cache_write, usage->prompt - cached) : 0;
    const uint64_t reasoning =
        price->reasoning_given ? at_most(usage->reasoning, usage->completion) : 0;
    const double input = (double)(usage->prompt - cached - written) * price->input;
    const double cached_input = (double)cached * price->cached_input;
    const double output = (double)(usage->completion - reasoning) * price->output;
    const double apart =
        (double)written * price->cache_write + (double)reasoning * price->reasoning;

    return (input + cached_input + output + apart) / TOKENS_OF_A_PRICE;
}

double pl_price_of(const struct pl_price *price, const struct pl_usage *usage)
{
    return pl_price_of_tokens(price, usage) + price->request;
}

void pl_usage_add(struct pl_usage *usage, const struct pl_usage *more)
{
    usage->known = usage->known || more->known;
    usage->prompt += more->prompt;
    usage->cached += more->cached;
    usage->completion += more->completion;
    usage->reasoning += more->reasoning;
    usage->cache_write += more->cache_write;
}

uint64_t pl_usage_tokens(const struct pl_usage *usage)
{
    return usage->prompt + usage->completion;
}
