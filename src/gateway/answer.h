/*
 * What a model's answer says to the gateway: usage, text, how sure its tokens were, whether it is an
 * error; and the answer without what its client did not ask for. Pure.
 */
#ifndef PL_GATEWAY_ANSWER_H
#define PL_GATEWAY_ANSWER_H

#include "cascade/confidence.h"
#include "client/price.h"
#include "gateway/ask.h"

/* Grows with every chunk of a stream, or is filled by one whole answer. */
struct pl_heard {
    struct pl_usage usage;
    bool usage_null;     /* the last chunk had "usage": null */
    bool is_error;       /* an error object */
    bool is_usage_only;  /* the last chunk told usage and had no choices */
    bool has_content;    /* the last chunk had a piece of an answer */
    bool has_logprobs;   /* the last chunk had them */
    bool finished;       /* a choice has said why it ended, or the response its status */
    bool finished_badly; /* the last event of a response was failed or incomplete */
    uint64_t pieces;     /* that had content */
    struct pl_token_signals signals; /* of choice 0 */
};

/* Takes in a whole answer, or a chunk. PL_E_DATA when it is no JSON object. Text of choice 0 is added
   to `text` (NULL: not wanted). */
PL_MUST_CHECK enum pl_status pl_heard_add(struct pl_heard *heard, const struct pl_ask *ask,
                                          bool of_stream, const struct pl_json_value *root,
                                          struct pl_buffer *text);

/* What is left out of an answer or chunk because its client did not ask for it. */
struct pl_unasked {
    bool logprobs;
    bool usage; /* of a chunk with choices */
};

/* Writes it without that; the bytes of the rest are as they came. */
void pl_answer_trim(struct pl_str body, const struct pl_unasked *unasked, struct pl_buffer *out);

#endif
