/*
 * Equality by the rules of JSON Schema: numbers by their mathematical value (1.0 equals 1, and 1e2
 * equals 100), objects without regard to order, strings by code points. Safe in any thread.
 */
#ifndef PL_JSON_COMPARE_H
#define PL_JSON_COMPARE_H

#include "json/value.h"

bool pl_json_value_equal(const struct pl_json_value *a, const struct pl_json_value *b);

/* Values that are equal have the same hash. Not for secrets, nor against whoever picks the values. */
uint64_t pl_json_value_hash(const struct pl_json_value *value);

/* Negative, zero or positive: numbers only, by their mathematical value. */
int pl_json_number_compare(const struct pl_json_value *a, const struct pl_json_value *b);

#endif
