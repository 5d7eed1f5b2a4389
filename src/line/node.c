/* Small questions about nodes: what kind one is in words, and the way from the root to it. The path
   is written from its end backwards, so that it needs neither recursion nor two passes. */
#include "line/node.h"

const char *pl_node_kind_name(enum pl_node_kind kind)
{
    static const char *const NAMES[] = {
        [PL_NODE_NULL] = "nothing",
        [PL_NODE_SCALAR] = "a single value",
        [PL_NODE_MAP] = "a map of keys",
        [PL_NODE_LIST] = "a list",
    };

    return NAMES[kind];
}

const struct pl_node *pl_node_child(const struct pl_node *map, const char *name)
{
    for (const struct pl_node *node = map == NULL ? NULL : map->first; node != NULL;
         node = node->next)
        if (!node->repeated && pl_str_equal_text(node->key, name))
            return node;
    return NULL;
}

#define EXCERPT_LENGTH_MAX 60

struct pl_str pl_text_excerpt(struct pl_str text, struct pl_arena *arena)
{
    char excerpt[EXCERPT_LENGTH_MAX + 1];
    size_t length = text.len < EXCERPT_LENGTH_MAX ? text.len : EXCERPT_LENGTH_MAX;

    if (length < text.len)
        while (length > 0 && ((unsigned char)text.ptr[length] & 0xc0u) == 0x80u)
            length--;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];

        excerpt[i] = c < 0x20 || c == 0x7f ? '?' : text.ptr[i];
    }
    excerpt[length] = '\0';
    return pl_arena_format(arena, "%s%s", excerpt, length < text.len ? "..." : "");
}

static bool is_in_list(const struct pl_node *node)
{
    return node->parent->kind == PL_NODE_LIST;
}

/* One step of the path: ".key", "key" at the top, or "[3]". */
static struct pl_str step_text(const struct pl_node *node, struct pl_arena *arena)
{
    if (is_in_list(node))
        return pl_arena_format(arena, "[%zu]", node->index);

    const struct pl_str key =
        node->key.len == 0 ? PL_STR("\"\"") : pl_text_excerpt(node->key, arena);

    if (key.ptr == NULL || node->parent->parent == NULL)
        return key;
    return pl_arena_format(arena, ".%.*s", PL_STR_ARG(key));
}

struct pl_str pl_node_path(const struct pl_node *node, struct pl_arena *arena)
{
    struct pl_str path = PL_STR("");

    for (; node->parent != NULL; node = node->parent) {
        const struct pl_str step = step_text(node, arena);

        if (step.ptr == NULL)
            return PL_STR("");
        path = pl_arena_format(arena, "%.*s%.*s", PL_STR_ARG(step), PL_STR_ARG(path));
        if (path.ptr == NULL)
            return PL_STR("");
    }
    return path;
}
