/* The words of an estimate: one for each status and reason, and none twice. */
#include "stats/estimate.h"

#include "table.h"

static void every_reason_has_its_own_words(void **state)
{
    (void)state;
    assert_string_equal(pl_undefined_text(PL_DEFINED), "");
    for (int i = 1; i <= PL_UNDEFINED_ONE_GROUP; i++) {
        assert_true(strlen(pl_undefined_text((enum pl_undefined)i)) > 0);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(pl_undefined_text((enum pl_undefined)i),
                                    pl_undefined_text((enum pl_undefined)j));
    }
    assert_string_equal(pl_undefined_text(PL_UNDEFINED_NO_LABELLED_POSITIVES),
                        "no labelled positives in this group");
}

static void the_statuses_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(pl_estimate_status_name(PL_ESTIMATE_OK), "ok");
    assert_string_equal(pl_estimate_status_name(PL_ESTIMATE_UNDEFINED), "undefined");
    assert_string_equal(pl_estimate_status_name(PL_ESTIMATE_TOO_SMALL), "too_small");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_has_its_own_words),
        cmocka_unit_test(the_statuses_have_their_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
