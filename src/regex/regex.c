/*
 * Regular expressions by PCRE2, compiled to machine code where the processor allows. Limits: the length
 * of a pattern, and the steps and memory of a search, which PCRE2 counts. An expression is compiled twice:
 * once for text, and once, interpreted, for bytes that are not UTF-8, because the machine code that
 * PCRE2 10.42 makes for those finds \D and \W in ASCII only. One for text in parts is compiled a third time,
 * for searches from a single place, because that machine code may also try at the place after the last one.
 */
#include "regex/regex.h"

#include <assert.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "regex/ecma.h"

#define STEPS_MAX            2000000
#define MEMORY_KIB_MAX       20000
#define STACK_SIZE_BYTES     ((size_t)32 << 10)
#define STACK_SIZE_BYTES_MAX ((size_t)1 << 20)
#define MESSAGE_SIZE         160

/* Without the start optimisations, with which the machine code of PCRE2 10.42 overlooks matches: of
   (?>\h+?|x)\w+ in "  1", for one. */
#define IN_PARTS (PCRE2_USE_OFFSET_LIMIT | PCRE2_ALT_CIRCUMFLEX | PCRE2_NO_START_OPTIMIZE)

struct pl_regex {
    pcre2_code *code;
    pcre2_code *code_for_bytes;
    pcre2_code *code_here; /* in_parts: matches where it is told to begin, and nowhere else */
    uint32_t groups_count;
    bool may_be_empty;
    bool in_parts;
};

struct pl_regex_match {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    struct pl_str text;
    uint32_t found; /* pairs that the last search filled */
};

static uint32_t flags_of(const struct pl_regex_options *options)
{
    uint32_t flags = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;

    if (options->syntax == PL_REGEX_ECMA)
        flags |= PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF;
    flags |= options->caseless ? PCRE2_CASELESS : 0;
    flags |= options->multiline ? PCRE2_MULTILINE : 0;
    flags |= options->dot_all ? PCRE2_DOTALL : 0;
    flags |= options->in_parts ? IN_PARTS : 0;
    return flags;
}

static enum pl_status compile_one(struct pl_str pattern, uint32_t flags, pcre2_code **ret_code,
                                  struct pl_error *error)
{
    int number = 0;
    PCRE2_SIZE at = 0;
    PCRE2_UCHAR message[MESSAGE_SIZE];
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, flags, &number, &at, NULL);

    if (code == NULL) {
        (void)pcre2_get_error_message(number, message, sizeof message);
        return pl_error_set(error, PL_E_DATA, "not a regular expression: %s, at character %zu",
                            (const char *)message, (size_t)at);
    }
    *ret_code = code;
    return PL_OK;
}

static enum pl_status compile_here(struct pl_str pattern, uint32_t flags, struct pl_regex *regex,
                                   struct pl_error *error)
{
    const uint32_t here = (flags & ~PCRE2_USE_OFFSET_LIMIT) | PCRE2_ANCHORED;

    PL_RETURN_IF(compile_one(pattern, here, &regex->code_here, error));
    (void)pcre2_jit_compile(regex->code_here, PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD);
    return PL_OK;
}

static enum pl_status compile(struct pl_str pattern, uint32_t flags, struct pl_regex *regex,
                              struct pl_error *error)
{
    uint32_t may_be_empty = 0;

    PL_RETURN_IF(compile_one(pattern, flags, &regex->code, error));
    PL_RETURN_IF(
        compile_one(pattern, flags | PCRE2_MATCH_INVALID_UTF, &regex->code_for_bytes, error));
    /* Without machine code it is interpreted, which is slower and finds the same. */
    regex->in_parts = (flags & PCRE2_USE_OFFSET_LIMIT) != 0;
    (void)pcre2_jit_compile(regex->code,
                            PCRE2_JIT_COMPLETE | (regex->in_parts ? PCRE2_JIT_PARTIAL_HARD : 0));
    (void)pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &regex->groups_count);
    (void)pcre2_pattern_info(regex->code, PCRE2_INFO_MATCHEMPTY, &may_be_empty);
    regex->may_be_empty = may_be_empty != 0;
    return regex->in_parts ? compile_here(pattern, flags, regex, error) : PL_OK;
}

