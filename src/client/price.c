/* Tokens by prices of a million; the formula stands in the header. */
#include "client/price.h"

#define TOKENS_OF_A_PRICE 1e6

double pl_price_of(const struct pl_price *price, const struct pl_usage *usage)
{
    const uint64_t cached = usage->cached < usage->prompt ? usage->cached : usage->prompt;
    const double input = (double)(usage->prompt - cached) * price->input;
    const double cached_input = (double)cached * price->cached_input;
    const double output = (double)usage->completion * price->output;

    return (input + cached_input + output) / TOKENS_OF_A_PRICE;
}

void pl_usage_add(struct pl_usage *usage, const struct pl_usage *more)
{
    usage->known = usage->known || more->known;
    usage->prompt += more->prompt;
    usage->cached += more->cached;
    usage->completion += more->completion;
    usage->reasoning += more->reasoning;
}

uint64_t pl_usage_tokens(const struct pl_usage *usage)
{
    return usage->prompt + usage->completion;
}
