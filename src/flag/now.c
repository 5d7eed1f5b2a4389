/*
 * The state of a flag as JSON, as it stands in `.plimsoll/state.db`:
 *
 *     {"killed":false,"share":0.25,"stage":1,"off_in":["language=hi"],"version":3,
 *      "changed_ms":1763742000000,"who":"…","why":"…"}
 *
 * `share` is there only where one is set. A member that is unknown, of another type or out of bounds makes
 * it none of ours: a state that a newer version wrote may be stricter than what could be read of it.
 */
#include "flag/flag.h"

#include "json/document.h"
#include "json/value.h"

#define STATE_SIZE_BYTES_MAX ((size_t)256 << 10)

struct reading {
    struct pl_arena *arena;
    struct pl_flag_state_now now;
    bool has_version;
};

typedef bool (*reader)(struct reading *reading, const struct pl_json_value *value);

static bool read_bool(const struct pl_json_value *value, bool *ret_value)
{
    if (pl_json_value_type(value) != PL_JSON_BOOL)
        return false;
    *ret_value = pl_json_value_bool(value);
    return true;
}

static bool read_text(struct reading *reading, const struct pl_json_value *value,
                      struct pl_str *ret_text)
{
    if (pl_json_value_type(value) != PL_JSON_STRING)
        return false;
    *ret_text = pl_arena_copy(reading->arena, pl_json_value_str(value));
    return ret_text->ptr != NULL;
}

static bool read_killed(struct reading *reading, const struct pl_json_value *value)
{
    return read_bool(value, &reading->now.killed);
}

static bool read_share(struct reading *reading, const struct pl_json_value *value)
{
    if (pl_json_value_type(value) != PL_JSON_NUMBER)
        return false;
    reading->now.has_share = true;
    reading->now.share = pl_json_value_double(value);
    return reading->now.share >= 0.0 && reading->now.share <= 1.0;
}

static bool read_stage(struct reading *reading, const struct pl_json_value *value)
{
    uint64_t stage = 0;

    if (!pl_json_value_uint64(value, &stage) || stage > UINT32_MAX)
        return false;
    reading->now.stage = (uint32_t)stage;
    return true;
}

static bool read_off_in(struct reading *reading, const struct pl_json_value *value)
{
    const size_t count = pl_json_value_count(value);
    struct pl_json_walk walk = pl_json_value_walk(value);
    struct pl_str *items;
    size_t i = 0;

    if (pl_json_value_type(value) != PL_JSON_ARRAY || count > PL_FLAG_OFF_IN_MAX)
        return false;
    items = pl_arena_alloc_array(reading->arena, count + 1, sizeof *items);
    if (items == NULL)
        return false;
    while (pl_json_walk_next(&walk))
        if (!read_text(reading, walk.value, &items[i]) || !pl_flag_slice_is_valid(items[i++]))
            return false;
    reading->now.off_in = (struct pl_strs){items, count};
    return true;
}

static bool read_version(struct reading *reading, const struct pl_json_value *value)
{
    reading->has_version = true;
    return pl_json_value_uint64(value, &reading->now.version);
}

static bool read_changed_ms(struct reading *reading, const struct pl_json_value *value)
{
    return pl_json_value_uint64(value, &reading->now.changed_ms);
}

static bool read_who(struct reading *reading, const struct pl_json_value *value)
{
    return read_text(reading, value, &reading->now.who);
}

static bool read_why(struct reading *reading, const struct pl_json_value *value)
{
    return read_text(reading, value, &reading->now.why);
}

static const struct {
    const char *name;
    reader read;
} MEMBERS[] = {
    {"killed", read_killed}, {"share", read_share},     {"stage", read_stage},
    {"off_in", read_off_in}, {"version", read_version}, {"changed_ms", read_changed_ms},
    {"who", read_who},       {"why", read_why},
};

static bool read_member(struct reading *reading, struct pl_str name,
                        const struct pl_json_value *value)
{
    for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++)
        if (pl_str_equal_text(name, MEMBERS[i].name))
            return MEMBERS[i].read(reading, value);
    return false;
}

enum pl_status pl_flag_now_read(struct pl_str json, struct pl_arena *arena,
                                struct pl_flag_state_now *ret_now, struct pl_error *error)
{
    const struct pl_json_options options = {.size_bytes_max = STATE_SIZE_BYTES_MAX};
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    struct reading reading = {.arena = arena};
    struct pl_error inner = {0};

    if (pl_json_document_open(json, &options, &document, &inner) != PL_OK)
        return pl_error_set(error, inner.status == PL_E_MEMORY ? PL_E_MEMORY : PL_E_CORRUPT,
                            "the state of the flag cannot be read: %s", inner.message);

    const struct pl_json_value *root = pl_json_document_root(document);
    struct pl_json_walk walk = pl_json_value_walk(root);

    if (pl_json_value_type(root) != PL_JSON_OBJECT)
        return pl_error_set(error, PL_E_CORRUPT, "the state of the flag is not a JSON object");
    while (pl_json_walk_next(&walk))
        if (!read_member(&reading, walk.name, walk.value))
            return pl_error_set(error, PL_E_CORRUPT,
                                "the state of the flag has a member that it cannot have: %.*s; was "
                                "it written by a newer version?",
                                PL_STR_ARG(walk.name));
    if (!reading.has_version)
        return pl_error_set(error, PL_E_CORRUPT, "the state of the flag has no version");
    *ret_now = reading.now;
    return PL_OK;
}

void pl_flag_now_write(struct pl_json *json, const struct pl_flag_state_now *now)
{
    pl_json_open_object(json);
    pl_json_key(json, "killed");
    pl_json_bool(json, now->killed);
    if (now->has_share) {
        pl_json_key(json, "share");
        pl_json_double(json, now->share);
    }
    pl_json_key(json, "stage");
    pl_json_uint64(json, now->stage);
    pl_json_key(json, "off_in");
    pl_json_open_array(json);
    for (size_t i = 0; i < now->off_in.count; i++)
        pl_json_str(json, now->off_in.items[i]);
    pl_json_close_array(json);
    pl_json_key(json, "version");
    pl_json_uint64(json, now->version);
    pl_json_key(json, "changed_ms");
    pl_json_uint64(json, now->changed_ms);
    pl_json_key(json, "who");
    pl_json_str(json, now->who);
    pl_json_key(json, "why");
    pl_json_str(json, now->why);
    pl_json_close_object(json);
}
