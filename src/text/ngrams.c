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
    for (size_t r = 0; r < matcher->references_count; r++) {
        struct places *places = &matcher->references[r];

        for (size_t i = 0; i < places->count; i++)
            if (matcher->grams[places->grams[i]].output == 0)
                places->grams[i] = NOWHERE;
    }
}

static uint64_t pair_of(const struct places *places, size_t i)
{
    return (uint64_t)places->grams[i] << 32 | places->grams[i + 1];
}

static bool is_pair(const struct places *places, size_t i)
{
    return places->grams[i] != NOWHERE && places->grams[i + 1] != NOWHERE;
}

/* The n-grams of the output whose parts are shared get numbers. */
static void number_output(struct matcher *matcher)
{
    struct places *places = &matcher->output;

    for (size_t i = 0; i < places->count; i++)
        if (places->grams[i] != NOWHERE && matcher->grams_before[places->grams[i]].best == 0)
            places->grams[i] = NOWHERE;
    for (size_t i = 0; i + 1 < places->count; i++) {
        if (!is_pair(places, i)) {
            places->grams[i] = NOWHERE;
            continue;
        }

        const uint64_t key = pair_of(places, i);
        struct pl_text_slot *slot = pl_table_find(&matcher->table, key);

        if (!pl_table_holds(&matcher->table, slot)) {
            matcher->grams[matcher->grams_count] = (struct gram){.output = 0};
            pl_table_put(&matcher->table, slot, key, (uint32_t)matcher->grams_count++);
        }
        matcher->grams[slot->value].output++;
        places->grams[i] = slot->value;
    }
    places->count -= places->count > 0;
}

/* Those of a reference get the numbers of the output. */
static void number_reference(const struct matcher *matcher, struct places *places)
{
    for (size_t i = 0; i + 1 < places->count; i++) {
        uint32_t gram = NOWHERE;

        if (is_pair(places, i)) {
            const struct pl_text_slot *slot = pl_table_find(&matcher->table, pair_of(places, i));

            gram = pl_table_holds(&matcher->table, slot) ? slot->value : NOWHERE;
        }
        places->grams[i] = gram;
    }
    places->count -= places->count > 0;
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
    for (size_t r = 0; r < matcher->references_count; r++)
        number_reference(matcher, &matcher->references[r]);
    return true;
}

/* One reference's n-grams: a match whenever a count passes the best before and the output has it. */
static uint64_t match_reference(const struct matcher *matcher, size_t index)
{
    const struct places *places = &matcher->references[index];
    const uint32_t reference = (uint32_t)index + 1;
    uint64_t matches = 0;

    for (size_t i = 0; i < places->count; i++) {
        if (places->grams[i] == NOWHERE)
            continue;

        struct gram *gram = &matcher->grams[places->grams[i]];

        gram->now = gram->reference == reference ? gram->now + 1 : 1;
        gram->reference = reference;
        if (gram->now > gram->best) {
            gram->best = gram->now;
            matches += gram->best <= gram->output;
        }
    }
    return matches;
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
        for (size_t r = 0; r < matcher.references_count; r++)
            ret_matches[n - 1] += match_reference(&matcher, r);
        if (ret_matches[n - 1] == 0)
            break;
    }
    return true;
}
