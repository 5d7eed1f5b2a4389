/*
 * TER (Snover et al. 2006, AMTA) as sacrebleu 2.6.0 computes it, after Tercom: edits, where moving a
 * run of words counts as one, over the mean length of the references. The shifts are found greedily,
 * by Tercom's conditions and within sacrebleu's limits: runs of at most 10 words, moved at most 50,
 * a beam of 25, and no more than 1,000 shifts tried for a pair of texts. These limits are part of the
 * figure. Scores and signatures agree with sacrebleu to 1e-9 (tests/cli/test_text_metrics.py).
 *
 * Statistics: the fewest edits over the references, and their mean length.
 */
#include "text/beam.h"
#include "text/metrics.h"
#include "text/tokenise.h"

#include <string.h>

#define SHIFT_SIZE_MAX       10
#define SHIFT_DISTANCE_MAX   50
#define SHIFT_CANDIDATES_MAX 1000

/* How the words stand to each other on the best path through the beam. */
struct alignment {
    int32_t *place; /* for each word of the reference, the word of the output before or at it */
    uint32_t *reference_errors; /* sums: errors before each word */
    uint32_t *output_errors;
};

struct candidate {
    int32_t gain;
    uint32_t length;
    uint32_t start;
    uint32_t target;
};

struct search {
    struct pl_beam beam;
    struct alignment alignment;
    uint32_t tried;
    struct candidate best;
    bool has_best;
};

static const struct pl_cutters CUTTERS = {pl_tokenise_tercom, pl_tokenise_tercom_twice};

static size_t stats_count(const struct pl_text_options *options)
{
    (void)options;
    return 2;
}

/* --- alignment ----------------------------------------------------------------------------------- */

static bool alignment_init(struct alignment *alignment, const struct pl_beam *beam,
                           struct pl_text_scratch *scratch)
{
    const size_t m = beam->columns_count;
    const size_t n = beam->rows_count;

    alignment->place = pl_text_scratch_alloc(scratch, m + 1, sizeof *alignment->place);
    alignment->reference_errors = pl_text_scratch_alloc(scratch, m + 1, sizeof(uint32_t));
    alignment->output_errors = pl_text_scratch_alloc(scratch, n + 1, sizeof(uint32_t));
    return alignment->place != NULL && alignment->reference_errors != NULL &&
           alignment->output_errors != NULL;
}

static void sum_up(uint32_t *errors, uint32_t count)
{
    errors[0] = 0;
    for (uint32_t i = 1; i <= count; i++)
        errors[i] += errors[i - 1];
}

/* Back along the best path: a substitution or an equal word before a deletion before an insertion. */
static void align(struct search *search)
{
    const struct pl_beam *beam = &search->beam;
    const struct alignment *to = &search->alignment;
    uint32_t i = beam->rows_count;
    uint32_t j = beam->columns_count;
    int32_t cost = pl_beam_cost(beam, i, j);

    while (i > 0 || j > 0) {
        const bool equal = i > 0 && j > 0 && beam->output[i - 1] == beam->reference[j - 1];
        const int32_t substituted = i > 0 && j > 0 ? pl_beam_cost(beam, i - 1, j - 1) : -2;

        if (substituted + !equal == cost) {
            to->place[j - 1] = (int32_t)i - 1;
            to->output_errors[i--] = !equal;
            to->reference_errors[j--] = !equal;
            cost = substituted;
        } else if (i > 0 && pl_beam_cost(beam, i - 1, j) + 1 == cost) {
            to->output_errors[i--] = 1;
            cost--;
        } else {
            to->place[j - 1] = (int32_t)i - 1;
            to->reference_errors[j--] = 1;
            cost--;
        }
    }
    sum_up(to->output_errors, beam->rows_count);
    sum_up(to->reference_errors, beam->columns_count);
}

/* --- shifts -------------------------------------------------------------------------------------- */

/* Tercom's move of a run of words to before word `target`, which may lie within the run. */
static struct pl_rotation rotation_of(const struct candidate *shift, uint32_t rows_count)
{
    const uint32_t end = shift->start + shift->length;

