/*
 * The law of the largest calibration error over many slices under perfect calibration, by simulation.
 *
 * The statistic is max over slices s of c_s R_s, with R_s the range (0 included) of the sums of w (y - p)
 * over the bins of the score (I. Guy, D. Haimovich, F. Linder, N. Okati, L. Perini, N. Tax & M. Tygert,
 * Measuring multi-calibration, arXiv 2506.11251 (2025); the range is Kuiper's, see kolmogorov.h). In each
 * replicate the number of positives of every cell is drawn from Binomial(n, p), p the cell's mean
 * probability, and all slices are walked over the same draws, so that slices which share decisions err
 * together, as they do in the data. A binomial with the mean probability varies at least as much as
 * the sum of trials with the single ones, so no error is taken for more than it is. With sampling weights the
 * draw is scaled to the variance sum w^2 p (1 - p).
 *
 * The p-value of an observed x is (1 + number of replicates >= x) / (replicates + 1) (P. H. Westfall &
 * S. S. Young 1993), exact for any counts since the observed statistic is taken over the same bins.
 * Valid for any cells; checked by simulation in tests/prop/stats/multicalibration.c.
 */
#include "stats/multicalibration.h"

#include "base/pool.h"
#include "base/rng.h"
#include "stats/replicates.h"

#include <math.h>

#define STREAM_FIRST 7000

/* A walk's sum so far, and its extremes. */
struct place {
    double sum;
    double high;
    double low;
};

struct drawing {
    const struct pl_multicalibration_request *request;
    size_t slices_max;
    double *residuals;    /* one row of cells_count for each thread */
    struct place *places; /* one row of slices_max for each thread */
    double *sample;
};

static double widest(const struct pl_score_walk *walk, const double *residuals,
                     struct place *places)
{
    double widest_range = 0.0;
    double step = 0.0;

    for (size_t s = 0; s < walk->slices_count; s++)
        places[s] = (struct place){0.0, 0.0, 0.0};
    for (size_t i = 0; i < walk->count; i++) {
        struct place *place = &places[walk->slices[i]];

        step += residuals[walk->cells[i]];
        if (!walk->ends[i])
            continue;
        place->sum += step;
        place->high = fmax(place->high, place->sum);
        place->low = fmin(place->low, place->sum);
        step = 0.0;
    }
    for (size_t s = 0; s < walk->slices_count; s++)
        widest_range = fmax(widest_range, walk->scales[s] * (places[s].high - places[s].low));
    return widest_range;
}

static double statistic(const struct pl_multicalibration_request *request, const double *residuals,
                        struct place *places)
{
    double largest = 0.0;

    for (size_t i = 0; i < request->walks_count; i++)
        largest = fmax(largest, widest(&request->walks[i], residuals, places));
    return largest;
}

static void draw_one(size_t index, uint32_t worker, void *context)
{
    const struct drawing *drawing = context;
    const struct pl_multicalibration_request *request = drawing->request;
    double *residuals = &drawing->residuals[worker * request->cells_count];
    struct pl_rng rng;

    pl_rng_init(&rng, request->seed, STREAM_FIRST + index);
    for (size_t i = 0; i < request->cells_count; i++) {
        const struct pl_score_cell *cell = &request->cells[i];
        const double positives = (double)pl_rng_binomial(&rng, cell->n, cell->probability);

        residuals[i] = cell->scale * (positives - (double)cell->n * cell->probability);
    }
    drawing->sample[index] =
        statistic(request, residuals, &drawing->places[worker * drawing->slices_max]);
}

enum pl_status pl_multicalibration_draw(const struct pl_multicalibration_request *request,
                                        struct pl_arena *arena, double *ret_observed,
                                        const double **ret_sample, struct pl_error *error)
{
    const uint32_t threads = request->threads == 0 ? 1 : request->threads;
    struct drawing drawing = {.request = request};

    for (size_t i = 0; i < request->walks_count; i++)
        if (request->walks[i].slices_count > drawing.slices_max)
            drawing.slices_max = request->walks[i].slices_count;
    drawing.residuals =
        pl_arena_alloc_array(arena, threads * (request->cells_count + 1), sizeof(double));
    drawing.places =
        pl_arena_alloc_array(arena, threads * (drawing.slices_max + 1), sizeof *drawing.places);
    drawing.sample = pl_arena_alloc_array(arena, request->replicates + 1, sizeof(double));
    if (drawing.residuals == NULL || drawing.places == NULL || drawing.sample == NULL)
        return pl_arena_error(arena, "the replicates of the calibration error", error);
    for (size_t i = 0; i < request->cells_count; i++)
        drawing.residuals[i] = request->cells[i].residual;
    *ret_observed = statistic(request, drawing.residuals, drawing.places);
    pl_pool_run(request->replicates, threads, draw_one, &drawing);
    pl_replicates_sort(drawing.sample, request->replicates);
    *ret_sample = drawing.sample;
    return PL_OK;
}
