/*
 * Changes of a flag. The body of the record is
 *
 *     {"feature":"…","change":"off|on|share|stage|slice_off|slice_on","share":0.25,"stage":1,
 *      "slice":"language=hi","who":"…","why":"…","version":3,"forced":true}
 *
 * with `share`, `stage` and `slice` only where the change is about them, and `forced` only where it was.
 */
#include "flag/change.h"

#include "json/document.h"
#include "json/value.h"

#define BODY_SIZE_BYTES_MAX ((size_t)64 << 10)

static const char *const ACTS[] = {
    [PL_FLAG_ACT_OFF] = "off",
    [PL_FLAG_ACT_ON] = "on",
    [PL_FLAG_ACT_SHARE] = "share",
    [PL_FLAG_ACT_STAGE] = "stage",
    [PL_FLAG_ACT_SLICE_OFF] = "slice_off",
    [PL_FLAG_ACT_SLICE_ON] = "slice_on",
};
#define ACTS_COUNT (sizeof ACTS / sizeof ACTS[0])

const char *pl_flag_act_name(enum pl_flag_act act)
{
    return ACTS[act];
}

static bool is_of_slice(enum pl_flag_act act)
{
    return act == PL_FLAG_ACT_SLICE_OFF || act == PL_FLAG_ACT_SLICE_ON;
}

void pl_flag_change_write(struct pl_json *json, struct pl_str feature,
                          const struct pl_flag_change *change)
{
    pl_json_open_object(json);
    pl_json_member_str(json, "feature", feature);
    pl_json_member_str(json, "change", pl_str_of(pl_flag_act_name(change->act)));
    if (change->act == PL_FLAG_ACT_SHARE) {
        pl_json_key(json, "share");
        pl_json_double(json, change->share);
    }
    if (change->act == PL_FLAG_ACT_STAGE) {
        pl_json_key(json, "stage");
        pl_json_uint64(json, change->stage);
    }
    if (is_of_slice(change->act))
        pl_json_member_str(json, "slice", change->slice);
    pl_json_member_str(json, "who", change->who);
    pl_json_member_str(json, "why", change->why);
    pl_json_key(json, "version");
    pl_json_uint64(json, change->version);
    if (change->forced) {
        pl_json_key(json, "forced");
        pl_json_bool(json, true);
    }
    pl_json_close_object(json);
}

/* Copies the text of a member; false when it is none. */
static bool take_text(const struct pl_json_value *root, const char *name, struct pl_arena *arena,
                      struct pl_str *ret_text)
{
    const struct pl_json_value *value = pl_json_value_get_text(root, name);

    if (value == NULL || pl_json_value_type(value) != PL_JSON_STRING)
        return false;
    *ret_text = pl_arena_copy(arena, pl_json_value_str(value));
    return ret_text->ptr != NULL;
}

static bool take_act(const struct pl_json_value *root, struct pl_flag_change *change)
{
    const struct pl_json_value *value = pl_json_value_get_text(root, "change");

    if (value == NULL || pl_json_value_type(value) != PL_JSON_STRING)
        return false;
    for (size_t i = 0; i < ACTS_COUNT; i++)
        if (pl_str_equal_text(pl_json_value_str(value), ACTS[i])) {
            change->act = (enum pl_flag_act)i;
            return true;
        }
    return false;
}

static bool take_count(const struct pl_json_value *root, const char *name, uint64_t *ret_count)
{
    const struct pl_json_value *value = pl_json_value_get_text(root, name);

    return value != NULL && pl_json_value_uint64(value, ret_count);
}

/* What the change is about. */
static bool take_what(const struct pl_json_value *root, struct pl_arena *arena,
                      struct pl_flag_change *change)
{
    const struct pl_json_value *share = pl_json_value_get_text(root, "share");
    uint64_t stage = 0;

    if (is_of_slice(change->act))
        return take_text(root, "slice", arena, &change->slice) &&
               pl_flag_slice_is_valid(change->slice);
    if (change->act == PL_FLAG_ACT_STAGE) {
        if (!take_count(root, "stage", &stage) || stage > UINT32_MAX)
            return false;
        change->stage = (uint32_t)stage;
    }
    if (change->act != PL_FLAG_ACT_SHARE)
        return true;
    if (share == NULL || pl_json_value_type(share) != PL_JSON_NUMBER)
        return false;
    change->share = pl_json_value_double(share);
    return change->share >= 0.0 && change->share <= 1.0;
}

enum pl_status pl_flag_change_read(struct pl_str body, struct pl_arena *arena,
                                   struct pl_str *ret_feature, struct pl_flag_change *ret_change,
                                   struct pl_error *error)
{
    const struct pl_json_options options = {.size_bytes_max = BODY_SIZE_BYTES_MAX};
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    struct pl_flag_change change = {0};
    struct pl_str feature;

