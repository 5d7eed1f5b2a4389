/* The words that SQL keeps for itself, so that a condition means the same here and in the warehouse: those that DuckDB's
   duckdb_keywords() lists as reserved or as names of functions and types, and those of the grammar. In the order of
   bytes. */
#include "condition/node.h"

#include <stdlib.h>
#include <strings.h>

static const char *const WORDS[] = {
    "all",
    "analyse",
    "analyze",
    "and",
    "anti",
    "any",
    "array",
    "as",
    "asc",
    "asof",
    "asymmetric",
    "at",
    "authorization",
    "between",
    "binary",
    "both",
    "by",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "columns",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "default",
    "deferrable",
    "desc",
    "describe",
    "distinct",
    "do",
    "else",
    "end",
    "escape",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "generated",
    "glob",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lambda",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "map",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "pivot",
    "pivot_longer",
    "pivot_wider",
    "placing",
    "positional",
    "primary",
    "qualify",
    "references",
    "returning",
    "right",
    "select",
    "semi",
    "show",
    "similar",
    "some",
    "struct",
    "summarize",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "try_cast",
    "union",
    "unique",
    "unpack",
    "unpivot",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
};
#define WORD_SIZE_MAX 16

static int compare(const void *word, const void *entry)
{
    return strcasecmp(word, *(const char *const *)entry);
}

bool pl_word_is_reserved(struct pl_str word)
{
    char text[WORD_SIZE_MAX + 1] = {0};

    if (word.len > WORD_SIZE_MAX)
        return false;
    for (size_t i = 0; i < word.len; i++)
        text[i] = word.ptr[i];
    return bsearch(text, WORDS, sizeof WORDS / sizeof *WORDS, sizeof *WORDS, compare) != NULL;
}
