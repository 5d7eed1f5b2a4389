/*
 * Equality and likeness of an output and its references: exact, normalised, contained, one of several,
 * and the edit similarity 1 - distance / longer length over code points. Of several references the best
 * counts. Statistics: the value of the segment, and 1.
 */
#include "text/match.h"

#include "text/alphabet.h"
#include "text/levenshtein.h"
#include "text/metrics.h"
#include "text/unicode.h"

#include <string.h>

/* --- small measures ------------------------------------------------------------------------------ */

struct pl_text_length pl_text_measure(struct pl_str text)
{
    struct pl_text_length length = {.bytes = text.len};
    bool in_word = false;

    while (text.len > 0) {
        uint32_t code;
        const size_t taken = pl_utf8_next(text, &code);
        const bool is_space = pl_code_is_space(code);

        length.characters++;
        length.words += !is_space && !in_word;
        in_word = !is_space;
        text = (struct pl_str){text.ptr + taken, text.len - taken};
    }
    return length;
}

enum pl_status pl_text_distance(struct pl_str a, struct pl_str b, struct pl_text_scratch *scratch,
                                size_t *ret_distance, struct pl_error *error)
{
    struct pl_codes codes[2];
    struct pl_sequences texts;

    pl_text_scratch_reset(scratch);
    PL_RETURN_IF(pl_text_scratch_check(scratch, a, error));
    PL_RETURN_IF(pl_text_scratch_check(scratch, b, error));
    if (!pl_codes_decode(a, scratch, &codes[0]) || !pl_codes_decode(b, scratch, &codes[1]) ||
        !pl_codes_number(codes, 2, true, scratch, &texts))
        return pl_text_scratch_error(scratch, error);
    if ((double)codes[0].count * (double)codes[1].count > PL_LEVENSHTEIN_CELLS_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "the texts have %zu and %zu characters; their product may be 2.5e11 at"
                            " most",
                            codes[0].count, codes[1].count);
    if (!pl_levenshtein(&texts.items[0], &texts.items[1], texts.distinct, scratch, ret_distance))
        return pl_text_scratch_error(scratch, error);
    return PL_OK;
}

/* --- normal form --------------------------------------------------------------------------------- */

/* White space as single blanks, none at the ends; no punctuation when it is dropped. */
static size_t write_normal(const struct pl_codes *codes, bool drop_punctuation, char *bytes)
{
    bool is_blank_due = false;
    size_t len = 0;

    for (size_t i = 0; i < codes->count; i++) {
        const uint32_t classes = pl_code_classes(codes->ptr[i]);

        if (drop_punctuation && (classes & PL_CODE_PUNCTUATION) != 0)
            continue;
        if ((classes & PL_CODE_SPACE) != 0) {
            is_blank_due = len > 0;
            continue;
        }
        if (is_blank_due)
            bytes[len++] = ' ';
        is_blank_due = false;
        len += pl_utf8_put(codes->ptr[i], bytes + len);
    }
    return len;
}

enum pl_status pl_text_normalise(struct pl_str text, bool drop_punctuation,
                                 struct pl_text_scratch *scratch, struct pl_str *ret_normal,
                                 struct pl_error *error)
{
    struct pl_codes codes;

    PL_RETURN_IF(pl_text_scratch_check(scratch, text, error));
    if (!pl_codes_decode(text, scratch, &codes) || !pl_codes_fold(&codes, scratch))
        return pl_text_scratch_error(scratch, error);

    char *bytes = pl_text_scratch_alloc(scratch, codes.count + 1, 4);

    if (bytes == NULL)
        return pl_text_scratch_error(scratch, error);
    *ret_normal = (struct pl_str){bytes, write_normal(&codes, drop_punctuation, bytes)};
    return PL_OK;
}

/* --- rows of yes or no --------------------------------------------------------------------------- */

static void set_mean(double *ret_stats, double value)
{
    ret_stats[0] = value;
    ret_stats[1] = 1.0;
}

