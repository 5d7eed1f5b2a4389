/*
 * Answers of OFREP. A flag that is killed answers `false` and not an absent value: the default in the
 * application's code may be `true`. An experiment of a feature that is off has no value.
 */
#include "flag/ofrep.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define EVENTS_ADDRESS "/ofrep/v1/events"

/* Evaluated for one context: the feature, and all its experiments. */
struct evaluated {
    const struct pl_ofrep_flags *flags;
    const struct pl_ofrep_context *context;
    struct pl_flag_answer answer;
    struct pl_assignment assignments[PL_EXPERIMENTS_MAX];
};

static const struct pl_ofrep_attribute *attribute_of(const struct pl_ofrep_context *context,
                                                     struct pl_str name)
{
    for (size_t i = 0; i < context->attributes_count; i++)
        if (pl_str_equal(context->attributes[i].name, name))
            return &context->attributes[i];
    return NULL;
}

static struct pl_str group_of(struct pl_str segment, void *context)
{
    const struct pl_ofrep_attribute *attribute = attribute_of(context, segment);

    return attribute == NULL || attribute->group.len == 0 ? PL_STR(PL_GROUP_MISSING)
                                                          : attribute->group;
}

static struct pl_datum datum_of(struct pl_str column, void *context)
{
    const struct pl_ofrep_attribute *attribute = attribute_of(context, column);

    if (attribute != NULL)
        return attribute->datum;
    if (pl_str_equal_text(column, "subject"))
        return (struct pl_datum){.kind = PL_DATUM_TEXT,
                                 .text = ((struct pl_ofrep_context *)context)->targeting_key};
    return (struct pl_datum){.kind = PL_DATUM_NULL};
}

static void evaluate(const struct pl_ofrep_flags *flags, const struct pl_ofrep_context *context,
                     struct evaluated *ret)
{
    /* The functions get their context as what may be written to, and do not. */
    struct pl_ofrep_context copy = *context;
    const struct pl_flag_request request = {
        .feature = flags->feature,
        .subject = context->targeting_key,
        .group = group_of,
        .datum = datum_of,
        .context = &copy,
    };

    assert(flags->serving->experiments_count <= PL_EXPERIMENTS_MAX);
    ret->flags = flags;
    ret->context = context;
    ret->answer = pl_flag_evaluate(&flags->serving->flag, flags->now, flags->launch, &request);
    (void)pl_assign(flags->serving, flags->whens, &request, ret->assignments);
}

static void open_flag(struct pl_json *json, struct pl_str key, const char *reason)
{
    pl_json_open_object(json);
    pl_json_member_str(json, "key", key);
    pl_json_member_str(json, "reason", pl_str_of(reason));
}

static const char *reason_name(enum pl_flag_reason reason)
{
    static const char *const NAMES[] = {
        [PL_FLAG_REASON_STATIC] = "STATIC",
        [PL_FLAG_REASON_TARGETING] = "TARGETING_MATCH",
        [PL_FLAG_REASON_SPLIT] = "SPLIT",
        [PL_FLAG_REASON_DISABLED] = "DISABLED",
    };

    return NAMES[reason];
}

static void write_why(struct pl_json *json, const struct pl_flag_answer *answer)
{
    pl_json_member_str(json, "why", pl_str_of(answer->why));
    if (answer->where.len > 0)
        pl_json_member_str(json, "where", answer->where);
}

static void write_feature(struct pl_json *json, const struct evaluated *evaluated)
{
    const struct pl_flag_answer *answer = &evaluated->answer;

    open_flag(json, evaluated->flags->feature, reason_name(answer->reason));
    pl_json_member_str(json, "variant", answer->on ? PL_STR("on") : PL_STR("off"));
    pl_json_key(json, "value");
    pl_json_bool(json, answer->on);
    pl_json_key(json, "metadata");
    pl_json_open_object(json);
    write_why(json, answer);
    pl_json_close_object(json);
    pl_json_close_object(json);
}

/* Why somebody takes part or does not, in the words of the protocol. */
static const char *part_reason(enum pl_part part)
{
    switch (part) {
    case PL_PART_CONDITION:
        return "TARGETING_MATCH";
    case PL_PART_NO_SUBJECT:
        return "UNKNOWN";
    case PL_PART_ASSIGNED:
    case PL_PART_HELD_OUT:
    case PL_PART_OTHER:
    case PL_PART_OUTSIDE:
        break;
    }
    return "SPLIT";
}

