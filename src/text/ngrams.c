/*
 * Shared n-grams without hashing one: an n-gram is the pair of the two (n-1)-grams it is made of, so
 * its key is the pair of their numbers, exact in 64 bits. Only what both sides have in order n - 1 can
 * be shared in order n; all else is left out, and the higher orders cost little.
 */
#include "text/ngrams.h"

#include "text/table.h"

#include <string.h>

#define NOWHERE UINT32_MAX

/* An n-gram of the output. */
struct gram {
    uint32_t output; /* how often it is there */
    uint32_t best;   /* and at most in one reference */
    uint32_t now;    /* and in the reference that is being read */
    uint32_t reference;
};

/* The number of the n-gram that begins at each place, NOWHERE for one that is not shared. */
struct places {
    uint32_t *grams;
    size_t count;
};

struct matcher {
    struct gram *grams;
    struct gram *grams_before; /* of the order below */
    size_t grams_count;
    struct places output;
    struct places *references;
    size_t references_count;
    struct pl_table table;
};

static bool places_copy(struct places *places, const struct pl_sequence *sequence,
                        struct pl_text_scratch *scratch)
{
    places->grams = pl_text_scratch_alloc(scratch, sequence->count + 1, sizeof *places->grams);
    places->count = sequence->count;
    if (places->grams == NULL)
        return false;
    if (sequence->count > 0)
        memcpy(places->grams, sequence->ids, sequence->count * sizeof *places->grams);
    return true;
}

static bool matcher_init(struct matcher *matcher, const struct pl_ngram_task *task,
                         struct pl_text_scratch *scratch)
{
    const size_t most = task->distinct > task->output->count ? task->distinct : task->output->count;

    *matcher = (struct matcher){
        .grams = pl_text_scratch_alloc(scratch, most + 1, sizeof *matcher->grams),
        .grams_before = pl_text_scratch_alloc(scratch, most + 1, sizeof *matcher->grams),
        .references =
            pl_text_scratch_alloc(scratch, task->references_count + 1, sizeof *matcher->references),
        .references_count = task->references_count,
    };
    if (matcher->grams == NULL || matcher->grams_before == NULL || matcher->references == NULL ||
        !places_copy(&matcher->output, task->output, scratch))
        return false;
    for (size_t i = 0; i < task->references_count; i++)
        if (!places_copy(&matcher->references[i], &task->references[i], scratch))
            return false;
    return true;
}

/* Order 1: the ids are the numbers. */
static void count_words(struct matcher *matcher, size_t distinct)
{
    memset(matcher->grams, 0, distinct * sizeof *matcher->grams);
    for (size_t i = 0; i < matcher->output.count; i++)
        matcher->grams[matcher->output.grams[i]].output++;
}

/* One more of an n-gram in a reference (from 1): a match whenever its count passes the best of those
   before and the output has it as often. */
static uint64_t count_one(struct gram *gram, uint32_t reference)
{
    gram->now = gram->reference == reference ? gram->now + 1 : 1;
    gram->reference = reference;
    if (gram->now <= gram->best)
        return 0;
    gram->best = gram->now;
    return gram->best <= gram->output;
}

/* The words of a reference: those that the output has not are nowhere. */
static uint64_t match_words(const struct matcher *matcher, uint32_t reference)
{
    struct places *places = &matcher->references[reference - 1];
    uint64_t matches = 0;

    for (size_t i = 0; i < places->count; i++) {
        struct gram *gram = &matcher->grams[places->grams[i]];

        if (gram->output == 0)
            places->grams[i] = NOWHERE;
        else
            matches += count_one(gram, reference);
    }
    return matches;
}

static uint64_t pair_of(const struct places *places, size_t i)
{
    return (uint64_t)places->grams[i] << 32 | places->grams[i + 1];
}

/* Whether the n-gram of the order below that begins here is in some reference. */
static bool is_shared(const struct matcher *matcher, size_t i)
{
    const uint32_t gram = matcher->output.grams[i];

    return gram != NOWHERE && matcher->grams_before[gram].best > 0;
}

static uint32_t number_of(struct matcher *matcher, uint64_t key)
{
    struct pl_text_slot *slot = pl_table_find(&matcher->table, key);

    if (!pl_table_holds(&matcher->table, slot)) {
        matcher->grams[matcher->grams_count] = (struct gram){.output = 0};
        pl_table_put(&matcher->table, slot, key, (uint32_t)matcher->grams_count++);
    }
    matcher->grams[slot->value].output++;
    return slot->value;
}

/* The n-grams of the output whose parts are shared get numbers. */
static void number_output(struct matcher *matcher)
{
    struct places *places = &matcher->output;
    bool here = places->count > 0 && is_shared(matcher, 0);

    places->count -= places->count > 0;
    for (size_t i = 0; i < places->count; i++) {
        const bool next = is_shared(matcher, i + 1);

        places->grams[i] = here && next ? number_of(matcher, pair_of(places, i)) : NOWHERE;
        here = next;
    }
}

/* Those of a reference are looked up among the output's. */
static uint64_t match_reference(const struct matcher *matcher, uint32_t reference)
{
    struct places *places = &matcher->references[reference - 1];
    uint64_t matches = 0;

    places->count -= places->count > 0;
    for (size_t i = 0; i < places->count; i++) {
        const uint64_t key = pair_of(places, i);
        const bool is_pair = places->grams[i] != NOWHERE && places->grams[i + 1] != NOWHERE;

        places->grams[i] = NOWHERE;
        if (!is_pair)
            continue;

        const struct pl_text_slot *slot = pl_table_find(&matcher->table, key);

        if (pl_table_holds(&matcher->table, slot)) {
            places->grams[i] = slot->value;
            matches += count_one(&matcher->grams[slot->value], reference);
        }
    }
    return matches;
}

static bool next_order(struct matcher *matcher, struct pl_text_scratch *scratch)
{
    struct gram *grams = matcher->grams_before;

    matcher->grams_before = matcher->grams;
    matcher->grams = grams;
    matcher->grams_count = 0;
    if (!pl_table_open(scratch, matcher->output.count, &matcher->table))
        return false;
    number_output(matcher);
    return true;
}

bool pl_ngrams_match(const struct pl_ngram_task *task, struct pl_text_scratch *scratch,
                     uint64_t *ret_matches)
{
    struct matcher matcher;

    if (!matcher_init(&matcher, task, scratch))
        return false;
    memset(ret_matches, 0, task->order_max * sizeof *ret_matches);
    count_words(&matcher, task->distinct);
    for (uint32_t n = 1; n <= task->order_max; n++) {
        if (n > 1 && !next_order(&matcher, scratch))
            return false;
        for (uint32_t r = 1; r <= matcher.references_count; r++)
            ret_matches[n - 1] += n == 1 ? match_words(&matcher, r) : match_reference(&matcher, r);
        if (ret_matches[n - 1] == 0)
            break;
    }
    return true;
}
