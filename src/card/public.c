/*
 * The public's card: plain words and headline figures. Small counts are suppressed, so that no figure
 * is about fewer than ten people, and what could be worked out from the rest is suppressed too.
 *
 * What is shown. Overall, and every group of a single segment; of each the number of decisions, and
 * of the measures those that the line sets limits on, and accuracy and selection_rate. Crossings,
 * cases of findings, reasons with figures, seeds and the history go. Figures have three decimals, so
 * that counts cannot be made from them to the last one.
 *
 * Primary suppression. A group with fewer than SMALL decisions loses all its figures; an estimate of
 * fewer than SMALL decisions is suppressed, and so is a rate k/n with k or n - k below SMALL. Nothing
 * is said of whether there were none.
 *
 * Complementary suppression. The groups of a segment add up to the total. What is suppressed in a
 * segment adds up to a difference that anybody can take; while one group alone is suppressed, or all
 * that are have together fewer than SMALL on a side, the next smallest group is suppressed as well.
 * This is done for the numbers of decisions, and then for each measure on its own: n, and for a rate k
 * and n - k. Where everything in a segment is suppressed the total itself shows no more than itself.
 */
#include "card/public.h"

#include "report/number.h"

#include <math.h>

#define SMALL      10.0
#define SIDES      3 /* n, k and n - k */
#define NUMBER_MAX 1e15

/* The groups of one segment, and what stands to be suppressed. */
struct side {
    double counts[SIDES]; /* of one group; a side that does not exist is NUMBER_MAX */
    bool suppressed;
    struct pl_body *body; /* the slice, or the estimate */
};

struct sides {
    struct side *items;
    size_t count;
};

static bool is_small(const struct side *side)
{
    for (size_t i = 0; i < SIDES; i++)
        if (side->counts[i] < SMALL)
            return true;
    return false;
}

static double smallest(const struct side *side)
{
    return fmin(side->counts[0], fmin(side->counts[1], side->counts[2]));
}

/* Whether what is suppressed could be told from the total. */
static bool is_exposed(const struct sides *sides)
{
    double totals[SIDES] = {0.0};
    size_t suppressed = 0;

    for (size_t i = 0; i < sides->count; i++)
        for (size_t s = 0; s < SIDES && sides->items[i].suppressed; s++)
            totals[s] += sides->items[i].counts[s];
    for (size_t i = 0; i < sides->count; i++)
        suppressed += sides->items[i].suppressed ? 1 : 0;
    if (suppressed == 0)
        return false;
    return suppressed == 1 || totals[0] < SMALL || totals[1] < SMALL || totals[2] < SMALL;
}

/* The smallest that is shown still; NULL when nothing is. */
static struct side *next_smallest(const struct sides *sides)
{
    struct side *found = NULL;

    for (size_t i = 0; i < sides->count; i++) {
        struct side *one = &sides->items[i];

        if (!one->suppressed && (found == NULL || smallest(one) < smallest(found)))
            found = one;
    }
    return found;
}

