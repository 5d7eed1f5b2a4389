/*
 * ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum (Lin 2004, Text Summarization Branches Out), equal to Google
 * Research's rouge-score 0.1.2 with its own tokeniser: runs of a-z and 0-9, which is what ROUGE-1.5.5
 * does, and which makes text in other scripts vanish. The Unicode tokeniser takes the text in
 * NFKC_Casefold and cuts it into runs of letters, marks and numbers; a letter of a script that is
 * written without blanks is a word of its own. Of several references the one with the highest F counts.
 * The figures agree with rouge-score to 1e-9 (tests/cli/test_text_metrics.py).
 *
 * Statistics: precision, recall and F of the segment, and 1.
 */
#include "text/lcs.h"
#include "text/metrics.h"
#include "text/ngrams.h"
#include "text/porter.h"

#include <string.h>

/* Words up to this length are never stemmed. */
#define UNSTEMMED_LENGTH_MAX 3

/* A longest common subsequence takes time in the product of the lengths. */
#define CELLS_MAX 1e11

struct figures {
    double precision;
    double recall;
    double f;
};

static size_t stats_count(const struct pl_text_options *options)
{
    (void)options;
    return 4;
}

static double score(const struct pl_text_options *options, const double *stats)
{
    return stats[options->rouge_figure] / stats[3];
}

static struct figures figures_of(double shared, double output, double reference)
{
    const double precision = shared / (output > 1.0 ? output : 1.0);
    const double recall = shared / (reference > 1.0 ? reference : 1.0);
    const double sum = precision + recall;

    return (struct figures){precision, recall, sum > 0.0 ? 2.0 * precision * recall / sum : 0.0};
}

/* The statistics of the best reference so far. */
static void keep_best(double *stats, bool is_first, struct figures figures)
{
    if (!is_first && figures.f <= stats[PL_ROUGE_F])
        return;
    stats[PL_ROUGE_PRECISION] = figures.precision;
    stats[PL_ROUGE_RECALL] = figures.recall;
    stats[PL_ROUGE_F] = figures.f;
    stats[3] = 1.0;
}

/* --- words --------------------------------------------------------------------------------------- */

static bool is_plain(uint32_t code)
{
    return code - 'a' < 26 || code - '0' < 10;
}

/* Scripts that put no blanks between words. */
static bool is_unspaced(uint32_t code)
{
    static const uint32_t RANGES[][2] = {
        {0x0E00, 0x0EFF}, {0x0F00, 0x0FFF},   {0x1000, 0x109F},   {0x1780, 0x17FF},
        {0x2E80, 0x2FDF}, {0x3005, 0x3007},   {0x3021, 0x3029},   {0x3031, 0x312F},
        {0x31A0, 0x31BF}, {0x31F0, 0x31FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},
        {0xF900, 0xFAFF}, {0x1B000, 0x1B16F}, {0x20000, 0x3FFFF},
    };

    if (code < RANGES[0][0])
        return false;
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++)
        if (code >= RANGES[i][0] && code <= RANGES[i][1])
            return true;
    return false;
}

/* Stems a word of plain letters where it stands. */
static void stem(struct pl_word *word, uint32_t *codes, char *buffer)
{
    if (word->count <= UNSTEMMED_LENGTH_MAX)
        return;
    for (size_t i = 0; i < word->count; i++) {
        if (!is_plain(codes[i]))
            return;
        buffer[i] = (char)codes[i];
    }
    word->count = pl_porter_stem(buffer, word->count);
    for (size_t i = 0; i < word->count; i++)
        codes[i] = (unsigned char)buffer[i];
}

/* Whether a word that holds the code before may go on with this one. */
static bool goes_on(uint32_t before, uint32_t code)
{
    return (pl_code_classes(code) & PL_CODE_MARK) != 0 ||
           (!is_unspaced(before) && !is_unspaced(code));
}

static bool is_word_code(const struct pl_text_options *options, uint32_t code)
{
    if (options->rouge_tokenizer == PL_ROUGE_DEFAULT || code < 0x80)
        return is_plain(code);
    return (pl_code_classes(code) & (PL_CODE_LETTER | PL_CODE_MARK | PL_CODE_NUMBER)) != 0;
}

