/*
 * For each slice: its cells are filtered out of all cells, measured like a feature of its own, and judged
 * by the reduced line. A slice that is too small, or whose group is not known, is held whatever its
 * figures; a small one is told how many decisions it needs.
 */
#include "launch/launch.h"

#include "base/buffer.h"
#include "judge/sentence.h"
#include "launch/reduce.h"
#include "measure/filter.h"

#include <math.h>

#define TEXT_SIZE_BYTES_MAX ((size_t)64 << 10)
#define NAMES_SHOWN_MAX     8

const char *pl_launch_kind_name(enum pl_launch_kind kind)
{
    static const char *const NAMES[] = {
        [PL_LAUNCH_JUDGED] = "judged",
        [PL_LAUNCH_TOO_SMALL] = "too_small",
        [PL_LAUNCH_MISSING] = "missing",
    };

    return NAMES[kind];
}

/* A launch under way. */
struct launching {
    const struct pl_launch_request *request;
    struct pl_arena *arena;
    struct pl_launch *launch;
    struct pl_launch_slice *slices;
    struct pl_crossing *crossings; /* that every slice is measured by */
    size_t crossings_count;
};

static enum pl_launch_kind kind_of(const struct pl_measured *measured, const struct pl_slice *slice)
{
    if (pl_slice_is_missing(measured->cells, slice))
        return PL_LAUNCH_MISSING;
    return slice->too_small ? PL_LAUNCH_TOO_SMALL : PL_LAUNCH_JUDGED;
}

/* The groupings of all decisions, without the launch's segments. */
static enum pl_status take_crossings(struct launching *launching, struct pl_error *error)
{
    const struct pl_measured *measured = launching->request->measured;
    const size_t count = measured->groupings_count;
    struct pl_crossing *all = pl_arena_alloc_array(launching->arena, count + 1, sizeof *all);

    launching->crossings =
        pl_arena_alloc_array(launching->arena, count + 1, sizeof *launching->crossings);
    if (all == NULL || launching->crossings == NULL)
        return pl_arena_error(launching->arena, "the launch", error);
    for (size_t i = 0; i < count; i++)
        all[i] = measured->groupings[i].crossing;
    launching->crossings_count =
        pl_crossings_reduce(&(struct pl_crossings){all, count},
                            &launching->request->line->launch.crossing, launching->crossings);
    return PL_OK;
}

static enum pl_status list_slices(struct launching *launching, struct pl_error *error)
{
    const struct pl_measured *measured = launching->request->measured;
    const struct pl_line *line = launching->request->line;
    const struct pl_grouping *grouping = pl_grouping_find(measured, &line->launch.crossing);
    struct pl_launch *launch = launching->launch;

    if (grouping == NULL)
        return pl_error_set(error, PL_E_LINE, "the slices of the launch were not measured");
    if (grouping->slices_count > PL_LAUNCH_SLICES_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "`launch.by` makes %zu slices; at most %d can be launched one by one: "
                            "make fewer groups with `map` or `bins`",
                            grouping->slices_count, PL_LAUNCH_SLICES_MAX);
    launching->slices =
        pl_arena_alloc_array(launching->arena, grouping->slices_count + 1, sizeof *launch->slices);
    if (launching->slices == NULL)
        return pl_arena_error(launching->arena, "the launch", error);
    for (size_t i = 0; i < grouping->slices_count; i++) {
        launching->slices[i].slice = &grouping->slices[i];
        launching->slices[i].kind = kind_of(measured, &grouping->slices[i]);
        launch->judged_count += launching->slices[i].kind == PL_LAUNCH_JUDGED;
    }
    launch->measured = measured;
    launch->crossing = line->launch.crossing;
    launch->decides = line->release.launch;
    launch->slices = launching->slices;
    launch->slices_count = grouping->slices_count;
    return PL_OK;
}

/* Measures the slice's own decisions. Its overall figures carry its name. */
static enum pl_status measure_slice(const struct launching *launching,
                                    struct pl_launch_slice *slice, struct pl_error *error)
{
    const struct pl_measured *whole = launching->request->measured;
    const struct pl_line *line = launching->request->line;
    struct pl_cells *cells = pl_arena_alloc(launching->arena, sizeof *cells);
    struct pl_measure_options *options = pl_arena_alloc(launching->arena, sizeof *options);

