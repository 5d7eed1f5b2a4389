/*
 * A call of a model or of a command: what is asked, how it may end, and what it brought. The endpoint says
 * who is called and within which bounds.
 */
#ifndef PL_CLIENT_CALL_H
#define PL_CLIENT_CALL_H

#include "client/openai.h"
#include "client/pace.h"
#include "client/price.h"

/* 0 stands for the default, which pl_endpoint_settle puts in. */
struct pl_timeouts {
    uint64_t connect_ms; /* 10 s: name, connection and TLS */
    uint64_t
        first_token_ms; /* of a streamed answer: from the sending to its first token; no default */
    uint64_t total_ms;  /* 60 s for one attempt */
};

/*
 * Either a server (`url`) or a command (`argv`). Texts are copied by pl_caller_add. The same struct
 * with everything else zeroed is an endpoint of plain defaults.
 */
struct pl_endpoint {
    const char *name; /* as the line calls it, for messages */

    const char *url;   /* "https://models.internal/v1": what the API's paths are added to */
    const char *model; /* for requests that name none */
    const char
        *key_variable;   /* the environment variable that holds the key; NULL: no key is sent */
    const char *ca_file; /* PEM; NULL: the system's */
    const char *proxy;   /* NULL: none, whatever the environment says */
    bool plain_allowed;  /* a key may go over http:// to another machine than this one */

    const char *const *argv; /* ends with NULL; argv[0] is looked up in PATH */
    const char *folder;      /* where it runs; NULL: here */

    struct pl_price price;
    struct pl_timeouts timeouts;
    struct pl_pace_limits pace;  /* in_flight_max 0: 8 for a server, the processors for a command */
    uint32_t attempts_max;       /* 0: 3 for a server, 1 for a command */
    uint64_t retry_total_ms_max; /* no attempt begins later than this after the first; 0: 300 s */
    uint64_t
        retry_delay_ms; /* the longest wait before the second attempt, twice as much before the next … 0: 500 */
    size_t answer_size_bytes_max; /* 0: 16 MiB */
};

struct pl_call_request {
    uint32_t endpoint;            /* of pl_caller_add */
    struct pl_openai_request ask; /* of a server; a `model` that is empty is the endpoint's */
    struct pl_str input;          /* of a command: what it reads on stdin */
};

/* How a call may end: a closed list. */
enum pl_call_end {
    PL_CALL_DONE,        /* the answer is whole */
    PL_CALL_CANCELLED,   /* by pl_caller_cancel */
    PL_CALL_UNREACHABLE, /* no such host, no connection, or none in time */
    PL_CALL_UNTRUSTED, /* TLS: the certificate does not hold, or no secure connection can be made */
    PL_CALL_SLOW_START,   /* no token in first_token_ms */
    PL_CALL_TIMEOUT,      /* not done in total_ms */
    PL_CALL_CUT,          /* the connection closed, or the stream ended, before the answer did */
    PL_CALL_TOO_LARGE,    /* more than answer_size_bytes_max */
    PL_CALL_REDIRECTED,   /* 3xx: redirects are not followed, a key could go with them */
    PL_CALL_NO_ENTRY,     /* 401, 403: the key is missing, wrong, or not allowed this */
    PL_CALL_BUSY,         /* 429: too many requests or tokens */
    PL_CALL_NO_QUOTA,     /* 429 by a server that says that the account is used up */
    PL_CALL_REJECTED,     /* another 4xx: the request itself */
    PL_CALL_SERVER,       /* 5xx */
    PL_CALL_WRONG_TYPE,   /* success, with neither JSON nor an event stream */
    PL_CALL_NOT_JSON,     /* not JSON, truncated JSON included */
    PL_CALL_SHAPE,        /* JSON, but no answer of this API */
    PL_CALL_STREAM_ERROR, /* an error object within the stream */
    PL_CALL_NO_START,     /* the command cannot be started */
    PL_CALL_EXIT,         /* it ended with a status other than 0 */
    PL_CALL_SIGNAL,       /* it was ended by a signal */
    PL_CALL_LOCAL,        /* this side failed: no memory, no descriptors */
};
#define PL_CALL_ENDS_COUNT (PL_CALL_LOCAL + 1)

/* The stable name, as in JSON: "done", "timeout", "not_json" … */
const char *pl_call_end_name(enum pl_call_end end);

/* False when there is no such name. */
bool pl_call_end_find(struct pl_str name, enum pl_call_end *ret_end);

/* Whether such a failure may pass, so that it is tried again. */
bool pl_call_end_may_pass(enum pl_call_end end);

/* What a call brought. Everything it points to lives until pl_caller_release. */
struct pl_call_result {
    void *tag; /* of the submission */
    enum pl_call_end end;
    struct pl_str sentence; /* why it failed, for a person; empty when it is done */
    /* Of a command: one reply, with what it wrote to stdout as its text. When the call failed, what had
       come of the last attempt's answer. */
    struct pl_answer answer;
    uint32_t attempts; /* that were begun; 0 when it was cancelled before */
    int status;        /* HTTP status, or exit status, of the last attempt; 0: none */
    int signal;        /* that ended the command; else 0 */
    double latency_ms; /* of the last attempt alone */
    double
        first_token_ms; /* of the last attempt: to its first token; of an answer in one piece, to its first
                              byte; 0 when none came */
    double total_ms;      /* from the first attempt to the end, waits between attempts included */
    double waited_ms;     /* from the submission to the first attempt */
    struct pl_usage paid; /* tokens of all attempts together, as far as servers told them */
    bool cost_known;      /* a price is given, and the usage of the last attempt is known */
    double cost; /* of `paid`, and of each attempt whose usage is known what a request costs */
    struct pl_str request_id; /* what the server calls it: `x-request-id` */
    struct pl_str errors;     /* of a command: the end of what it wrote to stderr */
};

#endif
