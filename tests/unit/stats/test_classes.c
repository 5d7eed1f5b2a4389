/* Measures of many classes: against scikit-learn, at the edges, and by laws. */
#include "stats/classes.h"

#include "table.h"

#define CLASSES     8
#define SETS        (1u << CLASSES)
#define PAIRS       512
#define ARENA_BYTES ((size_t)1 << 20)

/* Every set of up to 8 classes: set i holds the classes whose bit is set in i. */
struct universe {
    uint32_t starts[SETS + 1];
    uint32_t members[SETS * CLASSES];
    struct pl_class_sets sets;
    struct pl_arena arena;
    struct pl_class_table table;
    struct pl_class_pair pairs[PAIRS];
    size_t pairs_count;
};

static struct universe universe;

/* An empty table of so many classes. */
static struct universe *universe_of(uint32_t classes, bool single)
{
    struct pl_error error;
    uint32_t used = 0;

    for (uint32_t set = 0; set < SETS; set++) {
        universe.starts[set] = used;
        for (uint32_t c = 0; c < CLASSES; c++)
            if ((set >> c & 1u) != 0)
                universe.members[used++] = c;
    }
    universe.starts[SETS] = used;
    universe.sets = (struct pl_class_sets){.starts = universe.starts,
                                           .members = universe.members,
                                           .count = SETS,
                                           .classes_count = classes,
                                           .single = single};
    universe.pairs_count = 0;
    pl_arena_deinit(&universe.arena);
    pl_arena_init(&universe.arena, ARENA_BYTES);
    assert_int_equal(pl_class_table_init(&universe.table, &universe.sets, &universe.arena, &error),
                     PL_OK);
    return &universe;
}

static void add(struct universe *to, uint32_t label, uint32_t prediction, uint64_t n, double weight)
{
    assert_true(to->pairs_count < PAIRS);
    to->pairs[to->pairs_count++] =
        (struct pl_class_pair){.label = label,
                               .prediction = prediction,
                               .n = n,
                               .weight = (double)n * weight,
                               .weight_squared = (double)n * weight * weight};
}

static const struct pl_class_table *fill(struct universe *of)
{
    pl_class_table_fill(&of->table, of->pairs, of->pairs_count);
    return &of->table;
}

/* A table of single classes from counts by [label][prediction]. */
static const struct pl_class_table *table_of(const uint64_t counts[3][3])
{
    struct universe *of = universe_of(3, true);

    for (uint32_t label = 0; label < 3; label++)
        for (uint32_t prediction = 0; prediction < 3; prediction++)
            if (counts[label][prediction] > 0)
                add(of, 1u << label, 1u << prediction, counts[label][prediction], 1.0);
    return fill(of);
}

static const struct pl_class_table *sample_of(const char *name)
{
    const struct table *data = table_read("classes_data.csv");
    const bool single = strncmp(name, "tags", 4) != 0;
    uint32_t seen = 0;

    for (size_t i = 0; i < data->count; i++)
        if (strcmp(data->rows[i].name, name) == 0)
            seen |= (uint32_t)data->rows[i].values[0] | (uint32_t)data->rows[i].values[1];

    uint32_t classes = 0;

    while (seen >> classes != 0)
        classes++;

    struct universe *of = universe_of(classes, single);

    for (size_t i = 0; i < data->count; i++) {
        const double *values = data->rows[i].values;

        if (strcmp(data->rows[i].name, name) == 0)
            add(of, (uint32_t)values[0], (uint32_t)values[1], (uint64_t)values[2], values[3]);
    }
    assert_true(of->pairs_count > 0);
    return fill(of);
}

static struct pl_stat average_of(const struct pl_class_table *table, const char *name)
{
    static const char *const AVERAGES[] = {"macro_", "micro_", "weighted_", "samples_"};
    static const char *const MEASURES[] = {"precision", "recall", "f1"};

    for (int a = 0; a < 4; a++)
        for (int m = 0; m < 3; m++) {
            const size_t len = strlen(AVERAGES[a]);

            if (strncmp(name, AVERAGES[a], len) == 0 && strcmp(name + len, MEASURES[m]) == 0)
                return pl_class_average(table, (enum pl_class_measure)m, (enum pl_class_average)a);
        }
    fail_msg("no average %s", name);
    return (struct pl_stat){0};
}

