/*
 * Slices of a launch as they stand. Each is asked of the flag as a request that is in this slice would be,
 * so that what is shown is what requests meet.
 */
#include "cli/flag_slices.h"

#include "flag/slice.h"
#include "report/table.h"

#define ROWS_MAX            100
#define CELL_SIZE_BYTES_MAX ((size_t)64 << 10)
#define INDENT              2

/* A request of which no more is known than its slice. */
struct somebody {
    struct pl_str segments; /* "language * plan" */
    struct pl_str groups;   /* "hi * free" */
};

static struct pl_str group_of(struct pl_str segment, void *context)
{
    const struct somebody *somebody = context;
    struct pl_str segments = somebody->segments;
    struct pl_str groups = somebody->groups;
    struct pl_str name;
    struct pl_str group;

    while (pl_part_next(&segments, &name) && pl_part_next(&groups, &group))
        if (pl_str_equal(name, segment))
            return group;
    return PL_STR(PL_GROUP_MISSING);
}

static struct pl_datum datum_of(struct pl_str column, void *context)
{
    (void)column;
    (void)context;
    return (struct pl_datum){.kind = PL_DATUM_NULL};
}

static bool is_of_launch(struct pl_str segments, struct pl_str segment)
{
    struct pl_str name;

    while (pl_part_next(&segments, &name))
        if (pl_str_equal(name, segment))
            return true;
    return false;
}

struct pl_flag_answer pl_flag_slice_answer(const struct pl_flagging *flagging,
                                           const struct pl_slice_now *slice)
{
    const struct pl_launch_now *launch = &flagging->verdict.launch;
    struct somebody somebody = {launch->segment, slice->groups};
    const struct pl_flag_request request = {
        .feature = flagging->line->feature,
        .group = group_of,
        .datum = datum_of,
        .context = &somebody,
    };
    struct pl_flag_line line = flagging->serving->flag;
    struct pl_flag_state_now now = flagging->now;
    const struct pl_flag_rule *by = line.by;
    struct pl_flag_answer answer;

    now.has_share = false;
    line.share = 1.0;
    line.rollout_count = 0;
    line.by_count = 0;
    answer = pl_flag_evaluate(&line, &now, launch, &request);
    for (size_t i = 0; i < flagging->serving->flag.by_count && answer.on; i++) {
        line.by = &by[i];
        line.by_count = is_of_launch(launch->segment, by[i].segment);
        answer = pl_flag_evaluate(&line, &now, launch, &request);
    }
    return answer;
}

void pl_flag_slices_write(struct pl_json *json, const struct pl_flagging *flagging)
{
    const struct pl_verdict_now *verdict = &flagging->verdict;

    pl_json_member_str(json, "by", verdict->launch.segment);
    pl_json_key(json, "slices");
    pl_json_open_array(json);
    for (size_t i = 0; i < verdict->slices_count; i++) {
        const struct pl_slice_now *slice = &verdict->slices[i];
        const struct pl_flag_answer answer = pl_flag_slice_answer(flagging, slice);

        pl_json_open_object(json);
        pl_json_member_str(json, "slice", slice->groups);
        pl_json_member_str(json, "status", slice->status);
        pl_json_member_str(json, "verdict", slice->verdict);
        pl_json_key(json, "allowed");
        pl_json_bool(json, slice->allowed);
        pl_json_key(json, "on");
        pl_json_bool(json, answer.on);
        if (!answer.on)
            pl_json_member_str(json, "why", pl_str_of(answer.why));
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void add_row(const struct pl_flagging *flagging, const struct pl_slice_now *slice,
                    struct pl_table *table, struct pl_buffer *part)
{
    const struct pl_flag_answer answer = pl_flag_slice_answer(flagging, slice);

    pl_table_add(table, PL_INK_PLAIN, slice->groups);
    pl_table_add(table, PL_INK_PLAIN,
                 pl_str_equal_text(slice->status, "judged") ? slice->verdict : slice->status);
    pl_table_add(table, PL_INK_PLAIN, slice->allowed ? PL_STR("yes") : PL_STR("no"));
    pl_buffer_add_text(part, answer.on ? "on" : "off: ");
    if (!answer.on)
        pl_buffer_add_text(part, answer.why);
    pl_table_add_part(table, PL_INK_PLAIN, part);
}

void pl_flag_slices_show(const struct pl_flagging *flagging, struct pl_page *page)
{
    const struct pl_verdict_now *verdict = &flagging->verdict;
    const struct pl_table_column columns[] = {
        {.title = verdict->launch.segment, .wraps = true},
        {.title = PL_STR("verdict")},
        {.title = PL_STR("allowed")},
        {.title = PL_STR("now"), .wraps = true},
    };
    const size_t count = verdict->slices_count < ROWS_MAX ? verdict->slices_count : ROWS_MAX;
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer part = {0};
    struct pl_table table;

    if (count == 0)
        return;
    pl_page_gap(page);
    pl_buffer_init(&part, CELL_SIZE_BYTES_MAX);
    pl_table_init(&table, columns, sizeof columns / sizeof *columns, count, page->style.utf8);
    for (size_t i = 0; i < count; i++)
        add_row(flagging, &verdict->slices[i], &table, &part);
    pl_table_write(&table, page, INDENT);
    pl_table_deinit(&table);
    if (count < verdict->slices_count) {
        pl_buffer_add_format(&part, "and %zu more; --json lists them all",
                             verdict->slices_count - count);
        pl_page_part(page, (struct pl_margin){INDENT, INDENT}, &part);
    }
}
