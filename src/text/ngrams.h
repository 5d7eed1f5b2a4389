/*
 * How many n-grams an output shares with its references, order by order: the heart of BLEU, GLEU, chrF
 * and ROUGE-N.
 */
#ifndef PL_TEXT_NGRAMS_H
#define PL_TEXT_NGRAMS_H

#include "text/words.h"

#define PL_NGRAM_ORDER_MAX 16

struct pl_ngram_task {
    const struct pl_sequence *output;
    const struct pl_sequence *references;
    size_t references_count;
    size_t distinct; /* ids are below this */
    uint32_t order_max;
};

/*
 * ret_matches[n - 1] = the sum over distinct n-grams of min(count in the output, the largest count in
 * any one reference), for n = 1 .. order_max. False when the scratch is full.
 */
bool pl_ngrams_match(const struct pl_ngram_task *task, struct pl_text_scratch *scratch,
                     uint64_t *ret_matches);

/* How many n-grams a sequence of `count` has. */
static inline uint64_t pl_ngrams_total(size_t count, uint32_t order)
{
    return count < order ? 0 : count - order + 1;
}

#endif