    if (cells == NULL || options == NULL)
        return pl_arena_error(launching->arena, "the launch", error);
    *options = pl_measure_options_like(whole);
    options->metrics = whole->metrics;
    options->metrics_count = whole->metrics_count;
    options->crossings = launching->crossings;
    options->crossings_count = launching->crossings_count;
    options->costs = line->costs;
    options->threads = launching->request->threads;
    PL_RETURN_IF(pl_cells_filter(whole->cells, slice->slice, launching->arena, cells, error));

    const enum pl_status status =
        pl_measure(cells, options, launching->arena, &slice->measured, error);

    if (status != PL_OK) {
        pl_cells_deinit(cells);
        return status;
    }
    pl_cells_drop_columns(cells);
    slice->measured->owned_cells = cells;
    slice->measured->overall.crossing = slice->slice->crossing;
    for (uint32_t i = 0; i < slice->slice->crossing->count; i++)
        slice->measured->overall.groups[i] = slice->slice->groups[i];
    return PL_OK;
}

/* What a case in a part of the slice needs, in decisions of the whole slice, all parts growing alike. */
static uint64_t needed_in_all(const struct pl_case *one, uint64_t n)
{
    if (one->slice->n == 0 || one->slice->n >= n)
        return one->needed;
    return (uint64_t)ceil((double)one->needed * (double)n / (double)one->slice->n);
}

/* The most that any unproven limit needs; 0 when one of them is beyond reach, or none is unproven. `n` is
   how many decisions the slice has. */
static uint64_t needed_of(const struct pl_judgement *judgement, uint64_t n)
{
    uint64_t needed = 0;

    for (size_t i = 0; i < judgement->findings_count; i++) {
        const struct pl_finding *finding = &judgement->findings[i];

        if (finding->state != PL_STATE_UNPROVEN)
            continue;
        if (finding->deciding == NULL || finding->deciding->needed == 0)
            return 0;

        const uint64_t in_all = needed_in_all(finding->deciding, n);

        needed = in_all > needed ? in_all : needed;
    }
    return needed;
}

/* How hard a finding stands in the way: breaches first, then by the evidence that it is crossed. */
static bool is_nearer(const struct pl_finding *a, const struct pl_finding *b)
{
    if (a->state != b->state)
        return a->state > b->state;
    return a->deciding->p_value < b->deciding->p_value;
}

static const struct pl_finding *find_deciding(const struct pl_judgement *judgement)
{
    const struct pl_finding *found = NULL;

    for (size_t i = 0; i < judgement->findings_count; i++) {
        const struct pl_finding *finding = &judgement->findings[i];

        if (finding->deciding != NULL && finding->judged_count > 0 &&
            (found == NULL || is_nearer(finding, found)))
            found = finding;
    }
    return found;
}

static void add_small_text(struct pl_buffer *text, const struct pl_line *line,
                           const struct pl_launch_slice *slice)
{
    pl_sentence_count(text, slice->slice->n);
    pl_buffer_add_text(text, slice->slice->n == 1 ? " decision is" : " decisions are");
    if (slice->short_of == 0) {
        pl_buffer_add_format(text,
                             " less than the %.4g %% of all that the line asks for: too small a "
                             "share to be judged.",
                             100.0 * line->evidence.smallest_share);
        return;
    }
    pl_buffer_add_text(text, " too few to judge: at least ");
    pl_sentence_count(text, slice->short_of);
    pl_buffer_add_text(text, " more are needed");
    if (slice->needed > slice->short_of) {
        pl_buffer_add_text(text, ", and about ");
        pl_sentence_count(text, slice->needed);
        pl_buffer_add_text(text, " to settle every limit at the present estimate");
    }
    pl_buffer_add_char(text, '.');
}

/* Reasons that do not rest on the slice's own figures stay. */
static bool stays(enum pl_reason_kind kind)
{
    return kind == PL_REASON_NEED || kind == PL_REASON_RISK;
}

