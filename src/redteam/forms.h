/*
 * The forms that an answer may give something away in: as it stands, spelled line by line, as base64 and so
 * on. Each is one row. Internal to the layer; pure, any thread.
 */
#ifndef PL_REDTEAM_FORMS_H
#define PL_REDTEAM_FORMS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* What was found, and how it was written: "plain", "reversed", "rot13", "leetspeak", or a decoder's name. */
struct pl_forms_finding {
    const char *form; /* NULL: nothing */
    size_t needle;
};

struct pl_forms_query {
    const struct pl_str *needles;
    size_t needles_count;
    bool halves; /* both halves of a long needle count as the needle, wherever they stand */
};

/* The most needles, and their longest. Folded to letters and digits, they must have the least length to be
   looked for at all, in what is decoded, and in halves. */
#define PL_FORMS_NEEDLES_MAX   4
#define PL_FORMS_NEEDLE_MAX    256
#define PL_FORMS_NEEDLE_LEAST  7
#define PL_FORMS_DECODED_LEAST 8
#define PL_FORMS_HALVES_LEAST  12

/* Whether a needle is neither too long nor, folded, too short to be looked for. */
bool pl_forms_can_seek(struct pl_str needle);

/* Looks for the needles in every form. Scratch memory of about four times the text comes from `arena`. */
PL_MUST_CHECK enum pl_status pl_forms_find(const struct pl_forms_query *query, struct pl_str text,
                                           struct pl_arena *arena,
                                           struct pl_forms_finding *ret_finding,
                                           struct pl_error *error);

#endif
