/* Metrics: what is counted is what is written, whoever counted it, in the text format of Prometheus. */
#include "gateway/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE_MAX ((size_t)4 << 20)

/* cmocka's own compares as float. */
static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", value, expected);
}

static struct pl_metrics *begin(uint32_t workers_count)
{
    struct pl_metrics *metrics = NULL;
    struct pl_error error = {0};

    assert_int_equal(pl_metrics_new(workers_count, &metrics, &error), PL_OK);
    return metrics;
}

/* The page; valid until the buffer is let go. */
static const char *page_of(struct pl_metrics *metrics, struct pl_buffer *page)
{
    struct pl_error error = {0};

    pl_buffer_init(page, PAGE_SIZE_MAX);
    pl_metrics_write(metrics, page);
    assert_int_equal(pl_buffer_check(page, "the page", &error), PL_OK);
    return page->ptr;
}

/* The text behind a series' name and labels; NULL: it is not on the page. */
static const char *value_text(const char *page, const char *series)
{
    const size_t length = strlen(series);

    for (const char *at = page; at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, series, length) == 0 && at[length] == ' ')
            return at + length + 1;
    }
    return NULL;
}

static double value_of(const char *page, const char *series)
{
    const char *text = value_text(page, series);

    if (text == NULL)
        fail_msg("no series %s on the page:\n%s", series, page);
    return strtod(text, NULL);
}

static bool is_on(const char *page, const char *series)
{
    return value_text(page, series) != NULL;
}

static struct pl_metric_at at(enum pl_metric metric, uint32_t first, uint32_t second)
{
    return (struct pl_metric_at){.metric = metric, .labels = {{first, second, 0}}};
}

static void counters_add_up_over_workers(void **state)
{
    (void)state;
    struct pl_metrics *metrics = begin(3);
    struct pl_buffer page;

    for (uint32_t worker = 0; worker < 3; worker++) {
        struct pl_metric_at served = at(PL_METRIC_DECISIONS_SERVED, 0, 0);

        served.worker = worker;
        pl_metrics_add(metrics, served, worker + 1);
    }

    const char *text = page_of(metrics, &page);

    assert_near(value_of(text, "plimsoll_decisions_served_total"), 6, 0);
    assert_near(value_of(text, "plimsoll_decisions_recorded_total"), 0, 0);
    pl_buffer_deinit(&page);
    pl_metrics_free(metrics);
}

static void a_series_with_labels_is_written_once_it_was_counted(void **state)
{
    (void)state;
    struct pl_metrics *metrics = begin(1);
    const uint32_t chat = pl_metrics_label(metrics, PL_LABEL_API, PL_STR("chat"));
    const uint32_t served = pl_metrics_label(metrics, PL_LABEL_STATUS, PL_STR("served"));
    const uint32_t failed = pl_metrics_label(metrics, PL_LABEL_STATUS, PL_STR("failed"));
    struct pl_buffer page;

    pl_metrics_add(metrics, at(PL_METRIC_REQUESTS, chat, served), 1);
    pl_metrics_add(metrics, at(PL_METRIC_REQUESTS, chat, served), 1);
    pl_metrics_add(metrics, at(PL_METRIC_REQUESTS, 0, failed), 5);

    const char *text = page_of(metrics, &page);

    assert_near(value_of(text, "plimsoll_requests_total{api=\"chat\",status=\"served\"}"), 2, 0);
    assert_near(value_of(text, "plimsoll_requests_total{api=\"other\",status=\"failed\"}"), 5, 0);
    assert_false(is_on(text, "plimsoll_requests_total{api=\"chat\",status=\"failed\"}"));
    pl_buffer_deinit(&page);
    pl_metrics_free(metrics);
}

