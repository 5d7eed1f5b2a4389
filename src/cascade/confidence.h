/*
 * The confidence of an answer: a raw signal out of what a model gave, and what it means once it is
 * calibrated. A signal that cannot be had is undefined, and undefined is never certainty: a request
 * then climbs. Pure; any thread.
 */
#ifndef PL_CASCADE_CONFIDENCE_H
#define PL_CASCADE_CONFIDENCE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Of one token: its own log probability and that of the next most likely other one. */
struct pl_token_logprob {
    double logprob;
    double runner_up; /* -INFINITY: none was told; NaN and above 0 count as none as well */
};

/*
 * Running signals over the tokens of an answer, in any number of pieces:
 *   mean     exp of the mean log probability (the geometric mean of the probabilities)
 *   minimum  exp of the smallest log probability
 *   margin   mean of p(token) - p(runner-up); undefined unless every token tells a runner-up
 * All are undefined without a token. A log probability above 0, NaN, or at or below -9999 (the
 * API's "very unlikely") is a probability of 0. Begin with zeroes.
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

/*
 * The share of the other samples that agree with the first: equal after case, and blanks, quotes,
 * brackets and marks of the end of a sentence around it, are dropped; JSON objects, arrays and
 * numbers by value. Undefined with fewer than two, when the first is empty, and when memory runs
 * out; an empty sample agrees with nothing.
 */
bool pl_samples_agree(const struct pl_str *samples, size_t count, double *ret_signal);

/* ---- calibration ---- */

/*
 * From a raw signal to the probability that the answer is right: a step function that never falls
 * (isotonic regression), read from the file that `plimsoll route fit` writes. One for each tier
 * that has a signal.
 */
struct pl_calibration_map {
    const double *signals; /* strictly ascending */
    const double *values;  /* never falling, in [0, 1]; value i holds from signal i on; below the
                              first: values[0] */
    size_t count;          /* at least 1 */
    struct pl_str feature, model, from, signal; /* what it was fitted for; `signal` may be empty */
    uint64_t decisions;                         /* it was fitted on */
    double deliver_at;                          /* that the fit chose for the model; NAN: none */
    const struct pl_calibration_map *next; /* that of the next tier in the file; NULL: the last */
};
#define PL_CALIBRATION_STEPS_MAX      100000 /* of all tiers of a file */
#define PL_CALIBRATION_SIZE_BYTES_MAX ((size_t)16 << 20)

/*
 * The first map of the file; the others by `next`. What they point to lies in `arena`. Not JSON or
 * not such a file is PL_E_DATA, and steps that break the promises above are PL_E_CORRUPT, each with
 * what is wrong. `name` names the text in errors.
 */
PL_MUST_CHECK enum pl_status pl_calibration_read(const char *path, struct pl_arena *arena,
                                                 struct pl_calibration_map **ret_map,
                                                 struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_calibration_parse(struct pl_str text, const char *name,
                                                  struct pl_arena *arena,
                                                  struct pl_calibration_map **ret_map,
                                                  struct pl_error *error);

/* That of a model; NULL: the file has none, and then no answer of the model has a confidence. */
const struct pl_calibration_map *pl_calibration_of(const struct pl_calibration_map *first,
                                                   struct pl_str model);

/* What a line asks of a calibration: `signal` is read where `from` is "logprobs". */
struct pl_calibration_use {
    struct pl_str feature, from, signal;
    const struct pl_str *models; /* of the tiers whose confidence decides something */
    size_t models_count;
};

/*
 * Whether the file that `first` was read from is of this use: PL_E_DATA says what it was fitted for
 * instead (another feature or signal, models of other names), and what to do. `name` is the file's.
 */
PL_MUST_CHECK enum pl_status pl_calibration_check(const struct pl_calibration_map *first,
                                                  const struct pl_calibration_use *use,
                                                  const char *name, struct pl_error *error);

/* In [0, 1]; 0 for NaN. */
double pl_calibrated(const struct pl_calibration_map *map, double signal);

#endif
