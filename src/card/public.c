/*
 * The public's card: plain words and headline figures. Small counts are suppressed, so that no figure
 * is about fewer than ten people, and what could be worked out from the rest is suppressed too.
 *
 * What is shown. Overall, and every group of a single segment; of each the number of decisions, and
 * of the measures those that the line sets limits on, and accuracy and selection_rate. Crossings,
 * cases of findings, reasons with figures, seeds and the history go. Figures have three decimals.
 *
 * Primary suppression. A rate k/n is small when n, k or n - k is below SMALL. Rates of one group hang
 * together: accuracy, selection rate and one rate of errors give all others. So a group shows its
 * figures or it does not: all of them go once one of the rates that were measured, shown or not, is
 * small. Its number of decisions goes when that itself is below SMALL. Overall the same holds, but
 * that a count of 0 is none: that nobody at all was wronged may be said.
 *
 * Complementary suppression. The groups of a segment add up to the total, so what is suppressed adds
 * up to a difference that anybody can take. While one group alone is suppressed, or those that are
 * have together, on a side of some rate, fewer than SMALL, the next smallest group goes as well. This
 * is done for the numbers of decisions first, and then for the figures. Of segments of which one divides
 * the other further, only the coarser is shown.
 */
#include "card/public.h"

#include "card/nested.h"
#include "report/number.h"

#include <math.h>

#define SMALL 10.0
#define SIDES 3 /* of a rate: n, k and n - k */

/* Above it a double has no decimals to round. */
#define ROUNDED_MAX 1e15

/* The groups of one segment. `counts` has a row of `width` sides for each; a side that does not exist
   is infinite. */
struct groups {
    struct pl_body *slices;
    size_t count;
    size_t width;
    double *counts;
    bool *suppressed;
};

static double smallest(const struct groups *groups, size_t group)
{
    double least = HUGE_VAL;

    for (size_t i = 0; i < groups->width; i++)
        least = fmin(least, groups->counts[group * groups->width + i]);
    return least;
}

/* Whether what is suppressed could be told from the total of some side. */
static bool is_exposed(const struct groups *groups)
{
    size_t suppressed = 0;

    for (size_t g = 0; g < groups->count; g++)
        suppressed += groups->suppressed[g] ? 1 : 0;
    for (size_t i = 0; i < groups->width && suppressed > 1; i++) {
        double total = 0.0;

        for (size_t g = 0; g < groups->count; g++)
            total += groups->suppressed[g] ? groups->counts[g * groups->width + i] : 0.0;
        if (total < SMALL)
            return true;
    }
    return suppressed == 1;
}

/* The smallest group that is shown still; `count` when none is. */
static size_t next_smallest(const struct groups *groups)
{
    size_t found = groups->count;

    for (size_t g = 0; g < groups->count; g++)
        if (!groups->suppressed[g] &&
            (found == groups->count || smallest(groups, g) < smallest(groups, found)))
            found = g;
    return found;
}

static void choose(const struct groups *groups)
{
    for (size_t g = 0; g < groups->count; g++)
        groups->suppressed[g] |= smallest(groups, g) < SMALL;
    while (is_exposed(groups)) {
        const size_t next = next_smallest(groups);

        if (next == groups->count)
            return;
        groups->suppressed[next] = true;
    }
}

static void set_null(struct pl_body *object, const char *key)
{
    struct pl_body *member = pl_body_find(object, key);

    if (member != NULL)
        *member = (struct pl_body){.kind = PL_BODY_NULL, .key = member->key};
}

static void set_text(struct pl_body *object, const char *key, const char *text)
{
    struct pl_body *member = pl_body_find(object, key);

    if (member != NULL)
        *member =
            (struct pl_body){.kind = PL_BODY_TEXT, .key = member->key, .text = pl_str_of(text)};
}

static void drop_all(struct pl_body *object, const char *const *keys)
{
    for (size_t i = 0; keys[i] != NULL; i++)
        pl_body_drop(object, keys[i]);
}

static void suppress_estimate(struct pl_body *estimate)
{
    static const char *const KEYS[] = {"value", "low", "high", "n"};

    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        set_null(estimate, KEYS[i]);
    set_text(estimate, "status", "suppressed");
    pl_body_drop(estimate, "reason");
    pl_body_drop(estimate, "unbounded");
}

