/* A compiled condition: a tree of nodes, and the patterns of `like`. Private to this layer. Everything lives in the
   arena it was compiled into and never changes, so any thread may read it. */
#ifndef PL_CONDITION_NODE_H
#define PL_CONDITION_NODE_H

#include "condition/condition.h"

enum pl_node_sort {
    PL_SORT_LITERAL,
    PL_SORT_COLUMN,
    PL_SORT_COMPARE, /* two children */
    PL_SORT_IN,      /* the first child is looked for among the others */
    PL_SORT_BETWEEN, /* three children */
    PL_SORT_LIKE,    /* one child, and the pattern */
    PL_SORT_IS_NULL, /* one child */
    PL_SORT_AND,     /* two children or more */
    PL_SORT_OR,
    PL_SORT_NOT, /* one child */
};

enum pl_compare {
    PL_COMPARES_EQUAL,
    PL_COMPARES_UNEQUAL,
    PL_COMPARES_LESS,
    PL_COMPARES_AT_MOST,
    PL_COMPARES_MORE,
    PL_COMPARES_AT_LEAST,
};

struct pl_condition_node {
    enum pl_node_sort sort;
    enum pl_compare compare; /* COMPARE */
    bool negated;            /* IN, BETWEEN, LIKE, IS_NULL: `not` stands in it */
    struct pl_datum literal;
    struct pl_str column;
    const struct pl_like *like;
    struct pl_condition_node *first; /* children, in their order */
    struct pl_condition_node *next;
};

struct pl_condition {
    const struct pl_condition_node *root;
    struct pl_str *columns;
    size_t columns_count;
};

/* ---- tokens ---- */

enum pl_token_sort {
    PL_TOKEN_END,
    PL_TOKEN_WORD,   /* a name, or a word of the language */
    PL_TOKEN_QUOTED, /* a name in "double quotes" */
    PL_TOKEN_TEXT,   /* 'a text' */
    PL_TOKEN_NUMBER,
    PL_TOKEN_SIGN, /* = <> != < <= > >= ( ) , - + */
};

/* `text` is the value of a name or a text, its doubled quotes resolved, and as it stands of the others. */
struct pl_token {
    enum pl_token_sort sort;
    struct pl_str text;
    size_t start; /* a byte of the condition */
};

struct pl_scanner {
    struct pl_str text;
    size_t at;
    struct pl_arena *arena;
    struct pl_error *error;
};

/* The next token; PL_E_LINE for what is none. At the end it is PL_TOKEN_END, again and again. */
enum pl_status pl_scanner_next(struct pl_scanner *scanner, struct pl_token *ret_token);

/* PL_E_LINE: the message, and " at character N", counted from 1, of the byte `start`. */
enum pl_status pl_scanner_fail(struct pl_scanner *scanner, size_t start, const char *format, ...)
    PL_FORMAT(3, 4);

/* Whether a bare word is one of SQL's own, which no column can be called without quotes. */
bool pl_word_is_reserved(struct pl_str word);

/* ---- like ---- */

#define PL_LIKE_WILD_MAX 256 /* characters of a part of a pattern that has `_` */

/*
 * Compiles a pattern: `%` is any text, `_` any one character, and what follows `escape` (empty: nothing escapes)
 * stands for itself. The escape is one character, and the pattern does not end in it: that is the caller's to check.
 * False when the arena is full; `*ret_like` NULL when a part with `_` is longer than PL_LIKE_WILD_MAX.
 */
bool pl_like_compile(struct pl_str pattern, struct pl_str escape, struct pl_arena *arena,
                     const struct pl_like **ret_like);

/* Time is proportional to the text (times four for parts with `_`), whatever the pattern. */
bool pl_like_matches(const struct pl_like *like, struct pl_str text);

/* The bytes of the character at `at`: 1 to 4; an invalid byte is a character of its own. */
size_t pl_character_size(struct pl_str text, size_t at);

#endif
