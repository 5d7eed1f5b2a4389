/* Whether text is one JSON object on one line. Pure; safe in any thread. */
#ifndef PL_LEDGER_JSON_OBJECT_H
#define PL_LEDGER_JSON_OBJECT_H

#include "base/str.h"

#define PL_JSON_OBJECT_DEPTH_MAX 64

/*
 * True for one object by RFC 8259 in valid UTF-8, with nothing before or after it, no line breaks
 * and at most PL_JSON_OBJECT_DEPTH_MAX levels. Keys may repeat.
 */
bool pl_json_object_is_valid(struct pl_str text);

#endif
