/*
 * The OpenAI wire format: requests for chat completions, completions and embeddings are written, and
 * answers read, whole or as a stream. Pure: no network here. What an answer points to lives in the arena
 * that it was read into; everything is bounded by that arena and by the limits below.
 */
#ifndef PL_CLIENT_OPENAI_H
#define PL_CLIENT_OPENAI_H

#include "base/arena.h"
#include "base/buffer.h"
#include "client/price.h"

#define PL_OPENAI_REPLIES_MAX    128   /* `n` of a request */
#define PL_OPENAI_TOOL_CALLS_MAX 128   /* of one reply */
#define PL_OPENAI_EMBEDDINGS_MAX 2048  /* inputs of one request */
#define PL_OPENAI_DIMENSIONS_MAX 65536 /* numbers of one embedding */

enum pl_openai_api {
    PL_OPENAI_CHAT,        /* POST …/chat/completions */
    PL_OPENAI_COMPLETIONS, /* POST …/completions */
    PL_OPENAI_EMBEDDINGS,  /* POST …/embeddings */
};

/* "/chat/completions", "/completions", "/embeddings". */
const char *pl_openai_path(enum pl_openai_api api);

/* One message of a chat. */
struct pl_message {
    struct pl_str role;         /* "system", "user", "assistant", "tool" … */
    struct pl_str content;      /* text; with `ptr` NULL it is written as null */
    struct pl_str parts;        /* JSON that stands for the content instead: an array of parts */
    struct pl_str name;         /* not written when empty, as are the next two */
    struct pl_str tool_call_id; /* of a tool's answer */
    struct pl_str tool_calls;   /* JSON: the array of an assistant's calls */
};

/* Zeroed, it asks for nothing in particular. Texts are UTF-8; JSON members must be valid JSON. */
struct pl_openai_request {
    enum pl_openai_api api;
    struct pl_str model;
    const struct pl_message *messages; /* of a chat */
    size_t messages_count;
    const struct pl_str *inputs; /* of completions: one prompt; of embeddings: texts */
    size_t inputs_count;
    bool stream; /* with the usage at its end; never for embeddings */
    bool has_temperature;
    double temperature;
    bool has_seed;
    uint64_t seed;
    uint32_t max_tokens;   /* 0: not said, as for the next two */
    uint32_t n;            /* replies to the same request */
    uint32_t top_logprobs; /* alternatives listed for each token */
    bool logprobs;
    struct pl_str tools;           /* JSON array */
    struct pl_str tool_choice;     /* JSON */
    struct pl_str response_format; /* JSON object */
    struct pl_str
        extra; /* a JSON object whose members are added, and stand in the place of ours where
                            the names are the same; `max_completion_tokens` takes that of `max_tokens` */
};

/* Writes the body. PL_E_LINE when a JSON member is not what it must be, `extra` says `stream`, or there is
   nothing to send; the message names it. */
PL_MUST_CHECK enum pl_status pl_openai_write(const struct pl_openai_request *request,
                                             struct pl_buffer *out, struct pl_error *error);

/* Tokens that the call may take: a quarter of the bytes sent, and the most that may come back (512 for each
   reply where that is not said). */
double pl_openai_estimate(const struct pl_openai_request *request, size_t body_size_bytes);

struct pl_tool_call {
    struct pl_str id; /* empty when the server gave none */
    struct pl_str name;
    struct pl_str arguments; /* as the model wrote them: JSON is hoped for, not promised */
};

/* Natural logarithms of the tokens' probabilities. `margin` is by how much a token is more likely than
   the best other one; a token without listed others has none. */
struct pl_logprobs {
    uint64_t count; /* 0: not told; the figures below are then 0 */
    double mean;
    double min;
    uint64_t margins_count; /* 0: the next two are 0 */
    double margin_mean;
    double margin_min;
};

struct pl_reply {
    struct pl_str text;
    bool has_text;           /* false: null, as with tool calls only */
    struct pl_str reasoning; /* what some servers add: `reasoning_content` or `reasoning` */
    struct pl_str refusal;   /* empty: none */
    struct pl_str
        finish_reason; /* "stop", "length", "tool_calls", "content_filter" …; empty: not said */
    struct pl_tool_call *tool_calls;
    size_t tool_calls_count;
    struct pl_logprobs logprobs;
};

struct pl_embedding {
    const float *values;
    size_t count;
};

struct pl_answer {
    struct pl_str id;         /* of the server, empty when not said */
    struct pl_str model;      /* that answered, as the server names it */
    struct pl_reply *replies; /* in the order of their index */
    size_t replies_count;
    struct pl_embedding *embeddings; /* in the order of the inputs */
    size_t embeddings_count;
    struct pl_usage usage;
};

/* An error object of the API, whatever its status. Empty members were not there. */
struct pl_openai_error {
    struct pl_str message;
    struct pl_str type;
    struct pl_str code;
};

/*
 * Reads a whole answer. PL_E_DATA when it is not JSON, PL_E_UNSUPPORTED when it is JSON of another shape
 * (an error object included; see pl_openai_read_error), PL_E_LIMIT past a maximum.
 */
PL_MUST_CHECK enum pl_status pl_openai_read(enum pl_openai_api api, struct pl_str body,
                                            struct pl_arena *arena, struct pl_answer *ret_answer,
                                            struct pl_error *error);

/* True when `body` is JSON with an error in it: {"error": {…}}, {"error": "…"}, or, as some servers
   write it, {"message": …} or {"detail": …} at the top. */
bool pl_openai_read_error(struct pl_str body, struct pl_arena *arena,
                          struct pl_openai_error *ret_error);

/* An answer that comes as a stream of chunks; lives in the arena. */
struct pl_openai_stream;

/* What is to come: the API, how many replies were asked for (0 is one), and the most that all texts may
   take together. */
struct pl_openai_expected {
    enum pl_openai_api api;
    uint32_t replies;
    size_t text_size_bytes_max;
};

/* NULL when there is no memory. */
struct pl_openai_stream *pl_openai_stream_new(const struct pl_openai_expected *expected,
                                              struct pl_arena *arena);

/* Frees what grew outside of the arena. NULL is allowed. */
void pl_openai_stream_end(struct pl_openai_stream *stream);

enum pl_openai_chunk {
    PL_OPENAI_NOTHING, /* a role, a keep-alive, the usage */
    PL_OPENAI_TOKEN,   /* text, reasoning, a refusal, a part of a tool call */
    PL_OPENAI_DONE,    /* [DONE] */
    PL_OPENAI_ERROR,   /* an error object; see pl_openai_read_error */
};

/* Adds the data of one event. Statuses are those of pl_openai_read. */
PL_MUST_CHECK enum pl_status pl_openai_stream_add(struct pl_openai_stream *stream,
                                                  struct pl_str data,
                                                  enum pl_openai_chunk *ret_kind,
                                                  struct pl_error *error);

/* Whether the answer is whole: [DONE] came, or every reply that was asked for has said why it ended. */
bool pl_openai_stream_is_whole(const struct pl_openai_stream *stream);

/* What has come so far, copied into the arena. */
PL_MUST_CHECK enum pl_status pl_openai_stream_answer(const struct pl_openai_stream *stream,
                                                     struct pl_answer *ret_answer,
                                                     struct pl_error *error);

#endif