static enum pl_status collect_exact(const struct pl_text_options *options,
                                    const struct pl_text_segment *segment,
                                    struct pl_text_scratch *scratch, double *ret_stats,
                                    struct pl_error *error)
{
    bool found = false;

    (void)options;
    (void)scratch;
    (void)error;
    for (size_t i = 0; i < segment->references_count; i++)
        found |= pl_str_equal(segment->output, segment->references[i]);
    set_mean(ret_stats, found ? 1.0 : 0.0);
    return PL_OK;
}

/* A text as the options compare it. */
static enum pl_status read_text(struct pl_str text, const struct pl_text_options *options,
                                struct pl_text_scratch *scratch, struct pl_str *ret_text,
                                struct pl_error *error)
{
    *ret_text = text;
    if (!options->normalise)
        return PL_OK;
    return pl_text_normalise(text, options->drop_punctuation, scratch, ret_text, error);
}

static enum pl_status collect_one_of(const struct pl_text_options *options,
                                     const struct pl_text_segment *segment,
                                     struct pl_text_scratch *scratch, double *ret_stats,
                                     struct pl_error *error)
{
    struct pl_str output;
    bool found = false;

    PL_RETURN_IF(read_text(segment->output, options, scratch, &output, error));
    for (size_t i = 0; i < segment->references_count; i++) {
        struct pl_str reference;

        PL_RETURN_IF(read_text(segment->references[i], options, scratch, &reference, error));
        found |= pl_str_equal(output, reference);
    }
    set_mean(ret_stats, found ? 1.0 : 0.0);
    return PL_OK;
}

/* How many references the output contains. */
static enum pl_status count_contained(const struct pl_text_options *options,
                                      const struct pl_text_segment *segment,
                                      struct pl_text_scratch *scratch, size_t *ret_count,
                                      struct pl_error *error)
{
    struct pl_str output;
    size_t count = 0;

    PL_RETURN_IF(read_text(segment->output, options, scratch, &output, error));
    for (size_t i = 0; i < segment->references_count; i++) {
        struct pl_str reference;

        PL_RETURN_IF(read_text(segment->references[i], options, scratch, &reference, error));
        if (reference.len == 0)
            return pl_error_set(error, PL_E_DATA,
                                "reference %zu has nothing to look for: every text contains it",
                                i + 1);
        count += output.len >= reference.len &&
                 memmem(output.ptr, output.len, reference.ptr, reference.len) != NULL;
    }
    *ret_count = count;
    return PL_OK;
}

static enum pl_status collect_contains(const struct pl_text_options *options,
                                       const struct pl_text_segment *segment,
                                       struct pl_text_scratch *scratch, double *ret_stats,
                                       struct pl_error *error)
{
    size_t count = 0;

    PL_RETURN_IF(count_contained(options, segment, scratch, &count, error));
    set_mean(ret_stats, count > 0 ? 1.0 : 0.0);
    return PL_OK;
}

static enum pl_status collect_contains_all(const struct pl_text_options *options,
                                           const struct pl_text_segment *segment,
                                           struct pl_text_scratch *scratch, double *ret_stats,
                                           struct pl_error *error)
{
    size_t count = 0;

    PL_RETURN_IF(count_contained(options, segment, scratch, &count, error));
    set_mean(ret_stats, count == segment->references_count ? 1.0 : 0.0);
    return PL_OK;
}

/* --- edit similarity ----------------------------------------------------------------------------- */

static enum pl_status collect_similarity(const struct pl_text_options *options,
                                         const struct pl_text_segment *segment,
                                         struct pl_text_scratch *scratch, double *ret_stats,
                                         struct pl_error *error)
{
    const double output = (double)pl_text_measure(segment->output).characters;
    double best = 0.0;

    (void)options;
    for (size_t i = 0; i < segment->references_count; i++) {
        const double reference = (double)pl_text_measure(segment->references[i]).characters;
        const double longer = output > reference ? output : reference;
        size_t distance;

        PL_RETURN_IF(
            pl_text_distance(segment->output, segment->references[i], scratch, &distance, error));

        const double here = longer > 0.0 ? 1.0 - (double)distance / longer : 1.0;

        best = here > best ? here : best;
    }
    set_mean(ret_stats, best);
    return PL_OK;
}

