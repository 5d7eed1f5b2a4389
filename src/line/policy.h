/*
 * What a line says of a feature besides its data and limits: its purpose and risk, the verdicts
 * there are, and what watches it. The lifetime is that of the line: see line.h.
 */
#ifndef PL_LINE_POLICY_H
#define PL_LINE_POLICY_H

#include "base/str.h"

enum pl_severity {
    PL_SEVERITY_LOW,
    PL_SEVERITY_MEDIUM,
    PL_SEVERITY_HIGH,
    PL_SEVERITY_CATASTROPHIC
};
enum pl_reversibility { PL_REVERSIBILITY_FULL, PL_REVERSIBILITY_PARTIAL, PL_REVERSIBILITY_NONE };
enum pl_users { PL_USERS_GENERAL, PL_USERS_VULNERABLE };

/* In the order of strictness: the stricter of two verdicts is the larger. */
enum pl_verdict {
    PL_VERDICT_SHIP,
    PL_VERDICT_SHIP_WITH_MONITORING,
    PL_VERDICT_HUMAN_IN_THE_LOOP,
    PL_VERDICT_HOLD,
    PL_VERDICT_NO_SHIP,
};
#define PL_VERDICTS_COUNT 5

/* Items that `release.needs` may ask for, as bits. */
enum pl_need {
    PL_NEED_CARD = 1 << 0,
    PL_NEED_RISK = 1 << 1,
    PL_NEED_OWNER = 1 << 2,
    PL_NEED_PURPOSE = 1 << 3,
    PL_NEED_EXECUTIVE = 1 << 4,
    PL_NEED_LEGAL = 1 << 5,
};

struct pl_strs {
    const struct pl_str *items;
    size_t count;
};

struct pl_purpose {
    bool given;
    struct pl_str intended;
    struct pl_strs out_of_scope;
    struct pl_strs limitations;
};

/* Without a risk section: medium, partial, general, scale 0, and `given` is false. */
struct pl_risk {
    bool given;
    enum pl_severity severity;
    enum pl_reversibility reversibility;
    enum pl_users users;
    double scale_per_year; /* decisions a year; 0 when not said */
};

/* What the declared watch looks at, as bits. */
enum pl_watched {
    PL_WATCHED_INPUTS = 1 << 0,
    PL_WATCHED_SCORE = 1 << 1,
    PL_WATCHED_LIMITS = 1 << 2,
    PL_WATCHED_COST = 1 << 3,
    PL_WATCHED_LATENCY_MS = 1 << 4,
};

/* A watch, as declared: this version records that there is one, and what it is to look at. */
struct pl_watch {
    struct pl_str reference; /* path of the decisions to compare with; empty when not given */
    uint64_t window_ms;
    uint32_t watched; /* bits of enum pl_watched */
};

#endif
