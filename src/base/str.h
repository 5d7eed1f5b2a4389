/*
 * A slice of text: a pointer and a length, passed by value, never owning. Text is UTF-8 and need
 * not end in NUL; only the edge to libc or a library makes it so. Safe in any thread.
 */
#ifndef PL_BASE_STR_H
#define PL_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pl_str {
    const char *ptr;
    size_t len;
};

/* A slice of a string literal. */
#define PL_STR(literal) ((struct pl_str){(literal), sizeof(literal) - 1})

/* Precision and pointer for printf's "%.*s". */
#define PL_STR_ARG(str) ((int)(str).len), ((str).ptr)

/* A slice of a NUL-terminated string; NULL gives the empty slice. */
struct pl_str pl_str_of(const char *text);

bool pl_str_equal(struct pl_str a, struct pl_str b);
bool pl_str_equal_text(struct pl_str a, const char *text);

/* Byte order: negative, zero or positive as a sorts before, with or after b. */
int pl_str_compare(struct pl_str a, struct pl_str b);

bool pl_str_starts_with(struct pl_str text, struct pl_str prefix);
bool pl_str_ends_with(struct pl_str text, struct pl_str suffix);
struct pl_str pl_str_trim(struct pl_str text);

/* A 64-bit hash of the bytes, the same on every machine and in every run. Not for secrets. */
uint64_t pl_str_hash(struct pl_str text);

/* Whole text as a finite number (C locale, `_` between digits allowed). False when it is none. */
bool pl_str_to_double(struct pl_str text, double *ret_value);
bool pl_str_to_uint64(struct pl_str text, uint64_t *ret_value);

/* True when the bytes are valid UTF-8 (no surrogates, no overlong forms). */
bool pl_str_is_utf8(struct pl_str text);

/* Columns that the text takes on a terminal, by wcwidth-like classes; invalid bytes count one. */
size_t pl_str_columns(struct pl_str text);

/*
 * The Damerau-Levenshtein distance in bytes (optimal string alignment), cut off at `distance_max`:
 * larger distances return distance_max + 1. Texts over 64 bytes are compared by their first 64.
 */
uint32_t pl_str_distance(struct pl_str a, struct pl_str b, uint32_t distance_max);

/*
 * The name among `names` (`names_count` NUL-terminated strings) that is most like `text`, or NULL
 * when none is near enough to be worth suggesting (within a third of the length, at least 1).
 */
const char *pl_str_nearest(struct pl_str text, const char *const *names, size_t names_count);

#endif
