/*
 * The p-value of a test that has no closed form: the smallest level at which it rejects. Pure functions;
 * safe in any thread.
 */
#ifndef PL_STATS_INVERT_H
#define PL_STATS_INVERT_H

#include <stdbool.h>

/* Whether the test rejects at the one-sided level `alpha`; once it does, it does at every larger one. */
typedef bool (*pl_rejects)(const void *context, double alpha);

/* The smallest such level to a relative error of 1e-9; 1 when even 0.5 does not reject, and 1e-300 for
   what is smaller. */
double pl_invert_p(pl_rejects rejects, const void *context);

#endif
