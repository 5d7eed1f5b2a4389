/*
 * The line, read: one immutable tree that says what must hold for a feature. Every pointer in it
 * lives in the arena it was read into and dies with that arena; after reading nothing changes, so
 * any thread may read it. Every part remembers its place, so that whoever finds a fault later
 * (a column that is not there) can name file, line and column.
 */
#ifndef PL_LINE_LINE_H
#define PL_LINE_LINE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "line/policy.h"

#define PL_LINE_SIZE_BYTES_MAX ((size_t)1 << 20)
#define PL_LINE_DEPTH_MAX      32
#define PL_SEGMENTS_MAX        16
#define PL_CROSSING_MAX        4 /* segments in one crossing */
#define PL_LIMITS_MAX          500
#define PL_BASELINES_MAX       16 /* baselines of one line, named or not */

/* Where in the file; both count from 1. */
struct pl_place {
    uint32_t line;
    uint32_t column;
};

enum pl_small { PL_SMALL_LIST, PL_SMALL_HOLD };
enum pl_unproven { PL_UNPROVEN_HOLD, PL_UNPROVEN_PASS, PL_UNPROVEN_FAIL };
/* What a group whose value is missing does: it is judged like any other, or listed only. */
enum pl_missing { PL_MISSING_JUDGE, PL_MISSING_LIST };
/* Whose verdict lets the gate pass where there is a launch by slice. */
enum pl_decides { PL_DECIDES_OVERALL, PL_DECIDES_ANY, PL_DECIDES_ALL };
enum pl_interval_method { PL_INTERVAL_WILSON, PL_INTERVAL_EXACT };
enum pl_judge_by { PL_JUDGE_INTERVAL, PL_JUDGE_POINT };

/* A column that splits decisions into groups. */
enum pl_segment_kind {
    PL_SEGMENT_COLUMN, /* `race: race`: the column's values are the groups */
    PL_SEGMENT_BINS,   /* `age: {column: age, bins: [25, 45]}`: <25, 25-45 (45 excluded), >=45 */
    PL_SEGMENT_MAP,    /* `age: {column: age, map: {A: young, B: old}, other: rest}` */
    PL_SEGMENT_SQL,    /* `night: {sql: "hour(at) < 6"}`: the value of the expression, as text */
};

struct pl_mapping {
    struct pl_str from;
    struct pl_str to;
};

struct pl_mappings {
    const struct pl_mapping *items;
    size_t count;
};

struct pl_segment {
    struct pl_str name;
    enum pl_segment_kind kind;
    struct pl_str column; /* COLUMN, BINS, MAP */
    struct pl_str sql;    /* SQL */
    const double *bins;   /* BINS: strictly ascending edges, at least one */
    size_t bins_count;
    const struct pl_mapping *map; /* MAP: at least one */
    size_t map_count;
    struct pl_str other; /* MAP: the group of values that are not in the map; default "(other)" */
    struct pl_place place;
};

/* What kind of answer the feature gives. */
enum pl_task {
    PL_TASK_BINARY,     /* yes or no, or a score that a threshold cuts */
    PL_TASK_MULTICLASS, /* one of several classes */
    PL_TASK_MULTILABEL, /* a set of labels */
    PL_TASK_REGRESSION, /* a number */
    PL_TASK_RANKING,    /* an order of items, one list for each query */
};
#define PL_TASKS_COUNT 5

/* Column names are empty where they were not given. */
struct pl_data {
    struct pl_str decisions; /* the path or glob as written; see pl_line_path */
    enum pl_task task;
    struct pl_str label;
    struct pl_str score;
    struct pl_str prediction;
    struct pl_str count;
    struct pl_str weight;
    struct pl_str id;       /* names a decision, so that those of a baseline can be matched */
    struct pl_str query;    /* of a ranking: which list an item stands in */
    struct pl_str rank;     /* of a ranking: its place, 1 first, where there is no score */
    struct pl_str positive; /* label and prediction that are positive; empty: 1 or true */
    double threshold;       /* score >= threshold is positive; 0.5 when not given */
    struct pl_mappings probabilities; /* multiclass: from each class to its column */
    struct pl_str separator; /* multilabel: what stands between the classes of a text; "|" */
    struct pl_str where;     /* an SQL condition; empty: every row */
    uint64_t since_ms;       /* of live traffic: the first moment that counts, and the first that */
    uint64_t until_ms; /* does not, in Unix time; 0: no bound. Commands set them, no key does */
    const struct pl_segment *segments;
    size_t segments_count;
    struct pl_str group; /* decisions that share its value are not independent; empty: all are */
    struct pl_place group_place;
    struct pl_str strata; /* the segment within which decisions are compared; empty: none named */
    struct pl_place strata_place;
    struct pl_strs features; /* columns by which decisions are alike; empty: none named */
    struct pl_place features_place;
    struct pl_place decisions_place;
    struct pl_place where_place;
    struct pl_place label_place;
    struct pl_place score_place;
    struct pl_place prediction_place;
    struct pl_place probabilities_place;
    struct pl_place count_place;
    struct pl_place weight_place;
    struct pl_place id_place;
    struct pl_place query_place;
    struct pl_place rank_place;
};

