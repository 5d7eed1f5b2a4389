/* The table of metrics, options, signatures, limits, and what sums of statistics must do. */
#include "text_case.h"

#include <stdlib.h>

static const char *sign(const char *metric, const char *options, size_t references_count)
{
    static char text[512];
    const struct pl_text_scorer scorer = scorer_of(metric, options);
    struct pl_buffer buffer;

    pl_buffer_init(&buffer, sizeof text);
    pl_text_scorer_sign(&scorer, references_count, &buffer);
    memcpy(text, buffer.ptr, buffer.len + 1);
    pl_buffer_deinit(&buffer);
    return text;
}

static void signatures_say_what_must_be_equal(void **state)
{
    (void)state;
    assert_string_equal(sign("bleu", "", 1),
                        "BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0");
    assert_string_equal(sign("bleu", "smooth_method=floor lowercase=true", 0),
                        "BLEU|nrefs:var|case:lc|eff:no|tok:13a|smooth:floor[0.10]|version:2.6.0");
    assert_string_equal(sign("chrf++", "", 2),
                        "chrF2++|nrefs:2|case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.6.0");
    assert_string_equal(sign("ter", "", 1),
                        "TER|nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0");
    assert_string_equal(sign("rouge_l", "", 1), "rouge_l|nrefs:1|tokenizer:default|figure:f"
                                                "|use_stemmer:no|version:plimsoll-1");
}

static void names_and_options_that_are_not_there_are_refused(void **state)
{
    struct pl_text_scorer scorer;
    struct pl_error error;

    (void)state;
    assert_int_equal(pl_text_scorer_init(&scorer, PL_STR("blue"), &error), PL_E_USAGE);
    assert_non_null(strstr(error.message, "'bleu'"));
    assert_int_equal(pl_text_scorer_init(&scorer, PL_STR("bleu"), &error), PL_OK);
    assert_int_equal(pl_text_scorer_set(&scorer, PL_STR("beta"), PL_STR("2"), &error), PL_E_USAGE);
    assert_int_equal(pl_text_scorer_set(&scorer, PL_STR("max_ngram_order"), PL_STR("17"), &error),
                     PL_E_USAGE);
    assert_int_equal(pl_text_scorer_set(&scorer, PL_STR("max_ngram_order"), PL_STR("1.5"), &error),
                     PL_E_USAGE);
    assert_int_equal(pl_text_scorer_set(&scorer, PL_STR("lowercase"), PL_STR("1"), &error),
                     PL_E_USAGE);
    assert_int_equal(pl_text_scorer_set(&scorer, PL_STR("tokenize"), PL_STR("14a"), &error),
                     PL_E_USAGE);
    assert_non_null(strstr(error.message, "13a"));
    assert_int_equal(pl_text_scorer_set(&scorer, PL_STR("tokenize"), PL_STR("spm"), &error), PL_OK);
    assert_int_equal(pl_text_scorer_check(&scorer, &error), PL_E_UNSUPPORTED);
}

static void every_metric_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; PL_TEXT_METRICS[i] != NULL; i++) {
        const struct pl_text_metric *metric = PL_TEXT_METRICS[i];
        const struct pl_text_scorer scorer = scorer_of(metric->name, "");

        assert_ptr_equal(pl_text_metric_find(pl_str_of(metric->name)), metric);
        assert_non_null(metric->help);
        assert_true(metric->scale > 0.0);
        assert_in_range(scorer.stats_count, 1, PL_TEXT_STATS_MAX);
        assert_non_null(strchr(sign(metric->name, "", 1), '|'));
    }
}

/* An output equal to its reference is perfect. */
static void a_perfect_output_has_the_best_score(void **state)
{
    static const char *const METRICS[] = {
        "bleu",    "chrf",    "chrf++",     "gleu",     "rouge_1",
        "rouge_2", "rouge_l", "rouge_lsum", "token_f1", "edit_similarity",
    };
    const struct pl_str text = PL_STR("The cat sat on the mat.\nIt was 3 feet wide, or more.");

    (void)state;
    for (size_t i = 0; i < sizeof METRICS / sizeof *METRICS; i++) {
        const struct pl_text_scorer scorer = scorer_of(METRICS[i], "");

        assert_near(score_of(&scorer, text, text), scorer.metric->scale, 1e-9);
    }
}

