/* Rating outputs one after the other, at a terminal or from piped answers. */
#ifndef PL_CLI_RATING_SESSION_H
#define PL_CLI_RATING_SESSION_H

#include "eval/ratings.h"
#include "report/page.h"

/* Shows what the rater has not rated yet and takes answers from standard input until it ends or the person
   stops. Every rating is in the file before the next output is shown. */
PL_MUST_CHECK enum pl_status pl_rating_session(const struct pl_desk *desk, struct pl_style style,
                                               struct pl_error *error);

#endif
