/* Agreement: against scikit-learn, statsmodels, krippendorff and irrCAC, published examples, and edges. */
#include "stats/agreement.h"

#include "table.h"

#define CELLS_MAX 8192

static const double GRADES[] = {1, 2, 3, 4, 5, 6, 7};

/* The ratings of a data set; valid until the next call. */
static struct pl_ratings ratings_of(const char *name)
{
    static uint32_t cells[CELLS_MAX];
    const struct table *data = table_read("agreement_data.csv");
    struct pl_ratings ratings = {.ratings = cells, .values = GRADES};
    size_t count = 0;

    for (size_t i = 0; i < data->count; i++) {
        const struct row *row = &data->rows[i];

        if (strcmp(row->name, name) != 0)
            continue;
        ratings.units_count++;
        ratings.raters_count = row->count;
        for (size_t r = 0; r < row->count; r++) {
            assert_true(count < CELLS_MAX);
            cells[count] = row->values[r] < 0.0 ? PL_NO_RATING : (uint32_t)row->values[r];
            if (row->values[r] >= ratings.categories_count)
                ratings.categories_count = (uint32_t)row->values[r] + 1;
            count++;
        }
    }
    assert_true(count > 0);
    return ratings;
}

static struct pl_alpha alpha_of(const struct pl_ratings *ratings, enum pl_rating_level level,
                                uint32_t replicates)
{
    const struct pl_alpha_options options = {
        .level = level, .replicates = replicates, .seed = 7, .confidence = 0.95};
    struct pl_arena arena;
    struct pl_alpha alpha;
    struct pl_error error;

    pl_arena_init(&arena, 64u << 20);
    assert_int_equal(pl_krippendorff_alpha(ratings, &options, &arena, &alpha, &error), PL_OK);
    pl_arena_deinit(&arena);
    return alpha;
}

typedef enum pl_status (*measure)(const struct pl_ratings *, struct pl_arena *, struct pl_stat *,
                                  struct pl_error *);

static struct pl_stat measured(measure of, const struct pl_ratings *ratings)
{
    struct pl_arena arena;
    struct pl_stat stat;
    struct pl_error error;

    pl_arena_init(&arena, 64u << 20);
    assert_int_equal(of(ratings, &arena, &stat, &error), PL_OK);
    pl_arena_deinit(&arena);
    return stat;
}

static struct pl_stat kappa_of(const struct pl_ratings *ratings, enum pl_kappa_weights weights,
                               struct pl_stat *ret_raw)
{
    const struct pl_rater_pair pair = {0, 1};
    struct pl_arena arena;
    struct pl_rating_table table;
    struct pl_error error;

    pl_arena_init(&arena, 64u << 20);
    assert_int_equal(pl_rating_table_make(ratings, &pair, &arena, &table, &error), PL_OK);

    const struct pl_stat stat = pl_cohen_kappa(&table, weights);

    if (ret_raw != NULL)
        *ret_raw = pl_raw_agreement(&table);
    pl_arena_deinit(&arena);
    return stat;
}

static void alpha_agrees_with_krippendorff(void **state)
{
    const struct table reference = *table_read("agreement.csv");

    (void)state;
    for (size_t i = 0; i < reference.count; i++) {
        const double *expected = reference.rows[i].values;
        const struct pl_ratings ratings = ratings_of(reference.rows[i].name);

        for (int level = PL_RATING_NOMINAL; level <= PL_RATING_RATIO; level++) {
            const struct pl_alpha alpha = alpha_of(&ratings, (enum pl_rating_level)level, 20);

            assert_near(alpha.stat.value, expected[level], 1e-12);
            if (level <= PL_RATING_ORDINAL)
                assert_close(alpha.stat.normal.se, expected[6 + level], 1e-9);
        }
    }
}

static void krippendorffs_own_example_is_as_printed(void **state)
{
    static const double PRINTED[] = {0.743, 0.815, 0.849, 0.797};
    const struct pl_ratings ratings = ratings_of("krippendorff_2011");

    (void)state;
    for (int level = PL_RATING_NOMINAL; level <= PL_RATING_RATIO; level++) {
        const struct pl_alpha alpha = alpha_of(&ratings, (enum pl_rating_level)level, 20);

        assert_near(alpha.stat.value, PRINTED[level], 0.0005);
        assert_int_equal(alpha.units, 11);
        assert_int_equal(alpha.ratings, 40);
    }
}

