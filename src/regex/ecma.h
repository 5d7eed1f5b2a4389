/* From the regular expressions of ECMA-262 to those of PCRE2. Private to src/regex. */
#ifndef PL_REGEX_ECMA_H
#define PL_REGEX_ECMA_H

#include "base/buffer.h"

/*
 * Writes the pattern as PCRE2 reads it with UTF, DOLLAR_ENDONLY and MATCH_UNSET_BACKREF. What is no ECMA-262 is PL_E_DATA with what and where; what only PCRE2 can find
 * wrong (a parenthesis too many) is left to it.
 */
PL_MUST_CHECK enum pl_status pl_regex_from_ecma(struct pl_str pattern, struct pl_buffer *out,
                                                struct pl_error *error);

/* The short name of a general category (Lu for Uppercase_Letter); the name itself for all others. */
struct pl_str pl_regex_category(struct pl_str name);

#endif
