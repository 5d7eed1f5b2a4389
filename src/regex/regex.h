/*
 * Regular expressions: compiled once, then searched for in many texts within limits, so that no
 * pattern can hang. Two syntaxes: that of Perl (as PCRE2 has it), and that of ECMA-262 with the `u` flag
 * (JavaScript, JSON Schema), which is translated. A compiled expression never changes and may be used
 * by many threads, each with a match of its own.
 */
#ifndef PL_REGEX_REGEX_H
#define PL_REGEX_REGEX_H

#include "base/error.h"
#include "base/str.h"

struct pl_regex;
struct pl_regex_match;

#define PL_REGEX_PATTERN_BYTES_MAX 16384

enum pl_regex_syntax {
    PL_REGEX_PERL,
    PL_REGEX_ECMA,
};

/* All zero is Perl's syntax, with case, on one line. */
struct pl_regex_options {
    enum pl_regex_syntax syntax;
    bool caseless;
    bool multiline; /* ^ and $ match at line ends as well */
    bool dot_all;   /* . matches line ends as well */
};

/* A pattern that cannot be compiled is PL_E_DATA, and the message says why and where. */
PL_MUST_CHECK enum pl_status pl_regex_compile(struct pl_str pattern,
                                              const struct pl_regex_options *options,
                                              struct pl_regex **ret_regex, struct pl_error *error);
void pl_regex_free(struct pl_regex *regex);
void pl_regex_cleanup(struct pl_regex **regex);

/* What one thread searches with, for any number of expressions. `groups_max` is how many groups it keeps. */
PL_MUST_CHECK enum pl_status
pl_regex_match_new(uint32_t groups_max, struct pl_regex_match **ret_match, struct pl_error *error);
void pl_regex_match_free(struct pl_regex_match *match);
void pl_regex_match_cleanup(struct pl_regex_match **match);

/*
 * Whether the expression matches anywhere in the text. Bytes that are not UTF-8 match nothing. A
 * search that takes more steps than is sane is PL_E_LIMIT, and neither found nor not found.
 */
PL_MUST_CHECK enum pl_status pl_regex_search(const struct pl_regex *regex,
                                             struct pl_regex_match *match, struct pl_str text,
                                             bool *ret_found, struct pl_error *error);

/* The next place in the text of the last search, which must still be there and have been found. */
PL_MUST_CHECK enum pl_status pl_regex_search_next(const struct pl_regex *regex,
                                                  struct pl_regex_match *match, bool *ret_found,
                                                  struct pl_error *error);

/* What group `group` matched in the last search that found; 0 is all. A group that took no part, or is
   not kept, has a NULL `ptr`. Points into the text that was searched. */
struct pl_str pl_regex_match_group(const struct pl_regex_match *match, uint32_t group);

/* How many groups the expression has, without the whole. */
uint32_t pl_regex_groups_count(const struct pl_regex *regex);

#endif
