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
    /* For pl_regex_scan, with text of which more may come. ^ with `multiline` matches after the last line
       end as well, since at a line end nobody knows yet whether it is the last. */
    bool in_parts;
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

/* Whether it may match the empty text; true as well where that cannot be told (recursion). */
bool pl_regex_may_be_empty(const struct pl_regex *regex);

/* How many steps a search may take from one place of the text; further ones are PL_E_LIMIT. */
void pl_regex_match_limit(struct pl_regex_match *match, uint32_t steps_max);

/* ---- text that comes in parts ---- */

/*
 * A look for the first match that begins in [from, from_end) of a text that is valid UTF-8; at both a
 * character begins, or the text ends. What lies before `from` is seen by what looks behind.
 */
struct pl_regex_look {
    struct pl_str text;
    size_t from;
    size_t from_end; /* more than `from` */
    bool more_comes; /* the text may go on: nothing is decided by its end */
};

enum pl_regex_seen {
    PL_REGEX_SEEN_NONE,  /* nothing begins there, however the text goes on */
    PL_REGEX_SEEN_MATCH, /* a match, the same however the text goes on */
    PL_REGEX_SEEN_BEGUN, /* what begins at `start` can be told only when more of the text is there */
};

struct pl_regex_sight {
    enum pl_regex_seen seen;
    size_t start,
        end; /* MATCH: the span; BEGUN: `start` is where the search stood, `end` is nothing */
};

/*
 * The expression must have been compiled `in_parts`. For each place at which a match could begin, what is
 * seen there does not change as the text grows, but for BEGUN. Too many steps from one place are
 * PL_E_LIMIT, which does not say from which.
 */
PL_MUST_CHECK enum pl_status pl_regex_scan(const struct pl_regex *regex,
                                           struct pl_regex_match *match,
                                           const struct pl_regex_look *look,
                                           struct pl_regex_sight *ret_sight,
                                           struct pl_error *error);

#endif
