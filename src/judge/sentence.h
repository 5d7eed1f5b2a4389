/* A finding in one plain sentence: what was found, where, what is allowed, and how sure that is. */
#ifndef PL_JUDGE_SENTENCE_H
#define PL_JUDGE_SENTENCE_H

#include "base/buffer.h"
#include "judge/judge.h"

/* "false positive rate differs by 21.4 points between race=A (44.8 %) and race=B (23.5 %), by at
   least 18.6 points with 95 % confidence; the line allows at most 10 points." */
void pl_finding_sentence(const struct pl_measured *measured, const struct pl_finding *finding,
                         struct pl_buffer *out);

/* "12,345" */
void pl_sentence_count(struct pl_buffer *out, uint64_t count);

#endif