static void the_bootstrap_is_seeded_and_near_the_jackknife(void **state)
{
    const struct pl_ratings ratings = ratings_of("judge_and_people");
    const struct pl_alpha once = alpha_of(&ratings, PL_RATING_NOMINAL, 4000);
    const struct pl_alpha again = alpha_of(&ratings, PL_RATING_NOMINAL, 4000);
    const double half = 0.5 * (once.bootstrap.high - once.bootstrap.low);

    (void)state;
    assert_near(once.bootstrap.low, again.bootstrap.low, 0.0);
    assert_near(once.bootstrap.high, again.bootstrap.high, 0.0);
    assert_true(once.bootstrap.low < once.stat.value && once.stat.value < once.bootstrap.high);
    assert_near(half, 1.96 * once.stat.normal.se, 0.1 * half);
    assert_int_equal(once.skipped, 0);
}

static void kappa_agrees_with_scikit_learn_and_its_error_with_statsmodels(void **state)
{
    const struct table reference = *table_read("kappa.csv");

    (void)state;
    for (size_t i = 0; i < reference.count; i++) {
        const double *expected = reference.rows[i].values;
        const struct pl_ratings ratings = ratings_of(reference.rows[i].name);
        struct pl_stat raw;

        for (int w = PL_KAPPA_UNWEIGHTED; w <= PL_KAPPA_QUADRATIC; w++) {
            const struct pl_stat stat = kappa_of(&ratings, (enum pl_kappa_weights)w, &raw);

            assert_near(stat.value, expected[2 * w], 1e-12);
            assert_close(stat.normal.se, expected[2 * w + 1], 1e-10);
        }
        assert_near(raw.value, expected[6], 1e-14);
    }
}

/* Units and raters the other way round, and categories by other names. */
static void order_and_names_do_not_matter(void **state)
{
    static uint32_t cells[CELLS_MAX];
    const struct pl_ratings ratings = ratings_of("five_raters");
    const size_t count = ratings.units_count * ratings.raters_count;
    struct pl_ratings turned = ratings;

    (void)state;
    turned.ratings = cells;
    for (size_t i = 0; i < count; i++) {
        const uint32_t rating = ratings.ratings[count - 1 - i];

        cells[i] = rating == PL_NO_RATING ? PL_NO_RATING : (rating + 2) % ratings.categories_count;
    }

    const struct pl_stat alpha = alpha_of(&ratings, PL_RATING_NOMINAL, 10).stat;
    const struct pl_stat other = alpha_of(&turned, PL_RATING_NOMINAL, 10).stat;

    assert_near(alpha.value, other.value, 1e-13);
    assert_close(alpha.normal.se, other.normal.se, 1e-10);
    assert_near(measured(pl_gwet_ac1, &ratings).value, measured(pl_gwet_ac1, &turned).value, 1e-13);
}

/* J. L. Fleiss, Psychol. Bull. 76 (1971) 378. */
static void fleiss_own_example_is_as_printed(void **state)
{
    const struct pl_ratings ratings = ratings_of("fleiss_1971");

    (void)state;
    assert_near(measured(pl_fleiss_kappa, &ratings).value, 0.430, 0.0005);
}

static void many_raters_agree_with_statsmodels_and_irrcac(void **state)
{
    const struct table reference = *table_read("agreement.csv");

    (void)state;
    for (size_t i = 0; i < reference.count; i++) {
        const double *expected = reference.rows[i].values;
        const struct pl_ratings ratings = ratings_of(reference.rows[i].name);
        const struct pl_stat fleiss = measured(pl_fleiss_kappa, &ratings);

        assert_near(measured(pl_gwet_ac1, &ratings).value, expected[5], 1e-12);
        if (expected[4] > -2.0)
            assert_near(fleiss.value, expected[4], 1e-12);
        else
            assert_int_equal(fleiss.reason, PL_UNDEFINED_UNEQUAL_RATERS);
    }
}

/* A judge who passes all but one of 100, as people do of other cases: 96 % raw, and nothing beyond chance. */
static void high_raw_agreement_may_be_chance(void **state)
{
    uint32_t cells[200];
    const struct pl_ratings ratings = {
        .ratings = cells, .units_count = 100, .raters_count = 2, .categories_count = 2};
    struct pl_stat raw;

    (void)state;
    for (uint32_t u = 0; u < 100; u++) {
        cells[2 * u] = u < 2 ? 0 : 1;
        cells[2 * u + 1] = u >= 98 ? 0 : 1;
    }

    const struct pl_stat kappa = kappa_of(&ratings, PL_KAPPA_UNWEIGHTED, &raw);

    assert_near(raw.value, 0.96, 1e-15);
    assert_true(kappa.value < 0.0);
    assert_near(pl_pairwise_agreement(&ratings).value, 0.96, 1e-15);
    assert_near(pl_unanimity(&ratings).value, 0.96, 1e-15);
    assert_true(measured(pl_gwet_ac1, &ratings).value > 0.95);
}

