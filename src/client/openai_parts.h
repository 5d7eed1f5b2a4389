/* What reading an answer whole and reading it as a stream have in common. Private to src/client/openai_*.c. */
#ifndef PL_CLIENT_OPENAI_PARTS_H
#define PL_CLIENT_OPENAI_PARTS_H

#include "client/openai.h"
#include "json/value.h"

/* The text of a member; `ptr` is NULL when there is none, or it is no string. */
struct pl_str pl_openai_member(const struct pl_json_value *value, const char *name);

/* What `usage` of an answer says; not known when it says nothing. */
struct pl_usage pl_openai_usage(const struct pl_json_value *root);

/* Sums over tokens, from which the summary is made. */
struct pl_logprob_sums {
    uint64_t count, margins_count;
    double sum, min;
    double margin_sum, margin_min;
};

/* Adds what the `logprobs` of a choice say, in the shape of a chat or of a completion. NULL and shapes that
   are not known add nothing. */
void pl_openai_logprobs_add(struct pl_logprob_sums *sums, const struct pl_json_value *logprobs);
struct pl_logprobs pl_openai_logprobs_of(const struct pl_logprob_sums *sums);

/* Opens a JSON text of a server: members that are there twice are let pass, as servers are not ours. PL_E_DATA
   when it is not JSON, PL_E_UNSUPPORTED when it is nested too deeply. */
struct pl_json_document;
PL_MUST_CHECK enum pl_status
pl_openai_open(struct pl_str text, struct pl_json_document **ret_document, struct pl_error *error);

#endif