/* Three decimals. */
static void round_member(struct pl_body *object, const char *key)
{
    struct pl_body *member = pl_body_find(object, key);

    if (member != NULL && member->kind == PL_BODY_REAL && fabs(member->real) < ROUNDED_MAX)
        member->real = round(member->real * 1000.0) / 1000.0;
}

/* The counts of an estimate: a rate has n, k and n - k, others have n only. */
static void take_sides(const struct pl_body *estimate, double sides[SIDES])
{
    const double n = (double)pl_body_count(pl_body_get(estimate, "n"));
    double value = 0.0;

    for (size_t i = 0; i < SIDES; i++)
        sides[i] = HUGE_VAL;
    sides[0] = n;
    if (pl_figure_of(estimate->key) != PL_FIGURE_PERCENT ||
        !pl_body_number(pl_body_get(estimate, "value"), &value))
        return;
    sides[1] = round(value * n);
    sides[2] = n - sides[1];
}

/* Whether the line sets a limit on it, or it is a headline anyhow. */
static bool is_headline(const struct pl_body *card, struct pl_str measure)
{
    const struct pl_body *findings = pl_body_get(card, "findings");

    if (pl_str_equal_text(measure, "accuracy") || pl_str_equal_text(measure, "selection_rate"))
        return true;
    for (size_t i = 0; i < findings->count; i++)
        if (pl_str_equal(pl_body_text(pl_body_get(&findings->items[i], "metric")), measure))
            return true;
    return false;
}

static void keep_headlines(const struct pl_body *card, struct pl_body *one)
{
    struct pl_body *measures = pl_body_find(one, "measures");

    for (size_t i = measures == NULL ? 0 : measures->count; i > 0; i--) {
        struct pl_body *estimate = &measures->items[i - 1];

        if (!is_headline(card, estimate->key))
            pl_body_drop_at(measures, i - 1);
        pl_body_drop(estimate, "p_value");
    }
}

static void round_estimates(struct pl_body *one)
{
    struct pl_body *measures = pl_body_find(one, "measures");

    for (size_t i = 0; measures != NULL && i < measures->count; i++) {
        round_member(&measures->items[i], "value");
        round_member(&measures->items[i], "low");
        round_member(&measures->items[i], "high");
        pl_body_drop(&measures->items[i], "n");
    }
}

static void suppress_measures(struct pl_body *one)
{
    struct pl_body *measures = pl_body_find(one, "measures");

    for (size_t i = 0; measures != NULL && i < measures->count; i++)
        suppress_estimate(&measures->items[i]);
}

static struct pl_str segment_of(const struct pl_body *slice)
{
    const struct pl_body *groups = pl_body_get(slice, "slice");

    return groups->count == 0 ? PL_STR("") : groups->items[0].key;
}

/* The slices of a segment that begin at `first`; returns where the next begins. */
static size_t run_of(const struct pl_body *slices, size_t first)
{
    size_t end = first + 1;

    while (end < slices->count &&
           pl_str_equal(segment_of(&slices->items[first]), segment_of(&slices->items[end])))
        end++;
    return end;
}

/* The groups whose numbers of decisions may not be seen. */
static void suppress_numbers(struct groups groups)
{
    groups.width = 1;
    for (size_t g = 0; g < groups.count; g++)
        groups.counts[g] = (double)pl_body_count(pl_body_get(&groups.slices[g], "n"));
    choose(&groups);
    for (size_t g = 0; g < groups.count; g++)
        if (groups.suppressed[g])
            set_null(&groups.slices[g], "n");
}

/* The groups whose figures may not be seen; those without their number are among them. */
static void suppress_figures(struct groups groups)
{
    static const struct pl_body NOTHING = {.kind = PL_BODY_NULL};

    for (size_t g = 0; g < groups.count; g++) {
        const struct pl_body *measures = pl_body_get(&groups.slices[g], "measures");

        for (size_t m = 0; m < groups.width / SIDES; m++)
            take_sides(m < measures->count ? &measures->items[m] : &NOTHING,
                       groups.counts + g * groups.width + m * SIDES);
    }
    choose(&groups);
    for (size_t g = 0; g < groups.count; g++)
        if (groups.suppressed[g])
            suppress_measures(&groups.slices[g]);
}

static enum pl_status suppress_segment(struct pl_body *slices, size_t count, struct pl_arena *arena,
                                       struct pl_error *error)
{
    struct groups groups = {
        .slices = slices,
        .count = count,
        .width = SIDES * pl_body_get(slices, "measures")->count,
    };

