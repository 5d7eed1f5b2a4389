/* What a feature answered to one case, wherever the answer came from. */
#ifndef PL_EVAL_OUTPUT_H
#define PL_EVAL_OUTPUT_H

#include "client/call.h"
#include "json/value.h"

/* Texts live as long as the item that it belongs to. */
struct pl_output {
    enum pl_call_end end;   /* PL_CALL_DONE: there is an output */
    struct pl_str sentence; /* why there is none */
    struct pl_str text;
    struct pl_str refusal; /* what a server calls one; empty: nothing */
    const struct pl_tool_call *tool_calls;
    size_t tool_calls_count;
    bool has_latency;
    double latency_ms;
    double first_token_ms; /* 0: not known */
    struct pl_usage usage;
    bool has_cost;
    double cost;
    uint32_t attempts;
    bool earlier;                     /* it came from the record of an earlier run */
    const struct pl_json_value *json; /* the text as JSON; NULL: it is none, or nobody asked */
};

#endif
