/* Measures against figures worked out by hand, where they have no value, and the algebra of the rest. */
#include "data_case.h"

#include <math.h>

#define TOLERANCE 1e-12

/* TP, FN, FP, TN of two groups, with counts; one row unlabelled and one without a score. */
static const char COUNTED[] = "g,h,y,s,n\n"
                              "A,u,1,0.9,30\nA,u,1,0.2,10\nA,v,0,0.8,5\nA,v,0,0.1,55\n"
                              "B,u,1,0.6,20\nB,v,1,0.4,20\nB,u,0,0.7,30\nB,v,0,0.3,30\n"
                              "B,u,,0.9,7\nB,v,1,,3\n";

static const char COUNTED_LINE[] =
    "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
    "  columns: {label: y, score: s, count: n}\n  segments: {g: g, h: h}\n"
    "costs: {false_positive: 2, false_negative: 5}\nevidence: {smallest_slice: 1}\n"
    "limits: [{metric: accuracy, min: 0.1}]\n";

static const char EVERY[] =
    "accuracy;error_rate;balanced_accuracy;precision;true_positive_rate;true_negative_rate;"
    "false_positive_rate;false_negative_rate;false_discovery_rate;false_omission_rate;"
    "negative_predictive_value;f1;matthews_corrcoef;selection_rate;base_rate;count;share;roc_auc;"
    "average_precision;log_loss;brier_score;ks_separation;calibration_error;ecce;expected_cost";

static void assert_value(struct data_case *test, const char *slice, const char *metric,
                         double value)
{
    const struct pl_estimate *estimate = estimate_of(test, slice, metric);

    if (estimate->status == PL_ESTIMATE_UNDEFINED)
        fail_msg("%s of %s: %s", metric, slice, pl_undefined_text(estimate->reason));
    if (!(fabs(estimate->value - value) <= TOLERANCE))
        fail_msg("%s of %s is %.17g, not %.17g", metric, slice, estimate->value, value);
}

static void figures_are_those_worked_out_by_hand(void **state)
{
    struct data_case test;
    const double mcc = (30.0 * 55 - 5.0 * 10) / sqrt(35.0 * 40 * 60 * 65);

    (void)state;
    case_open(&test);
    case_write(&test, "d.csv", COUNTED);
    case_line(&test, COUNTED_LINE);
    case_measure(&test, EVERY);
    assert_value(&test, "g=A", "count", 100);
    assert_value(&test, "g=A", "share", 100.0 / 210.0);
    assert_value(&test, "g=A", "accuracy", 0.85);
    assert_value(&test, "g=A", "error_rate", 0.15);
    assert_value(&test, "g=A", "balanced_accuracy", 0.5 * (30.0 / 40 + 55.0 / 60));
    assert_value(&test, "g=A", "precision", 30.0 / 35);
    assert_value(&test, "g=A", "true_positive_rate", 0.75);
    assert_value(&test, "g=A", "true_negative_rate", 55.0 / 60);
    assert_value(&test, "g=A", "false_positive_rate", 5.0 / 60);
    assert_value(&test, "g=A", "false_negative_rate", 0.25);
    assert_value(&test, "g=A", "false_discovery_rate", 5.0 / 35);
    assert_value(&test, "g=A", "false_omission_rate", 10.0 / 65);
    assert_value(&test, "g=A", "negative_predictive_value", 55.0 / 65);
    assert_value(&test, "g=A", "f1", 60.0 / 75);
    assert_value(&test, "g=A", "matthews_corrcoef", mcc);
    assert_value(&test, "g=A", "selection_rate", 0.35);
    assert_value(&test, "g=A", "base_rate", 0.4);
    assert_value(&test, "g=A", "expected_cost", (2.0 * 5 + 5.0 * 10) / 100);
    /* Positives at 0.9 (30) and 0.2 (10), negatives at 0.8 (5) and 0.1 (55). */
    assert_value(&test, "g=A", "roc_auc", (30.0 * 60 + 10.0 * 55) / (40.0 * 60));
    assert_value(&test, "g=A", "average_precision", (30 * 1.0 + 10 * 40.0 / 45) / 40);
    assert_value(&test, "g=A", "brier_score", (30 * 0.01 + 10 * 0.64 + 5 * 0.64 + 55 * 0.01) / 100);
    assert_value(&test, "g=A", "log_loss",
                 -(30 * log(0.9) + 10 * log(0.2) + 5 * log1p(-0.8) + 55 * log1p(-0.1)) / 100);
    assert_value(&test, "g=A", "ks_separation", 55.0 / 60);
    case_close(&test);
}

