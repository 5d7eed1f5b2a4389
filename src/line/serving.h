/*
 * The parts of the line that speak of live traffic: route, flag, shadow, experiment, guard and serve. They live and
 * end with the line (line/line.h), whose `serving` points here.
 */
#ifndef PL_LINE_SERVING_H
#define PL_LINE_SERVING_H

#include "line/evals.h"

#define PL_TIERS_MAX       8
#define PL_RULES_MAX       64
#define PL_ARMS_MAX        16
#define PL_EXPERIMENTS_MAX 16
#define PL_GUARDS_MAX      32

struct pl_tier {
    const struct pl_model *model;
    double deliver_at; /* 0.90; at the last tier 0.85: below it the fallback answers */
    struct pl_place place;
};

enum pl_confidence_from {
    PL_CONFIDENCE_NONE,
    PL_CONFIDENCE_LOGPROBS,
    PL_CONFIDENCE_FIELD,
    PL_CONFIDENCE_SAMPLES,
    PL_CONFIDENCE_VERIFIER
};
enum pl_confidence_signal { PL_SIGNAL_MEAN, PL_SIGNAL_MINIMUM, PL_SIGNAL_MARGIN };

struct pl_confidence_rule {
    enum pl_confidence_from from;
    enum pl_confidence_signal signal; /* of logprobs */
    struct pl_str path;               /* FIELD: a JSON path into the output, "$.confidence" */
    uint32_t samples; /* SAMPLES: how many answers are compared, the delivered one included; 5 */
    const struct pl_model *verifier;
    struct pl_str prompt;      /* VERIFIER: a file as written; empty: the built-in question */
    struct pl_str calibration; /* the file of `route fit`; empty: the raw signal counts as it is */
    struct pl_place place;
};

struct pl_route_rule {
    struct pl_str when; /* a condition, compiled by who uses it */
    uint32_t tier;      /* where the request starts */
    bool only;          /* it stays there: no climbing */
    struct pl_place place;
    struct pl_place when_place;
};

struct pl_route {
    bool given;
    const struct pl_tier *tiers;
    size_t tiers_count;
    struct pl_confidence_rule confidence;
    struct pl_str fallback_reply;          /* either this */
    const struct pl_model *fallback_model; /* or this; neither: an error is answered */
    const struct pl_route_rule *rules;
    size_t rules_count;
    bool hold_back_given;
    uint32_t hold_back_tokens; /* streaming: decide on so many tokens, */
    uint64_t hold_back_ms;     /* or on what came in so much time; 0: no such bound */
    uint32_t attempts;         /* of all upstream calls for one request: 3 */
    double speed;   /* added to every deliver_at for `x-plimsoll-preference: speed`, at most 0; 0 */
    double quality; /* the same for `quality`, at least 0; 0 */
    struct pl_place place;
};

enum pl_flag_state { PL_FLAG_ON, PL_FLAG_OFF };

struct pl_flag_rule { /* of `flag.by`: a segment and the groups in which it is on */
    struct pl_str segment;
    struct pl_strs groups;
};

/* What the line says; what is current stands in the state and may be stricter. */
struct pl_flag_line {
    bool given;
    enum pl_flag_state state; /* on */
    double share;             /* of subjects; 1 */
    const double *rollout;    /* ascending shares; the current stage is state */
    size_t rollout_count;
    const struct pl_flag_rule *by;
    size_t by_count;
    bool launch;         /* only in slices that the last verdict on the record allows */
    struct pl_str reply; /* what a feature that is off answers; empty: an error */
};

struct pl_arm {
    struct pl_str name;
    double share;                 /* of the experiment's subjects; all arms make 1 */
    const struct pl_model *model; /* answers in place of the route; NULL: the route */
    struct pl_str parameters;     /* a JSON object merged into the request; empty: none */
};

struct pl_experiment_line {
    struct pl_str name;
    const struct pl_arm *arms; /* the first is the control */
    size_t arms_count;
    struct pl_str sticky; /* "subject", or a segment's name */
    /* Experiments of one layer share its subjects out; empty: a layer of its own. */
    struct pl_str layer;
    double share;       /* of the layer's subjects; 1 */
    struct pl_str when; /* who may take part; empty: everybody */
    struct pl_place place;
    struct pl_place when_place;
};

struct pl_shadow_line {
    const struct pl_model *model; /* NULL: no shadow */
    double share;
    double budget_per_day; /* in the prices' currency; 0: none given */
    uint32_t at_once;      /* 16 */
};

enum pl_guard_filter { PL_GUARD_SIZE, PL_GUARD_JSON, PL_GUARD_DENY };
enum pl_guard_do { PL_GUARD_BLOCK, PL_GUARD_MASK, PL_GUARD_RETRY, PL_GUARD_NOTE };

struct pl_guard_line {
    enum pl_guard_filter filter;
    enum pl_guard_do act;
    struct pl_str pattern; /* DENY */
    bool ignore_case;
    uint64_t size_bytes_max; /* SIZE */
    struct pl_str name;      /* as it stands in records; the filter's when not given */
    struct pl_place place;
    struct pl_place pattern_place;
};

enum pl_payloads { PL_PAYLOADS_NONE, PL_PAYLOADS_HASH, PL_PAYLOADS_PLAIN };
enum pl_unlogged { PL_UNLOGGED_REFUSE, PL_UNLOGGED_SERVE };

/* Where a value of a request is found: "header:x-language", "json:/metadata/language" (a JSON Pointer), "key". */
struct pl_found_at {
    struct pl_str name;
    struct pl_str where;
};

struct pl_serve_line {
    struct pl_str listen;           /* "127.0.0.1:8700" */
    struct pl_str admin;            /* "127.0.0.1:8701" */
    struct pl_str certificate, key; /* files; empty: plain */
    bool beyond_loopback;           /* one of the two is reached from elsewhere */
    bool keys_required;             /* default: only where it listens beyond loopback */
    bool keys_given;
    uint32_t workers;             /* 0: one for each processor */
    uint64_t body_size_bytes_max; /* 10 MB */
    uint32_t connections_max;     /* 10,000 */
    uint64_t drain_ms;            /* 30 s */
    enum pl_unlogged unlogged;    /* on a full disk: refuse */
    uint64_t commit_ms;           /* 10 */
    enum pl_payloads payloads;    /* hash */
    const struct pl_found_at *segments;
    size_t segments_count;
    struct pl_str subject; /* where the subject is found; "json:/user" */
    struct pl_str otlp;    /* an address; empty: none */
    uint64_t requests_per_minute,
        tokens_per_minute; /* of a key that says nothing else; 0: no bound */
    struct pl_strs cors;   /* origins that may ask for flags; none */
};

struct pl_serving {
    struct pl_route route;
    struct pl_flag_line flag;
    struct pl_shadow_line shadow;
    const struct pl_experiment_line *experiments;
    size_t experiments_count;
    double holdout; /* of all subjects, in no experiment; 0 */
    const struct pl_guard_line *guards_input, *guards_output;
    size_t guards_input_count, guards_output_count;
    struct pl_serve_line serve;
};

#endif
