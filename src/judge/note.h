/* What should be known beside a finding: that its gap turns round inside the strata. */
#ifndef PL_JUDGE_NOTE_H
#define PL_JUDGE_NOTE_H

#include "judge/judge.h"

/* Sets the note of a finding on a limit between groups of one segment, or leaves it NULL. In `arena`. */
PL_MUST_CHECK enum pl_status pl_finding_note(const struct pl_measured *measured,
                                             struct pl_arena *arena, struct pl_finding *finding,
                                             struct pl_error *error);

#endif