static enum pl_status compile_ecma(struct pl_str pattern, uint32_t flags, struct pl_regex *regex,
                                   struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer translated;

    /* One escape of three characters grows to the longest class. */
    pl_buffer_init(&translated, (size_t)PL_REGEX_PATTERN_BYTES_MAX * 128);
    PL_RETURN_IF(pl_regex_from_ecma(pattern, &translated, error));
    return compile(pl_buffer_view(&translated), flags, regex, error);
}

enum pl_status pl_regex_compile(struct pl_str pattern, const struct pl_regex_options *options,
                                struct pl_regex **ret_regex, struct pl_error *error)
{
    static const struct pl_regex_options NONE = {0};
    const struct pl_regex_options *given = options == NULL ? &NONE : options;
    struct pl_regex *regex = NULL;

    if (pattern.len > PL_REGEX_PATTERN_BYTES_MAX)
        return pl_error_set(error, PL_E_LIMIT, "a regular expression of %zu bytes; at most %d",
                            pattern.len, PL_REGEX_PATTERN_BYTES_MAX);
    regex = calloc(1, sizeof *regex);
    if (regex == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for a regular expression");

    const enum pl_status status = given->syntax == PL_REGEX_ECMA
                                      ? compile_ecma(pattern, flags_of(given), regex, error)
                                      : compile(pattern, flags_of(given), regex, error);

    if (status != PL_OK)
        pl_regex_free(regex);
    else
        *ret_regex = regex;
    return status;
}

void pl_regex_free(struct pl_regex *regex)
{
    if (regex == NULL)
        return;
    pcre2_code_free(regex->code);
    pcre2_code_free(regex->code_for_bytes);
    pcre2_code_free(regex->code_here);
    free(regex);
}

void pl_regex_cleanup(struct pl_regex **regex)
{
    pl_regex_free(*regex);
}

uint32_t pl_regex_groups_count(const struct pl_regex *regex)
{
    return regex->groups_count;
}

bool pl_regex_may_be_empty(const struct pl_regex *regex)
{
    return regex->may_be_empty;
}

/* --- searching -------------------------------------------------------------------------------- */

enum pl_status pl_regex_match_new(uint32_t groups_max, struct pl_regex_match **ret_match,
                                  struct pl_error *error)
{
    struct pl_regex_match *match = calloc(1, sizeof *match);

    if (match != NULL) {
        match->data = pcre2_match_data_create(groups_max + 1, NULL);
        match->context = pcre2_match_context_create(NULL);
        match->stack = pcre2_jit_stack_create(STACK_SIZE_BYTES, STACK_SIZE_BYTES_MAX, NULL);
    }
    if (match == NULL || match->data == NULL || match->context == NULL) {
        pl_regex_match_free(match);
        return pl_error_set(error, PL_E_MEMORY, "no memory for a search");
    }
    (void)pcre2_set_match_limit(match->context, STEPS_MAX);
    (void)pcre2_set_depth_limit(match->context, STEPS_MAX);
    (void)pcre2_set_heap_limit(match->context, MEMORY_KIB_MAX);
    /* Where there is no machine code there is no stack for it either. */
    if (match->stack != NULL)
        pcre2_jit_stack_assign(match->context, NULL, match->stack);
    *ret_match = match;
    return PL_OK;
}

void pl_regex_match_free(struct pl_regex_match *match)
{
    if (match == NULL)
        return;
    pcre2_match_data_free(match->data);
    pcre2_match_context_free(match->context);
    pcre2_jit_stack_free(match->stack);
    free(match);
}

void pl_regex_match_cleanup(struct pl_regex_match **match)
{
    pl_regex_match_free(*match);
}

void pl_regex_match_limit(struct pl_regex_match *match, uint32_t steps_max)
{
    (void)pcre2_set_match_limit(match->context, steps_max);
    (void)pcre2_set_depth_limit(match->context, steps_max);
}

static enum pl_status refuse_search(int code, struct pl_error *error)
{
    PCRE2_UCHAR message[MESSAGE_SIZE];

