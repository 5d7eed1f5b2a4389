/* Measures of one list: against every order of short lists with ties, scikit-learn and published
   definitions, and at the edges. */
#include "stats/ranking.h"

#include "base/rng.h"
#include "table.h"

#define ITEMS_MAX 512

/* What is measured of a list at a cut k. */
enum { DCG, DCG_EXPONENTIAL, HITS, HIT, FIRST, AVERAGE, MEASURES };

struct list {
    struct pl_ranked_item items[ITEMS_MAX];
    size_t count;
};

struct measured {
    double values[MEASURES];
    double ideal[2];
    size_t relevant;
    size_t ties;
};

static void measure(const struct list *list, size_t k, struct measured *measured)
{
    static struct pl_ranked_tie ties[ITEMS_MAX];
    static double ideal[ITEMS_MAX];
    static double weights[ITEMS_MAX];
    const struct pl_ranked_list asked = {
        .items = list->items, .count = list->count, .exponential = true};
    const struct pl_ranked_room room = {ties, ideal};
    const struct pl_discounts discounts = {weights, ITEMS_MAX};
    struct pl_ranked ranked;

    pl_discounts_fill(weights, ITEMS_MAX);
    pl_ranked_make(&asked, &room, &ranked);
    measured->values[DCG] = pl_ranked_dcg(&ranked, &discounts, PL_GAIN_LINEAR, k);
    measured->values[DCG_EXPONENTIAL] = pl_ranked_dcg(&ranked, &discounts, PL_GAIN_EXPONENTIAL, k);
    measured->values[HITS] = pl_ranked_hits(&ranked, k);
    measured->values[HIT] = pl_ranked_hit_chance(&ranked, k);
    measured->values[FIRST] = pl_ranked_reciprocal_rank(&ranked, k);
    measured->values[AVERAGE] =
        ranked.relevant == 0 ? 0.0 : pl_ranked_average_precision(&ranked, k);
    for (int gain = 0; gain < 2; gain++)
        measured->ideal[gain] = pl_ranked_ideal_dcg(&ranked, &discounts, (enum pl_gain)gain, k);
    measured->relevant = ranked.relevant;
    measured->ties = ranked.ties_count;
}

/* ---- every order ---- */

/* The measures of one order without ties, by their definitions. */
static void add_order(const double *relevances, size_t count, size_t k, double *sums)
{
    double relevant = 0.0;
    double found = 0.0;
    double average = 0.0;
    double first = 0.0;

    for (size_t i = 0; i < count; i++)
        relevant += relevances[i] > 0.0;
    for (size_t i = 0; i < count && i < k; i++) {
        const double place = (double)i + 1.0;

        sums[DCG] += relevances[i] / log2(1.0 + place);
        sums[DCG_EXPONENTIAL] += (pow(2.0, relevances[i]) - 1.0) / log2(1.0 + place);
        if (relevances[i] <= 0.0)
            continue;
        found += 1.0;
        first = first > 0.0 ? first : 1.0 / place;
        average += found / place;
    }
    sums[HITS] += found;
    sums[HIT] += found > 0.0;
    sums[FIRST] += first;
    sums[AVERAGE] += relevant > 0.0 ? average / relevant : 0.0;
}

struct orders {
    const struct list *list;
    size_t k;
    size_t chosen[8];
    double sums[MEASURES];
    double count;
};

/* Goes through all orders of the list in which no lower score stands before a higher one. */
static void visit_orders(struct orders *orders, size_t depth, unsigned used)
{
    const struct pl_ranked_item *items = orders->list->items;
    double relevances[8];

    if (depth == orders->list->count) {
        for (size_t i = 0; i < depth; i++)
            relevances[i] = items[orders->chosen[i]].relevance;
        add_order(relevances, depth, orders->k, orders->sums);
        orders->count += 1.0;
        return;
    }
    for (size_t i = 0; i < orders->list->count; i++) {
        if ((used >> i & 1u) != 0 ||
            (depth > 0 && items[i].score > items[orders->chosen[depth - 1]].score))
            continue;
        orders->chosen[depth] = i;
        visit_orders(orders, depth + 1, used | 1u << i);
    }
}

static void random_list(struct pl_rng *rng, struct list *list)
{
    double score = 10.0;

    list->count = 1 + (size_t)pl_rng_below(rng, 7);
    for (size_t i = 0; i < list->count; i++) {
        score -= (double)pl_rng_below(rng, 2);
        list->items[i] = (struct pl_ranked_item){score, (double)pl_rng_below(rng, 4)};
        if (pl_rng_below(rng, 2) == 0)
            list->items[i].relevance = 0.0;
    }
}

static void a_list_with_ties_is_the_mean_of_all_its_orders(void **state)
{
    struct pl_rng rng;

    (void)state;
    pl_rng_init(&rng, 20, 0);
    for (int round = 0; round < 300; round++) {
        struct list list;
        struct measured measured;
        struct orders orders = {.list = &list, .k = 1 + (size_t)pl_rng_below(&rng, 8)};

        random_list(&rng, &list);
        if (pl_rng_below(&rng, 4) == 0)
            orders.k = PL_RANKED_ALL;
        visit_orders(&orders, 0, 0);
        measure(&list, orders.k, &measured);
        for (int i = 0; i < MEASURES; i++)
            assert_near(measured.values[i], orders.sums[i] / orders.count, 1e-11);
    }
}

