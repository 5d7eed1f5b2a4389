/* Equality, containment, normal form, distance and length. */
#include "text/match.h"

#include "text_case.h"

static double value(const char *metric, const char *options, const char *output,
                    const char *reference)
{
    const struct pl_text_scorer scorer = scorer_of(metric, options);

    return score_of(&scorer, pl_str_of(output), pl_str_of(reference));
}

static void equality_is_of_bytes_or_of_the_normal_form(void **state)
{
    (void)state;
    assert_near(value("exact", "", "Paris", "Paris"), 1.0, 0.0);
    assert_near(value("exact", "", "Paris ", "Paris"), 0.0, 0.0);
    assert_near(value("normalised_exact", "", "  PARIS\n", "paris"), 1.0, 0.0);
    assert_near(value("normalised_exact", "",
                      "Stra\xc3\x9f"
                      "e",
                      "STRASSE"),
                1.0, 0.0);
    assert_near(value("normalised_exact", "", "\xef\xac\x81re", "fire"), 1.0, 0.0);
    assert_near(value("normalised_exact", "", "Paris.", "paris"), 0.0, 0.0);
    assert_near(value("normalised_exact", "drop_punctuation=yes", "Paris.", "paris"), 1.0, 0.0);
    assert_near(value("one_of", "", "Yes", "yes"), 1.0, 0.0);
    assert_near(value("one_of", "normalise=no", "Yes", "yes"), 0.0, 0.0);
}

static void containment_looks_for_some_or_all(void **state)
{
    const struct pl_str references[] = {PL_STR("Paris"), PL_STR("Rome")};
    const struct pl_text_segment segment = {PL_STR("It is Paris, I think."), references, 2};
    const struct pl_text_scorer some = scorer_of("contains", "");
    const struct pl_text_scorer all = scorer_of("contains_all", "");
    struct pl_text_scratch scratch;
    double stats[PL_TEXT_STATS_MAX];

    (void)state;
    pl_text_scratch_init(&scratch, 1000);
    assert_int_equal(pl_text_scorer_collect(&some, &segment, &scratch, stats, NULL), PL_OK);
    assert_near(pl_text_scorer_score(&some, stats), 1.0, 0.0);
    assert_int_equal(pl_text_scorer_collect(&all, &segment, &scratch, stats, NULL), PL_OK);
    assert_near(pl_text_scorer_score(&all, stats), 0.0, 0.0);
    pl_text_scratch_deinit(&scratch);
    assert_near(value("contains", "", "It is PARIS", "Paris"), 0.0, 0.0);
    assert_near(value("contains", "normalise=yes", "It is PARIS", "Paris"), 1.0, 0.0);
}

static void an_empty_reference_is_not_looked_for(void **state)
{
    const struct pl_str reference = PL_STR(" ");
    const struct pl_text_segment segment = {PL_STR("anything"), &reference, 1};
    const struct pl_text_scorer scorer = scorer_of("contains", "normalise=yes");
    struct pl_text_scratch scratch;
    struct pl_error error;
    double stats[PL_TEXT_STATS_MAX];

    (void)state;
    pl_text_scratch_init(&scratch, 1000);
    assert_int_equal(pl_text_scorer_collect(&scorer, &segment, &scratch, stats, &error), PL_E_DATA);
    pl_text_scratch_deinit(&scratch);
}

static size_t distance(const char *a, const char *b)
{
    struct pl_text_scratch scratch;
    size_t apart;

    pl_text_scratch_init(&scratch, 10000);
    assert_int_equal(pl_text_distance(pl_str_of(a), pl_str_of(b), &scratch, &apart, NULL), PL_OK);
    pl_text_scratch_deinit(&scratch);
    return apart;
}

static void distances_are_those_of_the_textbook(void **state)
{
    (void)state;
    assert_int_equal(distance("kitten", "sitting"), 3);
    assert_int_equal(distance("", "abc"), 3);
    assert_int_equal(distance("abc", "abc"), 0);
    assert_int_equal(distance("\xc3\xa9t\xc3\xa9", "ete"), 2);
    assert_near(value("edit_similarity", "", "kitten", "sitting"), 1.0 - 3.0 / 7.0, 1e-15);
    assert_near(value("edit_similarity", "", "", ""), 1.0, 0.0);
}

static void lengths_are_of_characters_and_words(void **state)
{
    const struct pl_text_length length =
        pl_text_measure(PL_STR("un \xc3\xa9t\xc3\xa9\xc2\xa0ici\n"));

    (void)state;
    assert_int_equal(length.characters, 11);
    assert_int_equal(length.words, 3);
    assert_int_equal(length.bytes, 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality_is_of_bytes_or_of_the_normal_form),
        cmocka_unit_test(containment_looks_for_some_or_all),
        cmocka_unit_test(an_empty_reference_is_not_looked_for),
        cmocka_unit_test(distances_are_those_of_the_textbook),
        cmocka_unit_test(lengths_are_of_characters_and_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