    if (pl_json_document_open(body, &options, &document, NULL) != PL_OK)
        return pl_error_set(error, PL_E_CORRUPT, "a change of a flag is not JSON");

    const struct pl_json_value *root = pl_json_document_root(document);
    const struct pl_json_value *forced = pl_json_value_get_text(root, "forced");

    if (!take_act(root, &change) || !take_what(root, arena, &change) ||
        !take_text(root, "feature", arena, &feature) ||
        !take_text(root, "who", arena, &change.who) ||
        !take_text(root, "why", arena, &change.why) ||
        !take_count(root, "version", &change.version))
        return pl_error_set(error, PL_E_CORRUPT,
                            "a change of a flag lacks a member, or has one that it cannot have");
    change.forced =
        forced != NULL && pl_json_value_type(forced) == PL_JSON_BOOL && pl_json_value_bool(forced);
    *ret_feature = feature;
    *ret_change = change;
    return PL_OK;
}

static bool is_dark(const struct pl_flag_state_now *now, struct pl_str slice)
{
    for (size_t i = 0; i < now->off_in.count; i++)
        if (pl_str_equal(now->off_in.items[i], slice))
            return true;
    return false;
}

/* What the share by hand is; 1: there is none. */
static double share_by_hand(const struct pl_flag_state_now *now)
{
    return now->has_share ? now->share : 1.0;
}

bool pl_flag_change_matters(const struct pl_flag_state_now *now,
                            const struct pl_flag_change *change)
{
    switch (change->act) {
    case PL_FLAG_ACT_OFF:
        return !now->killed;
    case PL_FLAG_ACT_ON:
        return now->killed;
    case PL_FLAG_ACT_SHARE:
        return change->share != share_by_hand(now);
    case PL_FLAG_ACT_STAGE:
        return change->stage != now->stage || now->has_share;
    case PL_FLAG_ACT_SLICE_OFF:
        return !is_dark(now, change->slice);
    case PL_FLAG_ACT_SLICE_ON:
        return is_dark(now, change->slice);
    }
    return false;
}

/* The dark slices after the change. */
static enum pl_status change_slices(const struct pl_flag_change *change, struct pl_arena *arena,
                                    struct pl_flag_state_now *now, struct pl_error *error)
{
    struct pl_str *items = pl_arena_alloc_array(arena, now->off_in.count + 1, sizeof *items);
    size_t count = 0;

    if (items == NULL)
        return pl_arena_error(arena, "the dark slices", error);
    for (size_t i = 0; i < now->off_in.count; i++)
        if (!pl_str_equal(now->off_in.items[i], change->slice))
            items[count++] = now->off_in.items[i];
    if (change->act == PL_FLAG_ACT_SLICE_OFF)
        items[count++] = change->slice;
    if (count > PL_FLAG_OFF_IN_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "%d slices are dark already; take the whole feature dark with "
                            "`plimsoll flag off`",
                            PL_FLAG_OFF_IN_MAX);
    now->off_in = (struct pl_strs){items, count};
    return PL_OK;
}

enum pl_status pl_flag_change_apply(const struct pl_flag_state_now *now,
                                    const struct pl_flag_change *change, struct pl_arena *arena,
                                    struct pl_flag_state_now *ret_now, struct pl_error *error)
{
    struct pl_flag_state_now next = *now;

    next.version = change->version;
    next.changed_ms = change->time_ms;
    next.who = change->who;
    next.why = change->why;
    switch (change->act) {
    case PL_FLAG_ACT_OFF:
    case PL_FLAG_ACT_ON:
        next.killed = change->act == PL_FLAG_ACT_OFF;
        break;
    case PL_FLAG_ACT_SHARE:
        next.has_share = change->share < 1.0;
        next.share = next.has_share ? change->share : 0.0;
        break;
    case PL_FLAG_ACT_STAGE:
        next.stage = change->stage;
        next.has_share = false;
        next.share = 0.0;
        break;
    case PL_FLAG_ACT_SLICE_OFF:
    case PL_FLAG_ACT_SLICE_ON:
        PL_RETURN_IF(change_slices(change, arena, &next, error));
        break;
    }
    *ret_now = next;
    return PL_OK;
}

bool pl_flag_change_opens(const struct pl_flag_line *line, const struct pl_flag_state_now *now,
                          const struct pl_flag_change *change)
{
    struct pl_flag_state_now next = *now;

    switch (change->act) {
    case PL_FLAG_ACT_OFF:
    case PL_FLAG_ACT_SLICE_OFF:
        return false;
    case PL_FLAG_ACT_ON:
    case PL_FLAG_ACT_SLICE_ON:
        return pl_flag_change_matters(now, change);
    case PL_FLAG_ACT_SHARE:
        next.has_share = true;
        next.share = change->share;
        break;
    case PL_FLAG_ACT_STAGE:
        next.stage = change->stage;
        next.has_share = false;
        break;
    }
    return pl_flag_share(line, &next) > pl_flag_share(line, now);
}
