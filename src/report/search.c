/*
 * The section of an audit about its worst slices. What is proven stands beside what was seen, so that
 * a small slice with a wild figure does not look worse than a large one with a sure figure.
 */
#include "report/search.h"

#include "report/values.h"
#include "report/wording.h"

#include <math.h>

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define FOLDED_SHOWN        3
#define INDENT              2

static const char *const WHY[] = {
    [PL_FOLD_REFINES] = "narrower, and little worse",
    [PL_FOLD_OVERLAPS] = "nearly the same decisions",
    [PL_FOLD_EXPLAINED] = "nothing proven outside what is listed",
};

static const char *const STOPPED[] = {
    [PL_SEARCH_COMPLETE] = "",
    [PL_SEARCH_INTERRUPTED] = "Stopped on request",
    [PL_SEARCH_OUT_OF_TIME] = "Stopped when its time was up",
    [PL_SEARCH_TOO_MANY] = "Stopped because too many slices may be worse",
};

void pl_search_title(const struct pl_search *search, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "Worst slices by ");
    pl_buffer_add(out, search->metric.name);
}

/* "Stopped …, after 40 of 92 crossings: …" */
static void add_stopped(const struct pl_search *search, struct pl_buffer *out)
{
    const enum pl_figure figure = pl_figure_of_difference(pl_figure_of(search->metric.name));

    pl_buffer_add_text(out, STOPPED[search->stop]);
    pl_buffer_add_text(out, ", after ");
    pl_count_write(out, search->crossings_done);
    pl_buffer_add_text(out, " of ");
    pl_plural_write(out, search->crossings_count, "crossing", "crossings");
    pl_buffer_add_text(out, ". What is listed holds: as many slices are counted as there can be, ");
    pl_count_write(out, search->family_size);
    pl_buffer_add_text(out, ". ");
    if (search->gap <= 0.0) {
        pl_buffer_add_text(out, "No slice that was not looked at can rank above the first. ");
        return;
    }
    pl_buffer_add_text(out, "A slice that was not looked at could rank above the best found by ");
    pl_figure_write(out, figure, search->gap);
    pl_buffer_add_text(out, " at most. ");
}

static void add_results(const struct pl_search *search, struct pl_buffer *out)
{
    if (search->found_count == 0) {
        pl_buffer_add_text(out, "None is worse than the rest beyond doubt at ");
        pl_confidence_write(out, 1.0 - search->level);
        pl_buffer_add_text(out, ", all of them counted.");
        return;
    }
    pl_plural_write(out, search->found_count, "slice is", "slices are");
    pl_buffer_add_text(out, " listed; that none of them is there by chance holds at ");
    pl_confidence_write(out, 1.0 - search->level);
    pl_buffer_add_text(out, ", all slices tested counted.");
    if (search->further_count > 0) {
        pl_buffer_add_char(out, ' ');
        pl_plural_write(out, search->further_count, "more is", "more are");
        pl_buffer_add_text(out, " worse too and not listed.");
    }
}

void pl_search_summary(const struct pl_search *search, struct pl_buffer *out)
{
    pl_plural_write(out, search->tested, "slice", "slices");
    pl_buffer_add_format(out, " of up to %u of %u segments, of at least ", search->depth,
                         search->segments_count);
    pl_plural_write(out, search->smallest_slice, "decision", "decisions");
    pl_buffer_add_text(out, search->tested == 1 ? ", was tested. " : ", were tested. ");
    if (search->stop != PL_SEARCH_COMPLETE)
        add_stopped(search, out);
    add_results(search, out);
}

/* "p 1.2e-30"; what is too small to tell is said so. */
static void add_p_value(struct pl_buffer *out, double p)
{
    if (p < 1e-300)
        pl_buffer_add_text(out, "p below 1e-300");
    else
        pl_buffer_add_format(out, "p %.2g", p);
}

void pl_search_words(const struct pl_search *search, const struct pl_search_found *found,
                     struct pl_buffer *out)
{
    const enum pl_figure figure = pl_figure_of(search->metric.name);
    const enum pl_figure difference = pl_figure_of_difference(figure);

    pl_figure_write(out, figure, found->value.value);
    pl_buffer_add_char(out, ' ');
    pl_interval_write(out, figure, found->value.low, found->value.high);
    pl_buffer_add_text(out, " against ");
    pl_figure_write(out, figure, search->overall.value);
    pl_buffer_add_text(out, " overall: ");
    pl_figure_write(out, difference, fabs(found->difference));
    pl_buffer_add_text(out, search->end == PL_SEARCH_HIGH ? " above it, by at least "
                                                          : " below it, by at least ");
    pl_figure_write(out, difference, fabs(found->difference_proven));
    pl_buffer_add_text(out, "; ");
    pl_figure_write(out, PL_FIGURE_FRACTION, found->ratio);
    pl_buffer_add_text(out, " times it. ");
    pl_plural_write(out, found->value.n, "decision", "decisions");
    pl_buffer_add_text(out, ", ");
    pl_figure_write(out, PL_FIGURE_PERCENT, found->share);
    pl_buffer_add_text(out, " of all; ");
    add_p_value(out, found->p_adjusted);
    pl_buffer_add_char(out, '.');
}

