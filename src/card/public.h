/* What the public may see of a card. */
#ifndef PL_CARD_PUBLIC_H
#define PL_CARD_PUBLIC_H

#include "ledger/body.h"

/*
 * Takes out of the document all that is not for the public, and suppresses small counts: of groups
 * below 10 decisions, and of rates that 10 decisions or fewer make, on either side; and then as many
 * others of the same segment that the total does not tell what was suppressed.
 */
PL_MUST_CHECK enum pl_status pl_card_make_public(struct pl_body *card, struct pl_arena *arena,
                                                 struct pl_error *error);

#endif
