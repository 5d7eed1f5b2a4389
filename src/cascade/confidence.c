/* Signals over the tokens of an answer, and what a signal means by a calibration; the formulas
 * stand in the header. */
#include "cascade/confidence.h"

#include <math.h>

#define VERY_UNLIKELY (-9999.0)

static bool is_logprob(double logprob)
{
    return !isnan(logprob) && logprob <= 0.0;
}

void pl_token_signals_add(struct pl_token_signals *signals, struct pl_token_logprob token)
{
    const bool is_likely = is_logprob(token.logprob) && token.logprob > VERY_UNLIKELY;
    const double logprob = is_likely ? token.logprob : -(double)INFINITY;

    signals->tokens++;
    signals->sum_logprob += logprob;
    signals->least_logprob = fmin(signals->least_logprob, logprob);
    if (is_logprob(token.runner_up) && token.runner_up > -(double)INFINITY) {
        signals->with_runner_up++;
        signals->sum_margin += exp(logprob) - exp(token.runner_up);
    }
}

bool pl_token_signals_mean(const struct pl_token_signals *signals, double *ret_signal)
{
    if (signals->tokens == 0)
        return false;
    *ret_signal = exp(signals->sum_logprob / (double)signals->tokens);
    return true;
}

bool pl_token_signals_minimum(const struct pl_token_signals *signals, double *ret_signal)
{
    if (signals->tokens == 0)
        return false;
    *ret_signal = exp(signals->least_logprob);
    return true;
}

bool pl_token_signals_margin(const struct pl_token_signals *signals, double *ret_signal)
{
    if (signals->tokens == 0 || signals->with_runner_up != signals->tokens)
        return false;
    *ret_signal = signals->sum_margin / (double)signals->tokens;
    return true;
}

const struct pl_calibration_map *pl_calibration_of(const struct pl_calibration_map *first,
                                                   struct pl_str model)
{
    while (first != NULL && !pl_str_equal(first->model, model))
        first = first->next;
    return first;
}

double pl_calibrated(const struct pl_calibration_map *map, double signal)
{
    size_t low = 0, high = map->count;

    if (isnan(signal))
        return 0.0;
    while (high - low >
           1) { /* signals[low] <= signal < signals[high], but for a signal below all */
        const size_t middle = low + (high - low) / 2;

        if (map->signals[middle] <= signal)
            low = middle;
        else
            high = middle;
    }
    return map->values[low];
}