    groups.counts = pl_arena_alloc_array(arena, count * (groups.width + 1), sizeof(double));
    groups.suppressed = pl_arena_alloc_array(arena, count, sizeof(bool));
    if (groups.counts == NULL || groups.suppressed == NULL)
        return pl_arena_error(arena, "the groups of the card", error);
    suppress_numbers(groups);
    suppress_figures(groups);
    return PL_OK;
}

static void strip_slice(const struct pl_body *card, struct pl_body *slice)
{
    static const char *const GONE[] = {"impact_ratios", "unlabelled", "too_small", "aside", NULL};

    keep_headlines(card, slice);
    drop_all(slice, GONE);
    round_estimates(slice);
}

/* Whether another segment tells more about this one than its total: one that it divides further. Of two
   that divide the people alike the first stays. */
static bool is_left_out(const struct pl_body *card, const struct pl_body *segments, size_t at)
{
    const struct pl_body *slices = pl_body_get(card, "slices");
    const char *name = pl_body_text(&segments->items[at]).ptr;

    for (size_t i = 0; i < segments->count; i++) {
        const char *other = pl_body_text(&segments->items[i]).ptr;

        if (i != at && pl_card_is_finer(slices, name, other) &&
            (i < at || !pl_card_is_finer(slices, other, name)))
            return true;
    }
    return false;
}

/* The groups of nested segments add up to each other as well, in more ways than are looked at here: so of
   such segments the coarsest is shown. */
static enum pl_status leave_out_finer(struct pl_body *card, struct pl_arena *arena,
                                      struct pl_error *error)
{
    struct pl_body *data = pl_body_find(card, "data");
    const struct pl_body *segments = pl_body_get(data, "segments");
    struct pl_body *left_out = pl_body_find(data, "segments_left_out");

    left_out->items = pl_arena_alloc_array(arena, segments->count + 1, sizeof *left_out->items);
    if (left_out->items == NULL)
        return pl_arena_error(arena, "the segments of the card", error);
    for (size_t i = 0; i < segments->count; i++)
        if (is_left_out(card, segments, i))
            left_out->items[left_out->count++] = segments->items[i];
    return PL_OK;
}

static bool is_shown(const struct pl_body *slice, const struct pl_body *left_out)
{
    const struct pl_body *groups = pl_body_get(slice, "slice");

    for (size_t i = 0; i < left_out->count && groups->count == 1; i++)
        if (pl_str_equal(groups->items[0].key, pl_body_text(&left_out->items[i])))
            return false;
    return groups->count == 1;
}

/* Crossings go first, so that what is left of a segment stands together. */
static enum pl_status suppress_slices(struct pl_body *card, struct pl_arena *arena,
                                      struct pl_error *error)
{
    struct pl_body *slices = pl_body_find(card, "slices");

    if (slices == NULL)
        return PL_OK;
    PL_RETURN_IF(leave_out_finer(card, arena, error));
    for (size_t i = slices->count; i > 0; i--)
        if (!is_shown(&slices->items[i - 1],
                      pl_body_get(pl_body_get(card, "data"), "segments_left_out")))
            pl_body_drop_at(slices, i - 1);
    for (size_t first = 0, end; first < slices->count; first = end) {
        end = run_of(slices, first);
        PL_RETURN_IF(suppress_segment(&slices->items[first], end - first, arena, error));
    }
    for (size_t i = 0; i < slices->count; i++)
        strip_slice(card, &slices->items[i]);
    return PL_OK;
}

static bool is_small_overall(const struct pl_body *measures)
{
    for (size_t i = 0; i < measures->count; i++) {
        double sides[SIDES];

        take_sides(&measures->items[i], sides);
        for (size_t s = 0; s < SIDES; s++)
            if (sides[s] > 0.0 && sides[s] < SMALL)
                return true;
    }
    return false;
}

static void suppress_overall(struct pl_body *card)
{
    struct pl_body *overall = pl_body_find(card, "overall");

    if (is_small_overall(pl_body_get(overall, "measures")))
        suppress_measures(overall);
    keep_headlines(card, overall);
    round_estimates(overall);
}

static void keep_only(struct pl_body *object, const char *key)
{
    for (size_t i = object->count; i > 0; i--)
        if (!pl_str_equal_text(object->items[i - 1].key, key))
            pl_body_drop_at(object, i - 1);
}

