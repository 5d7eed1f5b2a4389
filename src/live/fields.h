/*
 * What is kept of records in the warehouse: a table for each kind, and in it a row for each column, with the member of the
 * body that it comes from. What a body says besides is in the ledger only.
 */
#ifndef PL_LIVE_FIELDS_H
#define PL_LIVE_FIELDS_H

#include "base/str.h"

#include <stdint.h>

#define PL_LIVE_FIELDS_MAX 64

/* What a member is taken for; one of another type is taken for absent. */
enum pl_live_type {
    PL_LIVE_TEXT,    /* a string; other scalars as JSON writes them */
    PL_LIVE_INTEGER, /* a whole number */
    PL_LIVE_REAL,    /* a number */
    PL_LIVE_TRUTH,   /* true or false */
    PL_LIVE_TIME,    /* Unix time in milliseconds; becomes TIMESTAMPTZ */
    PL_LIVE_JSON,    /* anything, as JSON */
    PL_LIVE_NAMES,   /* an object of names and texts: MAP(VARCHAR, VARCHAR) */
    PL_LIVE_VALUE,   /* a scalar as text, of which the kind is noted besides */
};

struct pl_live_field {
    const char *column;
    const char *key;
    const char *of; /* the member that holds the object with the key; NULL: the body */
    enum pl_live_type type;
};

/* A table. Before its fields it has `seq`, the number of the record, and `block`. */
struct pl_live_table {
    const char *name;
    const char *kind; /* of the records; NULL: its rows come out of other tables' records */
    const struct pl_live_field *fields;
    size_t fields_count;
};

enum pl_live_table_id {
    PL_LIVE_DECISIONS,
    PL_LIVE_ATTEMPTS,
    PL_LIVE_FEEDBACK,
    PL_LIVE_EXPOSURES,
    PL_LIVE_FLAGS,
    PL_LIVE_VERDICTS,
    PL_LIVE_SHADOWS,
    PL_LIVE_TABLES_COUNT,
};

extern const struct pl_live_table PL_LIVE_TABLES[PL_LIVE_TABLES_COUNT];

/* The types of a column: in the staging table, in the warehouse. */
const char *pl_live_staged_type(enum pl_live_type type);
const char *pl_live_stored_type(enum pl_live_type type);

#endif