static void what_is_unlabelled_or_unscored_is_counted_and_left_out_where_it_must_be(void **state)
{
    struct data_case test;

    (void)state;
    case_open(&test);
    case_write(&test, "d.csv", COUNTED);
    case_line(&test, COUNTED_LINE);
    case_measure(&test, EVERY);
    assert_int_equal(test.measured->cells->decisions, 210);
    assert_int_equal(test.measured->cells->unlabelled, 7);
    assert_int_equal(test.measured->cells->unpredicted, 3);
    assert_int_equal(slice_of(&test, "g=B")->n, 110);
    assert_int_equal(slice_of(&test, "g=B")->unlabelled, 7);
    assert_int_equal(slice_of(&test, "g=B")->unpredicted, 3);
    assert_int_equal(slice_of(&test, "g=A")->unlabelled, 0);
    assert_int_equal(slice_of(&test, "g=B × h=u")->n, 57);
    assert_int_equal(slice_of(&test, "g=B × h=u")->unlabelled, 7);
    assert_value(&test, "g=B", "accuracy", 0.5);
    assert_int_equal(estimate_of(&test, "g=B", "accuracy")->n, 100);
    assert_value(&test, "g=B", "selection_rate", 57.0 / 107);
    assert_int_equal(estimate_of(&test, "g=B", "selection_rate")->n, 107);
    assert_value(&test, "g=B", "base_rate", 43.0 / 103);
    assert_int_equal(estimate_of(&test, "g=B", "base_rate")->n, 103);
    assert_int_equal(estimate_of(&test, "g=B", "roc_auc")->n, 100);
    case_close(&test);
}

/* ---- the rest ---- */

/* overall = share * slice + (1 - share) * rest, for every measure that says it adds up. */
static void assert_adds_up(struct data_case *test, size_t metric, const struct pl_slice *slice)
{
    const struct pl_stat *whole = &test->measured->overall.stats[metric];
    const struct pl_stat *part = &slice->stats[metric];
    const struct pl_stat *rest = &slice->rests[metric];
    const double share = slice->shares[metric];

    if (rest->kind == PL_STAT_NONE)
        return;
    if (test->measured->metrics[metric].row->additivity == PL_ADDITIVE_NOT)
        fail_msg("%s has a rest", test->measured->metrics[metric].name.ptr);
    assert_true(share > 0.0 && share < 1.0);
    assert_near(share * part->value + (1.0 - share) * rest->value, whole->value,
                1e-12 * fmax(1.0, fabs(whole->value)));
    assert_int_equal(part->n + rest->n, whole->n);
}

static void check_rests(const char *data, const char *line, const char *metrics)
{
    struct data_case test;
    size_t rests = 0;

    case_open(&test);
    case_write(&test, "d.csv", data);
    case_line(&test, line);
    case_measure(&test, metrics);
    for (size_t metric = 0; metric < test.measured->metrics_count; metric++)
        for (size_t g = 0; g < test.measured->groupings_count; g++)
            for (size_t i = 0; i < test.measured->groupings[g].slices_count; i++) {
                const struct pl_slice *slice = &test.measured->groupings[g].slices[i];

                assert_adds_up(&test, metric, slice);
                rests += slice->rests[metric].kind != PL_STAT_NONE;
            }
    assert_true(rests >= 20);
    case_close(&test);
}

static void the_whole_is_the_mean_of_slice_and_rest(void **state)
{
    (void)state;
    check_rests(COUNTED, COUNTED_LINE, EVERY);
}

