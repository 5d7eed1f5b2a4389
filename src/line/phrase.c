/* A limit in words, short enough for a column of a table: the measure, the bound, and where it
   holds. Each comparator has its own wording; the slices are said the same way for all. */
#include "base/buffer.h"
#include "line/reader.h"

#define PHRASE_SIZE_BYTES_MAX 8192 /* more than names and numbers of full length take */
#define NAMED_MAX             4    /* crossings that are named; more are counted */

static void add_number(struct pl_buffer *out, double value)
{
    pl_buffer_add_format(out, "%.10g", value);
}

/* What comes before and after the bound; with a reference group the ending is another. */
static const struct {
    const char *before;
    const char *after;
    const char *reference; /* between the bound and the group's name; NULL: takes none */
} WORDINGS[PL_COMPARATORS_COUNT] = {
    [PL_COMPARE_MIN] = {"at least", "", NULL},
    [PL_COMPARE_MAX] = {"at most", "", NULL},
    [PL_COMPARE_MIN_RATIO] = {"at least", " times the highest group", " times that of "},
    [PL_COMPARE_MAX_RATIO] = {"at most", " times the lowest group", " times that of "},
    [PL_COMPARE_MAX_DIFFERENCE] = {"at most", " apart between groups", " apart from "},
    [PL_COMPARE_MAX_RATIO_TO_OVERALL] = {"at most", " times overall", NULL},
    [PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL] = {"at most", " apart from overall", NULL},
};

/* "0.01", or as a share of the baseline's figure "15%". */
static void add_margin(struct pl_buffer *out, const struct pl_limit *limit)
{
    if (limit->relative)
        pl_buffer_add_format(out, "%.10g%%", 100.0 * limit->threshold);
    else
        add_number(out, limit->threshold);
}

/* "accuracy at most 0.01 worse than incumbent", "error_rate better than human by more than 15%". */
static void add_to_baseline(struct pl_buffer *out, const struct pl_limit *limit)
{
    const bool superior = limit->comparator == PL_COMPARE_SUPERIOR_TO;

    pl_buffer_add(out, limit->metric);
    if (superior) {
        pl_buffer_add_text(out, " better than ");
    } else {
        pl_buffer_add_text(out, " at most ");
        add_margin(out, limit);
        pl_buffer_add_text(out, " worse than ");
    }
    pl_buffer_add(out, limit->baseline->name);
    if (superior && limit->threshold > 0.0) {
        pl_buffer_add_text(out, " by more than ");
        add_margin(out, limit);
    }
}

static void add_bound(struct pl_buffer *out, const struct pl_limit *limit)
{
    pl_buffer_add(out, limit->metric);
    pl_buffer_add_format(out, " %s ", WORDINGS[limit->comparator].before);
    add_number(out, limit->threshold);
    if (limit->reference.len > 0 && WORDINGS[limit->comparator].reference != NULL) {
        pl_buffer_add_text(out, WORDINGS[limit->comparator].reference);
        pl_buffer_add(out, limit->reference);
    } else {
        pl_buffer_add_text(out, WORDINGS[limit->comparator].after);
    }
}

static void add_crossing(struct pl_buffer *out, const struct pl_line *line,
                         const struct pl_crossing *crossing)
{
    for (uint32_t i = 0; i < crossing->count; i++) {
        pl_buffer_add_text(out, i == 0 ? "by " : " × ");
        pl_buffer_add(out, line->data.segments[crossing->segments[i]].name);
    }
}

static void add_slices(struct pl_buffer *out, const struct pl_line *line, const struct pl_by *by)
{
    if (by->count == 0)
        return;
    pl_buffer_add_text(out, ", ");
    if (by->every)
        pl_buffer_add_text(out, line->evidence.depth > 1 && line->data.segments_count > 1
                                    ? "by every segment and crossing"
                                    : "by every segment");
    else if (by->count > NAMED_MAX)
        pl_buffer_add_format(out, "by %zu segments and crossings", by->count);
    for (size_t i = 0; i < by->count && !by->every && by->count <= NAMED_MAX; i++) {
        if (i > 0)
            pl_buffer_add_text(out, i + 1 == by->count ? " and " : ", ");
        add_crossing(out, line, &by->crossings[i]);
    }
}

struct pl_str pl_limit_phrase(struct pl_reader *reader, const struct pl_limit *limit,
                              const struct pl_by *by)
{
    struct pl_buffer out PL_CLEANUP(pl_buffer_deinit);

    pl_buffer_init(&out, PHRASE_SIZE_BYTES_MAX);
    if (limit->baseline != NULL)
        add_to_baseline(&out, limit);
    else
        add_bound(&out, limit);
    add_slices(&out, reader->line, by);
    if (out.failed != PL_OK)
        reader->status = out.failed;
    return pl_reader_keep(reader, pl_arena_copy(reader->arena, pl_buffer_view(&out)));
}