    if (shift->target < shift->start)
        return (struct pl_rotation){shift->target, shift->start, end};
    if (shift->target > end)
        return (struct pl_rotation){shift->start, end, shift->target};

    const uint32_t last = shift->length + shift->target;

    return (struct pl_rotation){shift->start, end, last < rows_count ? last : rows_count};
}

/* The highest gain, then the longest run, then the first, then the first target. */
static bool is_better(const struct candidate *a, const struct candidate *b)
{
    if (a->gain != b->gain)
        return a->gain > b->gain;
    if (a->length != b->length)
        return a->length > b->length;
    if (a->start != b->start)
        return a->start < b->start;
    return a->target < b->target;
}

static void try_shift(struct search *search, int32_t cost_now, struct candidate shift)
{
    const struct pl_rotation rotation = rotation_of(&shift, search->beam.rows_count);

    shift.gain = cost_now - pl_beam_try(&search->beam, rotation);
    search->tried++;
    if (!search->has_best || is_better(&shift, &search->best)) {
        search->best = shift;
        search->has_best = true;
    }
}

/* All targets of one run that equals the reference at `at`. */
static void try_targets(struct search *search, int32_t cost_now, struct candidate shift,
                        uint32_t at)
{
    const struct alignment *alignment = &search->alignment;
    int64_t before = -1;

    for (int64_t offset = -1; offset < (int64_t)shift.length; offset++) {
        const int64_t place = at + offset;
        const int64_t target = place < 0 ? 0 : alignment->place[place] + 1;

        if (target == before)
            continue;
        before = target;
        shift.target = (uint32_t)target;
        try_shift(search, cost_now, shift);
    }
}

/* Both the run and where it should be must hold an error, and it must not be there already. */
static bool is_worth_trying(const struct search *search, const struct candidate *shift, uint32_t at)
{
    const struct alignment *alignment = &search->alignment;
    const uint32_t start = shift->start;
    const uint32_t end = start + shift->length;
    const int32_t place = alignment->place[at];

    return alignment->output_errors[end] > alignment->output_errors[start] &&
           alignment->reference_errors[at + shift->length] > alignment->reference_errors[at] &&
           (place < (int32_t)start || place >= (int32_t)end);
}

/* The runs that begin at one word of each text, from one word on. True when enough were tried. */
static bool try_runs(struct search *search, int32_t cost_now, uint32_t start, uint32_t at)
{
    const struct pl_beam *beam = &search->beam;

    for (uint32_t length = 1; length <= SHIFT_SIZE_MAX; length++) {
        const struct candidate shift = {.length = length, .start = start};

        if (start + length > beam->rows_count || at + length > beam->columns_count ||
            beam->output[start + length - 1] != beam->reference[at + length - 1])
            return false;
        if (!is_worth_trying(search, &shift, at))
            continue;
        try_targets(search, cost_now, shift, at);
        if (search->tried >= SHIFT_CANDIDATES_MAX)
            return true;
    }
    return false;
}

/* Every place near `start` where the reference has the same word. */
static bool try_places(struct search *search, int32_t cost_now, uint32_t start)
{
    const uint32_t id = search->beam.output[start];
    const uint32_t first = start > SHIFT_DISTANCE_MAX ? start - SHIFT_DISTANCE_MAX : 0;
    const uint32_t last = start + SHIFT_DISTANCE_MAX + 1;

    for (uint32_t from = first; from < last && from < search->beam.columns_count; from += 64) {
        uint64_t places = pl_beam_mask(&search->beam, id, from);

        if (last - from < 64)
            places &= ((uint64_t)1 << (last - from)) - 1;
        for (; places != 0; places &= places - 1)
            if (try_runs(search, cost_now, start, from + (uint32_t)__builtin_ctzll(places)))
                return true;
    }
    return false;
}

static void find_best(struct search *search, int32_t cost_now)
{
    align(search);
    search->has_best = false;
    for (uint32_t start = 0; start < search->beam.rows_count; start++)
        if (try_places(search, cost_now, start))
            return;
}

