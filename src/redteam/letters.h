/*
 * Letters that look like others: the table behind the homoglyph encoding, and the folding of any text to
 * the plain ASCII that it looks like. Pure; any thread.
 */
#ifndef PL_REDTEAM_LETTERS_H
#define PL_REDTEAM_LETTERS_H

#include "base/str.h"

/* Reads one code point at `*at` and steps past it. A byte that is not UTF-8 counts as U+FFFD. */
uint32_t pl_letters_next(struct pl_str text, size_t *at);

/* The look-alike of an ASCII letter, or the letter itself; and back. */
uint32_t pl_letters_disguise(uint32_t code);
uint32_t pl_letters_undisguise(uint32_t code);

#define PL_LETTERS_DROPPED                                                                         \
    0u /* nothing is seen of it: zero width, combining, other format characters */
#define PL_LETTERS_UNRELATED                                                                       \
    1u /* a letter that looks like none of ASCII; signs and emoji are blanks */

/* The ASCII character that a code point looks like, or one of the two above. Control characters are dropped. */
uint32_t pl_letters_to_ascii(uint32_t code);

/* The text as ASCII, into `ret_ascii` of at least text.len bytes; what is unrelated becomes byte 1.
   Returns the length. */
size_t pl_letters_ascii(struct pl_str text, char *ret_ascii);

/* Letters and digits of ASCII text in lower case; all else is left out, but unrelated letters stay as byte 1, so that
   what stands on both sides of them is not joined. In place is allowed. */
size_t pl_letters_fold(struct pl_str ascii, char *ret_folded);

/* Writes a code point as UTF-8; returns its length, 1 to 4. */
size_t pl_letters_utf8(uint32_t code, char ret_bytes[4]);

#endif