static void values_without_room_count_as_other(void **state)
{
    (void)state;
    struct pl_metrics *metrics = begin(1);
    uint32_t others = 0, highest = 0;
    struct pl_buffer page;

    for (int i = 0; i < 200; i++) {
        char name[32];

        (void)snprintf(name, sizeof name, "model-%d", i);
        const uint32_t model = pl_metrics_label(metrics, PL_LABEL_MODEL, pl_str_of(name));

        others += model == 0;
        highest = model > highest ? model : highest;
        pl_metrics_add(metrics, at(PL_METRIC_COST, model, 0), 1);
        assert_int_equal(pl_metrics_label(metrics, PL_LABEL_MODEL, pl_str_of(name)), model);
    }
    assert_int_equal(highest, 64);
    assert_int_equal(others, 200 - 64);

    const char *text = page_of(metrics, &page);

    assert_near(value_of(text, "plimsoll_cost_total{model=\"other\"}"), 136, 0);
    assert_near(value_of(text, "plimsoll_cost_total{model=\"model-63\"}"), 1, 0);
    pl_buffer_deinit(&page);
    pl_metrics_free(metrics);
}

static void values_of_labels_are_escaped_and_cut(void **state)
{
    (void)state;
    struct pl_metrics *metrics = begin(1);
    const struct pl_str odd = PL_STR("a\"b\\c\nd{e}=,f");
    char text_long[3 * PL_METRIC_LABEL_SIZE], expected[4 * PL_METRIC_LABEL_SIZE];
    struct pl_buffer page;

    /* 63 letters of two bytes fit into 127; half a letter does not. */
    for (size_t i = 0; i + 2 <= sizeof text_long; i += 2)
        memcpy(text_long + i, "\xc3\xa9", 2);
    pl_metrics_add(metrics, at(PL_METRIC_COST, pl_metrics_label(metrics, PL_LABEL_MODEL, odd), 0),
                   1.5);
    pl_metrics_add(
        metrics,
        at(PL_METRIC_COST,
           pl_metrics_label(metrics, PL_LABEL_MODEL, (struct pl_str){text_long, sizeof text_long}),
           0),
        2);

    const char *text = page_of(metrics, &page);

    assert_near(value_of(text, "plimsoll_cost_total{model=\"a\\\"b\\\\c\\nd{e}=,f\"}"), 1.5, 0);
    (void)snprintf(expected, sizeof expected, "plimsoll_cost_total{model=\"%.126s\"}", text_long);
    assert_near(value_of(text, expected), 2, 0);
    pl_buffer_deinit(&page);
    pl_metrics_free(metrics);
}

static void what_is_no_text_is_other(void **state)
{
    (void)state;
    struct pl_metrics *metrics = begin(1);

    assert_int_equal(pl_metrics_label(metrics, PL_LABEL_MODEL, PL_STR("\xff\xfe")), 0);
    assert_int_equal(pl_metrics_label(metrics, PL_LABEL_MODEL, PL_STR("a\0b")), 0);
    assert_int_equal(pl_metrics_label(metrics, PL_LABEL_MODEL, PL_STR("other")), 0);
    assert_int_not_equal(pl_metrics_label(metrics, PL_LABEL_MODEL, (struct pl_str){0}), 0);
    pl_metrics_free(metrics);
}

static void money_is_kept_to_a_billionth(void **state)
{
    (void)state;
    struct pl_metrics *metrics = begin(1);
    struct pl_buffer page;

    for (int i = 0; i < 1000000; i++)
        pl_metrics_add(metrics, at(PL_METRIC_COST, 0, 0), 0.000000123);

    const char *text = page_of(metrics, &page);

    assert_memory_equal(value_text(text, "plimsoll_cost_total{model=\"other\"}"), "0.123000000\n",
                        12);
    pl_buffer_deinit(&page);
    pl_metrics_free(metrics);
}