static bool count_edits(const struct pl_sequence *output, const struct pl_sequence *reference,
                        size_t distinct, struct pl_text_scratch *scratch, uint64_t *ret_edits)
{
    struct search search = {.tried = 0};
    uint64_t shifts = 0;
    int32_t cost;

    *ret_edits = output->count + reference->count;
    if (output->count == 0 || reference->count == 0)
        return true;
    if (!pl_beam_init(&search.beam, output, reference, distinct, scratch) ||
        !alignment_init(&search.alignment, &search.beam, scratch))
        return false;
    for (;;) {
        cost = pl_beam_cost(&search.beam, search.beam.rows_count, search.beam.columns_count);
        find_best(&search, cost);
        if (search.tried >= SHIFT_CANDIDATES_MAX || !search.has_best || search.best.gain <= 0)
            break;
        shifts++;
        pl_beam_rotate(&search.beam, rotation_of(&search.best, search.beam.rows_count));
    }
    *ret_edits = shifts + (uint64_t)cost;
    return true;
}

static enum pl_status collect(const struct pl_text_options *options,
                              const struct pl_text_segment *segment,
                              struct pl_text_scratch *scratch, double *ret_stats,
                              struct pl_error *error)
{
    uint64_t best = UINT64_MAX;
    uint64_t lengths = 0;
    struct pl_sequences texts;

    if (!pl_segment_cut(segment, options, CUTTERS, scratch, &texts))
        return pl_text_scratch_error(scratch, error);
    for (size_t i = 0; i < texts.count; i++)
        if (texts.items[i].count > PL_BEAM_WORDS_MAX)
            return pl_error_set(error, PL_E_LIMIT, "the text has %zu words; TER takes %d at most",
                                texts.items[i].count, PL_BEAM_WORDS_MAX);
    for (size_t i = 1; i < texts.count; i++) {
        uint64_t edits;

        if (!count_edits(&texts.items[0], &texts.items[i], texts.distinct, scratch, &edits))
            return pl_text_scratch_error(scratch, error);
        best = edits < best ? edits : best;
        lengths += texts.items[i].count;
    }
    ret_stats[0] = (double)best;
    ret_stats[1] = (double)lengths / (double)(texts.count - 1);
    return PL_OK;
}

static double score(const struct pl_text_options *options, const double *stats)
{
    (void)options;
    if (stats[1] > 0.0)
        return 100.0 * (stats[0] / stats[1]);
    return stats[0] > 0.0 ? 100.0 : 0.0;
}

static const char *yes_no(bool value)
{
    return value ? "yes" : "no";
}

static void sign(const struct pl_text_metric *metric, const struct pl_text_options *options,
                 size_t references_count, struct pl_buffer *buffer)
{
    (void)metric;
    pl_buffer_add_text(buffer, "TER|");
    pl_text_sign_references(references_count, buffer);
    pl_buffer_add_format(buffer, "|case:%s|tok:tercom|norm:%s|punct:%s|asian:%s|version:%s",
                         options->case_sensitive ? "mixed" : "lc", yes_no(options->normalized),
                         yes_no(!options->no_punct), yes_no(options->asian_support),
                         PL_SACREBLEU_VERSION);
}

const struct pl_text_metric PL_TEXT_TER = {
    .name = "ter",
    .help = "TER, as sacrebleu computes it: edits and shifts over the reference's length.",
    .options = PL_TEXT_OPTION_BIT(PL_TEXT_NORMALIZED) | PL_TEXT_OPTION_BIT(PL_TEXT_NO_PUNCT) |
               PL_TEXT_OPTION_BIT(PL_TEXT_ASIAN_SUPPORT) |
               PL_TEXT_OPTION_BIT(PL_TEXT_CASE_SENSITIVE),
    .scale = 100.0,
    .lower_better = true,
    .needs_reference = true,
    .stats_count = stats_count,
    .collect = collect,
    .score = score,
    .sign = sign,
};