static void a_text_over_the_limit_is_an_error(void **state)
{
    const struct pl_str reference = PL_STR("a");
    struct pl_text_scratch scratch;
    double stats[PL_TEXT_STATS_MAX];

    (void)state;
    pl_text_scratch_init(&scratch, 8);
    for (size_t i = 0; PL_TEXT_METRICS[i] != NULL; i++) {
        const struct pl_text_scorer scorer = scorer_of(PL_TEXT_METRICS[i]->name, "");
        const struct pl_text_segment segment = {PL_STR("123456789"), &reference, 1};
        struct pl_error error;

        assert_int_equal(pl_text_scorer_collect(&scorer, &segment, &scratch, stats, &error),
                         PL_E_LIMIT);
        assert_non_null(strstr(error.message, "9 bytes"));
    }
    pl_text_scratch_deinit(&scratch);
}

static void a_missing_reference_is_an_error(void **state)
{
    const struct pl_text_segment segment = {PL_STR("a"), NULL, 0};
    struct pl_text_scratch scratch;
    double stats[PL_TEXT_STATS_MAX];

    (void)state;
    pl_text_scratch_init(&scratch, 8);
    for (size_t i = 0; PL_TEXT_METRICS[i] != NULL; i++) {
        const struct pl_text_scorer scorer = scorer_of(PL_TEXT_METRICS[i]->name, "");

        assert_int_equal(pl_text_scorer_collect(&scorer, &segment, &scratch, stats, NULL),
                         scorer.metric->needs_reference ? PL_E_DATA : PL_OK);
    }
    pl_text_scratch_deinit(&scratch);
}

/* Long texts of one word, of many words, and of one sign: all metrics end, within their memory. */
static void the_longest_texts_end_in_a_score_or_a_limit(void **state)
{
    static const char *const FILLINGS[] = {"a", "a b c ", "word. \n", "1,2.3-4 ", "\xe6\xbc\xa2"};
    const size_t len = (size_t)1 << 15;
    char *text = malloc(len);
    struct pl_text_scratch scratch;

    (void)state;
    assert_non_null(text);
    pl_text_scratch_init(&scratch, len);
    for (size_t f = 0; f < sizeof FILLINGS / sizeof *FILLINGS; f++) {
        for (size_t i = 0; i < len; i++)
            text[i] = FILLINGS[f][i % strlen(FILLINGS[f])];
        for (size_t i = 0; PL_TEXT_METRICS[i] != NULL; i++) {
            const struct pl_text_scorer scorer = scorer_of(PL_TEXT_METRICS[i]->name, "");
            const struct pl_str reference = {text, len - 7};
            const struct pl_text_segment segment = {{text, len}, &reference, 1};
            struct pl_error error = {0};
            double stats[PL_TEXT_STATS_MAX];
            const enum pl_status status =
                pl_text_scorer_collect(&scorer, &segment, &scratch, stats, &error);

            if (status == PL_OK)
                (void)pl_text_scorer_score(&scorer, stats);
            else if (status != PL_E_LIMIT && status != PL_E_DATA)
                fail_msg("%s: %s", scorer.metric->name, error.message);
            assert_true(scratch.size_bytes <= scratch.size_bytes_max);
        }
    }
    pl_text_scratch_deinit(&scratch);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_say_what_must_be_equal),
        cmocka_unit_test(names_and_options_that_are_not_there_are_refused),
        cmocka_unit_test(every_metric_is_whole),
        cmocka_unit_test(a_perfect_output_has_the_best_score),
        cmocka_unit_test(a_text_over_the_limit_is_an_error),
        cmocka_unit_test(a_missing_reference_is_an_error),
        cmocka_unit_test(the_longest_texts_end_in_a_score_or_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