/* A judgement of at best `hold`, with the reason that the slice is not judged. */
static enum pl_status hold(const struct launching *launching, struct pl_launch_slice *slice,
                           struct pl_judgement *judgement, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};
    const struct pl_line *line = launching->request->line;
    const bool missing = slice->kind == PL_LAUNCH_MISSING;
    struct pl_reason *reasons = pl_arena_alloc_array(launching->arena, judgement->reasons_count + 1,
                                                     sizeof *judgement->reasons);
    size_t count = 0;

    if (reasons == NULL)
        return pl_arena_error(launching->arena, "the launch", error);
    pl_buffer_init(&text, TEXT_SIZE_BYTES_MAX);
    if (missing)
        pl_buffer_add_text(&text, "The group of these decisions is not known: they are listed, and "
                                  "never shipped by themselves.");
    else
        add_small_text(&text, line, slice);
    judgement->verdict = PL_VERDICT_HOLD;
    for (size_t i = 0; i < judgement->reasons_count; i++)
        if (judgement->reasons[i].verdict > PL_VERDICT_HOLD && stays(judgement->reasons[i].kind))
            reasons[count++] = judgement->reasons[i];
    if (count > 0)
        judgement->verdict = reasons[0].verdict;
    reasons[count++] = (struct pl_reason){
        .kind = missing ? PL_REASON_MISSING : PL_REASON_SMALL,
        .verdict = PL_VERDICT_HOLD,
        .text = pl_arena_copy(launching->arena, pl_buffer_view(&text)),
    };
    if (reasons[count - 1].text.ptr == NULL)
        return pl_arena_error(launching->arena, "the launch", error);
    for (size_t i = 0; i < judgement->reasons_count; i++)
        if (judgement->reasons[i].verdict <= PL_VERDICT_HOLD && stays(judgement->reasons[i].kind))
            reasons[count++] = judgement->reasons[i];
    judgement->reasons = reasons;
    judgement->reasons_count = count;
    judgement->allowed = !missing && line->release.allow[judgement->verdict];
    return PL_OK;
}

/* What a slice that is too small would need: judged for this once as if it were large enough. */
static enum pl_status look_ahead(const struct launching *launching, struct pl_launch_slice *slice,
                                 const struct pl_judge_request *request, struct pl_error *error)
{
    const uint64_t smallest = launching->request->measured->smallest_slice;
    struct pl_judgement *judgement = NULL;

    slice->short_of = slice->slice->n < smallest ? smallest - slice->slice->n : 0;
    slice->measured->overall.too_small = false;

    const enum pl_status status = pl_judge_request(request, launching->arena, &judgement, error);

    slice->measured->overall.too_small = true;
    slice->measured->overall.aside = slice->slice->aside;
    PL_RETURN_IF(status);
    slice->needed = needed_of(judgement, slice->slice->n);
    if (slice->needed < slice->short_of)
        slice->needed = slice->short_of;
    return PL_OK;
}

static enum pl_status judge_slice(const struct launching *launching, struct pl_launch_slice *slice,
                                  struct pl_error *error)
{
    const struct pl_launch_request *request = launching->request;
    struct pl_judgement *judgement = NULL;
    struct pl_reduced reduced;

    PL_RETURN_IF(measure_slice(launching, slice, error));
    PL_RETURN_IF(pl_line_reduce(request->line, request->measured, slice->slice, launching->arena,
                                &reduced, error));

    const struct pl_judge_beside beside = {
        .whole = request->measured,
        .slice = slice->slice,
        .crossings = reduced.beside,
        .better = reduced.better,
        .slices_count = launching->launch->judged_count,
    };
    const struct pl_judge_request judging = {reduced.line, slice->measured, request->facts,
                                             &beside};

    slice->line = reduced.line;
    if (slice->kind == PL_LAUNCH_TOO_SMALL)
        PL_RETURN_IF(look_ahead(launching, slice, &judging, error));
    PL_RETURN_IF(pl_judge_request(&judging, launching->arena, &judgement, error));
    slice->judgement = judgement;
    if (slice->kind != PL_LAUNCH_JUDGED)
        return hold(launching, slice, judgement, error);
    slice->needed = needed_of(judgement, slice->slice->n);
    slice->deciding = find_deciding(judgement);
    return PL_OK;
}

