/*
 * Templates of prompts and rubrics. A template is text with `{{name}}` where a value of the case goes in,
 * and lines that say only `[system]`, `[user]` or `[assistant]` where the next message begins. Values are
 * put in as they are and never read for signs of their own, so that no case can begin a message or name
 * a value. `{{{{` stands for `{{`.
 */
#ifndef PL_EVAL_TEMPLATE_H
#define PL_EVAL_TEMPLATE_H

#include "client/openai.h"
#include "json/value.h"

#define PL_TEMPLATE_SIZE_BYTES_MAX ((size_t)1 << 20)
#define PL_TEMPLATE_MESSAGES_MAX   32

struct pl_template; /* in the arena it was read into */

/* Text under a name of its own, that is put in before the case is asked: `output` of a rubric. */
struct pl_template_value {
    const char *name;
    struct pl_str text;
};

struct pl_template_values {
    const struct pl_json_value *root; /* the case: a JSON object */
    const struct pl_template_value *own;
    size_t own_count;
};

struct pl_messages {
    const struct pl_message *items;
    size_t count;
};

/* Reads the template at `path`. PL_E_DATA, with file and line, for one that is not well written. */
PL_MUST_CHECK enum pl_status pl_template_read(const char *path, struct pl_arena *arena,
                                              struct pl_template **ret_template,
                                              struct pl_error *error);

/* As pl_template_read, from text that outlives the template; `name` stands for the path. */
PL_MUST_CHECK enum pl_status pl_template_parse(struct pl_str text, const char *name,
                                               struct pl_arena *arena,
                                               struct pl_template **ret_template,
                                               struct pl_error *error);

/* The text that was read, for hashing. */
struct pl_str pl_template_text(const struct pl_template *template);

/*
 * The messages for one case, in `arena`. A value that is a text goes in as it is, null as nothing, all else
 * as JSON. A name that the case does not have is PL_E_DATA with the template's file and line.
 */
PL_MUST_CHECK enum pl_status pl_template_render(const struct pl_template *template,
                                                const struct pl_template_values *values,
                                                struct pl_arena *arena,
                                                struct pl_messages *ret_messages,
                                                struct pl_error *error);

#endif
