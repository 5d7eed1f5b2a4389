/* Scorers by text alone: a metric of src/text with its options. The figure of all outputs is made of the
   sums of their statistics; its interval is a bootstrap in one pass, in which every output weighs a
   Poisson number in each of the replicates (Hanley & MacGibbon 2006), so that no output is kept. */
#include "eval/scorer.h"

#include "base/rng.h"
#include "text/metric.h"
#include "text/refusal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLICATES 1000

struct text_state {
    struct pl_text_scorer metric;
    struct pl_text_scratch scratch;
    double sums[PL_TEXT_STATS_MAX];
    double *replicates; /* REPLICATES x stats_count; NULL: the figure is a mean */
    uint64_t count;
    size_t references_count; /* of every output; 0 once they differ */
    uint64_t seed;
};

static void close_text(void *state)
{
    struct text_state *text = state;

    if (text == NULL)
        return;
    pl_text_scratch_deinit(&text->scratch);
    free(text->replicates);
    free(text);
}

static const char *metric_name(const struct pl_scorer *scorer)
{
    return scorer->kind == PL_SCORER_LENGTH ? "length_characters"
                                            : pl_scorer_kind_name(scorer->kind);
}

static enum pl_status set_option(struct text_state *text, const char *name, const char *value,
                                 struct pl_error *error)
{
    return pl_text_scorer_set(&text->metric, pl_str_of(name), pl_str_of(value), error);
}

static bool has_option(const struct text_state *text, enum pl_text_option_id option)
{
    return (text->metric.metric->options >> option & 1u) != 0;
}

/* The keys of a scorer that are options of its metric. */
static enum pl_status set_keys(struct text_state *text, const struct pl_scorer *scorer,
                               struct pl_error *error)
{
    char number[32];

    if (scorer->ignore_case)
        PL_RETURN_IF(set_option(
            text, has_option(text, PL_TEXT_NORMALISE) ? "normalise" : "lowercase", "true", error));
    if (scorer->tolerance > 0.0) {
        (void)snprintf(number, sizeof number, "%.17g", scorer->tolerance);
        PL_RETURN_IF(
            set_option(text, scorer->relative ? "tolerance_relative" : "tolerance", number, error));
    }
    for (size_t i = 0; i < scorer->options.count; i++)
        PL_RETURN_IF(pl_text_scorer_set(&text->metric, scorer->options.items[i].from,
                                        scorer->options.items[i].to, error));
    return PL_OK;
}

static enum pl_status set_up(struct text_state *text, const struct pl_scorer_setup *setup,
                             struct pl_error *error)
{
    PL_RETURN_IF(pl_text_scorer_init(&text->metric, pl_str_of(metric_name(setup->scorer)), error));
    PL_RETURN_IF(set_keys(text, setup->scorer, error));
    PL_RETURN_IF(pl_text_scorer_check(&text->metric, error));
    if (text->metric.metric->is_mean)
        return PL_OK;
    text->replicates = calloc(REPLICATES * text->metric.stats_count, sizeof(double));
    if (text->replicates == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the bootstrap of a metric");
    return PL_OK;
}

static enum pl_status open_text(const struct pl_scorer_setup *setup, void **ret_state,
                                struct pl_error *error)
{
    struct text_state *text = calloc(1, sizeof *text);
    enum pl_status status = PL_OK;

    if (text == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a scorer");
    text->seed = setup->seed;
    pl_text_scratch_init(&text->scratch, PL_TEXT_BYTES_MAX);
    status = set_up(text, setup, error);
    if (status != PL_OK) {
        close_text(text);
        if (error != NULL)
            (void)pl_error_locate(error, setup->line->file, setup->scorer->place.line,
                                  setup->scorer->place.column);
        return status == PL_E_USAGE ? PL_E_LINE : status;
    }
    *ret_state = text;
    return PL_OK;
}

/* Blanks around an answer are no part of it; most models end theirs with a line end. */
static enum pl_status trim(const struct pl_scored *scored, struct pl_text_segment *segment,
                           struct pl_error *error)
{
    struct pl_str *references =
        pl_arena_alloc_array(scored->arena, segment->references_count + 1, sizeof *references);

    if (references == NULL)
        return pl_arena_error(scored->arena, "a score", error);
    for (size_t i = 0; i < segment->references_count; i++)
        references[i] = pl_str_trim(segment->references[i]);
    segment->references = references;
    segment->output = pl_str_trim(segment->output);
    return PL_OK;
}

static enum pl_status score_text(void *state, const struct pl_scorer *scorer,
                                 const struct pl_scored *scored, struct pl_score *ret_score,
                                 struct pl_error *error)
{
    struct text_state *text = state;
    struct pl_text_segment segment = {scored->text, scored->references, scored->references_count};
    double *stats = pl_arena_alloc_array(scored->arena, text->metric.stats_count, sizeof *stats);

