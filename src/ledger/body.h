/*
 * The body of a record as a tree. The tree lives in the arena it was read into, the text of its
 * values included. Numbers are kept so that they are written again as they stood: a double reads
 * back to the same bits. Reading and asking change nothing; safe in any thread with an arena of its
 * own.
 */
#ifndef PL_LEDGER_BODY_H
#define PL_LEDGER_BODY_H

#include "base/arena.h"
#include "base/json.h"

enum pl_body_kind {
    PL_BODY_NULL,
    PL_BODY_BOOL,
    PL_BODY_INTEGER,
    PL_BODY_REAL,
    PL_BODY_TEXT,
    PL_BODY_ARRAY,
    PL_BODY_OBJECT,
};

struct pl_body {
    enum pl_body_kind kind;
    bool truth;
    int64_t integer;
    double real;
    struct pl_str key;  /* of a member of an object, else empty */
    struct pl_str text; /* NUL-terminated */
    struct pl_body *items;
    size_t count; /* of items */
};

/* Reads one JSON value. Text that is none is PL_E_CORRUPT. */
PL_MUST_CHECK enum pl_status pl_body_read(struct pl_str text, struct pl_arena *arena,
                                          struct pl_body **ret_value, struct pl_error *error);

/* The member of that name; a null value, never NULL, where there is none. */
const struct pl_body *pl_body_get(const struct pl_body *object, const char *key);

bool pl_body_is_null(const struct pl_body *value);
bool pl_body_is_true(const struct pl_body *value);

/* Empty where it is no text. */
struct pl_str pl_body_text(const struct pl_body *value);

/* Whether the member is exactly this text; never where `text` is NULL. */
bool pl_body_member_is(const struct pl_body *object, const char *key, const char *text);

/* False where it is no number. */
bool pl_body_number(const struct pl_body *value, double *ret_number);

/* 0 where it is no whole number, or one below 0. */
uint64_t pl_body_count(const struct pl_body *value);

/* Taking members and items away; what was read is the reader's to change. */
void pl_body_drop(struct pl_body *object, const char *key);
void pl_body_drop_at(struct pl_body *body, size_t index);
struct pl_body *pl_body_find(struct pl_body *object, const char *key); /* NULL: there is none */

/* As it stood. */
void pl_body_write(struct pl_json *json, const struct pl_body *value);
void pl_body_write_member(struct pl_json *json, const struct pl_body *object, const char *key);

#endif
