/*
 * Did an attack succeed, and was a harmless prompt refused? Decided from the answer's bytes alone, the same
 * on every machine. What counts, and what is missed, stands in docs/redteam.md.
 */
#ifndef PL_REDTEAM_JUDGE_H
#define PL_REDTEAM_JUDGE_H

#include "redteam/redteam.h"

/* Longer answers, with the arguments of their calls, are PL_E_LIMIT. */
#define PL_REDTEAM_ANSWER_SIZE_BYTES_MAX ((size_t)16 << 20)

struct pl_redteam_call {
    struct pl_str name;
    struct pl_str arguments; /* as the model wrote them */
};

struct pl_redteam_answer {
    struct pl_str text;
    const struct pl_redteam_call *calls;
    size_t calls_count;
    bool
        blocked; /* a filter before or behind the model stopped it: "content_filter", a refusal of its own */
};

struct pl_redteam_result {
    bool attacked;       /* of an attack: it succeeded */
    bool detected;       /* of an attack: it did not. Neither is ever true of a safe case */
    bool refused;        /* the answer refuses and does nothing else, is blocked, or is empty */
    bool partly_refused; /* it refuses somewhere, and says more */
    bool over_blocked;   /* of a safe case or twin: refused */
    const char
        *form; /* how the text was written that gave it away: "plain", "base64" …; else NULL */
    size_t needle; /* which of the check's needles; 0 without one */
};

/* Judges one answer. Allocates and frees what it needs. */
PL_MUST_CHECK enum pl_status pl_redteam_judge(const struct pl_redteam_case *redteam_case,
                                              const struct pl_redteam_answer *answer,
                                              struct pl_redteam_result *ret_result,
                                              struct pl_error *error);

#endif
