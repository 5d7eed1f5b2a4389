/*
 * What a client asks for, read out of its request, and the request as it goes to a model. Unknown
 * members pass untouched: the body is changed in its text, not written anew. Pure; texts live in the
 * arena given.
 */
#ifndef PL_GATEWAY_ASK_H
#define PL_GATEWAY_ASK_H

#include "base/arena.h"
#include "base/buffer.h"
#include "json/document.h"
#include "json/value.h"

enum pl_api {
    PL_API_CHAT,
    PL_API_COMPLETIONS,
    PL_API_EMBEDDINGS,
    PL_API_RESPONSES,
    PL_API_DECIDE,
};
#define PL_APIS_COUNT 5

/* "chat", "completions" … as in records; and the path below a model's address: "/chat/completions". */
const char *pl_api_name(enum pl_api api);
const char *pl_api_path(enum pl_api api);

struct pl_ask {
    enum pl_api api;
    struct pl_str body;  /* as it came */
    struct pl_str model; /* empty for decide */
    bool stream;
    bool usage_wanted; /* stream_options.include_usage */
    bool logprobs_wanted;
    bool top_logprobs_wanted;
    bool json_wanted; /* response_format is json_object or json_schema */
    bool has_tools;
    bool has_previous;   /* responses: previous_response_id, which only its own endpoint knows */
    uint32_t replies;    /* n; 1 when not said */
    uint64_t tokens_max; /* 0: not said */
    uint64_t messages;
    struct pl_str text;               /* of the last message of the user, or the input */
    const struct pl_json_value *root; /* valid until the document is read into again */
};

/* Reads a body. PL_E_DATA with a sentence for the client; `ret_param` is the member that is wrong, or
   NULL. */
PL_MUST_CHECK enum pl_status pl_ask_read(struct pl_ask *ret_ask, struct pl_json_document *document,
                                         struct pl_arena *arena, const char **ret_param,
                                         struct pl_error *error);

/* What is changed of a request before it goes to a model. */
struct pl_ask_changes {
    struct pl_str model;      /* what the server calls it */
    struct pl_str parameters; /* a JSON object merged over the request; empty: none */
    bool logprobs;            /* to be asked for */
    bool top_logprobs;        /* two at least, for the margin */
    bool usage;               /* a stream is to tell its usage */
    bool whole;               /* not as a stream, whatever was asked */
};

PL_MUST_CHECK enum pl_status pl_ask_write(const struct pl_ask *ask,
                                          const struct pl_ask_changes *changes,
                                          struct pl_buffer *out, struct pl_error *error);

#endif