/*
 * Decisions to compare with: those of an incumbent model, or of people. All columns are resolved: what
 * a baseline does not say is as in `data`. Empty `decisions`: it stands in the data's own file.
 */
struct pl_baseline {
    struct pl_str name;      /* as limits call it: a name of `baselines`, or the path */
    struct pl_str decisions; /* a path or glob as written */
    struct pl_str label;
    struct pl_str score;
    struct pl_str prediction;
    struct pl_str count;
    struct pl_str weight;
    struct pl_str id; /* empty: decisions are not matched */
    double threshold;
    struct pl_place place; /* of its name, or of the path in the first limit that names it */
};

/* Which side of a measure is the better one. */
enum pl_better { PL_BETTER_NEITHER, PL_BETTER_HIGHER, PL_BETTER_LOWER };

/* One segment, or a crossing of several: indices into data.segments, in the order written. */
struct pl_crossing {
    uint32_t segments[PL_CROSSING_MAX];
    uint32_t count;
};

/* Other costs for the decisions of one slice. By [label][prediction], where 1 is positive. */
struct pl_cost_slice {
    struct pl_crossing crossing;
    struct pl_str groups[PL_CROSSING_MAX]; /* by position in the crossing */
    double costs[2][2];
    bool given[2][2]; /* what is not given stays as it is */
    struct pl_place place;
};

/* What a decision costs, in any one unit: errors 1 each when not given, right answers 0; below 0 is a
   benefit. What a later slice gives replaces what stood before, cost by cost. */
struct pl_costs {
    bool given;
    double false_positive;
    double false_negative;
    double true_positive;
    double true_negative;
    const struct pl_cost_slice *slices;
    size_t slices_count;
};
#define PL_COST_SLICES_MAX 64

enum pl_comparator {
    PL_COMPARE_MIN,                  /* measure >= threshold, overall and in each slice of `by` */
    PL_COMPARE_MAX,                  /* measure <= threshold */
    PL_COMPARE_MIN_RATIO,            /* measure(a) / measure(b) >= threshold between slices */
    PL_COMPARE_MAX_RATIO,            /* measure(a) / measure(b) <= threshold */
    PL_COMPARE_MAX_DIFFERENCE,       /* |measure(a) - measure(b)| <= threshold */
    PL_COMPARE_MAX_RATIO_TO_OVERALL, /* measure(slice) / measure(all) <= threshold */
    PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL, /* |measure(slice) - measure(all)| <= threshold */
    PL_COMPARE_NON_INFERIOR_TO, /* better than the baseline by at least -threshold, the margin */
    PL_COMPARE_SUPERIOR_TO,     /* better than the baseline by more than the threshold */
};
#define PL_COMPARATORS_COUNT 9

/*
 * One condition. A row of the file that carries two comparators (`min` and `max`) becomes two. `by`
 * is resolved: `every` has become all segments and crossings up to evidence.depth. With
 * crossings_count 0, `min` and `max` hold overall only; the comparators between slices need one.
 */
struct pl_limit {
    struct pl_str text;   /* as a person would say it: "accuracy at least 0.65 by race" */
    struct pl_str metric; /* name as written, e.g. "recall", "mean(latency_ms)" */
    enum pl_comparator comparator;
    double threshold;
    const struct pl_crossing *crossings;
    size_t crossings_count;
    struct pl_str reference;            /* the group to compare with; empty: every pair */
    const struct pl_baseline *baseline; /* what to compare with; NULL unless the comparator asks */
    bool relative;         /* the margin is a share of the baseline's figure, not a difference */
    enum pl_better better; /* as the limit says; neither: as the measure has it */
    enum pl_judge_by judge;
    double confidence; /* the limit's own, or evidence.confidence */
    struct pl_place place;
    struct pl_place metric_place;
    struct pl_place reference_place; /* 0 when there is no reference */
    struct pl_place baseline_place;  /* 0 when there is no baseline */
};