/* The buckets of a histogram, from the page: each holds those below, and the last is the count. */
static void check_histogram(const char *page, const char *name, double count, double sum)
{
    char series[128];
    double last = 0, last_bound = -(double)INFINITY;
    size_t buckets = 0;
    const char *line = page;

    (void)snprintf(series, sizeof series, "plimsoll_%s_bucket{le=\"", name);
    while ((line = strstr(line, series)) != NULL) {
        char *end = NULL;
        const double bound = strtod(line + strlen(series), &end);
        const double value = strtod(strchr(end, ' '), NULL);

        assert_true(bound > last_bound);
        assert_true(value >= last);
        last = value;
        last_bound = bound;
        buckets++;
        line = end;
    }
    assert_true(buckets > 2);
    assert_true(isinf(last_bound));
    assert_near(last, count, 0);
    (void)snprintf(series, sizeof series, "plimsoll_%s_count", name);
    assert_near(value_of(page, series), count, 0);
    (void)snprintf(series, sizeof series, "plimsoll_%s_sum", name);
    assert_near(value_of(page, series), sum, 1e-9);
}

static void histograms_are_cumulative_and_end_with_their_count(void **state)
{
    (void)state;
    static const double VALUES[] = {0, 0.00001, 0.0000100001, 0.001, 0.3, 7, 250, 251, 1e6};
    struct pl_metrics *metrics = begin(2);
    struct pl_buffer page;
    double sum = 0;

    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
        struct pl_metric_at request = at(PL_METRIC_REQUEST_SECONDS, 0, 0);

        request.worker = i % 2;
        pl_metrics_observe(metrics, request, VALUES[i]);
        sum += VALUES[i];
    }

    const char *text = page_of(metrics, &page);

    check_histogram(text, "request_seconds", 9, sum);
    check_histogram(text, "own_seconds", 0, 0);
    check_histogram(text, "decision_tokens", 0, 0);
    check_histogram(text, "decision_cost", 0, 0);
    assert_near(value_of(text, "plimsoll_request_seconds_bucket{le=\"1e-05\"}"), 2, 0);
    assert_near(value_of(text, "plimsoll_request_seconds_bucket{le=\"2.5e-05\"}"), 3, 0);
    assert_near(value_of(text, "plimsoll_request_seconds_bucket{le=\"250\"}"), 7, 0);
    pl_buffer_deinit(&page);
    pl_metrics_free(metrics);
}

static void what_is_no_number_counts_as_0(void **state)
{
    (void)state;
    struct pl_metrics *metrics = begin(1);
    struct pl_buffer page;

    pl_metrics_observe(metrics, at(PL_METRIC_OWN_SECONDS, 0, 0), -1);
    pl_metrics_observe(metrics, at(PL_METRIC_OWN_SECONDS, 0, 0), (double)NAN);
    check_histogram(page_of(metrics, &page), "own_seconds", 2, 0);
    assert_near(value_of(page.ptr, "plimsoll_own_seconds_bucket{le=\"1e-05\"}"), 2, 0);
    pl_buffer_deinit(&page);
    pl_metrics_free(metrics);
}

static void sample_two_features(struct pl_metrics_out *out, void *context)
{
    const struct pl_str support = PL_STR("support"), odd = PL_STR("\xff");

    pl_metrics_sample(out, &support, *(double *)context);
    pl_metrics_sample(out, &odd, (double)INFINITY);
}

static void gauges_are_asked_for_when_the_page_is_written(void **state)
{
    (void)state;
    struct pl_metrics *metrics = begin(1);
    struct pl_buffer page;
    double on = 1;

    assert_null(strstr(page_of(metrics, &page), "plimsoll_flag_on"));
    pl_buffer_deinit(&page);
    pl_metrics_source_set(metrics, PL_METRIC_FLAG_ON, sample_two_features, &on);
    assert_near(value_of(page_of(metrics, &page), "plimsoll_flag_on{feature=\"support\"}"), 1, 0);
    pl_buffer_deinit(&page);
    on = 0;
    assert_near(value_of(page_of(metrics, &page), "plimsoll_flag_on{feature=\"support\"}"), 0, 0);
    assert_memory_equal(value_text(page.ptr, "plimsoll_flag_on{feature=\"?\"}"), "+Inf\n", 5);
    pl_buffer_deinit(&page);
    pl_metrics_free(metrics);
}