    (void)pcre2_get_error_message(code, message, sizeof message);
    return pl_error_set(error, code == PCRE2_ERROR_NOMEMORY ? PL_E_MEMORY : PL_E_LIMIT,
                        "a regular expression takes too long on this text: %s",
                        (const char *)message);
}

static enum pl_status search_from(const struct pl_regex *regex, struct pl_regex_match *match,
                                  size_t from, bool *ret_found, struct pl_error *error)
{
    const char *text = match->text.ptr == NULL ? "" : match->text.ptr;
    int code = pcre2_match(regex->code, (PCRE2_SPTR)text, match->text.len, from, 0, match->data,
                           match->context);

    if (code <= PCRE2_ERROR_UTF8_ERR1 && code >= PCRE2_ERROR_UTF8_ERR21)
        code = pcre2_match(regex->code_for_bytes, (PCRE2_SPTR)text, match->text.len, from, 0,
                           match->data, match->context);
    match->found = 0;
    if (code < 0 && code != PCRE2_ERROR_NOMATCH)
        return refuse_search(code, error);
    if (code >= 0)
        match->found = code > 0 ? (uint32_t)code : pcre2_get_ovector_count(match->data);
    *ret_found = code >= 0;
    return PL_OK;
}

enum pl_status pl_regex_search(const struct pl_regex *regex, struct pl_regex_match *match,
                               struct pl_str text, bool *ret_found, struct pl_error *error)
{
    match->text = text;
    return search_from(regex, match, 0, ret_found, error);
}

/* Past one character, so that an empty match is not found for ever. */
static size_t step_over(struct pl_str text, size_t at)
{
    for (at++; at < text.len && ((unsigned char)text.ptr[at] & 0xc0) == 0x80;)
        at++;
    return at;
}

enum pl_status pl_regex_search_next(const struct pl_regex *regex, struct pl_regex_match *match,
                                    bool *ret_found, struct pl_error *error)
{
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match->data);
    const size_t from = span[1] > span[0] ? span[1] : step_over(match->text, span[0]);

    if (from > match->text.len) {
        match->found = 0;
        *ret_found = false;
        return PL_OK;
    }
    return search_from(regex, match, from, ret_found, error);
}

struct pl_str pl_regex_match_group(const struct pl_regex_match *match, uint32_t group)
{
    const PCRE2_SIZE *spans = pcre2_get_ovector_pointer(match->data);

    if (group >= match->found || spans[(size_t)2 * group] == PCRE2_UNSET)
        return (struct pl_str){NULL, 0};

    const PCRE2_SIZE first = spans[(size_t)2 * group], last = spans[(size_t)2 * group + 1];

    /* With \K in a look-ahead a match can end before it begins. */
    return (struct pl_str){match->text.ptr + first, last > first ? last - first : 0};
}

/* --- text that comes in parts ------------------------------------------------------------------ */

enum pl_status pl_regex_scan(const struct pl_regex *regex, struct pl_regex_match *match,
                             const struct pl_regex_look *look, struct pl_regex_sight *ret_sight,
                             struct pl_error *error)
{
    const uint32_t flags = PCRE2_NO_UTF_CHECK | (look->more_comes ? PCRE2_PARTIAL_HARD : 0);
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match->data);

    assert(regex->in_parts && look->from < look->from_end && look->from_end <= look->text.len);

    const bool here = step_over(look->text, look->from) == look->from_end;

    match->text = look->text;
    match->found = 0;
    /* Machine code may try at one byte past the limit, so that must begin a character. */
    (void)pcre2_set_offset_limit(match->context, here ? PCRE2_UNSET : look->from_end - 1);

    const int code = pcre2_match(here ? regex->code_here : regex->code, (PCRE2_SPTR)look->text.ptr,
                                 look->text.len, look->from, flags, match->data, match->context);

    (void)pcre2_set_offset_limit(match->context, PCRE2_UNSET);
    if (code < 0 && code != PCRE2_ERROR_NOMATCH && code != PCRE2_ERROR_PARTIAL)
        return refuse_search(code, error);
    *ret_sight = (struct pl_regex_sight){.seen = PL_REGEX_SEEN_NONE};
    if (code == PCRE2_ERROR_PARTIAL && span[0] < look->from_end)
        *ret_sight = (struct pl_regex_sight){.seen = PL_REGEX_SEEN_BEGUN, .start = span[0]};
    if (code >= 0 && pcre2_get_startchar(match->data) < look->from_end) {
        match->found = code > 0 ? (uint32_t)code : pcre2_get_ovector_count(match->data);
        *ret_sight = (struct pl_regex_sight){PL_REGEX_SEEN_MATCH, span[0], span[1]};
    }
    return PL_OK;
}