enum pl_status pl_launch_judge(const struct pl_launch_request *request, struct pl_arena *arena,
                               struct pl_launch **ret_launch, struct pl_error *error)
{
    struct launching launching = {
        .request = request,
        .arena = arena,
        .launch = pl_arena_alloc(arena, sizeof *launching.launch),
    };

    if (launching.launch == NULL)
        return pl_arena_error(arena, "the launch", error);
    *ret_launch = launching.launch;
    PL_RETURN_IF(list_slices(&launching, error));
    PL_RETURN_IF(take_crossings(&launching, error));
    for (size_t i = 0; i < launching.launch->slices_count; i++)
        PL_RETURN_IF(judge_slice(&launching, &launching.slices[i], error));
    return PL_OK;
}

void pl_launch_deinit(struct pl_launch *launch)
{
    for (size_t i = 0; launch != NULL && i < launch->slices_count; i++)
        pl_measured_deinit(launch->slices[i].measured);
}

bool pl_launch_passes(const struct pl_launch *launch, const struct pl_judgement *overall)
{
    bool any = false;
    bool all = true;

    for (size_t i = 0; i < launch->slices_count; i++) {
        const struct pl_launch_slice *slice = &launch->slices[i];

        any = any || slice->judgement->allowed;
        all = all && (slice->judgement->allowed || slice->kind == PL_LAUNCH_MISSING);
    }
    switch (launch->decides) {
    case PL_DECIDES_ANY:
        return any;
    case PL_DECIDES_ALL:
        return any && all;
    case PL_DECIDES_OVERALL:
    default:
        return overall->allowed;
    }
}

/* "language=hi * plan=free" */
static struct pl_str name_of(const struct pl_measured *measured, const struct pl_slice *slice,
                             struct pl_arena *arena)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};

    pl_buffer_init(&text, TEXT_SIZE_BYTES_MAX);
    for (uint32_t i = 0; i < slice->crossing->count; i++) {
        pl_buffer_add_text(&text, i == 0 ? "" : " * ");
        pl_buffer_add(&text, pl_slice_segment(measured, slice, i));
        pl_buffer_add_char(&text, '=');
        pl_buffer_add(&text, pl_slice_group(measured, slice, i));
    }
    return pl_arena_copy(arena, pl_buffer_view(&text));
}

static enum pl_status unknown_slice(struct pl_str name, const char *const *names, size_t count,
                                    struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer hint = {0};
    const char *nearest = pl_str_nearest(name, names, count);

    pl_buffer_init(&hint, PL_ERROR_MESSAGE_SIZE);
    if (nearest != NULL)
        pl_buffer_add_format(&hint, "did you mean `%s`?", nearest);
    else
        pl_buffer_add_text(&hint, "there are ");
    for (size_t i = 0; nearest == NULL && i < count && i < NAMES_SHOWN_MAX; i++)
        pl_buffer_add_format(&hint, "%s`%s`", i == 0 ? "" : ", ", names[i]);
    if (nearest == NULL && count > NAMES_SHOWN_MAX)
        pl_buffer_add_format(&hint, " and %zu more", count - NAMES_SHOWN_MAX);
    return pl_error_set(error, PL_E_USAGE, "the launch has no slice `%.*s`; %.*s", PL_STR_ARG(name),
                        PL_STR_ARG(pl_buffer_view(&hint)));
}

enum pl_status pl_launch_find(const struct pl_launch *launch, struct pl_str name,
                              struct pl_arena *arena, const struct pl_launch_slice **ret_slice,
                              struct pl_error *error)
{
    const char *names[PL_LAUNCH_SLICES_MAX] = {0};
    size_t count = 0;

    for (size_t i = 0; i < launch->slices_count; i++) {
        const struct pl_slice *slice = launch->slices[i].slice;
        const struct pl_str own = name_of(launch->measured, slice, arena);
        const struct pl_str shown = pl_slice_text(launch->measured, slice, arena);

        if (own.ptr == NULL || shown.ptr == NULL)
            return pl_arena_error(arena, "the names of the slices", error);
        if (pl_str_equal(name, own) || pl_str_equal(name, shown)) {
            *ret_slice = &launch->slices[i];
            return PL_OK;
        }
        names[count++] = own.ptr;
    }
    return unknown_slice(name, names, count, error);
}
