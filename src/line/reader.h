/*
 * What the readers of the line share: where results go, and how a fault is reported. Reading never
 * stops at a fault; it stops when memory gives out, which `status` remembers so that a caller may
 * read much and look once.
 */
#ifndef PL_LINE_READER_H
#define PL_LINE_READER_H

#include "line/problem.h"
#include "line/evals.h"
#include "line/keys.h"
#include "line/node.h"

struct pl_reader {
    struct pl_arena *arena;
    struct pl_problems *problems;
    struct pl_line *line;
    const struct pl_node *limits_node; /* kept until segments and evidence are known */
    const struct pl_node *costs_node;  /* kept until segments are known */
    const struct pl_node *models_node;
    const struct pl_node *evals_node;     /* kept until the evidence is known */
    const struct pl_node *baselines_node; /* kept until the data's columns are known */
    struct pl_baseline *baselines;        /* the line's, while they are made */
    struct pl_limit *limits;              /* the line's, while they are made */
    size_t limits_count;
    size_t limits_max;
    enum pl_status status; /* not PL_OK once memory gave out */
};

struct pl_bins {
    const double *items;
    size_t count;
};

/* An entry of data.segments in its long form, as it stands. */
struct pl_segment_row {
    struct pl_str column;
    struct pl_str sql;
    struct pl_str other;
    struct pl_bins bins;
    struct pl_mappings map;
    bool bins_given;
    bool map_given;
    bool other_given;
};

/* An entry of costs.slices as it stands; costs by [label][prediction]. */
struct pl_cost_row {
    struct pl_mappings slice;
    double costs[2][2];
    bool given[2][2];
};

/* An entry of baselines as it stands. */
struct pl_baseline_row {
    struct pl_str decisions;
    struct pl_str label;
    struct pl_str score;
    struct pl_str prediction;
    struct pl_str count;
    struct pl_str weight;
    struct pl_str id;
    double threshold;
    bool threshold_given;
};

/* An entry of evals as it stands. */
struct pl_suite_row {
    struct pl_suite suite;
    const struct pl_node *scorers; /* kept until the whole entry is read */
};

/* An entry of limits as it stands, with every comparator it carries. */
struct pl_limit_row {
    struct pl_str metric;
    struct pl_place metric_place;
    double thresholds[PL_COMPARATORS_COUNT];
    bool compares[PL_COMPARATORS_COUNT];
    const struct pl_node *by; /* NULL when not given */
    struct pl_str reference;
    struct pl_place reference_place;
    enum pl_judge_by judge;
    double confidence;
    bool confidence_given;
    bool reference_given;
    struct pl_str targets[2]; /* of non_inferior_to and of superior_to */
    struct pl_place target_places[2];
    double margin;
    double relative_margin;
    enum pl_better better;
    bool margin_given;
    bool relative_margin_given;
    bool better_given;
    const struct pl_baseline *baseline; /* found by its name; NULL when there is none */
    struct pl_place baseline_place;
};

/* Zeroed memory for `count` items; NULL, and `status` set, when the arena is full. */
void *pl_reader_alloc(struct pl_reader *reader, size_t count, size_t item_size_bytes);

/* A fault at the value of a node. `hint` says what would be right; it may be empty. */
void pl_reader_fault(struct pl_reader *reader, const struct pl_node *node, struct pl_str hint,
                     const char *format, ...) PL_FORMAT(4, 5);

/* A fault at the key of a node. */
void pl_reader_fault_key(struct pl_reader *reader, const struct pl_node *node, struct pl_str hint,
                         const char *format, ...) PL_FORMAT(4, 5);

/* A key that should stand in `map` and does not. */
void pl_reader_fault_missing(struct pl_reader *reader, const struct pl_node *map, const char *name,
                             struct pl_str hint);

/* Formatted text in the arena; empty, and `status` set, when it is full. */
struct pl_str pl_reader_format(struct pl_reader *reader, const char *format, ...) PL_FORMAT(2, 3);

/* The text, or the empty one with `status` set when its `ptr` is NULL: the arena was full. */
struct pl_str pl_reader_keep(struct pl_reader *reader, struct pl_str text);

/* Text fit for a message, NUL-terminated: short, on one line. */
struct pl_str pl_reader_quote(struct pl_reader *reader, struct pl_str text);

/* "did you mean `x`?", or nothing. */
struct pl_str pl_reader_nearest(struct pl_reader *reader, struct pl_str text,
                                const char *const *names, size_t names_count);

/* "did you mean `x`?", or when nothing is near "known are `a`, `b` and `c`". */
struct pl_str pl_reader_hint(struct pl_reader *reader, struct pl_str text, const char *const *names,
                             size_t names_count);

/* "`a`, `b` or `c`". */
struct pl_str pl_reader_choice(struct pl_reader *reader, const char *const *names,
                               size_t names_count);

/* False, with a fault, unless the node is of the kind; `example` shows what would be right. */
bool pl_reader_expect(struct pl_reader *reader, const struct pl_node *node, enum pl_node_kind kind,
                      const char *example);

/* Text of one line without control characters, from a scalar; false, with a fault, when it is not.
 */
bool pl_reader_name(struct pl_reader *reader, const struct pl_node *node, const char *example,
                    struct pl_str *ret_text);

/* Reads the keys of a map into `base`, unknown and missing ones included. False when it is no map.
 */
bool pl_section_read(struct pl_reader *reader, enum pl_section section, const struct pl_node *node,
                     void *base);

/* Puts the defaults of a section, and of those it opens, into `base`. */
void pl_section_defaults(struct pl_reader *reader, enum pl_section section, void *base);

/* Reads the value of one key into its place in `base`. False when it was faulty. */
bool pl_value_read(struct pl_reader *reader, const struct pl_key *key, const struct pl_node *node,
                   void *base);

/* data.segments, into the line. */
bool pl_segments_read(struct pl_reader *reader, const struct pl_node *node);

/* costs.slices, into the line, once the segments are read. */
void pl_costs_read(struct pl_reader *reader, const struct pl_node *node);
/* baselines, into the line, once its data are read. */
void pl_baselines_read(struct pl_reader *reader, const struct pl_node *node);

/* The baseline that a limit names: one of `baselines`, or a file. NULL, with a fault, for neither. */
const struct pl_baseline *pl_baseline_find(struct pl_reader *reader, const struct pl_node *node,
                                           struct pl_str name);

/* models and evals, into the line, once everything else is read. */
void pl_evals_read(struct pl_reader *reader);

/* The sections of live traffic, into the line, once the models are read. */
void pl_serving_read(struct pl_reader *reader, const struct pl_node *root);

/* limits, into the line, once everything else is read. */
void pl_limits_read(struct pl_reader *reader, const struct pl_node *node);

/* What a limit's `by` resolves to. */
struct pl_by {
    const struct pl_crossing *crossings;
    size_t count;
    bool every;
};

/* Resolves `by`; NULL resolves to nothing. False, with a fault, when it cannot. */
bool pl_by_read(struct pl_reader *reader, const struct pl_node *node, struct pl_by *ret_by);

/* A limit in words: "selection_rate at least 0.8 times the highest group, by race and by sex". */
struct pl_str pl_limit_phrase(struct pl_reader *reader, const struct pl_limit *limit,
                              const struct pl_by *by);

#endif