static struct pl_stat measure_of(const struct pl_class_table *table, const char *name)
{
    static const struct {
        const char *name;
        struct pl_stat (*make)(const struct pl_class_table *table);
    } OTHERS[] = {
        {"accuracy", pl_class_accuracy}, {"matthews", pl_class_matthews},
        {"kappa", pl_class_kappa},       {"hamming", pl_class_hamming_loss},
        {"jaccard", pl_class_jaccard},
    };

    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        if (strcmp(name, OTHERS[i].name) == 0)
            return OTHERS[i].make(table);
    if (strcmp(name, "balanced_accuracy") == 0)
        return pl_class_average(table, PL_CLASS_RECALL, PL_AVERAGE_MACRO);
    return average_of(table, name);
}

static void values_and_errors_agree_with_scikit_learn(void **state)
{
    static struct table values;
    size_t errors_count = 0;

    (void)state;
    values = *table_read("classes.csv");
    for (size_t i = 0; i < values.count; i++) {
        char set[32];
        const char *slash = strchr(values.rows[i].name, '/');

        assert_non_null(slash);
        snprintf(set, sizeof set, "%.*s", (int)(slash - values.rows[i].name), values.rows[i].name);

        const struct pl_stat stat = measure_of(sample_of(set), slash + 1);

        assert_near(stat.value, values.rows[i].values[0], 1e-12);
        assert_true(stat.kind == PL_STAT_RATE || stat.kind == PL_STAT_NORMAL);
        if (stat.kind == PL_STAT_RATE || values.rows[i].values[1] <= 0.0)
            continue;
        assert_close(stat.normal.se, values.rows[i].values[1], 1e-5);
        errors_count++;
    }
    assert_true(errors_count > 70);
}

static void what_is_the_share_of_right_decisions_is_a_rate(void **state)
{
    static const uint64_t COUNTS[3][3] = {{30, 5, 1}, {2, 20, 4}, {0, 3, 10}};
    static const char *const NAMES[] = {"accuracy", "micro_precision", "micro_recall", "micro_f1",
                                        "weighted_recall"};

    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const struct pl_stat stat = measure_of(table_of(COUNTS), NAMES[i]);

        assert_int_equal(stat.kind, PL_STAT_RATE);
        assert_near(stat.rate.rate.k, 60.0, 1e-12);
        assert_near(stat.rate.rate.n, 75.0, 1e-12);
    }
}

static void perfect_predictions_have_an_exact_bound(void **state)
{
    static const uint64_t COUNTS[3][3] = {{30, 0, 0}, {0, 20, 0}, {0, 0, 10}};
    static const char *const NAMES[] = {"macro_recall", "macro_precision", "macro_f1", "matthews",
                                        "kappa"};

    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const struct pl_stat stat = measure_of(table_of(COUNTS), NAMES[i]);

        assert_true(stat.value == 1.0);
        assert_near(stat.normal.n_effective, 30.0, 1e-12); /* three classes, the rarest of 10 */
        assert_true(pl_stat_low(&stat, 0.05, PL_RATE_WILSON) < 0.91);
    }
}

static void classes_that_do_not_occur_have_no_part(void **state)
{
    static const uint64_t COUNTS[3][3] = {{30, 5, 0}, {2, 20, 0}, {0, 0, 0}};

    (void)state;
    assert_near(measure_of(table_of(COUNTS), "macro_recall").value,
                0.5 * (30.0 / 35.0 + 20.0 / 22.0), 1e-15);
    assert_near(measure_of(table_of(COUNTS), "macro_f1").value, 0.5 * (60.0 / 67.0 + 40.0 / 47.0),
                1e-15);
}

