/*
 * The confidence of an answer: a raw signal out of what a model gave, and what it means once it is calibrated. A
 * signal that cannot be had is undefined, and undefined is never certainty: a request then climbs. Pure; any thread.
 */
#ifndef PL_CASCADE_CONFIDENCE_H
#define PL_CASCADE_CONFIDENCE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Of one token: its own log probability and that of the next most likely other one. */
struct pl_token_logprob {
    double logprob;
    double runner_up; /* -INFINITY: none was told */
};

/*
 * Running signals over the tokens of an answer, in any number of pieces:
 *   mean     exp of the mean log probability (the geometric mean of the probabilities)
 *   minimum  exp of the smallest log probability
 *   margin   mean of p(token) - p(runner-up); undefined unless every token tells a runner-up
 * A log probability above 0, NaN, or at or below -9999 (the API's "very unlikely") makes it as unlikely as can be.
 */
struct pl_token_signals {
    uint64_t tokens;
    uint64_t with_runner_up;
    double sum_logprob;
    double least_logprob;
    double sum_margin;
};
void pl_token_signals_add(struct pl_token_signals *signals, struct pl_token_logprob token);
bool pl_token_signals_mean(const struct pl_token_signals *signals, double *ret_signal);
bool pl_token_signals_minimum(const struct pl_token_signals *signals, double *ret_signal);
bool pl_token_signals_margin(const struct pl_token_signals *signals, double *ret_signal);

/* The share of the other samples that agree with the first: equal after case, blanks and punctuation at the ends are
   dropped; JSON by value. Undefined with fewer than two. */
bool pl_samples_agree(const struct pl_str *samples, size_t count, double *ret_signal);

/* ---- calibration ---- */

/* From a raw signal to the probability that the answer is right: a step function that never falls (isotonic regression), read
   from the file that `plimsoll route fit` writes. */
struct pl_calibration {
    const double *signals; /* strictly ascending */
    const double *values;  /* never falling, in [0, 1]; value i holds from signal i on; below the first: values[0] */
    size_t count;
    struct pl_str feature, model, from, signal; /* what it was fitted for */
    uint64_t decisions; /* it was fitted on */
};
#define PL_CALIBRATION_STEPS_MAX 100000

/* PL_E_CORRUPT or PL_E_DATA with what is wrong. */
PL_MUST_CHECK enum pl_status pl_calibration_read(const char *path, struct pl_arena *arena,
                                                 struct pl_calibration **ret_calibration,
                                                 struct pl_error *error);
double pl_calibrated(const struct pl_calibration *calibration, double signal);

#endif