static void write_experiment(struct pl_json *json, const struct evaluated *evaluated,
                             const struct pl_assignment *assignment)
{
    const struct pl_experiment_line *experiment = assignment->experiment;
    const struct pl_str key =
        pl_arena_format(evaluated->context->arena, "%.*s.%.*s",
                        PL_STR_ARG(evaluated->flags->feature), PL_STR_ARG(experiment->name));
    const bool on = evaluated->answer.on;

    if (key.ptr == NULL) {
        json->out->failed = PL_E_MEMORY;
        return;
    }
    open_flag(json, key,
              on ? part_reason(assignment->part) : reason_name(evaluated->answer.reason));
    if (on && assignment->arm != NULL) {
        pl_json_member_str(json, "variant", assignment->arm->name);
        pl_json_member_str(json, "value", assignment->arm->name);
    } else {
        /* The protocol asks for none here; the provider for Python fails without one. */
        pl_json_member_str(json, "variant", PL_STR("none"));
    }
    pl_json_key(json, "metadata");
    pl_json_open_object(json);
    pl_json_member_str(json, "experiment", experiment->name);
    if (on)
        pl_json_member_str(json, "why", pl_str_of(assignment->why));
    else
        write_why(json, &evaluated->answer);
    pl_json_close_object(json);
    pl_json_close_object(json);
}

/* The experiment whose flag has this key; NULL: none. */
static const struct pl_assignment *find(const struct evaluated *evaluated, struct pl_str key)
{
    const struct pl_serving *serving = evaluated->flags->serving;
    const struct pl_str feature = evaluated->flags->feature;

    if (key.len <= feature.len + 1 || !pl_str_starts_with(key, feature) ||
        key.ptr[feature.len] != '.')
        return NULL;

    const struct pl_str name = {key.ptr + feature.len + 1, key.len - feature.len - 1};

    for (size_t i = 0; i < serving->experiments_count; i++)
        if (pl_str_equal(serving->experiments[i].name, name))
            return &evaluated->assignments[i];
    return NULL;
}

static void write_failure(struct pl_json *json, struct pl_str key, const char *code,
                          const char *details)
{
    pl_json_open_object(json);
    if (key.len > 0)
        pl_json_member_str(json, "key", key);
    pl_json_member_str(json, "errorCode", pl_str_of(code));
    pl_json_member_str(json, "errorDetails", pl_str_of(details));
    pl_json_close_object(json);
}

int pl_ofrep_single(const struct pl_ofrep_flags *flags, const struct pl_ofrep_context *context,
                    struct pl_str key, struct pl_buffer *out)
{
    struct evaluated evaluated;
    const struct pl_assignment *assignment;
    struct pl_json json;

    evaluate(flags, context, &evaluated);
    assignment = find(&evaluated, key);
    pl_json_init(&json, out, false);
    if (pl_str_equal(key, flags->feature)) {
        write_feature(&json, &evaluated);
        return 200;
    }
    if (assignment != NULL) {
        write_experiment(&json, &evaluated, assignment);
        return 200;
    }
    write_failure(&json, key, "FLAG_NOT_FOUND",
                  "no such flag: there are the feature's name, and feature.experiment");
    return 404;
}

bool pl_ofrep_assigned(const struct pl_ofrep_flags *flags, const struct pl_ofrep_context *context,
                       struct pl_str key, struct pl_assignment *ret_assignment)
{
    struct evaluated evaluated;
    const struct pl_assignment *assignment;

    evaluate(flags, context, &evaluated);
    assignment = find(&evaluated, key);
    if (assignment == NULL || assignment->arm == NULL || !evaluated.answer.on)
        return false;
    *ret_assignment = *assignment;
    return true;
}

static void write_streams(struct pl_json *json)
{
    pl_json_key(json, "eventStreams");
    pl_json_open_array(json);
    pl_json_open_object(json);
    pl_json_member_str(json, "type", PL_STR("sse"));
    pl_json_key(json, "endpoint");
    pl_json_open_object(json);
    pl_json_member_str(json, "requestUri", PL_STR(EVENTS_ADDRESS));
    pl_json_close_object(json);
    pl_json_close_object(json);
    pl_json_close_array(json);
}

