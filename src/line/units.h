/*
 * Scalars with units: "10_000/year", "25%", "300ms". Each function reads the whole text or says no;
 * none allocates.
 */
#ifndef PL_LINE_UNITS_H
#define PL_LINE_UNITS_H

#include "base/str.h"

/* What the functions accept, as regular expressions for the JSON Schema. */
#define PL_PATTERN_NUMBER   "^[-+]?[0-9][0-9_]*(\\.[0-9_]+)?([eE][-+]?[0-9]+)?$"
#define PL_PATTERN_SHARE    "^[-+]?[0-9][0-9_]*(\\.[0-9_]+)?([eE][-+]?[0-9]+)?%?$"
#define PL_PATTERN_INTEGER  "^[0-9][0-9_]*$"
#define PL_PATTERN_RATE     "^[0-9][0-9_]*(\\.[0-9_]+)? ?/(second|minute|hour|day|week|month|year)$"
#define PL_PATTERN_DURATION "^[0-9][0-9_]*(\\.[0-9_]+)?(ms|s|m|h|d|w)$"
#define PL_PATTERN_SIZE     "^[0-9][0-9_]*(\\.[0-9_]+)? ?(B|kB|MB|GB|KiB|MiB|GiB)$"

/* A number, or a percentage: "0.25" and "25%" are both 0.25. */
bool pl_units_share(struct pl_str text, double *ret_value);

/* A quantity for a period, as it makes in a year of 365.25 days: "10_000/year", "300/day". */
bool pl_units_rate(struct pl_str text, double *ret_per_year);

/* A time in milliseconds, rounded to the nearest: "300ms", "1.5h", "7d". Not negative. */
bool pl_units_duration(struct pl_str text, uint64_t *ret_ms);

/*
 * A moment as Unix time in milliseconds, given what it is now: a day, "2026-11-20", or a time of it, "2026-11-20T13:30" or
 * "2026-11-20T13:30:05", both also with "Z"; "today" and "yesterday", which are when they begin; "now"; or how long
 * ago it was, "36h". All are in UTC. Not before 1970, and not in the future where it is counted back.
 */
bool pl_units_moment(struct pl_str text, uint64_t now_ms, uint64_t *ret_ms);

/* An amount of bytes, rounded to the nearest: "10MB" (ten millions), "64KiB", "300 B". Not negative. */
bool pl_units_size(struct pl_str text, uint64_t *ret_bytes);

#endif
