/* How the rows of the tables of keys say where a value goes, and between what it lies. */
#ifndef PL_LINE_KEY_PLACES_H
#define PL_LINE_KEY_PLACES_H

#include "line/reader.h"

#include <math.h>

/* Where a value goes: a member of one of the structs that rows are read into. */
#define IN(type, member)                                                                           \
    .offset = offsetof(struct type, member), .size_bytes = sizeof(((struct type *)NULL)->member)
#define IN_LINE(member)     IN(pl_line, member)
#define GIVEN(type, member) .given_offset = offsetof(struct type, member)
#define PLACE(type, member) .place_offset = offsetof(struct type, member)
#define AT_LEAST(low)       .min = (low), .max = HUGE_VAL
#define BETWEEN(low, high)  .min = (low), .max = (high)

/* A part of the table of keys that stands in a file of its own. */
struct pl_key_rows {
    const struct pl_key *rows;
    size_t count;
};

extern const struct pl_key_rows PL_KEYS_FEATURE;
extern const struct pl_key_rows PL_KEYS_DATA;
extern const struct pl_key_rows PL_KEYS_JUDGEMENT;
extern const struct pl_key_rows PL_KEYS_BASELINES;
extern const struct pl_key_rows PL_KEYS_EVALS;
extern const struct pl_key_rows PL_KEYS_ROUTE;
extern const struct pl_key_rows PL_KEYS_TRAFFIC;
extern const struct pl_key_rows PL_KEYS_SERVE;

#endif