static void what_has_no_value_says_why(void **state)
{
    static const uint64_t EMPTY[3][3] = {{0}};
    static const uint64_t ONE_LABEL[3][3] = {{3, 2, 0}};
    static const uint64_t ONE_PREDICTION[3][3] = {{3}, {2}};
    static const uint64_t ONE_CLASS[3][3] = {{5}};
    const struct {
        const uint64_t (*counts)[3];
        const char *measure;
        enum pl_undefined reason;
    } cases[] = {
        {EMPTY, "macro_f1", PL_UNDEFINED_NO_DECISIONS},
        {EMPTY, "accuracy", PL_UNDEFINED_NO_DECISIONS},
        {EMPTY, "kappa", PL_UNDEFINED_NO_DECISIONS},
        {EMPTY, "matthews", PL_UNDEFINED_NO_DECISIONS},
        {ONE_LABEL, "matthews", PL_UNDEFINED_ONE_CLASS_LABELLED},
        {ONE_PREDICTION, "matthews", PL_UNDEFINED_ONE_CLASS_PREDICTED},
        {ONE_CLASS, "kappa", PL_UNDEFINED_ONE_CLASS_LABELLED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct pl_stat stat = measure_of(table_of(cases[i].counts), cases[i].measure);

        assert_int_equal(stat.kind, PL_STAT_NONE);
        assert_int_equal(stat.reason, cases[i].reason);
    }
}

static void decisions_without_any_class_are_right_but_have_no_precision(void **state)
{
    struct universe *of = universe_of(4, false);

    (void)state;
    add(of, 0, 0, 7, 1.0);
    fill(of);
    assert_near(pl_class_accuracy(&of->table).value, 1.0, 0.0);
    assert_near(pl_class_hamming_loss(&of->table).value, 0.0, 0.0);
    assert_int_equal(pl_class_jaccard(&of->table).reason, PL_UNDEFINED_NO_CLASSES);
    assert_int_equal(measure_of(&of->table, "samples_precision").reason,
                     PL_UNDEFINED_NO_CLASS_PREDICTED);
    assert_int_equal(measure_of(&of->table, "micro_recall").reason, PL_UNDEFINED_NO_CLASS_LABELLED);
    assert_int_equal(measure_of(&of->table, "macro_f1").reason, PL_UNDEFINED_NO_CLASSES);
}

/* One decision, half right: it has a value, and nothing that says how far it may be off. */
static void one_decision_has_no_spread(void **state)
{
    static const char *const NAMES[] = {"micro_recall", "samples_recall", "weighted_f1", "jaccard",
                                        "hamming"};
    struct universe *of = universe_of(4, false);

    (void)state;
    add(of, 3, 1, 1, 1.0);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        assert_int_equal(measure_of(fill(of), NAMES[i]).reason, PL_UNDEFINED_ONE_VALUE);
}

static void a_count_is_as_many_rows_and_the_order_does_not_show(void **state)
{
    static const char *const NAMES[] = {"macro_f1", "micro_precision", "samples_f1", "jaccard"};

    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        struct universe *of = universe_of(3, false);

        add(of, 3, 1, 3, 1.0);
        add(of, 4, 5, 2, 1.0);
        add(of, 1, 6, 1, 1.0);

        const struct pl_stat counted = measure_of(fill(of), NAMES[i]);

        of->pairs_count = 0;
        add(of, 1, 6, 1, 1.0);
        for (int repeat = 0; repeat < 2; repeat++)
            add(of, 4, 5, 1, 1.0);
        for (int repeat = 0; repeat < 3; repeat++)
            add(of, 3, 1, 1, 1.0);

        const struct pl_stat rows = measure_of(fill(of), NAMES[i]);

        assert_near(counted.value, rows.value, 1e-15);
        assert_near(counted.normal.se, rows.normal.se, 1e-15);
        assert_int_equal(counted.n, rows.n);
    }
}

static void of_two_classes_the_correlation_can_be_minus_one(void **state)
{
    static const uint64_t WRONG[3][3] = {{0, 13, 0}, {7, 0, 0}, {0, 0, 0}};
    static const uint64_t EVEN[3][3] = {{0, 9, 0}, {9, 0, 0}, {0, 0, 0}};

    (void)state;
    assert_true(measure_of(table_of(WRONG), "matthews").value == -1.0);
    assert_true(measure_of(table_of(EVEN), "kappa").value == -1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_errors_agree_with_scikit_learn),
        cmocka_unit_test(what_is_the_share_of_right_decisions_is_a_rate),
        cmocka_unit_test(perfect_predictions_have_an_exact_bound),
        cmocka_unit_test(classes_that_do_not_occur_have_no_part),
        cmocka_unit_test(what_has_no_value_says_why),
        cmocka_unit_test(decisions_without_any_class_are_right_but_have_no_precision),
        cmocka_unit_test(one_decision_has_no_spread),
        cmocka_unit_test(a_count_is_as_many_rows_and_the_order_does_not_show),
        cmocka_unit_test(of_two_classes_the_correlation_can_be_minus_one),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    pl_arena_deinit(&universe.arena);
    return failed;
}