/* 300 rows of every kind, with values of a column and weights. */
static char *varied_rows(void)
{
    const size_t size = 300 * 64;
    char *text = calloc(1, size);
    size_t used = 0;

    assert_non_null(text);
    used += (size_t)snprintf(text, size, "g,h,y,s,x,b,w\n");
    for (int i = 0; i < 300; i++)
        used += (size_t)snprintf(text + used, size - used, "%c,%c,%d,%.2f,%d,%d,%.3f\n",
                                 "AAAABBBCCD"[i * 7 % 10], "uv"[i * 11 % 3 == 0], i * 13 % 5 < 2,
                                 (double)(i * 37 % 100) / 100.0, i * 31 % 17 - 4, i * 3 % 7 < 2,
                                 0.25 + (double)(i * 17 % 12) / 7.0);
    return text;
}

static const char VARIED[] = "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
                             "  columns: {label: y, score: s}\n  segments: {g: g, h: h}\n"
                             "evidence: {smallest_slice: 1}\n"
                             "limits: [{metric: accuracy, min: 0.1}]\n";

static const char WEIGHTED[] = "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
                               "  columns: {label: y, score: s, weight: w}\n"
                               "  segments: {g: g, h: h}\nevidence: {smallest_slice: 1}\n"
                               "limits: [{metric: accuracy, min: 0.1}]\n";

static void the_whole_is_the_mean_of_slice_and_rest_for_columns_and_weights_too(void **state)
{
    char *rows = varied_rows();

    (void)state;
    check_rests(rows, VARIED, "accuracy;mean(x);rate(b);brier_score;log_loss;precision;f1");
    check_rests(rows, WEIGHTED, "accuracy;mean(x);rate(b);brier_score;precision;selection_rate;f1");
    free(rows);
}

/* The rest of a mean is what measuring the other decisions alone gives, spread and all. */
static void the_rest_of_a_mean_is_the_mean_of_the_others(void **state)
{
    static const char LINE[] =
        "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
        "  columns: {label: y, score: s}\n"
        "  segments: {g: {sql: \"case when g = 'A' then 'A' else 'rest' end\"}}\n"
        "limits: [{metric: accuracy, min: 0.1}]\n";
    struct data_case test;
    char *rows = varied_rows();

    (void)state;
    case_open(&test);
    case_write(&test, "d.csv", rows);
    case_line(&test, LINE);
    case_measure(&test, "mean(x);rate(b);brier_score;accuracy;log_loss");
    for (size_t metric = 0; metric < test.measured->metrics_count; metric++) {
        const struct pl_stat *rest = &slice_of(&test, "g=A")->rests[metric];
        const struct pl_stat *others = &slice_of(&test, "g=rest")->stats[metric];

        assert_int_equal(rest->kind, others->kind);
        assert_int_equal(rest->n, others->n);
        assert_near(rest->value, others->value, 1e-12);
        if (rest->kind == PL_STAT_NORMAL) {
            assert_near(rest->normal.se, others->normal.se, 1e-12);
            assert_near(rest->normal.df, others->normal.df, 1e-9);
        } else {
            assert_near(rest->rate.rate.k, others->rate.rate.k, 1e-9);
            assert_near(rest->rate.rate.n, others->rate.rate.n, 1e-9);
        }
    }
    case_close(&test);
    free(rows);
}

/* ---- columns ---- */

static void means_sums_rates_and_quantiles_of_a_column(void **state)
{
    struct data_case test;

    (void)state;
    case_open(&test);
    case_write(&test, "d.csv",
               "g,x,b\nA,1,true\nA,2,false\nA,3,true\nA,10,\nB,-4,false\nB,,false\n");
    case_line(&test,
              "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n  columns: {prediction: b}\n"
              "  segments: {g: g}\nevidence: {smallest_slice: 1}\n"
              "limits: [{metric: count, min: 1}]\n");
    case_measure(&test,
                 "mean(x);sum(x);quantile(x, 0.5);quantile(x, 0.75);quantile(x, 0.76);rate(b)");
    assert_value(&test, "g=A", "mean(x)", 4);
    assert_value(&test, "g=A", "sum(x)", 16);
    assert_value(&test, "g=A", "quantile(x, 0.5)", 2);
    assert_value(&test, "g=A", "quantile(x, 0.75)", 3);
    assert_value(&test, "g=A", "quantile(x, 0.76)", 10);
    assert_value(&test, "g=A", "rate(b)", 2.0 / 3);
    assert_int_equal(estimate_of(&test, "g=A", "rate(b)")->n, 3);
    assert_value(&test, "overall", "mean(x)", 12.0 / 5);
    assert_int_equal(estimate_of(&test, "g=B", "mean(x)")->reason, PL_UNDEFINED_ONE_VALUE);
    assert_value(&test, "g=B", "quantile(x, 0.5)", -4);
    case_close(&test);
}

