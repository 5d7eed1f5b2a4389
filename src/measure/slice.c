/* Slices in words. */
#include "measure/measure.h"

#include "base/buffer.h"

#include <string.h>

#define TEXT_SIZE_BYTES_MAX ((size_t)64 << 10)

static const struct {
    const char *name;
    const char *text;
} ASIDES[] = {
    [PL_ASIDE_NOT] = {"", ""},
    [PL_ASIDE_FEW] = {"few", "too small"},
    [PL_ASIDE_SHARE] = {"share", "small share"},
    [PL_ASIDE_MISSING] = {"missing", "listed only"},
};

const char *pl_aside_name(enum pl_aside aside)
{
    return ASIDES[aside].name;
}

const char *pl_aside_text(enum pl_aside aside)
{
    return ASIDES[aside].text;
}

bool pl_slice_is_missing(const struct pl_cells *cells, const struct pl_slice *slice)
{
    for (uint32_t i = 0; slice->crossing != NULL && i < slice->crossing->count; i++) {
        const struct pl_groups *groups = &cells->segments[slice->crossing->segments[i]];

        if (pl_str_equal_text(groups->names[slice->groups[i]], PL_GROUP_MISSING))
            return true;
    }
    return false;
}

void pl_slices_set_aside(const struct pl_cells *cells, const struct pl_aside_rule *rule,
                         struct pl_slice *slices, size_t count)
{
    double all = 0.0;

    for (size_t i = 0; i < count; i++) {
        if (rule->missing == PL_MISSING_LIST && pl_slice_is_missing(cells, &slices[i]))
            slices[i].aside = PL_ASIDE_MISSING;
        else
            all += slices[i].weight;
    }
    for (size_t i = 0; i < count; i++) {
        struct pl_slice *slice = &slices[i];

        if (slice->aside == PL_ASIDE_NOT && slice->n < rule->smallest_slice)
            slice->aside = PL_ASIDE_FEW;
        else if (slice->aside == PL_ASIDE_NOT && slice->weight < rule->smallest_share * all)
            slice->aside = PL_ASIDE_SHARE;
        slice->too_small = slice->aside != PL_ASIDE_NOT;
    }
}

struct pl_str pl_slice_segment(const struct pl_measured *measured, const struct pl_slice *slice,
                               uint32_t i)
{
    return measured->cells->segments[slice->crossing->segments[i]].segment;
}

struct pl_str pl_slice_group(const struct pl_measured *measured, const struct pl_slice *slice,
                             uint32_t i)
{
    return measured->cells->segments[slice->crossing->segments[i]].names[slice->groups[i]];
}

struct pl_str pl_slice_text(const struct pl_measured *measured, const struct pl_slice *slice,
                            struct pl_arena *arena)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};

    if (slice->crossing == NULL)
        return PL_STR("overall");
    pl_buffer_init(&text, TEXT_SIZE_BYTES_MAX);
    for (uint32_t i = 0; i < slice->crossing->count; i++) {
        pl_buffer_add_text(&text, i == 0 ? "" : " × ");
        pl_buffer_add(&text, pl_slice_segment(measured, slice, i));
        pl_buffer_add_char(&text, '=');
        pl_buffer_add(&text, pl_slice_group(measured, slice, i));
    }
    return pl_arena_copy(arena, pl_buffer_view(&text));
}

bool pl_crossing_is_same(const struct pl_crossing *a, const struct pl_crossing *b)
{
    return a->count == b->count &&
           memcmp(a->segments, b->segments, a->count * sizeof *a->segments) == 0;
}

const struct pl_grouping *pl_grouping_find(const struct pl_measured *measured,
                                           const struct pl_crossing *crossing)
{
    for (size_t g = 0; g < measured->groupings_count; g++)
        if (pl_crossing_is_same(&measured->groupings[g].crossing, crossing))
            return &measured->groupings[g];
    return NULL;
}