static void tag(const struct pl_ofrep_flags *flags, struct pl_str bytes,
                char ret_etag[PL_OFREP_ETAG_SIZE])
{
    char hex[65];

    flags->hash(bytes, hex);
    (void)snprintf(ret_etag, PL_OFREP_ETAG_SIZE, "\"%.32s\"", hex);
}

void pl_ofrep_bulk(const struct pl_ofrep_flags *flags, const struct pl_ofrep_context *context,
                   struct pl_buffer *out, char ret_etag[PL_OFREP_ETAG_SIZE])
{
    const size_t begin = out->len;
    struct evaluated evaluated;
    struct pl_json json;

    evaluate(flags, context, &evaluated);
    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "flags");
    pl_json_open_array(&json);
    write_feature(&json, &evaluated);
    for (size_t i = 0; i < flags->serving->experiments_count; i++)
        write_experiment(&json, &evaluated, &evaluated.assignments[i]);
    pl_json_close_array(&json);
    write_streams(&json);
    pl_json_close_object(&json);

    const struct pl_str whole = pl_buffer_view(out);

    tag(flags, (struct pl_str){whole.ptr + begin, whole.len - begin}, ret_etag);
}

void pl_ofrep_fail(struct pl_str key, const struct pl_ofrep_failure *failure, struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, false);
    write_failure(&json, key, failure->code, failure->details);
}

/* One tag of a list, compared weakly as RFC 9110 asks of If-None-Match. */
static bool is_tag(struct pl_str item, const char *etag)
{
    item = pl_str_trim(item);
    if (pl_str_starts_with(item, PL_STR("W/"))) {
        item.ptr += 2;
        item.len -= 2;
    }
    return pl_str_equal_text(item, etag) || pl_str_equal_text(item, "*");
}

bool pl_ofrep_matches(struct pl_str if_none_match, const char *etag)
{
    struct pl_str rest = if_none_match;

    /* Our tags hold no comma, so that one within quotes is of a tag that is not ours. */
    while (rest.len > 0) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        const size_t length = comma == NULL ? rest.len : (size_t)(comma - rest.ptr);

        if (is_tag((struct pl_str){rest.ptr, length}, etag))
            return true;
        if (comma == NULL)
            return false;
        rest.ptr += length + 1;
        rest.len -= length + 1;
    }
    return false;
}

static void write_launch(struct pl_json *json, const struct pl_launch_now *launch)
{
    pl_json_open_object(json);
    pl_json_key(json, "known");
    pl_json_bool(json, launch->known);
    pl_json_key(json, "whole");
    pl_json_bool(json, launch->whole);
    pl_json_member_str(json, "segment", launch->segment);
    pl_json_key(json, "allowed");
    pl_json_open_array(json);
    for (size_t i = 0; i < launch->allowed.count; i++)
        pl_json_str(json, launch->allowed.items[i]);
    pl_json_close_array(json);
    pl_json_close_object(json);
}

void pl_ofrep_config_etag(const struct pl_ofrep_flags *flags, char ret_etag[PL_OFREP_ETAG_SIZE])
{
    static const struct pl_launch_now UNKNOWN = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};
    struct pl_json json;

    pl_buffer_init(&text, (size_t)1 << 20);
    pl_json_init(&json, &text, false);
    pl_json_open_object(&json);
    pl_json_member_str(&json, "feature", flags->feature);
    pl_json_member_str(&json, "config", flags->config);
    pl_json_key(&json, "now");
    pl_flag_now_write(&json, flags->now);
    pl_json_key(&json, "launch");
    write_launch(&json, flags->launch == NULL ? &UNKNOWN : flags->launch);
    pl_json_close_object(&json);
    tag(flags, pl_buffer_view(&text), ret_etag);
}

void pl_ofrep_event(uint64_t id, const char *etag, struct pl_buffer *out)
{
    struct pl_json json;

    pl_buffer_add_format(out, "event: message\nid: %llu\ndata: ", (unsigned long long)id);
    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    pl_json_member_str(&json, "type", PL_STR("refetchEvaluation"));
    if (etag != NULL)
        pl_json_member_str(&json, "etag", pl_str_of(etag));
    pl_json_close_object(&json);
    pl_buffer_add_text(out, "\n\n");
}