/* What the headline measures say, in a sentence each. Limits count as headlines by their findings, which
   must be there still. */
static void strip_method(struct pl_body *card)
{
    struct pl_body *method = pl_body_find(card, "method");
    struct pl_body *measures = pl_body_find(method, "measures");

    for (size_t i = measures->count; i > 0; i--) {
        if (is_headline(card, measures->items[i - 1].key))
            keep_only(&measures->items[i - 1], "summary");
        else
            pl_body_drop_at(measures, i - 1);
    }
    keep_only(method, "measures");
}

/* A limit and how it stands; whose figures decided it is for the auditor. */
static void strip_findings(struct pl_body *card)
{
    static const char *const KEPT[] = {"limit", "metric", "comparator", "threshold", "state"};
    struct pl_body *findings = pl_body_find(card, "findings");

    for (size_t i = 0; findings != NULL && i < findings->count; i++) {
        struct pl_body *finding = &findings->items[i];

        for (size_t m = finding->count; m > 0; m--) {
            bool kept = false;

            for (size_t k = 0; k < sizeof KEPT / sizeof *KEPT; k++)
                kept |= pl_str_equal_text(finding->items[m - 1].key, KEPT[k]);
            if (!kept)
                pl_body_drop_at(finding, m - 1);
        }
    }
}

/* Reasons that come from figures say them; those of needs and risk do not. */
static void strip_reasons(struct pl_body *card)
{
    struct pl_body *reasons = pl_body_find(pl_body_find(card, "verdict"), "reasons");

    for (size_t i = reasons->count; i > 0; i--)
        if (!pl_body_member_is(&reasons->items[i - 1], "kind", "need") &&
            !pl_body_member_is(&reasons->items[i - 1], "kind", "risk") &&
            !pl_body_member_is(&reasons->items[i - 1], "kind", "clear"))
            pl_body_drop_at(reasons, i - 1);
}

static void strip_launch(struct pl_body *card)
{
    static const char *const GONE[] = {"n",        "needed",      "short_of", "reasons",
                                       "findings", "family_size", NULL};
    struct pl_body *launch = pl_body_find(card, "launch");
    struct pl_body *slices = launch == NULL ? NULL : pl_body_find(launch, "slices");

    for (size_t i = 0; slices != NULL && i < slices->count; i++)
        drop_all(&slices->items[i], GONE);
}

/* That somebody signed, and as what; who it was is nobody's business. */
static void strip_sign_offs(struct pl_body *card)
{
    static const char *const GONE[] = {"name", "reason", "time_ms", "data_hash", NULL};
    struct pl_body *signs = pl_body_find(card, "sign_offs");

    for (size_t i = 0; i < signs->count; i++)
        drop_all(&signs->items[i], GONE);
}

static bool is_few(const struct pl_body *count)
{
    const double n = (double)pl_body_count(count);

    return n > 0.0 && n < SMALL;
}

/* A hash of something with few unknowns tells them to whoever tries them all: the suppressed counts are the
   only ones in the figures, and may be in the data. So the hashes of these go, and that of the ledger,
   which the record of the figures is part of. */
static void strip_hashes(struct pl_body *card)
{
    static const char *const OF_DATA[] = {"hash", "hashed", "size_bytes", NULL};
    static const char *const HASHES[] = {"data", "figures", "ledger", NULL};
    struct pl_body *data = pl_body_find(card, "data");

    drop_all(data, OF_DATA);
    drop_all(pl_body_find(card, "hashes"), HASHES);
    pl_body_drop(pl_body_find(card, "verdict"), "time_ms");
    if (is_few(pl_body_get(data, "unlabelled")))
        set_null(data, "unlabelled");
    if (is_few(pl_body_get(data, "unpredicted")))
        set_null(data, "unpredicted");
}

enum pl_status pl_card_make_public(struct pl_body *card, struct pl_arena *arena,
                                   struct pl_error *error)
{
    static const char *const GONE[] = {"history", "history_omitted", "slices_omitted", "baselines",
                                       NULL};

    PL_RETURN_IF(suppress_slices(card, arena, error));
    suppress_overall(card);
    strip_method(card);
    strip_findings(card);
    strip_reasons(card);
    strip_launch(card);
    strip_sign_offs(card);
    strip_hashes(card);
    drop_all(card, GONE);
    return PL_OK;
}
