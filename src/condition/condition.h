/*
 * Conditions (`when`): the subset of SQL that the gateway evaluates itself. Columns, literals (numbers, 'texts', true,
 * false, null), = <> != < <= > >=, [not] in (…), [not] between … and …, [not] like … [escape …], is [not] null,
 * and, or, not, parentheses. Three-valued logic as in SQL; a condition holds only when it is true. A
 * text is compared with a number as a number when it reads as one in whole, else the comparison is null. Names of columns are
 * words, words joined by dots, or "quoted". The same text means the same in the warehouse.
 */
#ifndef PL_CONDITION_CONDITION_H
#define PL_CONDITION_CONDITION_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define PL_CONDITION_SIZE_BYTES_MAX 8192
#define PL_CONDITION_DEPTH_MAX      64

struct pl_condition;

enum pl_datum_kind { PL_DATUM_NULL, PL_DATUM_BOOL, PL_DATUM_NUMBER, PL_DATUM_TEXT };
struct pl_datum {
    enum pl_datum_kind kind;
    bool truth;
    double number;
    struct pl_str text;
};

/* The value of a column; of one that is not there: null. */
typedef struct pl_datum (*pl_datum_of)(struct pl_str column, void *context);

/* Compiles it into `arena`. PL_E_LINE with what is wrong and at which character; it never reads past the text. */
PL_MUST_CHECK enum pl_status pl_condition_compile(struct pl_str text, struct pl_arena *arena,
                                                  struct pl_condition **ret_condition,
                                                  struct pl_error *error);

/* Any thread; allocates nothing. */
bool pl_condition_holds(const struct pl_condition *condition, pl_datum_of of, void *context);

/* The columns it names, each once, in the arena of the condition. */
const struct pl_str *pl_condition_columns(const struct pl_condition *condition, size_t *ret_count);

#endif