/* --- length -------------------------------------------------------------------------------------- */

static enum pl_status collect_characters(const struct pl_text_options *options,
                                         const struct pl_text_segment *segment,
                                         struct pl_text_scratch *scratch, double *ret_stats,
                                         struct pl_error *error)
{
    (void)options;
    (void)scratch;
    (void)error;
    set_mean(ret_stats, (double)pl_text_measure(segment->output).characters);
    return PL_OK;
}

static enum pl_status collect_words(const struct pl_text_options *options,
                                    const struct pl_text_segment *segment,
                                    struct pl_text_scratch *scratch, double *ret_stats,
                                    struct pl_error *error)
{
    (void)options;
    (void)scratch;
    (void)error;
    set_mean(ret_stats, (double)pl_text_measure(segment->output).words);
    return PL_OK;
}

/* --- rows ---------------------------------------------------------------------------------------- */

static void prepare_normalised(struct pl_text_options *options)
{
    options->normalise = true;
}

/* What every row of a mean has. */
#define MEAN_ROW                                                                                   \
    .scale = 1.0, .is_mean = true, .stats_count = pl_text_mean_count, .score = pl_text_mean_score, \
    .sign = pl_text_sign_options

#define NORMALISE_OPTIONS                                                                          \
    (PL_TEXT_OPTION_BIT(PL_TEXT_NORMALISE) | PL_TEXT_OPTION_BIT(PL_TEXT_DROP_PUNCTUATION))

const struct pl_text_metric PL_TEXT_EXACT = {
    .name = "exact",
    .help = "1 when the output is one of the references, byte for byte.",
    .needs_reference = true,
    .collect = collect_exact,
    MEAN_ROW,
};

const struct pl_text_metric PL_TEXT_NORMALISED_EXACT = {
    .name = "normalised_exact",
    .help = "1 when the output is one of the references in NFKC with case and white space folded.",
    .options = PL_TEXT_OPTION_BIT(PL_TEXT_DROP_PUNCTUATION),
    .needs_reference = true,
    .prepare = prepare_normalised,
    .collect = collect_one_of,
    MEAN_ROW,
};

const struct pl_text_metric PL_TEXT_ONE_OF = {
    .name = "one_of",
    .help = "1 when the output is one of the words that are allowed, the references.",
    .options = NORMALISE_OPTIONS,
    .needs_reference = true,
    .prepare = prepare_normalised,
    .collect = collect_one_of,
    MEAN_ROW,
};

const struct pl_text_metric PL_TEXT_CONTAINS = {
    .name = "contains",
    .help = "1 when some reference stands in the output.",
    .options = NORMALISE_OPTIONS,
    .needs_reference = true,
    .collect = collect_contains,
    MEAN_ROW,
};

const struct pl_text_metric PL_TEXT_CONTAINS_ALL = {
    .name = "contains_all",
    .help = "1 when every reference stands in the output.",
    .options = NORMALISE_OPTIONS,
    .needs_reference = true,
    .collect = collect_contains_all,
    MEAN_ROW,
};

const struct pl_text_metric PL_TEXT_EDIT_SIMILARITY = {
    .name = "edit_similarity",
    .help = "1 less the Levenshtein distance over the longer length, in characters.",
    .needs_reference = true,
    .collect = collect_similarity,
    MEAN_ROW,
};

const struct pl_text_metric PL_TEXT_LENGTH_CHARACTERS = {
    .name = "length_characters",
    .help = "The length of the output in characters.",
    .collect = collect_characters,
    MEAN_ROW,
};

const struct pl_text_metric PL_TEXT_LENGTH_WORDS = {
    .name = "length_words",
    .help = "The length of the output in words.",
    .collect = collect_words,
    MEAN_ROW,
};
