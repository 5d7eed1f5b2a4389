/*
 * What a call costs: its tokens by a price book. Pure; safe in any thread.
 */
#ifndef PL_CLIENT_PRICE_H
#define PL_CLIENT_PRICE_H

#include <stdbool.h>
#include <stdint.h>

/* Tokens as a server counts them. `cached` and `cache_write` are among `prompt`, `reasoning` among `completion`. */
struct pl_usage {
    bool known; /* false: the server did not say, and all are 0 */
    uint64_t prompt;
    uint64_t cached;
    uint64_t completion;
    uint64_t reasoning;
    uint64_t cache_write; /* put into the cache by this call */
};

/* Prices of a million tokens, and of a call, in the currency of the line; finite and not negative. */
struct pl_price {
    bool given; /* false: costs are not known */
    double input;
    double cached_input; /* what is not told to be cheaper costs as `input` */
    double output;
    bool reasoning_given;   /* else tokens of reasoning cost as `output` */
    bool cache_write_given; /* else tokens written into the cache cost as `input` */
    double reasoning;
    double cache_write;
    double request; /* of each call, whatever its tokens; 0 */
};

/*
 * What the tokens of one call or of several cost:
 *   ((prompt - cached - cache_write) * input + cached * cached_input + cache_write * its price
 *    + (completion - reasoning) * output + reasoning * its price) / 1,000,000
 * in doubles. Token counts below 2^53 are exact; each product and sum rounds once, so that the relative error is
 * under 8 * 2^-53, less than one part in 10^15. Nothing is rounded to cents: sums of many calls are to be rounded
 * where they are shown. More cached than prompt tokens count as the prompt, what is written into the cache counts
 * among the rest only, and more reasoning than completion as the completion.
 */
double pl_price_of_tokens(const struct pl_price *price, const struct pl_usage *usage);

/* What one call costs: its tokens, and `request`. */
double pl_price_of(const struct pl_price *price, const struct pl_usage *usage);

/* Adds the tokens of `more`; the sum is known when either is. */
void pl_usage_add(struct pl_usage *usage, const struct pl_usage *more);

/* Prompt and completion. */
uint64_t pl_usage_tokens(const struct pl_usage *usage);

#endif
