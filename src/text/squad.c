/*
 * Token F1 and exact match by SQuAD's evaluation script (Rajpurkar et al. 2016 and 2018): lower case,
 * without ASCII punctuation and the articles a, an and the, words between white space. As in version 2
 * of the script, when either side has no word left the F1 is 1 if both have none and 0 otherwise. Of
 * several references the best counts. Statistics: the value of the segment, and 1.
 */
#include "text/metrics.h"
#include "text/ngrams.h"
#include "text/unicode.h"

#include <string.h>

static bool is_ascii_punctuation(uint32_t code)
{
    return (code >= '!' && code <= '/') || (code >= ':' && code <= '@') ||
           (code >= '[' && code <= '`') || (code >= '{' && code <= '~');
}

static void drop_punctuation(struct pl_codes *codes)
{
    size_t count = 0;

    for (size_t i = 0; i < codes->count; i++)
        if (!is_ascii_punctuation(codes->ptr[i]))
            codes->ptr[count++] = codes->ptr[i];
    codes->count = count;
}

/* What Python's \b takes for part of a word, now that there is no underscore. */
static bool is_word_code(uint32_t code)
{
    return (pl_code_classes(code) & (PL_CODE_LETTER | PL_CODE_NUMBER)) != 0;
}

static bool is_article(const uint32_t *codes, size_t count)
{
    return (count == 1 && codes[0] == 'a') || (count == 2 && codes[0] == 'a' && codes[1] == 'n') ||
           (count == 3 && codes[0] == 't' && codes[1] == 'h' && codes[2] == 'e');
}

static void blank_articles(struct pl_codes *codes)
{
    for (size_t begin = 0; begin < codes->count;) {
        size_t end = begin;

        while (end < codes->count && is_word_code(codes->ptr[end]))
            end++;
        if (is_article(codes->ptr + begin, end - begin))
            for (size_t i = begin; i < end; i++)
                codes->ptr[i] = ' ';
        begin = end + 1;
    }
}

static bool cut(struct pl_codes codes, const struct pl_text_options *options,
                struct pl_text_scratch *scratch, struct pl_words *ret_words)
{
    (void)options;
    if (!pl_codes_lower(&codes, scratch))
        return false;
    drop_punctuation(&codes);
    blank_articles(&codes);
    return pl_words_split(codes, NULL, scratch, ret_words);
}

static const struct pl_cutters CUTTERS = {cut, cut};

static bool is_same(const struct pl_sequence *a, const struct pl_sequence *b)
{
    return a->count == b->count && memcmp(a->ids, b->ids, a->count * sizeof *a->ids) == 0;
}

static bool f1_of(const struct pl_sequences *texts, size_t reference,
                  struct pl_text_scratch *scratch, double *ret_f1)
{
    const struct pl_ngram_task task = {&texts->items[0], &texts->items[reference], 1,
                                       texts->distinct, 1};
    const double output_count = (double)texts->items[0].count;
    const double reference_count = (double)texts->items[reference].count;
    uint64_t shared;

    if (!pl_ngrams_match(&task, scratch, &shared))
        return false;
    if (output_count <= 0.0 || reference_count <= 0.0) {
        *ret_f1 = output_count + reference_count > 0.0 ? 0.0 : 1.0;
        return true;
    }

    const double precision = (double)shared / output_count;
    const double recall = (double)shared / reference_count;

    *ret_f1 = shared == 0 ? 0.0 : 2.0 * precision * recall / (precision + recall);
    return true;
}

static enum pl_status collect_f1(const struct pl_text_options *options,
                                 const struct pl_text_segment *segment,
                                 struct pl_text_scratch *scratch, double *ret_stats,
                                 struct pl_error *error)
{
    struct pl_sequences texts;
    double best = 0.0;

    if (!pl_segment_cut(segment, options, CUTTERS, scratch, &texts))
        return pl_text_scratch_error(scratch, error);
    for (size_t i = 1; i < texts.count; i++) {
        double f1;

        if (!f1_of(&texts, i, scratch, &f1))
            return pl_text_scratch_error(scratch, error);
        best = f1 > best ? f1 : best;
    }
    ret_stats[0] = best;
    ret_stats[1] = 1.0;
    return PL_OK;
}

static enum pl_status collect_exact(const struct pl_text_options *options,
                                    const struct pl_text_segment *segment,
                                    struct pl_text_scratch *scratch, double *ret_stats,
                                    struct pl_error *error)
{
    struct pl_sequences texts;
    bool found = false;

    if (!pl_segment_cut(segment, options, CUTTERS, scratch, &texts))
        return pl_text_scratch_error(scratch, error);
    for (size_t i = 1; i < texts.count; i++)
        found |= is_same(&texts.items[0], &texts.items[i]);
    ret_stats[0] = found ? 1.0 : 0.0;
    ret_stats[1] = 1.0;
    return PL_OK;
}

const struct pl_text_metric PL_TEXT_TOKEN_F1 = {
    .name = "token_f1",
    .help = "SQuAD's F1 over words, without articles and punctuation.",
    .scale = 1.0,
    .is_mean = true,
    .needs_reference = true,
    .stats_count = pl_text_mean_count,
    .collect = collect_f1,
    .score = pl_text_mean_score,
    .sign = pl_text_sign_options,
};

const struct pl_text_metric PL_TEXT_SQUAD_EXACT = {
    .name = "squad_exact",
    .help = "SQuAD's exact match, without articles and punctuation.",
    .scale = 1.0,
    .is_mean = true,
    .needs_reference = true,
    .stats_count = pl_text_mean_count,
    .collect = collect_exact,
    .score = pl_text_mean_score,
    .sign = pl_text_sign_options,
};
