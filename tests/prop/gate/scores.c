/*
 * True measures of a world of scores, by the midpoint rule over a fine grid of scores: the population
 * is a long list of scores, each with its mass of positives and of negatives. The definitions are
 * written out anew here, so that they do not rest on the kernels under test.
 */
#include "scores.h"

#include <math.h>
#include <string.h>

#define GRID 20000

struct point {
    double score;
    double positive; /* the masses at this score; all together are 1 */
    double negative;
};

static struct point point_at(const struct sim_scores *world, size_t i)
{
    const double score = world->low + (world->high - world->low) * ((double)i + 0.5) / GRID;
    const double chance = score + world->shift;

    return (struct point){score, chance / GRID, (1.0 - chance) / GRID};
}

/* The masses of true and false predictions at the threshold. */
struct masses {
    double tp;
    double fp;
    double fn;
    double tn;
};

static struct masses count_masses(const struct sim_scores *world)
{
    struct masses masses = {0};

    for (size_t i = 0; i < GRID; i++) {
        const struct point at = point_at(world, i);

        if (at.score >= world->threshold) {
            masses.tp += at.positive;
            masses.fp += at.negative;
        } else {
            masses.fn += at.positive;
            masses.tn += at.negative;
        }
    }
    return masses;
}

static double true_auc(const struct sim_scores *world, const struct masses *all)
{
    const double positives = all->tp + all->fn;
    double below = 0.0;
    double area = 0.0;

    for (size_t i = 0; i < GRID; i++) {
        const struct point at = point_at(world, i);

        area += at.positive * (below + 0.5 * at.negative);
        below += at.negative;
    }
    return area / (positives * (1.0 - positives));
}

static double true_average_precision(const struct sim_scores *world, const struct masses *all)
{
    double positives = 0.0;
    double negatives = 0.0;
    double sum = 0.0;

    for (size_t i = GRID; i > 0; i--) {
        const struct point at = point_at(world, i - 1);

        positives += at.positive;
        negatives += at.negative;
        sum += at.positive * positives / (positives + negatives);
    }
    return sum / (all->tp + all->fn);
}

static double true_ks(const struct sim_scores *world, const struct masses *all)
{
    const double share = all->tp + all->fn;
    double positives = 0.0;
    double negatives = 0.0;
    double most = 0.0;

    for (size_t i = 0; i < GRID; i++) {
        const struct point at = point_at(world, i);

        positives += at.positive / share;
        negatives += at.negative / (1.0 - share);
        most = fmax(most, fabs(positives - negatives));
    }
    return most;
}

static double true_loss(const struct sim_scores *world, bool logarithmic)
{
    double sum = 0.0;

    for (size_t i = 0; i < GRID; i++) {
        const struct point at = point_at(world, i);
        const double miss = 1.0 - at.score;

        sum += logarithmic ? -at.positive * log(at.score) - at.negative * log(miss)
                           : at.positive * miss * miss + at.negative * at.score * at.score;
    }
    return sum;
}

static double true_mcc(const struct masses *m)
{
    return (m->tp * m->tn - m->fp * m->fn) /
           sqrt((m->tp + m->fp) * (m->tp + m->fn) * (m->tn + m->fp) * (m->tn + m->fn));
}

double sim_true_value(const struct sim_scores *world, const char *metric)
{
    const struct masses m = count_masses(world);
    const struct {
        const char *name;
        double value;
    } known[] = {
        {"accuracy", m.tp + m.tn},
        {"selection_rate", m.tp + m.fp},
        {"base_rate", m.tp + m.fn},
        {"true_positive_rate", m.tp / (m.tp + m.fn)},
        {"false_positive_rate", m.fp / (m.fp + m.tn)},
        {"precision", m.tp / (m.tp + m.fp)},
        {"f1", 2.0 * m.tp / (2.0 * m.tp + m.fp + m.fn)},
        {"balanced_accuracy", 0.5 * (m.tp / (m.tp + m.fn) + m.tn / (m.tn + m.fp))},
        {"expected_cost", m.fp + 3.0 * m.fn},
        {"matthews_corrcoef", true_mcc(&m)},
        {"calibration_error", fabs(world->shift)},
        {"ecce", fabs(world->shift)},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, metric) == 0)
            return known[i].value;
    if (strcmp(metric, "roc_auc") == 0)
        return true_auc(world, &m);
    if (strcmp(metric, "average_precision") == 0)
        return true_average_precision(world, &m);
    if (strcmp(metric, "ks_separation") == 0)
        return true_ks(world, &m);
    if (strcmp(metric, "brier_score") == 0)
        return true_loss(world, false);
    return strcmp(metric, "log_loss") == 0 ? true_loss(world, true) : (double)NAN;
}

void sim_draw_scores(const struct sim_scores *world, uint32_t group, size_t n, struct pl_rng *rng,
                     struct sim_decision *ret_decisions)
{
    for (size_t i = 0; i < n; i++) {
        const double score = world->low + (world->high - world->low) * pl_rng_uniform(rng);

        ret_decisions[i] = (struct sim_decision){
            .value = score,
            .weight = 1.0,
            .group = group,
            .positive = pl_rng_uniform(rng) < score + world->shift,
        };
    }
}