static void choose(const struct sides *sides)
{
    for (size_t i = 0; i < sides->count; i++)
        sides->items[i].suppressed |= is_small(&sides->items[i]);
    while (is_exposed(sides)) {
        struct side *next = next_smallest(sides);

        if (next == NULL)
            return;
        next->suppressed = true;
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

    if (member != NULL && member->kind == PL_BODY_REAL)
        member->real = round(member->real * 1000.0) / 1000.0;
}

/* The counts of an estimate: a rate has k and n - k, others have n only. */
static struct side side_of(struct pl_body *estimate)
{
    struct side side = {.body = estimate, .counts = {NUMBER_MAX, NUMBER_MAX, NUMBER_MAX}};
    const double n = (double)pl_body_count(pl_body_get(estimate, "n"));
    double value = 0.0;

    side.counts[0] = n;
    if (pl_figure_of(estimate->key) != PL_FIGURE_PERCENT ||
        !pl_body_number(pl_body_get(estimate, "value"), &value))
        return side;
    side.counts[1] = round(value * n);
    side.counts[2] = n - side.counts[1];
    return side;
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

static void suppress_slice(struct pl_body *slice)
{
    struct pl_body *measures = pl_body_find(slice, "measures");

    set_null(slice, "n");
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
static void suppress_numbers(struct pl_body *slices, size_t first, size_t end, struct side *room)
{
    const struct sides sides = {room, end - first};

    for (size_t i = first; i < end; i++)
        room[i - first] =
            (struct side){.body = &slices->items[i],
                          .counts = {(double)pl_body_count(pl_body_get(&slices->items[i], "n")),
                                     NUMBER_MAX, NUMBER_MAX}};
    choose(&sides);
    for (size_t i = 0; i < sides.count; i++)
        if (room[i].suppressed)
            suppress_slice(room[i].body);
}

/* The estimates of one measure that may not be seen. What went with its group counts as suppressed
   with nothing on any side, which asks for no less than what it had. */
static void suppress_measure(struct pl_body *slices, size_t first, size_t end, size_t measure,
                             struct side *room)
{
    const struct sides sides = {room, end - first};

    for (size_t i = first; i < end; i++) {
        struct pl_body *estimate = &pl_body_find(&slices->items[i], "measures")->items[measure];

        room[i - first] = side_of(estimate);
        if (pl_body_member_is(estimate, "status", "suppressed"))
            room[i - first] = (struct side){.body = estimate, .suppressed = true};
    }
    choose(&sides);
    for (size_t i = 0; i < sides.count; i++)
        if (room[i].suppressed)
            suppress_estimate(room[i].body);
}

static void suppress_segment(struct pl_body *slices, size_t first, size_t end, struct side *room)
{
    const struct pl_body *measures = pl_body_get(&slices->items[first], "measures");

    suppress_numbers(slices, first, end, room);
    for (size_t m = 0; m < measures->count; m++)
        suppress_measure(slices, first, end, m, room);
}

/* Crossings go first, so that what is left of a segment stands together. */
static enum pl_status suppress_slices(struct pl_body *card, struct pl_arena *arena,
                                      struct pl_error *error)
{
    struct pl_body *slices = pl_body_find(card, "slices");
    struct side *room;

    if (slices == NULL)
        return PL_OK;
    for (size_t i = slices->count; i > 0; i--)
        if (pl_body_get(&slices->items[i - 1], "slice")->count != 1)
            pl_body_drop_at(slices, i - 1);
    room = pl_arena_alloc_array(arena, slices->count + 1, sizeof *room);
    if (room == NULL)
        return pl_arena_error(arena, "the groups of the card", error);
    for (size_t i = 0; i < slices->count; i++)
        keep_headlines(card, &slices->items[i]);
    for (size_t first = 0, end; first < slices->count; first = end) {
        end = run_of(slices, first);
        suppress_segment(slices, first, end, room);
    }
    for (size_t i = 0; i < slices->count; i++) {
        pl_body_drop(&slices->items[i], "impact_ratios");
        pl_body_drop(&slices->items[i], "unlabelled");
        pl_body_drop(&slices->items[i], "too_small");
        pl_body_drop(&slices->items[i], "aside");
        round_estimates(&slices->items[i]);
    }
    return PL_OK;
}

static void suppress_overall(struct pl_body *card)
{
    struct pl_body *overall = pl_body_find(card, "overall");
    struct pl_body *measures;

    keep_headlines(card, overall);
    measures = pl_body_find(overall, "measures");
    for (size_t i = 0; i < measures->count; i++) {
        const struct side side = side_of(&measures->items[i]);

        if (is_small(&side))
            suppress_estimate(&measures->items[i]);
    }
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
    struct pl_body *launch = pl_body_find(card, "launch");
    struct pl_body *slices = launch == NULL ? NULL : pl_body_find(launch, "slices");

    for (size_t i = 0; slices != NULL && i < slices->count; i++) {
        static const char *const GONE[] = {"n",       "needed",   "short_of",
                                           "reasons", "findings", "family_size"};

        for (size_t g = 0; g < sizeof GONE / sizeof *GONE; g++)
            pl_body_drop(&slices->items[i], GONE[g]);
    }
}

/* That somebody signed, and as what; who it was is nobody's business. */
static void strip_sign_offs(struct pl_body *card)
{
    struct pl_body *signs = pl_body_find(card, "sign_offs");

    for (size_t i = 0; i < signs->count; i++) {
        pl_body_drop(&signs->items[i], "name");
        pl_body_drop(&signs->items[i], "reason");
    }
}

enum pl_status pl_card_make_public(struct pl_body *card, struct pl_arena *arena,
                                   struct pl_error *error)
{
    static const char *const GONE[] = {"history", "history_omitted", "slices_omitted", "baselines"};

    PL_RETURN_IF(suppress_slices(card, arena, error));
    suppress_overall(card);
    strip_method(card);
    strip_findings(card);
    strip_reasons(card);
    strip_launch(card);
    strip_sign_offs(card);
    for (size_t i = 0; i < sizeof GONE / sizeof *GONE; i++)
        pl_body_drop(card, GONE[i]);
    return PL_OK;
}