static size_t word_end(const struct pl_text_options *options, const struct pl_codes *codes,
                       size_t begin)
{
    size_t end = begin + 1;

    while (end < codes->count && is_word_code(options, codes->ptr[end]) &&
           (codes->ptr[end] < 0x80 ? !is_unspaced(codes->ptr[end - 1])
                                   : goes_on(codes->ptr[end - 1], codes->ptr[end])))
        end++;
    return end;
}

static bool cut(struct pl_codes codes, const struct pl_text_options *options,
                struct pl_text_scratch *scratch, struct pl_words *ret_words)
{
    const bool is_default = options->rouge_tokenizer == PL_ROUGE_DEFAULT;

    if (!(is_default ? pl_codes_lower(&codes, scratch) : pl_codes_fold(&codes, scratch)))
        return false;

    struct pl_word *items = pl_text_scratch_alloc(scratch, codes.count + 1, sizeof *items);
    char *buffer = pl_text_scratch_alloc(scratch, codes.count + 1, 1);
    size_t count = 0;

    if (items == NULL || buffer == NULL)
        return false;
    for (size_t at = 0; at < codes.count;) {
        if (!is_word_code(options, codes.ptr[at])) {
            at++;
            continue;
        }

        const size_t end = word_end(options, &codes, at);

        items[count] = (struct pl_word){codes.ptr + at, end - at};
        if (options->use_stemmer)
            stem(&items[count], codes.ptr + at, buffer);
        count += items[count].count > 0;
        at = end;
    }
    *ret_words = (struct pl_words){items, count};
    return true;
}

static const struct pl_cutters CUTTERS = {cut, cut};

/* --- ROUGE-N ------------------------------------------------------------------------------------- */

static enum pl_status collect_ngrams(const struct pl_text_options *options,
                                     const struct pl_text_segment *segment,
                                     struct pl_text_scratch *scratch, double *ret_stats,
                                     struct pl_error *error)
{
    const uint32_t n = options->max_ngram_order;
    struct pl_sequences texts;

    if (!pl_segment_cut(segment, options, CUTTERS, scratch, &texts))
        return pl_text_scratch_error(scratch, error);
    for (size_t i = 1; i < texts.count; i++) {
        const struct pl_ngram_task task = {&texts.items[0], &texts.items[i], 1, texts.distinct, n};
        uint64_t matches[PL_NGRAM_ORDER_MAX];

        if (!pl_ngrams_match(&task, scratch, matches))
            return pl_text_scratch_error(scratch, error);
        keep_best(ret_stats, i == 1,
                  figures_of((double)matches[n - 1],
                             (double)pl_ngrams_total(texts.items[0].count, n),
                             (double)pl_ngrams_total(texts.items[i].count, n)));
    }
    return PL_OK;
}

/* --- ROUGE-L ------------------------------------------------------------------------------------- */

static enum pl_status check_cells(size_t rows, size_t columns, struct pl_error *error)
{
    if ((double)rows * (double)columns <= CELLS_MAX)
        return PL_OK;
    return pl_error_set(error, PL_E_LIMIT,
                        "the texts have %zu and %zu words; their product may be 1e11 at most", rows,
                        columns);
}

static enum pl_status collect_lcs(const struct pl_text_options *options,
                                  const struct pl_text_segment *segment,
                                  struct pl_text_scratch *scratch, double *ret_stats,
                                  struct pl_error *error)
{
    struct pl_sequences texts;
    struct pl_lcs lcs;

    if (!pl_segment_cut(segment, options, CUTTERS, scratch, &texts) ||
        !pl_lcs_init(&lcs, texts.distinct, texts.items[0].count, 0, scratch))
        return pl_text_scratch_error(scratch, error);
    pl_lcs_set_columns(&lcs, &texts.items[0]);
    for (size_t i = 1; i < texts.count; i++) {
        PL_RETURN_IF(check_cells(texts.items[i].count, texts.items[0].count, error));
        keep_best(ret_stats, i == 1,
                  figures_of((double)pl_lcs_length(&lcs, &texts.items[i]),
                             (double)texts.items[0].count, (double)texts.items[i].count));
    }
    return PL_OK;
}

