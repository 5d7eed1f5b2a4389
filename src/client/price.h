/*
 * What a call costs: its tokens by a price book. Pure; safe in any thread.
 */
#ifndef PL_CLIENT_PRICE_H
#define PL_CLIENT_PRICE_H

#include <stdbool.h>
#include <stdint.h>

/* Tokens as a server counts them. `cached` are among `prompt`, `reasoning` among `completion`. */
struct pl_usage {
    bool known; /* false: the server did not say, and all are 0 */
    uint64_t prompt;
    uint64_t cached;
    uint64_t completion;
    uint64_t reasoning;
};

/* Prices of a million tokens, in the currency of the line; finite and not negative. */
struct pl_price {
    bool given; /* false: costs are not known */
    double input;
    double cached_input; /* what is not told to be cheaper costs as `input` */
    double output;
};

/*
 * ((prompt - cached) * input + cached * cached_input + completion * output) / 1,000,000, in doubles.
 * Token counts below 2^53 are exact; each product and sum rounds once, so that the relative error is
 * under 6 * 2^-53, less than one part in 10^15. Nothing is rounded to cents: sums of many calls are to
 * be rounded where they are shown. More cached than prompt tokens count as the prompt.
 */
double pl_price_of(const struct pl_price *price, const struct pl_usage *usage);

/* Adds the tokens of `more`; the sum is known when either is. */
void pl_usage_add(struct pl_usage *usage, const struct pl_usage *more);

/* Prompt and completion. */
uint64_t pl_usage_tokens(const struct pl_usage *usage);

#endif
