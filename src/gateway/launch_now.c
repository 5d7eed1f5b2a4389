/*
 * From a verdict on the record to what a flag goes by. Where the verdict has a launch its slices count,
 * each by its own `allowed`, and nothing is open as a whole; slices that the record had no room for are
 * not known, and so are held back.
 */
#include "gateway/launch_now.h"

#include "base/file.h"
#include "flag/slice.h"
#include "ledger/body.h"
#include "ledger/ledger.h"
#include "state/state.h"

#define BODY_SIZE_BYTES_MAX ((size_t)64 << 20)
#define PATH_SIZE_BYTES_MAX ((size_t)64 << 10)

static const char BETWEEN[] = " * ";

struct gathering {
    struct pl_str feature;
    struct pl_buffer newest; /* the body */
    uint64_t block;
    uint64_t time_ms;
};

static enum pl_status visit(const struct pl_ledger_record *record, void *context,
                            struct pl_error *error)
{
    struct gathering *gathering = context;
    PL_CLEANUP(pl_arena_deinit) struct pl_arena arena = {0};
    struct pl_body *body = NULL;

    if (!pl_str_equal_text(record->kind, "verdict"))
        return PL_OK;
    pl_arena_init(&arena, BODY_SIZE_BYTES_MAX);
    if (pl_body_read(record->body, &arena, &body, error) != PL_OK)
        return pl_error_set(error, PL_E_CORRUPT, "record %llu of the ledger is not a JSON object",
                            (unsigned long long)record->sequence);
    if (!pl_str_equal(pl_body_text(pl_body_get(body, "feature")), gathering->feature))
        return PL_OK;
    pl_buffer_reset(&gathering->newest);
    pl_buffer_add(&gathering->newest, record->body);
    gathering->block = record->block;
    gathering->time_ms = record->time_ms;
    return pl_buffer_check(&gathering->newest, "the last verdict", error);
}

/* "language * plan" of the launch's `by`; NULL when the arena is full. */
static struct pl_str join_segments(const struct pl_body *by, struct pl_arena *arena)
{
    struct pl_str text = {"", 0};

    for (size_t i = 0; i < by->count && text.ptr != NULL; i++)
        text = pl_arena_format(arena, "%.*s%s%.*s", PL_STR_ARG(text), i == 0 ? "" : BETWEEN,
                               PL_STR_ARG(pl_body_text(&by->items[i])));
    return text;
}

/* "hi * free" of a slice {"language":"hi","plan":"free"}, whose members are in the order of `by`. */
static struct pl_str join_groups(const struct pl_body *slice, struct pl_arena *arena)
{
    return join_segments(slice, arena);
}

static struct pl_slice_now slice_of(const struct pl_body *slice, struct pl_arena *arena)
{
    return (struct pl_slice_now){
        .groups = join_groups(pl_body_get(slice, "slice"), arena),
        .verdict = pl_body_text(pl_body_get(slice, "verdict")),
        .status = pl_body_text(pl_body_get(slice, "status")),
        .allowed = pl_body_is_true(pl_body_get(slice, "allowed")) &&
                   pl_body_member_is(slice, "status", "judged"),
    };
}

static enum pl_status take_slices(const struct pl_body *launch, struct pl_arena *arena,
                                  struct pl_verdict_now *ret, struct pl_error *error)
{
    const struct pl_body *slices = pl_body_get(launch, "slices");
    struct pl_slice_now *all = pl_arena_alloc_array(arena, slices->count + 1, sizeof *all);
    struct pl_str *allowed = pl_arena_alloc_array(arena, slices->count + 1, sizeof *allowed);
    size_t count = 0;

    ret->launch.segment = join_segments(pl_body_get(launch, "by"), arena);
    if (all == NULL || allowed == NULL || ret->launch.segment.ptr == NULL)
        return pl_arena_error(arena, "the last verdict", error);
    for (size_t i = 0; i < slices->count; i++) {
        all[i] = slice_of(&slices->items[i], arena);
        if (all[i].groups.ptr == NULL)
            return pl_arena_error(arena, "the last verdict", error);
        if (all[i].allowed)
            allowed[count++] = all[i].groups;
    }
    ret->slices = all;
    ret->slices_count = slices->count;
    ret->launch.allowed = (struct pl_strs){allowed, count};
    return PL_OK;
}

/* Whether the gate passed; one that was asked about a slice says nothing of the whole but by its word. */
static bool passes(const struct pl_body *body, const struct pl_line *line)
{
    const struct pl_str verdict = pl_body_text(pl_body_get(body, "verdict"));

    if (pl_body_is_null(pl_body_get(body, "slice")))
        return pl_body_is_true(pl_body_get(body, "allowed"));
    for (int i = 0; i < PL_VERDICTS_COUNT; i++)
        if (pl_str_equal_text(verdict, pl_verdict_name((enum pl_verdict)i)))
            return line->release.allow[i];
    return false;
}

enum pl_status pl_verdict_now_parse(struct pl_str body, const struct pl_line *line,
                                    struct pl_arena *arena, struct pl_verdict_now *ret_verdict,
                                    struct pl_error *error)
{
    struct pl_verdict_now verdict = {.launch = {.known = true}};
    struct pl_body *root = NULL;