/* ---- figures of others ---- */

static void list_of(const char *name, struct list *list)
{
    const struct table *data = table_read("ranking_data.csv");

    list->count = 0;
    for (size_t i = 0; i < data->count; i++)
        if (strcmp(data->rows[i].name, name) == 0)
            list->items[list->count++] =
                (struct pl_ranked_item){data->rows[i].values[0], data->rows[i].values[1]};
    assert_true(list->count > 0);
}

static void figures_agree_with_scikit_learn_and_the_published_definitions(void **state)
{
    struct table reference = *table_read("ranking.csv");

    (void)state;
    for (size_t i = 0; i < reference.count; i++) {
        const double *expected = reference.rows[i].values;
        const size_t k = expected[0] > 0.0 ? (size_t)expected[0] : PL_RANKED_ALL;
        struct list list;
        struct measured measured;

        list_of(reference.rows[i].name, &list);
        measure(&list, k, &measured);
        assert_near(measured.values[DCG], expected[1], 1e-12);
        assert_near(measured.values[DCG] / measured.ideal[0], expected[2], 1e-12);
        assert_near(measured.values[DCG_EXPONENTIAL] / measured.ideal[1], expected[3], 1e-12);
        assert_near(measured.values[HITS], expected[4], 1e-12);
        assert_near(measured.values[HIT], expected[5], 1e-12);
        assert_near(measured.values[FIRST], expected[6], 1e-12);
        assert_near(measured.values[AVERAGE], expected[7], 1e-12);
    }
}

/* ---- the edges ---- */

static void a_list_of_one_relevant_item_is_perfect(void **state)
{
    const struct list list = {.items = {{0.5, 3.0}}, .count = 1};
    struct measured measured;

    (void)state;
    measure(&list, 10, &measured);
    assert_near(measured.values[DCG], 3.0, 0.0);
    assert_near(measured.ideal[0], 3.0, 0.0);
    assert_near(measured.values[HITS], 1.0, 0.0);
    assert_near(measured.values[HIT], 1.0, 0.0);
    assert_near(measured.values[FIRST], 1.0, 0.0);
    assert_near(measured.values[AVERAGE], 1.0, 0.0);
}

static void a_list_without_a_relevant_item_has_nothing_to_find(void **state)
{
    const struct list list = {.items = {{2.0, 0.0}, {1.0, 0.0}}, .count = 2};
    struct measured measured;

    (void)state;
    measure(&list, 1, &measured);
    assert_int_equal(measured.relevant, 0);
    assert_near(measured.ideal[0], 0.0, 0.0);
    for (int i = 0; i < MEASURES; i++)
        assert_near(measured.values[i], 0.0, 0.0);
}

static void a_long_tie_stays_finite_and_exact(void **state)
{
    struct list list = {.count = ITEMS_MAX};
    struct measured measured;
    double first = 0.0;

    (void)state;
    for (size_t i = 0; i < list.count; i++)
        list.items[i] = (struct pl_ranked_item){1.0, i == 7 ? 1.0 : 0.0};
    for (size_t i = 0; i < list.count; i++)
        first += 1.0 / (double)(i + 1) / (double)list.count;
    measure(&list, PL_RANKED_ALL, &measured);
    assert_int_equal(measured.ties, 1);
    assert_near(measured.values[FIRST], first, 1e-15);
    assert_near(measured.values[AVERAGE], first, 1e-15);
    measure(&list, 5, &measured);
    assert_near(measured.values[HIT], 5.0 / ITEMS_MAX, 1e-15);
}

static void only_what_reaches_the_threshold_is_relevant(void **state)
{
    const struct pl_ranked_item items[] = {{3.0, 1.0}, {2.0, 2.0}, {1.0, 3.0}};
    const struct pl_ranked_list list = {.items = items, .count = 3, .relevant_from = 2.0};
    struct pl_ranked_tie ties[3];
    double ideal[3];
    const struct pl_ranked_room room = {ties, ideal};
    struct pl_ranked ranked;

    (void)state;
    pl_ranked_make(&list, &room, &ranked);
    assert_int_equal(ranked.relevant, 2);
    assert_near(pl_ranked_reciprocal_rank(&ranked, PL_RANKED_ALL), 0.5, 0.0);
    assert_int_equal(ranked.ideal_count, 3);
}

static void tied_items_share_the_mean_weight_of_their_places(void **state)
{
    double weights[4];
    const struct pl_discounts discounts = {weights, 4};

    (void)state;
    pl_discounts_fill(weights, 4);
    assert_near(pl_discounts_mean(&discounts, 0, 1), 1.0, 0.0);
    assert_near(pl_discounts_mean(&discounts, 1, 2), (1.0 / log2(3.0) + 0.5) / 2.0, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_with_ties_is_the_mean_of_all_its_orders),
        cmocka_unit_test(figures_agree_with_scikit_learn_and_the_published_definitions),
        cmocka_unit_test(a_list_of_one_relevant_item_is_perfect),
        cmocka_unit_test(a_list_without_a_relevant_item_has_nothing_to_find),
        cmocka_unit_test(a_long_tie_stays_finite_and_exact),
        cmocka_unit_test(only_what_reaches_the_threshold_is_relevant),
        cmocka_unit_test(tied_items_share_the_mean_weight_of_their_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
