/*
 * Prints what the tests of metrics and traces read with other people's parsers:
 *
 *     telemetry_driver metrics   a page with every series on it
 *     telemetry_driver about     the table of series, a JSON array
 *     telemetry_driver traces    a body for a collector: a decision, and a call that failed below it
 */
#include "base/file.h"
#include "base/json.h"
#include "gateway/metrics.h"
#include "gateway/otlp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_SIZE_MAX ((size_t)16 << 20)
#define PARENT          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static _Noreturn void stop(const char *message)
{
    (void)fprintf(stderr, "%s\n", message);
    exit(2);
}

static enum pl_label label_of(const char *name)
{
    static const char *const NAMES[] = {
        [PL_LABEL_API] = "api",           [PL_LABEL_STATUS] = "status",
        [PL_LABEL_MODEL] = "model",       [PL_LABEL_END] = "end",
        [PL_LABEL_KIND] = "kind",         [PL_LABEL_NAME] = "name",
        [PL_LABEL_SIDE] = "side",         [PL_LABEL_ACT] = "act",
        [PL_LABEL_RESULT] = "result",     [PL_LABEL_FEATURE] = "feature",
        [PL_LABEL_ENDPOINT] = "endpoint", [PL_LABEL_VERSION] = "version",
    };

    for (size_t i = 0; i < PL_LABELS_COUNT; i++)
        if (strcmp(NAMES[i], name) == 0)
            return (enum pl_label)i;
    stop("a label without a name here");
}

/* A gauge has two samples. */
static void sample(struct pl_metrics_out *out, void *context)
{
    const struct pl_str odd[] = {PL_STR("odd \\ \" \n é"), PL_STR(""), PL_STR("x")};
    const struct pl_str plain[] = {PL_STR("plain"), PL_STR("b"), PL_STR("c")};

    pl_metrics_sample(out, odd, 0.1);
    if (*(bool *)context)
        pl_metrics_sample(out, plain, 3);
}

/* Counts 2.5 (in all, over two workers) with odd labels, and 1 with "other". */
static void count_one(struct pl_metrics *metrics, enum pl_metric metric)
{
    const struct pl_metric_about about = pl_metric_about(metric);
    struct pl_metric_at at = {.metric = metric};

    for (size_t i = 0; about.labels[i] != NULL; i++)
        at.labels.at[i] =
            pl_metrics_label(metrics, label_of(about.labels[i]), PL_STR("odd \\ \" \n é"));
    if (strcmp(about.type, "histogram") == 0) {
        pl_metrics_observe(metrics, at, 2);
        at.worker = 1;
        pl_metrics_observe(metrics, at, 0.5);
        pl_metrics_observe(metrics, (struct pl_metric_at){.metric = metric}, 1e9);
    } else {
        pl_metrics_add(metrics, at, 2);
        at.worker = 1;
        pl_metrics_add(metrics, at, metric == PL_METRIC_COST ? 0.5 : 1);
        pl_metrics_add(metrics, (struct pl_metric_at){.metric = metric}, 1);
    }
}

static void write_metrics(struct pl_buffer *out)
{
    static bool labelled = true, bare = false;
    struct pl_metrics *metrics = NULL;
    struct pl_error error = {0};

    if (pl_metrics_new(2, &metrics, &error) != PL_OK)
        stop(error.message);
    for (size_t i = 0; i < PL_METRICS_COUNT; i++) {
        const struct pl_metric_about about = pl_metric_about((enum pl_metric)i);

        if (strcmp(about.type, "gauge") == 0)
            pl_metrics_source_set(metrics, (enum pl_metric)i, sample,
                                  about.labels[0] == NULL ? &bare : &labelled);
        else
            count_one(metrics, (enum pl_metric)i);
    }
    pl_metrics_write(metrics, out);
    pl_metrics_free(metrics);
}

static void write_about(struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_json_open_array(&json);
    for (size_t i = 0; i < PL_METRICS_COUNT; i++) {
        const struct pl_metric_about about = pl_metric_about((enum pl_metric)i);

        pl_json_open_object(&json);
        pl_json_key(&json, "name");
        pl_json_text(&json, about.name);
        pl_json_key(&json, "type");
        pl_json_text(&json, about.type);
        pl_json_key(&json, "help");
        pl_json_text(&json, about.help);
        pl_json_key(&json, "labels");
        pl_json_open_array(&json);
        for (size_t k = 0; about.labels[k] != NULL; k++)
            pl_json_text(&json, about.labels[k]);
        pl_json_close_array(&json);
        pl_json_close_object(&json);
    }
    pl_json_close_array(&json);
}

static struct pl_trace_span decision(struct pl_rng *rng)
{
    struct pl_trace_span span = {
        .begun_ns = UINT64_C(1763746832123456789),
        .ended_ns = UINT64_C(1763746834123456789),
        .operation = PL_STR("chat"),
        .request_model = PL_STR("support-answers"),
        .http_status = 200,
        .input_tokens = {true, UINT64_C(9007199254740993)}, /* is no double */
        .output_tokens = {true, 40},
        .cached_tokens = {true, 0},
        .reasoning_tokens = {true, 7},
        .is_stream = true,
        .first_token_ns = 1500000000,
        .decision = PL_STR("d_01"),
        .feature = PL_STR("support-answers"),
        .outcome = PL_STR("served"),
        .cost_known = true,
        .cost = 0.00012,
        .confidence_known = true,
        .confidence = 0.93,
    };

    pl_trace_begin(&span.trace, PL_STR(PARENT), rng);
    return span;
}

static void write_traces(struct pl_buffer *out)
{
    struct pl_otlp *otlp = NULL;
    struct pl_error error = {0};
    struct pl_rng rng;
    uint32_t count = 0;

    pl_rng_init(&rng, 1, 0);
    if (pl_otlp_new(&(struct pl_otlp_options){.instance = PL_STR("here")}, &otlp, &error) != PL_OK)
        stop(error.message);

    const struct pl_trace_span whole = decision(&rng);
    struct pl_trace_span call = {
        .is_call = true,
        .begun_ns = whole.begun_ns + 1,
        .ended_ns = whole.ended_ns - 1,
        .operation = PL_STR("chat"),
        .provider = PL_STR("openai"),
        .request_model = PL_STR("small \"8b\"\xff"),
        .server_address = PL_STR("127.0.0.1"),
        .server_port = 8080,
        .error_type = PL_STR("timeout"),
        .error_text = PL_STR("no answer\nin time"),
        .purpose = PL_STR("answer"),
        .tier_known = true,
    };

    pl_trace_child(&whole.trace, &rng, &call.trace);
    if (!pl_otlp_add(otlp, &whole) || !pl_otlp_add(otlp, &call))
        stop("no room for two spans");
    pl_buffer_add(out, pl_otlp_take(otlp, &count));
    pl_otlp_free(otlp);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*write)(struct pl_buffer *out);
    } MODES[] = {{"metrics", write_metrics}, {"about", write_about}, {"traces", write_traces}};
    struct pl_buffer out;
    struct pl_error error = {0};

    pl_buffer_init(&out, OUTPUT_SIZE_MAX);
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++)
        if (argc == 2 && strcmp(argv[1], MODES[i].name) == 0)
            MODES[i].write(&out);
    if (out.len == 0)
        stop("say metrics, about or traces");
    if (pl_buffer_check(&out, "the output", &error) != PL_OK ||
        pl_fd_write(STDOUT_FILENO, pl_buffer_view(&out), "standard output", &error) != PL_OK)
        stop(error.message);
    pl_buffer_deinit(&out);
    return 0;
}