void pl_search_folded_words(const struct pl_measured *measured, const struct pl_search_found *found,
                            struct pl_buffer *out)
{
    const size_t shown = found->folded_count < FOLDED_SHOWN ? found->folded_count : FOLDED_SHOWN;

    if (shown == 0)
        return;
    pl_count_write(out, found->folded_total);
    pl_buffer_add_text(out, " folded into it: ");
    for (size_t i = 0; i < shown; i++) {
        pl_buffer_add_text(out, i == 0 ? "" : ", ");
        pl_slice_words(measured, &found->folded[i].slice, out);
        pl_buffer_add_format(out, " (%s)", WHY[found->folded[i].why]);
    }
    if (found->folded_total > shown) {
        pl_buffer_add_text(out, " and ");
        pl_count_write(out, found->folded_total - shown);
        pl_buffer_add_text(out, " more");
    }
    pl_buffer_add_char(out, '.');
}

static void write_found(const struct pl_search *search, const struct pl_measured *measured,
                        const struct pl_search_found *found, struct pl_page *page)
{
    struct pl_buffer part;

    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_slice_words(measured, &found->slice, &part);
    pl_page_item(page, PL_INK_PLAIN, "·", pl_buffer_view(&part));
    pl_buffer_reset(&part);
    pl_search_words(search, found, &part);
    pl_page_part(page, (struct pl_margin){2 * INDENT, 2 * INDENT}, &part);
    pl_search_folded_words(measured, found, &part);
    if (part.len > 0)
        pl_page_part(page, (struct pl_margin){2 * INDENT, 2 * INDENT}, &part);
    pl_buffer_deinit(&part);
}

void pl_search_page(const struct pl_search *search, const struct pl_measured *measured,
                    struct pl_page *page)
{
    struct pl_buffer part;

    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_search_title(search, &part);
    pl_page_heading(page, part.ptr);
    pl_buffer_reset(&part);
    pl_search_summary(search, &part);
    pl_page_paragraph(page, (struct pl_margin){INDENT, INDENT}, pl_buffer_view(&part));
    pl_buffer_deinit(&part);
    for (size_t i = 0; i < search->found_count; i++)
        write_found(search, measured, &search->found[i], page);
}

static void write_folded(struct pl_json *json, const struct pl_search_found *found,
                         const struct pl_measured *measured)
{
    pl_json_key(json, "folded");
    pl_json_open_array(json);
    for (size_t i = 0; i < found->folded_count; i++) {
        const struct pl_search_folded *folded = &found->folded[i];

        pl_json_open_object(json);
        pl_json_key(json, "slice");
        pl_json_slice(json, measured, &folded->slice);
        pl_json_member_uint64(json, "n", folded->slice.n);
        pl_json_member_double(json, "value", folded->value);
        pl_json_member_text(json, "why", pl_search_fold_name(folded->why));
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
    pl_json_member_uint64(json, "folded_total", found->folded_total);
}

static void write_one(struct pl_json *json, const struct pl_search_found *found,
                      const struct pl_measured *measured)
{
    pl_json_open_object(json);
    pl_json_key(json, "slice");
    pl_json_slice(json, measured, &found->slice);
    pl_json_member_double(json, "share", found->share);
    pl_json_key(json, "measure");
    pl_json_open_object(json);
    pl_json_estimate_members(json, &found->value);
    pl_json_close_object(json);
    pl_json_member_double(json, "difference", found->difference);
    pl_json_member_double(json, "difference_proven", found->difference_proven);
    pl_json_member_double(json, "ratio", found->ratio);
    pl_json_member_double(json, "p_value", found->p_value);
    pl_json_member_double(json, "p_adjusted", found->p_adjusted);
    pl_json_member_double(json, "rank_value", found->rank_value);
    write_folded(json, found, measured);
    pl_json_close_object(json);
}

static void write_extent(struct pl_json *json, const struct pl_search *search)
{
    pl_json_member_text(json, "end", pl_search_end_name(search->end));
    pl_json_member_uint64(json, "depth", search->depth);
    pl_json_member_double(json, "level", search->level);
    pl_json_member_uint64(json, "smallest_slice", search->smallest_slice);
    pl_json_member_uint64(json, "family_size", search->family_size);
    pl_json_member_uint64(json, "tested", search->tested);
    pl_json_member_uint64(json, "crossings", search->crossings_count);
    pl_json_member_uint64(json, "crossings_done", search->crossings_done);
    pl_json_member_text(json, "stop", pl_search_stop_name(search->stop));
    pl_json_member_double(json, "bound", search->bound);
    pl_json_member_double(json, "gap", search->gap);
}

void pl_json_search(struct pl_json *json, const struct pl_search *search,
                    const struct pl_measured *measured)
{
    pl_json_key(json, "search");
    pl_json_open_object(json);
    pl_json_member_str(json, "metric", search->metric.name);
    write_extent(json, search);
    pl_json_key(json, "overall");
    pl_json_open_object(json);
    pl_json_estimate_members(json, &search->overall);
    pl_json_close_object(json);
    pl_json_key(json, "found");
    pl_json_open_array(json);
    for (size_t i = 0; i < search->found_count; i++)
        write_one(json, &search->found[i], measured);
    pl_json_close_array(json);
    pl_json_member_uint64(json, "significant", search->significant_count);
    pl_json_member_uint64(json, "further", search->further_count);
    pl_json_close_object(json);
}
