/* The options of `plimsoll audit`, and what they are read into. */
#ifndef PL_CLI_AUDIT_OPTIONS_H
#define PL_CLI_AUDIT_OPTIONS_H

#include "cli/live.h"

struct pl_audit_settings {
    const char *data;
    const char *task;
    const char *label;
    const char *score;
    const char *prediction;
    const char *positive;
    const char *count;
    const char *weight;
    const char *group;
    const char *query;
    const char *rank;
    const char *where;
    struct pl_live_window window;
    double threshold;
    struct pl_texts by;
    struct pl_texts metrics;
    uint64_t depth;
    const char *strata;
    bool mix;
    bool calibration;
    bool confusion;
    const char *fairness;
    struct pl_texts references;
    const char *search;
    uint32_t search_end;
    uint64_t search_depth;
    uint64_t search_top;
    double search_time;
    double confidence;
    uint32_t interval;
    uint64_t smallest;
    double smallest_share;
    uint32_t missing;
    uint64_t seed;
    uint64_t threads;
    uint32_t format;
};

extern const struct pl_operand PL_AUDIT_OPERANDS[];
extern const struct pl_option PL_AUDIT_OPTIONS[];
extern const struct pl_exit PL_AUDIT_EXITS[];
extern const struct pl_example PL_AUDIT_EXAMPLES[];

/* The formats, in the order of the setting `format`. */
extern const char *const PL_AUDIT_FORMATS[];

#endif