/* All agree on 30 units, of which 10 of the rarer kind: worth 20 trials that all went one way. */
static void perfect_agreement_has_a_bound(void **state)
{
    uint32_t cells[90];
    const struct pl_ratings ratings = {
        .ratings = cells, .units_count = 30, .raters_count = 3, .categories_count = 2};
    const double bound = 2.0 * pow(0.025, 1.0 / 20.0) - 1.0;

    (void)state;
    for (uint32_t u = 0; u < 30; u++)
        cells[3 * u] = cells[3 * u + 1] = cells[3 * u + 2] = u < 10;

    const struct pl_alpha alpha = alpha_of(&ratings, PL_RATING_NOMINAL, 50);
    const struct pl_stat kappa = kappa_of(&ratings, PL_KAPPA_UNWEIGHTED, NULL);

    assert_near(alpha.stat.value, 1.0, 0.0);
    assert_near(kappa.value, 1.0, 0.0);
    assert_near(pl_stat_low(&alpha.stat, 0.025, PL_RATE_EXACT), bound, 1e-12);
    assert_near(pl_stat_low(&kappa, 0.025, PL_RATE_EXACT), bound, 1e-12);
}

static void ratings_that_do_not_vary_have_no_kappa(void **state)
{
    const uint32_t cells[] = {1, 1, 1, 1, 1, 1};
    const uint32_t constant_judge[] = {1, 1, 1, 0, 1, 1};
    const uint32_t alone[] = {1, PL_NO_RATING, PL_NO_RATING, 0};
    struct pl_ratings ratings = {
        .ratings = cells, .units_count = 3, .raters_count = 2, .categories_count = 2};

    (void)state;
    assert_int_equal(alpha_of(&ratings, PL_RATING_NOMINAL, 10).stat.reason,
                     PL_UNDEFINED_ONE_RATING);
    assert_int_equal(alpha_of(&ratings, PL_RATING_NOMINAL, 10).bootstrap.status,
                     PL_ESTIMATE_UNDEFINED);
    assert_int_equal(kappa_of(&ratings, PL_KAPPA_LINEAR, NULL).reason, PL_UNDEFINED_ONE_RATING);
    assert_int_equal(measured(pl_fleiss_kappa, &ratings).reason, PL_UNDEFINED_ONE_RATING);
    ratings.ratings = constant_judge;
    assert_int_equal(kappa_of(&ratings, PL_KAPPA_UNWEIGHTED, NULL).reason, PL_UNDEFINED_ONE_RATING);
    ratings.ratings = alone;
    ratings.units_count = 2;
    assert_int_equal(alpha_of(&ratings, PL_RATING_NOMINAL, 10).stat.reason, PL_UNDEFINED_NO_PAIRS);
    assert_int_equal(kappa_of(&ratings, PL_KAPPA_UNWEIGHTED, NULL).reason, PL_UNDEFINED_NO_PAIRS);
    assert_int_equal(pl_pairwise_agreement(&ratings).reason, PL_UNDEFINED_NO_PAIRS);
    assert_int_equal(pl_unanimity(&ratings).reason, PL_UNDEFINED_NO_PAIRS);
}

static void a_rating_that_is_none_and_too_many_are_refused(void **state)
{
    const uint32_t cells[] = {0, 5};
    const struct pl_rater_pair pair = {0, 1};
    struct pl_ratings ratings = {
        .ratings = cells, .units_count = 1, .raters_count = 2, .categories_count = 2};
    struct pl_arena arena;
    struct pl_rating_table table;
    struct pl_error error;

    (void)state;
    pl_arena_init(&arena, 64u << 20);
    assert_int_equal(pl_rating_table_make(&ratings, &pair, &arena, &table, &error), PL_E_DATA);
    ratings.categories_count = PL_RATING_CATEGORIES_MAX + 1;
    assert_int_equal(pl_rating_table_make(&ratings, &pair, &arena, &table, &error), PL_E_LIMIT);
    pl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alpha_agrees_with_krippendorff),
        cmocka_unit_test(krippendorffs_own_example_is_as_printed),
        cmocka_unit_test(the_bootstrap_is_seeded_and_near_the_jackknife),
        cmocka_unit_test(kappa_agrees_with_scikit_learn_and_its_error_with_statsmodels),
        cmocka_unit_test(order_and_names_do_not_matter),
        cmocka_unit_test(fleiss_own_example_is_as_printed),
        cmocka_unit_test(many_raters_agree_with_statsmodels_and_irrcac),
        cmocka_unit_test(high_raw_agreement_may_be_chance),
        cmocka_unit_test(perfect_agreement_has_a_bound),
        cmocka_unit_test(ratings_that_do_not_vary_have_no_kappa),
        cmocka_unit_test(a_rating_that_is_none_and_too_many_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
