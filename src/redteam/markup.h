/*
 * Active markup in an answer: what loads, runs or computes where the answer is shown. What stands in Markdown's code
 * is shown and not run, so it does not count. Internal to the layer; pure, any thread.
 */
#ifndef PL_REDTEAM_MARKUP_H
#define PL_REDTEAM_MARKUP_H

#include "redteam/redteam.h"

/* The text without fenced blocks and code between backticks, into `ret_text` of at least text.len bytes. */
size_t pl_markup_without_code(struct pl_str text, char *ret_text);

/* Whether `text` (for all but formulas: without code) has such markup; `host` of addresses and formulas. */
bool pl_markup_has(enum pl_redteam_markup markup, struct pl_str text, struct pl_str host);

#endif
