/*
 * Fuzz target of the text metrics: the input is cut at NUL bytes into an output and its references, of
 * any bytes. Every metric of the table, and each tokeniser, must give a finite score that does not
 * depend on what the scratch held before, and statistics that are not negative.
 */
#include "text/match.h"
#include "text/metric.h"
#include "text/number.h"
#include "text/refusal.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCES_MAX 4
#define TEXT_BYTES_MAX ((size_t)1 << 14)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Rows of the table with options that take other ways through it. */
static const struct {
    const char *metric;
    const char *name;
    const char *value;
} VARIANTS[] = {
    {"bleu", "tokenize", "none"},         {"bleu", "tokenize", "intl"},
    {"bleu", "tokenize", "zh"},           {"bleu", "tokenize", "char"},
    {"bleu", "lowercase", "yes"},         {"bleu", "smooth_method", "add-k"},
    {"bleu", "effective_order", "yes"},   {"chrf", "eps_smoothing", "yes"},
    {"chrf", "whitespace", "yes"},        {"ter", "normalized", "yes"},
    {"ter", "no_punct", "yes"},           {"rouge_l", "tokenizer", "unicode"},
    {"rouge_lsum", "use_stemmer", "yes"}, {"contains", "normalise", "yes"},
};

/* The statistics, or false for an error that a text may bring about. */
static bool collect(const struct pl_text_scorer *scorer, const struct pl_text_segment *segment,
                    struct pl_text_scratch *scratch, double *stats)
{
    struct pl_error error = {0};
    const enum pl_status status = pl_text_scorer_collect(scorer, segment, scratch, stats, &error);

    if (status == PL_OK)
        return true;
    if ((status != PL_E_DATA && status != PL_E_LIMIT) || error.message[0] == '\0')
        abort();
    return false;
}

static void run(const struct pl_text_scorer *scorer, const struct pl_text_segment *segment,
                struct pl_text_scratch *scratch)
{
    double stats[2][PL_TEXT_STATS_MAX];
    struct pl_text_scratch fresh;

    pl_text_scratch_init(&fresh, TEXT_BYTES_MAX);

    const bool first = collect(scorer, segment, scratch, stats[0]);

    if (collect(scorer, segment, &fresh, stats[1]) != first)
        abort();
    pl_text_scratch_deinit(&fresh);
    for (size_t i = 0; first && i < scorer->stats_count; i++)
        if (!(stats[0][i] >= 0.0) || stats[0][i] != stats[1][i])
            abort();
    if (first && !isfinite(pl_text_scorer_score(scorer, stats[0])))
        abort();
}

static void run_all(const struct pl_text_segment *segment, struct pl_text_scratch *scratch)
{
    struct pl_text_scorer scorer;

    for (size_t i = 0; PL_TEXT_METRICS[i] != NULL; i++) {
        if (pl_text_scorer_init(&scorer, pl_str_of(PL_TEXT_METRICS[i]->name), NULL) != PL_OK ||
            pl_text_scorer_check(&scorer, NULL) != PL_OK)
            abort();
        run(&scorer, segment, scratch);
    }
    for (size_t i = 0; i < sizeof VARIANTS / sizeof *VARIANTS; i++) {
        if (pl_text_scorer_init(&scorer, pl_str_of(VARIANTS[i].metric), NULL) != PL_OK ||
            pl_text_scorer_set(&scorer, pl_str_of(VARIANTS[i].name), pl_str_of(VARIANTS[i].value),
                               NULL) != PL_OK ||
            pl_text_scorer_check(&scorer, NULL) != PL_OK)
            abort();
        run(&scorer, segment, scratch);
    }
}

static void check_number(struct pl_str text)
{
    struct pl_number number;

    if (pl_number_last(text, &number) && (!isfinite(number.value) || number.text.ptr < text.ptr ||
                                          number.text.ptr + number.text.len > text.ptr + text.len))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct pl_str references[REFERENCES_MAX];
    struct pl_text_scratch scratch;
    size_t count = 0;
    size_t at = strnlen(text, size);
    struct pl_text_segment segment = {{text, at}, references, 0};

    while (at < size && count < REFERENCES_MAX) {
        const size_t len = strnlen(text + at + 1, size - at - 1);

        references[count++] = (struct pl_str){text + at + 1, len};
        at += len + 1;
    }
    segment.references_count = count;
    check_number(segment.output);
    (void)pl_refusal_name(pl_refusal_find(segment.output).refusal);
    pl_text_scratch_init(&scratch, TEXT_BYTES_MAX);
    run_all(&segment, &scratch);
    pl_text_scratch_deinit(&scratch);
    return 0;
}
