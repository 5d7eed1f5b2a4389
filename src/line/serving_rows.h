/* The sections of live traffic as they stand in the line, before names are resolved: what the rows of keys_route.c,
   keys_traffic.c and keys_serve.c are read into. */
#ifndef PL_LINE_SERVING_ROWS_H
#define PL_LINE_SERVING_ROWS_H

#include "line/reader.h"
#include "line/serving.h"

struct pl_route_row {
    struct pl_route route;
    const struct pl_node *tiers;
    const struct pl_node *rules;
    struct pl_str verifier;
    struct pl_str fallback_model;
    bool confidence_given;
    bool fallback_given;
};

struct pl_tier_row {
    struct pl_str model;
    double deliver_at;
    bool deliver_at_given;
};

struct pl_rule_row {
    struct pl_str when;
    struct pl_place when_place;
    struct pl_str tier;
    bool only;
};

struct pl_flag_row {
    struct pl_flag_line flag;
    bool on;
    struct pl_bins rollout;
    const struct pl_node *by;
};

struct pl_shadow_row {
    struct pl_shadow_line shadow;
    struct pl_str model;
    double budget_per_year;
};

struct pl_experiment_row {
    struct pl_experiment_line experiment;
    const struct pl_node *arms;
};

struct pl_arm_row {
    struct pl_arm arm;
    struct pl_str model;
};

struct pl_guard_row {
    const struct pl_node *input;
    const struct pl_node *output;
};

struct pl_filter_row {
    struct pl_guard_line guard;
    bool size_given;
};

enum pl_keys_word { PL_KEYS_NONE, PL_KEYS_REQUIRED };

struct pl_serve_row {
    struct pl_serve_line serve;
    enum pl_keys_word keys;
    struct pl_mappings segments;
    bool tls_given;
};

/* ---- what the readers of these sections share ---- */

/* The model of that name; NULL, with a fault at `node`, where there is none. */
const struct pl_model *pl_reader_model(struct pl_reader *reader, const struct pl_node *node,
                                       struct pl_str name);

/* Letters, digits and `_`, `-`, `+`, at most 64, not beginning with `-`. */
bool pl_reader_is_name(struct pl_str name);

/* Whether `name` stands in serve.segments; a fault at `node` where it does not. */
bool pl_serving_segment(struct pl_reader *reader, const struct pl_node *node,
                        const struct pl_serve_line *serve, struct pl_str name);

/* A key that says something only where another one has a certain word. */
struct pl_key_of {
    const char *key;
    int word;
};

struct pl_choice {
    const char *key; /* "from" */
    const struct pl_words *words;
    int word; /* the one that is chosen */
    const struct pl_key_of *keys;
    size_t keys_count;
};

/* A fault at each key of `map` that says nothing where this word is chosen. */
void pl_serving_check_choice(struct pl_reader *reader, const struct pl_node *map,
                             const struct pl_choice *choice);

/* What speaks JSON of its own and what speaks of messages cannot answer for each other: a fault at `node`
   unless the model is of the kind of the route's first. Either may be missing. */
void pl_route_check_kind(struct pl_reader *reader, const struct pl_node *node,
                         const struct pl_route *route, const struct pl_model *model);

void pl_route_read(struct pl_reader *reader, const struct pl_node *node, struct pl_route *route);
void pl_flag_read(struct pl_reader *reader, const struct pl_node *node, struct pl_serving *serving);
void pl_shadow_read(struct pl_reader *reader, const struct pl_node *node,
                    struct pl_serving *serving);
void pl_experiments_read(struct pl_reader *reader, const struct pl_node *node,
                         struct pl_serving *serving);
void pl_guard_read(struct pl_reader *reader, const struct pl_node *node,
                   struct pl_serving *serving);
void pl_serve_read(struct pl_reader *reader, const struct pl_node *node,
                   struct pl_serve_line *serve);

#endif
