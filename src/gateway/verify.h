/*
 * How sure an answer is: from its own tokens, from a field in it, from further samples, or from a model that
 * checks it. The route is told through pl_route_judge once it is known, or known that it cannot be had.
 */
#ifndef PL_GATEWAY_VERIFY_H
#define PL_GATEWAY_VERIFY_H

#include "gateway/decision.h"

/* A whole answer: finds its confidence, asking further models where the line says so. */
void pl_verify_answer(struct pl_leg *leg);

/* A sample, or the verifier, has ended. */
void pl_verify_leg_ended(struct pl_leg *leg);

/* Of what has come of a stream, by its log probabilities. */
void pl_confidence_of_prefix(struct pl_leg *leg);

/* In route.c: delivers the answer or goes on, by the leg's confidence. */
void pl_route_judge(struct pl_leg *leg);

#endif
