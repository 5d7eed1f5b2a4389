/*
 * Code points: decoding, classes, case and normalisation, as Python's `str` does them where a figure
 * must agree with a program in Python.
 *
 * Bytes that are not UTF-8: each maximal part of a sequence that could have begun a character becomes
 * one U+FFFD (Unicode 15, 3.9, "U+FFFD Substitution of Maximal Subparts"), as Python's
 * errors="replace" and browsers do. Nothing is rejected, nothing is skipped. Safe in any thread.
 */
#ifndef PL_TEXT_UNICODE_H
#define PL_TEXT_UNICODE_H

#include "text/scratch.h"

#define PL_CODE_REPLACEMENT 0xFFFDu

/* Code points, in a scratch. */
struct pl_codes {
    uint32_t *ptr;
    size_t count;
};

/* Classes of a code point: general categories, and what Python's str.split() splits at. */
enum pl_code_class {
    PL_CODE_LETTER = 1,
    PL_CODE_MARK = 2,
    PL_CODE_NUMBER = 4,
    PL_CODE_PUNCTUATION = 8,
    PL_CODE_SYMBOL = 16,
    PL_CODE_SPACE = 32,
};

/* The bits of its classes; 0 for controls, unassigned and other code points. */
uint32_t pl_code_classes(uint32_t code);

/* White space as Python's str.isspace(). */
bool pl_code_is_rare_space(uint32_t code);

static inline bool pl_code_is_space(uint32_t code)
{
    return code <= ' ' ? code == ' ' || pl_code_is_rare_space(code)
                       : code >= 0x80 && pl_code_is_rare_space(code);
}

/* The first code point of a text that is not empty; returns how many bytes it took, at least 1. */
size_t pl_utf8_next(struct pl_str text, uint32_t *ret_code);

/* Up to 4 bytes of UTF-8 into `bytes`; returns how many. `code` is a scalar value. */
size_t pl_utf8_put(uint32_t code, char *bytes);

/* All of a text; false when the scratch is full. */
bool pl_codes_decode(struct pl_str text, struct pl_text_scratch *scratch,
                     struct pl_codes *ret_codes);

/*
 * Lower case as Python's str.lower(): the simple mapping, U+0130 to two code points, and a capital
 * sigma to a final one at the end of a word. False when the scratch is full.
 */
bool pl_codes_lower(struct pl_codes *codes, struct pl_text_scratch *scratch);

/* Unicode's NFKC_Casefold: compatibility forms and case folded, default-ignorable code points left
   out. False when the scratch is full. */
bool pl_codes_fold(struct pl_codes *codes, struct pl_text_scratch *scratch);

/* Each occurrence of `from` replaced by `to`, left to right; `to` is not longer. ASCII, in place. */
void pl_codes_replace(struct pl_codes *codes, const char *from, const char *to);

/* Without white space at the end, as Python's str.rstrip(); at the start, as str.lstrip(). */
void pl_codes_strip_end(struct pl_codes *codes);
void pl_codes_strip_start(struct pl_codes *codes);

#endif