    PL_RETURN_IF(pl_body_read(body, arena, &root, error));
    verdict.verdict = pl_body_text(pl_body_get(root, "verdict"));
    if (verdict.verdict.len == 0)
        return pl_error_set(error, PL_E_CORRUPT, "the last verdict on the record says no verdict");
    verdict.passes = passes(root, line);

    const struct pl_body *launch = pl_body_get(root, "launch");

    verdict.launch.whole = pl_body_is_null(launch) && verdict.passes;
    if (!pl_body_is_null(launch))
        PL_RETURN_IF(take_slices(launch, arena, &verdict, error));
    *ret_verdict = verdict;
    return PL_OK;
}

enum pl_status pl_verdict_now_read(const char *folder, const struct pl_line *line,
                                   struct pl_arena *arena, struct pl_verdict_now *ret_verdict,
                                   struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer newest = {0};
    struct gathering gathering = {.feature = line->feature};
    struct pl_verdict_now verdict = {0};
    struct pl_ledger_check check = {0};

    if (!pl_file_exists(folder)) {
        *ret_verdict = verdict;
        return PL_OK;
    }
    pl_buffer_init(&gathering.newest, PL_LEDGER_RECORD_SIZE_BYTES_MAX);

    enum pl_status status = pl_ledger_verify(folder, NULL, visit, &gathering, &check, error);

    newest = gathering.newest;
    PL_RETURN_IF(status);
    if (check.bad_block != 0)
        return pl_error_set(error, PL_E_CORRUPT, "the ledger %s does not hold: %s", folder,
                            check.problem);
    if (gathering.block > 0) {
        PL_RETURN_IF(pl_verdict_now_parse(pl_buffer_view(&newest), line, arena, &verdict, error));
        verdict.block = gathering.block;
        verdict.time_ms = gathering.time_ms;
    }
    *ret_verdict = verdict;
    return PL_OK;
}

/* ---- what it lets people do ---- */

static bool is_stage_up(const struct pl_flag_state_now *now, const struct pl_flag_change *change)
{
    return change->act == PL_FLAG_ACT_STAGE && change->stage > now->stage;
}

bool pl_opening_needs_verdict(const struct pl_flag_line *line, const struct pl_flag_state_now *now,
                              const struct pl_flag_change *change)
{
    return is_stage_up(now, change) || pl_flag_change_opens(line, now, change);
}

/* The group that a slice, "language=hi * plan=free", has of a segment; NULL: it leaves that open. */
static struct pl_str group_in(struct pl_str slice, struct pl_str segment)
{
    struct pl_str part;

    while (pl_part_next(&slice, &part))
        if (part.len > segment.len && pl_str_starts_with(part, segment) &&
            part.ptr[segment.len] == '=')
            return (struct pl_str){part.ptr + segment.len + 1, part.len - segment.len - 1};
    return (struct pl_str){0};
}

/* Whether the slice says the group of every segment of the launch. */
static bool is_within_launch(struct pl_str slice, struct pl_str segments)
{
    struct pl_str segment;

    while (pl_part_next(&segments, &segment))
        if (group_in(slice, segment).ptr == NULL)
            return false;
    return true;
}

/* Whether all these groups, "hi * free", are those of the slice. */
static bool has_groups(struct pl_str slice, struct pl_str segments, struct pl_str groups)
{
    struct pl_str segment;
    struct pl_str group;

    while (pl_part_next(&segments, &segment))
        if (!pl_part_next(&groups, &group) || !pl_str_equal(group_in(slice, segment), group))
            return false;
    return true;
}

/* Whether a slice that is lit again lies in one that the launch allows; one that lies across several is not
   for the launch to say. */
static bool allows_slice(const struct pl_launch_now *launch, struct pl_str slice)
{
    if (launch->whole || launch->segment.len == 0 || !is_within_launch(slice, launch->segment))
        return true;
    for (size_t i = 0; i < launch->allowed.count; i++)
        if (has_groups(slice, launch->segment, launch->allowed.items[i]))
            return true;
    return false;
}

const char *pl_opening_refusal(const struct pl_flag_line *line, const struct pl_flag_state_now *now,
                               const struct pl_flag_change *change,
                               const struct pl_verdict_now *verdict)
{
    const bool by_slice = line->launch && verdict->launch.allowed.count > 0;

    if (!verdict->launch.known)
        return is_stage_up(now, change)
                   ? "no verdict of this feature is on the record; run `plimsoll gate` first"
                   : NULL;
    if (change->act == PL_FLAG_ACT_SLICE_ON && !allows_slice(&verdict->launch, change->slice))
        return "the last verdict does not allow this slice";
    if (!verdict->passes && !by_slice)
        return "the last verdict does not allow it";
    return NULL;
}

enum pl_status pl_verdict_now_tell(const struct pl_line *line, struct pl_str body,
                                   struct pl_error *error)
{
    PL_CLEANUP(pl_arena_deinit) struct pl_arena arena = {0};
    struct pl_state *state = NULL;

    pl_arena_init(&arena, PATH_SIZE_BYTES_MAX);

    const struct pl_str path = pl_state_file(line, &arena);

    if (path.ptr == NULL)
        return pl_arena_error(&arena, "a path", error);
    PL_RETURN_IF(pl_state_open(path.ptr, &state, error));

    const enum pl_status status = pl_state_put(state, PL_VERDICT_AREA, line->feature, body, error);

    pl_state_close(state);
    return status;
}
