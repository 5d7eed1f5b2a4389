/*
 * What the tests of the text layer share: cmocka, and the score of one pair.
 */
#ifndef PL_TESTS_TEXT_CASE_H
#define PL_TESTS_TEXT_CASE_H

#include "text/metric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

/* cmocka 1.1 compares floats only. */
#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* A scorer with options written as "name=value name=value". */
static inline struct pl_text_scorer scorer_of(const char *metric, const char *options)
{
    struct pl_text_scorer scorer;
    struct pl_error error = {0};

    assert_int_equal(pl_text_scorer_init(&scorer, pl_str_of(metric), &error), PL_OK);
    while (*options != '\0') {
        const size_t name = strcspn(options, "=");
        const size_t value = strcspn(options + name, " ") - 1;

        assert_int_equal(pl_text_scorer_set(&scorer, (struct pl_str){options, name},
                                            (struct pl_str){options + name + 1, value}, &error),
                         PL_OK);
        options += name + 1 + value;
        options += *options == ' ';
    }
    assert_int_equal(pl_text_scorer_check(&scorer, &error), PL_OK);
    return scorer;
}

/* The score of one output and one reference. */
static inline double score_of(const struct pl_text_scorer *scorer, struct pl_str output,
                              struct pl_str reference)
{
    const struct pl_text_segment segment = {output, &reference, 1};
    struct pl_text_scratch scratch;
    struct pl_error error = {0};
    double stats[PL_TEXT_STATS_MAX];

    pl_text_scratch_init(&scratch, PL_TEXT_BYTES_MAX);
    assert_int_equal(pl_text_scorer_collect(scorer, &segment, &scratch, stats, &error), PL_OK);
    pl_text_scratch_deinit(&scratch);
    return pl_text_scorer_score(scorer, stats);
}

#endif
