/*
 * The line as YAML has it, before anything is known about keys: scalars, maps and lists, each with
 * its place. All of it lives in the arena it was parsed into and never changes afterwards.
 */
#ifndef PL_LINE_NODE_H
#define PL_LINE_NODE_H

#include "line/line.h"
#include "line/problem.h"

#define PL_NODES_MAX 100000

enum pl_node_kind {
    PL_NODE_NULL, /* nothing after the colon, `null` or `~` */
    PL_NODE_SCALAR,
    PL_NODE_MAP,
    PL_NODE_LIST,
};

/* A node is also its own entry: `key` is its name in the map above, `index` its position there. */
struct pl_node {
    enum pl_node_kind kind;
    bool
        quoted; /* SCALAR: it was written in quotes or as a block, so it is text whatever it says */
    bool repeated; /* its key stood in the same map before; reported, and not to be read */
    struct pl_place place;
    struct pl_str text; /* SCALAR: what stands there, quotes and escapes resolved */
    struct pl_str key;  /* empty in a list and at the root */
    struct pl_place key_place;
    size_t index;
    size_t count; /* MAP, LIST: children */
    const struct pl_node *parent;
    struct pl_node *first; /* MAP, LIST: the first child; the others follow by `next` */
    struct pl_node *next;
};

/*
 * Parses one YAML document. Text that is not YAML, two documents, aliases and repeated keys are
 * added to `problems`; a fault that leaves no tree gives PL_E_LINE. Nesting past PL_LINE_DEPTH_MAX
 * or more than PL_NODES_MAX nodes is PL_E_LIMIT, with line and column in `error`.
 */
PL_MUST_CHECK enum pl_status pl_yaml_parse(struct pl_str text, struct pl_arena *arena,
                                           const struct pl_node **ret_root,
                                           struct pl_problems *problems, struct pl_error *error);

/* The entry of a map that its key names, or NULL; also where `map` is NULL. */
const struct pl_node *pl_node_child(const struct pl_node *map, const char *name);

/* The node and all below it as JSON: scalars without quotes are numbers, true, false or null where they
   look so, and text otherwise. In `arena`; ptr NULL when it is full. */
struct pl_str pl_node_json(const struct pl_node *node, struct pl_arena *arena);

/* "a scalar", "a map", "a list" or "nothing", for messages. */
const char *pl_node_kind_name(enum pl_node_kind kind);

/* Text fit for a message: at most 60 bytes, cut between letters, control characters as `?`. */
struct pl_str pl_text_excerpt(struct pl_str text, struct pl_arena *arena);

/* The way to a node: "limits[2].metric"; empty at the root, and when the arena is full. */
struct pl_str pl_node_path(const struct pl_node *node, struct pl_arena *arena);

#endif