static void the_same_column_may_be_segment_and_value(void **state)
{
    struct data_case test;

    (void)state;
    case_open(&test);
    case_write(&test, "d.csv", "x,y\n1,1\n1,0\n2,1\n2,1\n");
    case_line(&test, "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
                     "  columns: {label: y, score: x}\n  threshold: 2\n  segments: {x: x}\n"
                     "evidence: {smallest_slice: 1}\nlimits: [{metric: accuracy, min: 0.1}]\n");
    case_measure(&test, "mean(x);quantile(x, 0.5);mean(y);accuracy;roc_auc");
    assert_value(&test, "x=2", "quantile(x, 0.5)", 2);
    /* Always the same here and not elsewhere: no spread to judge a mean by. */
    assert_int_equal(estimate_of(&test, "x=2", "mean(x)")->reason, PL_UNDEFINED_ONE_VALUE);
    assert_value(&test, "x=1", "mean(y)", 0.5);
    assert_value(&test, "overall", "accuracy", 0.75);
    assert_value(&test, "overall", "roc_auc", (2 + 0.5) / 3);
    case_close(&test);
}

static void a_mean_is_a_rate_only_where_the_whole_column_is(void **state)
{
    struct data_case test;

    (void)state;
    case_open(&test);
    case_write(&test, "d.csv", "g,c,r\na,0,0\na,1,1\na,0,0\nb,50,1\nb,0,0\nb,0,0\n");
    case_line(&test, "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n  segments: {g: g}\n"
                     "evidence: {smallest_slice: 1}\nlimits: [{metric: mean(c), max: 9}]\n");
    case_measure(&test, "mean(c);mean(r)");
    assert_int_equal(slice_of(&test, "g=a")->stats[metric_index(&test, "mean(c)")].kind,
                     PL_STAT_NORMAL);
    assert_int_equal(slice_of(&test, "g=a")->stats[metric_index(&test, "mean(r)")].kind,
                     PL_STAT_RATE);
    assert_value(&test, "g=a", "mean(c)", 1.0 / 3);
    case_close(&test);
}

/* ---- degenerate slices ---- */

static const char ALL_METRICS[] =
    "accuracy;error_rate;balanced_accuracy;precision;true_positive_rate;true_negative_rate;"
    "false_positive_rate;false_negative_rate;false_discovery_rate;false_omission_rate;"
    "negative_predictive_value;f1;matthews_corrcoef;selection_rate;base_rate;count;share;roc_auc;"
    "average_precision;log_loss;brier_score;ks_separation;calibration_error;ecce;expected_cost;"
    "mean(s);sum(s);quantile(s, 0.5);rate(y)";

static void assert_sound(const struct data_case *test, const struct pl_slice *slice)
{
    for (size_t i = 0; i < test->measured->metrics_count; i++) {
        const struct pl_estimate *one = &slice->estimates[i];
        const char *name = test->measured->metrics[i].name.ptr;

        if (one->status == PL_ESTIMATE_UNDEFINED) {
            if (one->reason == PL_DEFINED || pl_undefined_text(one->reason)[0] == '\0')
                fail_msg("%s has no value and no reason", name);
            continue;
        }
        /* Bounds of a quantile may be infinite: a view shows none. */
        if (!isfinite(one->value) || !(one->low <= one->value) || !(one->value <= one->high))
            fail_msg("%s is %g in [%g, %g]", name, one->value, one->low, one->high);
        if (slice->stats[i].kind != PL_STAT_QUANTILE &&
            !(isfinite(one->low) && isfinite(one->high)))
            fail_msg("%s has the interval [%g, %g]", name, one->low, one->high);
    }
}

/* Rows of one slice, and the reason, if any, that a metric has no value there. */
struct degenerate {
    const char *rows;
    const char *metric;
    enum pl_undefined reason;
};

