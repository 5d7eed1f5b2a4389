/* Which way a measure is better: the rates of errors and of hits say so themselves, and a few others are
   named. Of a selection rate nobody can say it in general. */
#include "measure/metrics.h"

#include <string.h>

#define ERRORS (PL_FP | PL_FN)
#define HITS   (PL_TP | PL_TN)

static const struct {
    const char *name;
    enum pl_better better;
} NAMED[] = {
    {"balanced_accuracy", PL_BETTER_HIGHER},
    {"matthews_corrcoef", PL_BETTER_HIGHER},
    {"roc_auc", PL_BETTER_HIGHER},
    {"average_precision", PL_BETTER_HIGHER},
    {"ks_separation", PL_BETTER_HIGHER},
    {"log_loss", PL_BETTER_LOWER},
    {"brier_score", PL_BETTER_LOWER},
    {"calibration_error", PL_BETTER_LOWER},
    {"ecce", PL_BETTER_LOWER},
    {"expected_cost", PL_BETTER_LOWER},
};

enum pl_better pl_metric_better(const struct pl_metric *metric)
{
    const unsigned successes = metric->row->successes;
    const bool errors = (successes & ERRORS) != 0;
    const bool hits = (successes & HITS) != 0;

    for (size_t i = 0; i < sizeof NAMED / sizeof *NAMED; i++)
        if (strcmp(metric->row->help.name, NAMED[i].name) == 0)
            return NAMED[i].better;
    if (errors == hits)
        return PL_BETTER_NEITHER;
    return hits ? PL_BETTER_HIGHER : PL_BETTER_LOWER;
}
