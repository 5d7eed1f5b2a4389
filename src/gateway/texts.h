/*
 * The texts within a JSON body: what people and models say, apart from what frames it. They are visited in the
 * order of the body, and may be replaced; every other byte stays as it came. Pure.
 */
#ifndef PL_GATEWAY_TEXTS_H
#define PL_GATEWAY_TEXTS_H

#include "base/buffer.h"
#include "json/document.h"

#define PL_TEXTS_DEPTH_MAX 32

enum pl_text_act { PL_TEXT_KEEP, PL_TEXT_REPLACE, PL_TEXT_STOP };

struct pl_texts {
    const char *const
        *names; /* members whose strings are texts, at any depth below them; NULL at the end */
    bool all;   /* every string that is a value is one */
    struct pl_json_document *document; /* scratch */
    /* A text, decoded. For PL_TEXT_REPLACE what goes in its place was added to `out`, plain. */
    enum pl_text_act (*visit)(struct pl_str text, struct pl_buffer *out, void *context);
    void *context;
};

/* Writes the body with its texts replaced; false when a visit said so, or the body is nested too deeply to be
   looked at. `ret_changed` (may be NULL): whether a text was replaced. */
bool pl_texts_rewrite(const struct pl_texts *texts, struct pl_str body, struct pl_buffer *out,
                      bool *ret_changed);

#endif
