/* Scores against the figures that sacrebleu, rouge-score and NLTK gave (tests/reference/text). */
#include "text_case.h"

#include <stdio.h>
#include <stdlib.h>

#define COLUMNS 5

static void scores_agree_with_the_programs_they_follow(void **state)
{
    FILE *file = fopen(PL_REFERENCE_FOLDER "/small.tsv", "r");
    char line[1024];
    int count = 0;

    (void)state;
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        char *columns[COLUMNS];
        char *rest = line;

        for (int i = 0; i < COLUMNS; i++)
            columns[i] = strsep(&rest, "\t\n");

        const struct pl_text_scorer scorer = scorer_of(columns[0], columns[1]);
        const double score = score_of(&scorer, pl_str_of(columns[2]), pl_str_of(columns[3]));

        if (!(fabs(score - strtod(columns[4], NULL)) <= 1e-9))
            fail_msg("%s %s: %.17g, not %s", columns[0], columns[1], score, columns[4]);
        count++;
    }
    (void)fclose(file);
    assert_true(count > 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_agree_with_the_programs_they_follow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