/* --- ROUGE-Lsum ---------------------------------------------------------------------------------- */

/* The sentences of all texts, those of text k from starts[k] to starts[k + 1]. */
struct sentences {
    struct pl_words *items;
    size_t count;
    size_t *starts;
    size_t texts_count;
    struct pl_sequences numbered;
};

/* The sentences of one text: its lines that are not empty. */
static bool cut_lines(struct pl_str text, const struct pl_text_options *options,
                      struct pl_text_scratch *scratch, struct sentences *sentences)
{
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        const size_t length = end == NULL ? text.len : (size_t)(end - text.ptr);
        const size_t taken = end == NULL ? length : length + 1;
        struct pl_codes codes;

        if (length > 0 && (!pl_codes_decode((struct pl_str){text.ptr, length}, scratch, &codes) ||
                           !cut(codes, options, scratch, &sentences->items[sentences->count++])))
            return false;
        text = (struct pl_str){text.ptr + taken, text.len - taken};
    }
    return true;
}

static size_t lines_count(struct pl_str text)
{
    size_t count = 1;

    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

static bool cut_sentences(const struct pl_text_segment *segment,
                          const struct pl_text_options *options, struct pl_text_scratch *scratch,
                          struct sentences *sentences)
{
    size_t most = 0;

    *sentences = (struct sentences){.texts_count = segment->references_count + 1};
    for (size_t i = 0; i < sentences->texts_count; i++)
        most += lines_count(pl_segment_text(segment, i));
    sentences->items = pl_text_scratch_alloc(scratch, most, sizeof *sentences->items);
    sentences->starts =
        pl_text_scratch_alloc(scratch, sentences->texts_count + 1, sizeof *sentences->starts);
    if (sentences->items == NULL || sentences->starts == NULL)
        return false;
    for (size_t i = 0; i < sentences->texts_count; i++) {
        sentences->starts[i] = sentences->count;
        if (!cut_lines(pl_segment_text(segment, i), options, scratch, sentences))
            return false;
    }
    sentences->starts[sentences->texts_count] = sentences->count;
    return pl_sequences_number(sentences->items, sentences->count, scratch, &sentences->numbered);
}

/* Of one text: all its words, and its longest sentence. */
struct extent {
    size_t words;
    size_t longest;
};

static struct extent extent_of(const struct sentences *sentences, size_t text)
{
    struct extent extent = {0, 0};

    for (size_t i = sentences->starts[text]; i < sentences->starts[text + 1]; i++) {
        const size_t count = sentences->numbered.items[i].count;

        extent.words += count;
        extent.longest = count > extent.longest ? count : extent.longest;
    }
    return extent;
}

/* Marks the words of a reference that some sentence of the output shares in order. */
static bool mark_union(const struct sentences *sentences, size_t text, uint8_t *marks,
                       struct pl_text_scratch *scratch)
{
    const struct pl_sequence *items = sentences->numbered.items;
    struct pl_lcs lcs;

    if (!pl_lcs_init(&lcs, sentences->numbered.distinct, extent_of(sentences, 0).longest,
                     extent_of(sentences, text).longest, scratch))
        return false;
    for (size_t c = sentences->starts[0]; c < sentences->starts[1]; c++) {
        uint8_t *here = marks;

        pl_lcs_set_columns(&lcs, &items[c]);
        for (size_t r = sentences->starts[text]; r < sentences->starts[text + 1]; r++) {
            if (items[r].count > 0 && items[c].count > 0)
                pl_lcs_mark(&lcs, &items[r], here);
            here += items[r].count;
        }
    }
    return true;
}

static void count_words(const struct sentences *sentences, size_t text, uint32_t *counts)
{
    memset(counts, 0, sentences->numbered.distinct * sizeof *counts);
    for (size_t i = sentences->starts[text]; i < sentences->starts[text + 1]; i++)
        for (size_t k = 0; k < sentences->numbered.items[i].count; k++)
            counts[sentences->numbered.items[i].ids[k]]++;
}

/* A marked word is a hit as often as both texts have it. */
static bool count_hits(const struct sentences *sentences, size_t text, size_t words,
                       struct pl_text_scratch *scratch, size_t *ret_hits)
{
    const size_t distinct = sentences->numbered.distinct;
    uint8_t *marks = pl_text_scratch_alloc(scratch, words + 1, 1);
    uint32_t *output = pl_text_scratch_alloc(scratch, distinct + 1, sizeof *output);
    uint32_t *reference = pl_text_scratch_alloc(scratch, distinct + 1, sizeof *reference);
    size_t hits = 0;

    if (marks == NULL || output == NULL || reference == NULL)
        return false;
    memset(marks, 0, words + 1);
    if (!mark_union(sentences, text, marks, scratch))
        return false;
    count_words(sentences, 0, output);
    count_words(sentences, text, reference);
    for (size_t i = sentences->starts[text]; i < sentences->starts[text + 1]; i++)
        for (size_t k = 0; k < sentences->numbered.items[i].count; k++) {
            const uint32_t id = sentences->numbered.items[i].ids[k];

            if (*marks++ == 0 || output[id] == 0 || reference[id] == 0)
                continue;
            hits++;
            output[id]--;
            reference[id]--;
        }
    *ret_hits = hits;
    return true;
}

static enum pl_status collect_summary(const struct pl_text_options *options,
                                      const struct pl_text_segment *segment,
                                      struct pl_text_scratch *scratch, double *ret_stats,
                                      struct pl_error *error)
{
    struct sentences sentences;

    if (!cut_sentences(segment, options, scratch, &sentences))
        return pl_text_scratch_error(scratch, error);

    const size_t output = extent_of(&sentences, 0).words;

    for (size_t i = 1; i < sentences.texts_count; i++) {
        const size_t reference = extent_of(&sentences, i).words;
        size_t hits;

        PL_RETURN_IF(check_cells(reference, output, error));
        if (!count_hits(&sentences, i, reference, scratch, &hits))
            return pl_text_scratch_error(scratch, error);
        keep_best(ret_stats, i == 1, figures_of((double)hits, (double)output, (double)reference));
    }
    return PL_OK;
}

/* --- rows ---------------------------------------------------------------------------------------- */

static void prepare_1(struct pl_text_options *options)
{
    options->max_ngram_order = 1;
}

static void prepare_2(struct pl_text_options *options)
{
    options->max_ngram_order = 2;
}

#define ROUGE_OPTIONS                                                                              \
    (PL_TEXT_OPTION_BIT(PL_TEXT_ROUGE_TOKENIZER) | PL_TEXT_OPTION_BIT(PL_TEXT_ROUGE_FIGURE) |      \
     PL_TEXT_OPTION_BIT(PL_TEXT_USE_STEMMER))

#define ROUGE_ROW(row_name, row_help, row_prepare, row_collect)                                    \
    {                                                                                              \
        .name = (row_name), .help = (row_help), .options = ROUGE_OPTIONS, .scale = 1.0,            \
        .is_mean = true, .needs_reference = true, .prepare = (row_prepare),                        \
        .stats_count = stats_count, .collect = (row_collect), .score = score,                      \
        .sign = pl_text_sign_options,                                                              \
    }

const struct pl_text_metric PL_TEXT_ROUGE_1 =
    ROUGE_ROW("rouge_1", "ROUGE-1: shared words.", prepare_1, collect_ngrams);
const struct pl_text_metric PL_TEXT_ROUGE_2 =
    ROUGE_ROW("rouge_2", "ROUGE-2: shared pairs of words.", prepare_2, collect_ngrams);
const struct pl_text_metric PL_TEXT_ROUGE_L =
    ROUGE_ROW("rouge_l", "ROUGE-L: the longest common subsequence of words.", NULL, collect_lcs);
const struct pl_text_metric PL_TEXT_ROUGE_LSUM =
    ROUGE_ROW("rouge_lsum", "ROUGE-Lsum: ROUGE-L line by line, for summaries of several sentences.",
              NULL, collect_summary);
