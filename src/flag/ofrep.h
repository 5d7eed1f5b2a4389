/*
 * OpenFeature's remote evaluation protocol (OFREP 0.3): requests in, answers out, as text. Published are
 * the feature's own flag (its name; a boolean, variants "on" and "off") and each experiment as
 * "FEATURE.EXPERIMENT" (a string, the arm's name). A flag in which the subject takes no part has no value,
 * and the variant "none": the application's own default counts. Pure; any thread.
 */
#ifndef PL_FLAG_OFREP_H
#define PL_FLAG_OFREP_H

#include "base/buffer.h"
#include "flag/flag.h"

#define PL_OFREP_BODY_SIZE_BYTES_MAX ((size_t)64 << 10)
#define PL_OFREP_ATTRIBUTES_MAX      256
#define PL_OFREP_ETAG_SIZE           35 /* quotes, 32 hex digits and NUL */

/* An attribute of the context: as the group of a segment, and as the value of a column. */
struct pl_ofrep_attribute {
    struct pl_str name;
    struct pl_str group;
    struct pl_datum datum;
};

struct pl_ofrep_context {
    struct pl_str targeting_key; /* the subject */
    const struct pl_ofrep_attribute *attributes;
    size_t attributes_count;
    struct pl_arena *arena; /* that of the request; answers write keys into it */
};

struct pl_ofrep_failure {
    const char *code; /* "PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL" */
    char details[256];
};

/*
 * Reads the body of a request, {"context":{"targetingKey":"…", …}}; all in `arena`. Strings, numbers and
 * booleans of the context are attributes, others are missing. False: a request that cannot be answered,
 * and `ret_failure` says why.
 */
bool pl_ofrep_read(struct pl_str body, struct pl_arena *arena, struct pl_ofrep_context *ret_context,
                   struct pl_ofrep_failure *ret_failure);

/* What there is to be asked. */
struct pl_ofrep_flags {
    struct pl_str feature;
    struct pl_str config; /* the hash of the line */
    const struct pl_serving *serving;
    struct pl_condition *const *whens; /* as of pl_assign */
    const struct pl_flag_state_now *now;
    const struct pl_launch_now *launch;
    /* A strong hash of bytes as hex: pl_hash_bytes of the ledger, which this layer does not know. */
    void (*hash)(struct pl_str bytes, char ret_hex[65]);
};

/* Answers for one flag; returns the status of HTTP: 200, or 404 when no flag has this key. */
int pl_ofrep_single(const struct pl_ofrep_flags *flags, const struct pl_ofrep_context *context,
                    struct pl_str key, struct pl_buffer *out);

/* Whether asking for one flag puts its subject into an arm: then which. All flags at once are asked for to be kept, and
   put nobody anywhere. */
bool pl_ofrep_assigned(const struct pl_ofrep_flags *flags, const struct pl_ofrep_context *context,
                       struct pl_str key, struct pl_assignment *ret_assignment);

/* All flags, with where events are. The tag, in quotes, changes exactly when the answer does. */
void pl_ofrep_bulk(const struct pl_ofrep_flags *flags, const struct pl_ofrep_context *context,
                   struct pl_buffer *out, char ret_etag[PL_OFREP_ETAG_SIZE]);

/* The answer to a request that cannot be answered; `key` is empty for a bulk request. */
void pl_ofrep_fail(struct pl_str key, const struct pl_ofrep_failure *failure,
                   struct pl_buffer *out);

/* Whether an If-None-Match names the tag: then 304 is the answer. */
bool pl_ofrep_matches(struct pl_str if_none_match, const char *etag);

/* A tag of all that answers depend on besides the context: line, state and verdict. */
void pl_ofrep_config_etag(const struct pl_ofrep_flags *flags, char ret_etag[PL_OFREP_ETAG_SIZE]);

/* An event of the stream that says: ask again. `id` counts events; `etag` NULL: none is said. */
void pl_ofrep_event(uint64_t id, const char *etag, struct pl_buffer *out);

#endif