    if (stats == NULL)
        return pl_arena_error(scored->arena, "a score", error);
    if (scorer->kind == PL_SCORER_EXACT || scorer->kind == PL_SCORER_ONE_OF)
        PL_RETURN_IF(trim(scored, &segment, error));
    if (text->metric.metric->needs_reference && scored->references_count == 0) {
        ret_score->note = PL_STR("the case has no right answer");
        return PL_OK;
    }
    PL_RETURN_IF(pl_text_scorer_collect(&text->metric, &segment, &text->scratch, stats, error));
    ret_score->state = PL_SCORE_GIVEN;
    ret_score->value = pl_text_scorer_score(&text->metric, stats);
    ret_score->stats = stats;
    if (text->count == 0 && text->references_count == 0)
        text->references_count = scored->references_count;
    else if (text->references_count != scored->references_count)
        text->references_count = 0;
    return PL_OK;
}

/* A Poisson number of mean 1 by inversion. */
static unsigned poisson(struct pl_rng *rng)
{
    const double u = pl_rng_uniform(rng);
    double share = exp(-1.0);
    double below = share;
    unsigned k = 0;

    while (u >= below && k < 20) {
        share /= (double)++k;
        below += share;
    }
    return k;
}

static void add_text(void *state, const struct pl_score *score)
{
    struct text_state *text = state;
    const size_t count = text->metric.stats_count;
    struct pl_rng rng;

    if (score->stats == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        text->sums[i] += score->stats[i];
    if (text->replicates != NULL) {
        pl_rng_init(&rng, text->seed, text->count);
        for (size_t r = 0; r < REPLICATES; r++) {
            const double weight = (double)poisson(&rng);

            for (size_t i = 0; i < count && weight > 0.0; i++)
                text->replicates[r * count + i] += weight * score->stats[i];
        }
    }
    text->count++;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void find_interval(const struct text_state *text, struct pl_corpus_figure *figure)
{
    static const size_t LOW = REPLICATES / 40;
    double scores[REPLICATES];

    for (size_t r = 0; r < REPLICATES; r++)
        scores[r] =
            pl_text_scorer_score(&text->metric, text->replicates + r * text->metric.stats_count);
    qsort(scores, REPLICATES, sizeof *scores, compare_doubles);
    figure->low = scores[LOW];
    figure->high = scores[REPLICATES - 1 - LOW];
}

static enum pl_status corpus_text(void *state, struct pl_arena *arena,
                                  struct pl_corpus_figure *ret_figure, struct pl_error *error)
{
    const struct text_state *text = state;
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer signature = {0};
    struct pl_corpus_figure figure = {0};

    pl_buffer_init(&signature, 4096);
    pl_text_scorer_sign(&text->metric, text->references_count, &signature);
    PL_RETURN_IF(pl_buffer_check(&signature, "the signature of a metric", error));
    figure.signature = pl_arena_copy(arena, pl_buffer_view(&signature));
    if (figure.signature.ptr == NULL)
        return pl_arena_error(arena, "the signature of a metric", error);
    figure.given = text->replicates != NULL && text->count > 0;
    if (figure.given) {
        figure.value = pl_text_scorer_score(&text->metric, text->sums);
        find_interval(text, &figure);
    }
    *ret_figure = figure;
    return PL_OK;
}

/* A server may say itself that it refused. */
static enum pl_status score_refusal(void *state, const struct pl_scorer *scorer,
                                    const struct pl_scored *scored, struct pl_score *ret_score,
                                    struct pl_error *error)
{
    const bool is_said = scored->output->refusal.len > 0;

    (void)state;
    (void)scorer;
    (void)error;
    ret_score->state = PL_SCORE_GIVEN;
    ret_score->value =
        is_said || pl_refusal_find(scored->text).refusal == PL_REFUSAL_FULL ? 1.0 : 0.0;
    return PL_OK;
}

const struct pl_scorer_row PL_SCORER_ROW_TEXT = {
    .needs_reference = true,
    .open = open_text,
    .close = close_text,
    .score = score_text,
    .add = add_text,
    .corpus = corpus_text,
};

const struct pl_scorer_row PL_SCORER_ROW_TEXT_PASS = {
    .passes = true,
    .needs_reference = true,
    .open = open_text,
    .close = close_text,
    .score = score_text,
    .add = add_text,
    .corpus = corpus_text,
};

const struct pl_scorer_row PL_SCORER_ROW_TEXT_ALONE = {
    .open = open_text,
    .close = close_text,
    .score = score_text,
    .add = add_text,
    .corpus = corpus_text,
};

const struct pl_scorer_row PL_SCORER_ROW_REFUSAL = {
    .passes = true,
    .score = score_refusal,
};