struct pl_evidence {
    double confidence;
    uint32_t depth;
    uint64_t smallest_slice;
    double smallest_share; /* of the decisions in a segment or crossing; 0: no such bound */
    enum pl_missing missing;
    enum pl_small small;
    enum pl_unproven unproven;
    enum pl_interval_method interval;
    uint64_t seed;
};

struct pl_release {
    bool allow[PL_VERDICTS_COUNT]; /* default: ship and ship_with_monitoring */
    uint32_t needs;                /* bits of enum pl_need; default: none */
    enum pl_decides launch;        /* other than overall only where there is a launch */
};

/* A verdict for each slice of one segment or crossing, besides the one for all. */
struct pl_launch_by {
    bool given;
    struct pl_str by; /* as written */
    struct pl_crossing crossing;
};

struct pl_evals;   /* line/evals.h */
struct pl_serving; /* line/serving.h */

struct pl_line {
    const char *file;     /* the path it was read from, for messages */
    struct pl_str folder; /* where relative paths start: the file's folder, "." when it has none */
    struct pl_str text;   /* the file's bytes, as hashed into the record */
    struct pl_str feature;
    struct pl_str title; /* the feature's name when not given */
    struct pl_str owner;
    struct pl_purpose purpose;
    struct pl_risk risk;
    struct pl_data data;
    struct pl_costs costs;
    const struct pl_baseline *baselines; /* named, and then those that limits name by their path */
    size_t baselines_count;
    const struct pl_limit *limits;
    size_t limits_count;
    struct pl_evidence evidence;
    struct pl_release release;
    struct pl_launch_by launch;
    bool watch_given; /* a watch is declared */
    struct pl_watch watch;
    const struct pl_evals *evals;     /* NULL: the line has neither models nor evals */
    double holdout;                   /* as `serving` has it too */
    const struct pl_serving *serving; /* NULL: the line says nothing of live traffic */
};

struct pl_problems; /* line/problem.h */

/*
 * Reads and checks the line at `path` into `arena`. On PL_OK `*ret_line` is complete. When the file
 * is readable but wrong the status is PL_E_LINE, `ret_problems` lists every fault found, in file
 * order, and `error` is the first of them in words. A file that cannot be read, is larger than
 * PL_LINE_SIZE_BYTES_MAX or nested deeper than PL_LINE_DEPTH_MAX gives the status of that.
 */
PL_MUST_CHECK enum pl_status pl_line_read(const char *path, struct pl_arena *arena,
                                          struct pl_line **ret_line,
                                          struct pl_problems *ret_problems, struct pl_error *error);

/* As pl_line_read, from text in memory, which must outlive the line; `name` stands for the path. */
PL_MUST_CHECK enum pl_status pl_line_parse(struct pl_str text, const char *name,
                                           struct pl_arena *arena, struct pl_line **ret_line,
                                           struct pl_problems *ret_problems,
                                           struct pl_error *error);

/* A path of the line made relative to its folder, NUL-terminated, in `arena`; ptr NULL when full.
 */
struct pl_str pl_line_path(const struct pl_line *line, struct pl_str path, struct pl_arena *arena);

/* Error at a place of the line: sets message, file, line and column; returns `status`. */
enum pl_status pl_line_error(const struct pl_line *line, struct pl_place place,
                             enum pl_status status, struct pl_error *error, const char *format, ...)
    PL_FORMAT(5, 6);

/* Names as they stand in the line: "ship_with_monitoring", "max_ratio", "high". */
const char *pl_verdict_name(enum pl_verdict verdict);
const char *pl_comparator_name(enum pl_comparator comparator);
const char *pl_better_name(enum pl_better better);

/* It compares with a baseline; the value has to be at least the threshold (of the others, at most). */
bool pl_comparator_has_baseline(enum pl_comparator comparator);
bool pl_comparator_is_lower(enum pl_comparator comparator);
const char *pl_severity_name(enum pl_severity severity);
const char *pl_reversibility_name(enum pl_reversibility reversibility);
const char *pl_task_name(enum pl_task task);
const char *pl_users_name(enum pl_users users);

#endif
