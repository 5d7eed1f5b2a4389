/*
 * Does an answer refuse? A table of phrases, compared word by word with case, apostrophes and white
 * space folded. The table and its limits are described in docs/text-metrics.md.
 */
#ifndef PL_TEXT_REFUSAL_H
#define PL_TEXT_REFUSAL_H

#include "base/str.h"

enum pl_refusal {
    PL_REFUSAL_NONE,
    PL_REFUSAL_PARTIAL, /* it refuses somewhere, and says more */
    PL_REFUSAL_FULL, /* it opens with a refusal and goes no further than to offer something else */
};

struct pl_refusal_finding {
    enum pl_refusal refusal;
    const char *phrase; /* the row of the table that decided; NULL for none */
};

/* Allocates nothing; any thread. */
struct pl_refusal_finding pl_refusal_find(struct pl_str text);

/* "none", "partial" or "full". */
const char *pl_refusal_name(enum pl_refusal refusal);

#endif
