/*
 * Refusals in the languages of the suite but English, which src/text knows. Internal to the layer; pure, any
 * thread.
 */
#ifndef PL_REDTEAM_REFUSALS_H
#define PL_REDTEAM_REFUSALS_H

#include "base/str.h"

/* Whether an answer opens with a refusal in German, French, Spanish, Hindi, Arabic or Chinese. */
bool pl_refusals_opens(struct pl_str text);

#endif
