/* Segments of a card of which one divides the groups of another. */
#ifndef PL_CARD_NESTED_H
#define PL_CARD_NESTED_H

#include "ledger/body.h"

/*
 * Whether the segment `fine` divides `coarse` further, by the crossing of the two among `slices`: each of
 * its groups lies in one group of `coarse`, of which there are at least two. Decisions whose `fine` group
 * is missing do not count. False where the record has no such crossing.
 */
bool pl_card_is_finer(const struct pl_body *slices, const char *fine, const char *coarse);

#endif