static void slices_without_a_figure_say_why(void **state)
{
    static const struct degenerate CASES[] = {
        {"1,0.9\n1,0.2\n1,0.7\n", "false_positive_rate", PL_UNDEFINED_NO_LABELLED_NEGATIVES},
        {"1,0.9\n1,0.2\n", "roc_auc", PL_UNDEFINED_NO_LABELLED_NEGATIVES},
        {"1,0.9\n1,0.2\n", "balanced_accuracy", PL_UNDEFINED_NO_LABELLED_NEGATIVES},
        {"1,0.9\n1,0.2\n", "ks_separation", PL_UNDEFINED_NO_LABELLED_NEGATIVES},
        {"1,0.9\n1,0.2\n", "average_precision", PL_DEFINED},
        {"0,0.9\n0,0.2\n", "true_positive_rate", PL_UNDEFINED_NO_LABELLED_POSITIVES},
        {"0,0.9\n0,0.2\n", "false_negative_rate", PL_UNDEFINED_NO_LABELLED_POSITIVES},
        {"0,0.9\n0,0.2\n", "average_precision", PL_UNDEFINED_NO_LABELLED_POSITIVES},
        {"0,0.1\n0,0.2\n", "precision", PL_UNDEFINED_NO_PREDICTED_POSITIVES},
        {"0,0.1\n0,0.2\n", "false_discovery_rate", PL_UNDEFINED_NO_PREDICTED_POSITIVES},
        {"1,0.9\n0,0.8\n", "false_omission_rate", PL_UNDEFINED_NO_PREDICTED_NEGATIVES},
        {"1,0.9\n0,0.8\n", "negative_predictive_value", PL_UNDEFINED_NO_PREDICTED_NEGATIVES},
        {",0.9\n,0.1\n", "accuracy", PL_UNDEFINED_NO_LABELS},
        {",0.9\n,0.1\n", "base_rate", PL_UNDEFINED_NO_LABELS},
        {",0.9\n,0.1\n", "roc_auc", PL_UNDEFINED_NO_LABELS},
        {",0.9\n,0.1\n", "log_loss", PL_UNDEFINED_NO_LABELS},
        {",0.9\n,0.1\n", "matthews_corrcoef", PL_UNDEFINED_NO_LABELS},
        {",0.9\n,0.1\n", "expected_cost", PL_UNDEFINED_NO_LABELS},
        {",0.9\n,0.1\n", "selection_rate", PL_DEFINED},
        {"1,\n0,\n", "selection_rate", PL_UNDEFINED_NO_PREDICTIONS},
        {"1,\n0,\n", "accuracy", PL_UNDEFINED_NO_PREDICTIONS},
        {"1,\n0,\n", "roc_auc", PL_UNDEFINED_NO_SCORES},
        {"1,\n0,\n", "brier_score", PL_UNDEFINED_NO_SCORES},
        {"1,\n0,\n", "mean(s)", PL_UNDEFINED_NO_VALUES},
        {"1,\n0,\n", "quantile(s, 0.5)", PL_UNDEFINED_NO_VALUES},
        {"1,\n0,\n", "base_rate", PL_DEFINED},
        {"1,1.5\n0,0.2\n", "log_loss", PL_UNDEFINED_NOT_PROBABILITIES},
        {"1,0.5\n0,-0.2\n", "brier_score", PL_UNDEFINED_NOT_PROBABILITIES},
        {"1,0.5\n0,-0.2\n", "calibration_error", PL_UNDEFINED_NOT_PROBABILITIES},
        {"1,0.5\n0,-0.2\n", "ecce", PL_UNDEFINED_NOT_PROBABILITIES},
        {"1,0.5\n0,-0.2\n", "roc_auc", PL_DEFINED},
        {"1,0.5\n", "mean(s)", PL_UNDEFINED_ONE_VALUE},
        {"1,0.5\n", "rate(y)", PL_DEFINED},
        {"1,0.5\n", "accuracy", PL_DEFINED},
        {"1,0.5\n0,0.5\n1,0.5\n", "roc_auc", PL_DEFINED},
        {"1,0.5\n0,0.5\n1,0.5\n", "ks_separation", PL_DEFINED},
        {"1,1\n0,0\n1,1\n", "log_loss", PL_DEFINED},
        {"1,0\n0,1\n", "log_loss", PL_DEFINED},
        {"1,0\n0,1\n", "matthews_corrcoef", PL_DEFINED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct data_case test;
        char text[256];

        (void)snprintf(text, sizeof text, "y,s\n%s", CASES[i].rows);
        case_open(&test);
        case_write(&test, "d.csv", text);
        case_line(&test, "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
                         "  columns: {label: y, score: s}\nlimits: [{metric: count, min: 1}]\n"
                         "evidence: {smallest_slice: 1}\n");
        case_measure(&test, ALL_METRICS);
        assert_sound(&test, &test.measured->overall);
        if (estimate_of(&test, "overall", CASES[i].metric)->reason != CASES[i].reason)
            fail_msg("%s of %s: %s", CASES[i].metric, CASES[i].rows,
                     pl_undefined_text(estimate_of(&test, "overall", CASES[i].metric)->reason));
        case_close(&test);
    }
}

static void measures_of_what_the_data_lack_say_so(void **state)
{
    struct data_case test;

    (void)state;
    case_open(&test);
    case_write(&test, "d.csv", "y,p\n1,1\n0,1\n1,0\n");
    case_line(&test, "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
                     "  columns: {label: y, prediction: p}\nlimits: [{metric: count, min: 1}]\n");
    case_measure(&test, "roc_auc;log_loss;calibration_error;accuracy");
    assert_int_equal(estimate_of(&test, "overall", "roc_auc")->reason, PL_UNDEFINED_NO_SCORES);
    assert_int_equal(estimate_of(&test, "overall", "log_loss")->reason, PL_UNDEFINED_NO_SCORES);
    assert_value(&test, "overall", "accuracy", 1.0 / 3);
    case_close(&test);
}

/* ---- between groups ---- */

/* How the slices of the first grouping differ in one metric. */
static struct pl_between between_of(struct data_case *test, const char *metric, uint32_t threads)
{
    const struct pl_between *betweens = NULL;
    size_t count = 0;

    if (pl_measure_between(test->measured, threads, &test->arena, &betweens, &count,
                           &test->error) != PL_OK)
        fail_msg("%s", test->error.message);
    assert_int_equal(count, test->measured->groupings_count * test->measured->metrics_count);
    for (size_t i = 0; i < count; i++)
        if (betweens[i].grouping == &test->measured->groupings[0] &&
            betweens[i].metric_index == metric_index(test, metric))
            return betweens[i];
    fail_msg("%s has no comparison", metric);
    abort();
}

static const char BETWEEN_LINE[] =
    "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
    "  columns: {label: y, prediction: p, count: n}\n  segments: {g: g}\n"
    "limits: [{metric: precision, min: 0.1}]\n";

static void gaps_leave_out_what_is_small_or_has_no_value(void **state)
{
    struct data_case test;

    (void)state;
    case_open(&test);
    case_write(&test, "d.csv",
               "g,y,p,n\nA,1,1,90\nA,0,1,10\nB,1,1,60\nB,0,1,40\nC,1,1,3\nC,0,1,1\n"
               "D,0,0,50\nE,1,1,80\nE,0,1,20\n");
    case_line(&test, BETWEEN_LINE);
    case_measure(&test, "precision;accuracy");

    const struct pl_between between = between_of(&test, "precision", 1);

    assert_ptr_equal(between.largest, slice_of(&test, "g=A"));
    assert_ptr_equal(between.smallest, slice_of(&test, "g=B"));
    assert_near(between.difference.value, 0.3, TOLERANCE);
    assert_near(between.ratio.value, 0.6 / 0.9, TOLERANCE);
    assert_true(between.difference.low <= 0.3 && 0.3 <= between.difference.high);
    assert_true(between.ratio.low <= between.ratio.value && between.ratio.high <= 1.0);
    assert_int_equal(between.difference.n, 300);

    const struct pl_between again = between_of(&test, "precision", 4);

    assert_memory_equal(&between.difference, &again.difference, sizeof between.difference);
    assert_memory_equal(&between.ratio, &again.ratio, sizeof between.ratio);
    case_close(&test);
}

static void one_group_has_no_gap(void **state)
{
    struct data_case test;

    (void)state;
    case_open(&test);
    case_write(&test, "d.csv", "g,y,p,n\nA,1,1,90\nB,1,1,2\n");
    case_line(&test, BETWEEN_LINE);
    case_measure(&test, "precision");

    const struct pl_between between = between_of(&test, "precision", 1);

    assert_int_equal(between.difference.status, PL_ESTIMATE_UNDEFINED);
    assert_int_equal(between.difference.reason, PL_UNDEFINED_ONE_GROUP);
    assert_int_equal(between.ratio.reason, PL_UNDEFINED_ONE_GROUP);
    assert_null(between.smallest);
    assert_null(between.largest);
    case_close(&test);
}

/* ---- groupings ---- */

static void slices_come_in_the_order_of_their_groups_with_missing_last(void **state)
{
    static const char *const EXPECTED[] = {"g=10", "g=9", "g=a", "g=é", "g=(missing)"};
    struct data_case test;

    (void)state;
    case_open(&test);
    case_write(&test, "d.csv", "g,y,p\n,1,1\né,1,1\na,1,1\n9,1,1\n10,1,1\n(missing),0,0\n");
    case_line(&test, "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
                     "  columns: {label: y, prediction: p}\n  segments: {g: g}\n"
                     "limits: [{metric: accuracy, min: 0.1}]\n");
    case_measure(&test, "accuracy");
    assert_int_equal(test.measured->groupings[0].slices_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(pl_str_equal_text(
            pl_slice_text(test.measured, &test.measured->groupings[0].slices[i], &test.arena),
            EXPECTED[i]));
    assert_int_equal(slice_of(&test, "g=(missing)")->n, 2);
    case_close(&test);
}

static void crossings_hold_only_what_occurs_and_add_up(void **state)
{
    struct data_case test;

    (void)state;
    case_open(&test);
    case_write(&test, "d.csv",
               "a,b,c,d,y,p\n1,1,1,1,1,1\n1,2,1,1,1,0\n2,1,1,1,0,0\n2,1,2,1,0,0\n"
               "2,1,2,2,0,0\n");
    case_line(&test,
              "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
              "  columns: {label: y, prediction: p}\n"
              "  segments: {a: a, b: b, c: c, d: d}\nevidence: {depth: 4, smallest_slice: 1}\n"
              "limits: [{metric: accuracy, min: 0.1, by: every}]\n");
    case_measure(&test, "accuracy");
    assert_int_equal(test.measured->groupings_count, 4 + 6 + 4 + 1);
    for (size_t g = 0; g < test.measured->groupings_count; g++) {
        uint64_t n = 0;

        for (size_t i = 0; i < test.measured->groupings[g].slices_count; i++)
            n += test.measured->groupings[g].slices[i].n;
        assert_int_equal(n, 5);
    }
    assert_null(find_slice(&test, "a=2 × b=2"));
    assert_int_equal(slice_of(&test, "a=2 × b=1")->n, 3);
    assert_int_equal(slice_of(&test, "a=2 × b=1 × c=2 × d=1")->n, 1);
    case_close(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_worked_out_by_hand),
        cmocka_unit_test(what_is_unlabelled_or_unscored_is_counted_and_left_out_where_it_must_be),
        cmocka_unit_test(the_whole_is_the_mean_of_slice_and_rest),
        cmocka_unit_test(the_whole_is_the_mean_of_slice_and_rest_for_columns_and_weights_too),
        cmocka_unit_test(the_rest_of_a_mean_is_the_mean_of_the_others),
        cmocka_unit_test(means_sums_rates_and_quantiles_of_a_column),
        cmocka_unit_test(the_same_column_may_be_segment_and_value),
        cmocka_unit_test(a_mean_is_a_rate_only_where_the_whole_column_is),
        cmocka_unit_test(slices_without_a_figure_say_why),
        cmocka_unit_test(measures_of_what_the_data_lack_say_so),
        cmocka_unit_test(gaps_leave_out_what_is_small_or_has_no_value),
        cmocka_unit_test(one_group_has_no_gap),
        cmocka_unit_test(slices_come_in_the_order_of_their_groups_with_missing_last),
        cmocka_unit_test(crossings_hold_only_what_occurs_and_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