/* Every line is a comment on the family that follows, or a sample of the family last named. */
static void every_sample_stands_below_its_help_and_type(void **state)
{
    (void)state;
    struct pl_metrics *metrics = begin(1);
    struct pl_buffer page;
    char family[128] = "";
    double on = 1;

    pl_metrics_source_set(metrics, PL_METRIC_FLAG_ON, sample_two_features, &on);
    pl_metrics_observe(metrics, at(PL_METRIC_UPSTREAM_SECONDS, 0, 0), 1);

    const char *line = page_of(metrics, &page);

    for (; *line != '\0'; line = strchr(line, '\n') + 1) {
        char name[128];

        if (sscanf(line, "# HELP %127s", name) == 1) {
            assert_string_not_equal(name, family);
            (void)snprintf(family, sizeof family, "%s", name);
        } else if (sscanf(line, "# TYPE %127s", name) == 1) {
            assert_string_equal(name, family);
        } else {
            assert_memory_equal(line, family, strlen(family));
        }
    }
    pl_buffer_deinit(&page);
    pl_metrics_free(metrics);
}

/* ---- threads ---- */

#define THREADS 4
#define ROUNDS  500000

struct counting {
    struct pl_metrics *metrics;
    uint32_t worker;
    pthread_barrier_t *start;
};

static void *count_much(void *context)
{
    const struct counting *counting = context;
    struct pl_metric_at served = at(PL_METRIC_DECISIONS_SERVED, 0, 0);
    struct pl_metric_at own = at(PL_METRIC_OWN_SECONDS, 0, 0);

    served.worker = own.worker = counting->worker;
    (void)pthread_barrier_wait(counting->start);
    for (int i = 0; i < ROUNDS; i++) {
        pl_metrics_observe(counting->metrics, own, 0.001);
        pl_metrics_add(counting->metrics, served, 1);
        if (i % 1000 == 0) {
            char name[32];

            (void)snprintf(name, sizeof name, "m%d", i / 1000);
            (void)pl_metrics_label(counting->metrics, PL_LABEL_MODEL, pl_str_of(name));
        }
    }
    return NULL;
}

/* Two threads share each worker's cells, to show that also then nothing is lost. */
static void nothing_is_lost_when_many_count_while_the_page_is_written(void **state)
{
    (void)state;
    struct pl_metrics *metrics = begin(THREADS / 2);
    struct counting counting[THREADS];
    pthread_t threads[THREADS];
    pthread_barrier_t start;
    struct pl_buffer page;
    double last = 0;

    assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        counting[i] = (struct counting){metrics, i / 2, &start};
        assert_int_equal(pthread_create(&threads[i], NULL, count_much, &counting[i]), 0);
    }
    for (int i = 0; i < 20; i++) {
        const double now = value_of(page_of(metrics, &page), "plimsoll_decisions_served_total");

        assert_true(now >= last);
        last = now;
        pl_buffer_deinit(&page);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    (void)pthread_barrier_destroy(&start);
    check_histogram(page_of(metrics, &page), "own_seconds", THREADS * ROUNDS,
                    THREADS * ROUNDS * 0.001);
    assert_near(value_of(page.ptr, "plimsoll_decisions_served_total"), THREADS * ROUNDS, 0);
    pl_buffer_deinit(&page);
    pl_metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_add_up_over_workers),
        cmocka_unit_test(a_series_with_labels_is_written_once_it_was_counted),
        cmocka_unit_test(values_without_room_count_as_other),
        cmocka_unit_test(values_of_labels_are_escaped_and_cut),
        cmocka_unit_test(what_is_no_text_is_other),
        cmocka_unit_test(money_is_kept_to_a_billionth),
        cmocka_unit_test(histograms_are_cumulative_and_end_with_their_count),
        cmocka_unit_test(what_is_no_number_counts_as_0),
        cmocka_unit_test(gauges_are_asked_for_when_the_page_is_written),
        cmocka_unit_test(every_sample_stands_below_its_help_and_type),
        cmocka_unit_test(nothing_is_lost_when_many_count_while_the_page_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
