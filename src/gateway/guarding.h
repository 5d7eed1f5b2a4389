/*
 * Guards at work (guard/guard.h has the filters themselves): the texts of a request before a model is asked, those of
 * an answer before they are delivered, and the events of a stream as far as their text is settled.
 */
#ifndef PL_GATEWAY_GUARDING_H
#define PL_GATEWAY_GUARDING_H

#include "gateway/decision.h"

/* What became of an answer. */
enum pl_guarded {
    PL_GUARDED_PASSES,
    PL_GUARDED_BLOCKED,
    PL_GUARDED_RETRY, /* another answer is to be asked for */
};

/* Takes the texts of the request through the chain; what is masked changes the body. False: it was stopped, and
   `decision->hits` has by what. */
bool pl_guarding_request(struct pl_decision *decision);

/* An answer in one piece; what is masked changes `leg->body`. */
enum pl_guarded pl_guarding_whole(struct pl_leg *leg);

/* Whether answers of this decision pass a chain. */
bool pl_guarding_answers(const struct pl_decision *decision);

/*
 * An event of a stream, as it is to go to the client: what is settled by now is added to `leg->held`. Of a response
 * (PL_API_RESPONSES) nothing is added: its text is looked at, and all of it waits for the end.
 */
enum pl_guarded pl_guarding_event(struct pl_leg *leg, struct pl_str event);

/* The stream has ended: the rest is added. */
enum pl_guarded pl_guarding_end(struct pl_leg *leg);

/* Frees what it keeps of a leg. */
void pl_guarding_free(struct pl_leg *leg);

#endif
