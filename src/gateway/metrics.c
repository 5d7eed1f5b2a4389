/*
 * The table of series, and their counters. A counter is a whole number of units (of billionths for
 * money and seconds), so that adding is one relaxed atomic addition and sums do not depend on the
 * order. A histogram with n bounds is n + 1 counts and a sum; its count is the sum of its counts, so
 * that the two always agree.
 *
 * The cells of a worker lie together, each worker's in cache lines of its own.
 */
#include "gateway/metrics.h"

#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 128 /* two lines of 64: neighbours are fetched in pairs */
#define BILLION    1e9
#define PREFIX     "plimsoll_"
#define BOUNDS_MAX 24
#define BOUND_SIZE 32 /* as text */

/* Of a series: each byte of a value may become two. */
#define LABELS_SIZE_BYTES_MAX ((size_t)PL_METRIC_LABELS_MAX * (2 * PL_METRIC_LABEL_SIZE + 64) * 16)

enum kind { COUNTER, GAUGE, HISTOGRAM };

struct bounds {
    size_t count;
    double at[BOUNDS_MAX];
};

/* 1, 2.5, 5 in each power of ten from 10 microseconds to 250 seconds. */
static const struct bounds SECONDS = {23, {1e-5, 2.5e-5, 5e-5,   1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3,
                                           5e-3, 1e-2,   2.5e-2, 5e-2, 0.1,    0.25, 0.5,  1,
                                           2.5,  5,      10,     25,   50,     100,  250}};

/* Powers of four. */
static const struct bounds TOKENS = {
    11, {1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576}};

/* 1, 3 in each power of ten. */
static const struct bounds MONEY = {
    14, {1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3}};

/* A row: one family of series. */
static const struct family {
    const char *name, *help;
    enum kind kind;
    size_t labels_count;
    enum pl_label labels[PL_METRIC_LABELS_MAX];
    double unit; /* of its counter or of its sum: how many in one */
    const struct bounds *bounds;
} FAMILIES[PL_METRICS_COUNT] = {
    [PL_METRIC_REQUESTS] = {PREFIX "requests_total",
                            "Requests, by API and by how they ended.",
                            COUNTER,
                            2,
                            {PL_LABEL_API, PL_LABEL_STATUS},
                            1,
                            NULL},
    [PL_METRIC_DECISIONS_SERVED] = {PREFIX "decisions_served_total",
                                    "Decisions that came to their end: those recorded and those "
                                    "dropped together.",
                                    COUNTER,
                                    0,
                                    {0},
                                    1,
                                    NULL},
    [PL_METRIC_DECISIONS_RECORDED] = {PREFIX "decisions_recorded_total",
                                      "Decisions whose record was handed to the ledger.",
                                      COUNTER,
                                      0,
                                      {0},
                                      1,
                                      NULL},
    [PL_METRIC_DECISIONS_DROPPED] = {PREFIX "decisions_dropped_total",
                                     "Decisions whose record found no room.",
                                     COUNTER,
                                     0,
                                     {0},
                                     1,
                                     NULL},
    [PL_METRIC_ATTEMPTS] = {PREFIX "attempts_total",
                            "Calls of models, by how they ended.",
                            COUNTER,
                            2,
                            {PL_LABEL_MODEL, PL_LABEL_END},
                            1,
                            NULL},
    [PL_METRIC_TOKENS] = {PREFIX "tokens_total",
                          "Tokens as the models report them.",
                          COUNTER,
                          2,
                          {PL_LABEL_MODEL, PL_LABEL_KIND},
                          1,
                          NULL},
    [PL_METRIC_COST] = {PREFIX "cost_total",
                        "What the calls cost, in the currency of the prices.",
                        COUNTER,
                        1,
                        {PL_LABEL_MODEL},
                        BILLION,
                        NULL},
    [PL_METRIC_REQUEST_SECONDS] = {PREFIX "request_seconds",
                                   "From a request to the end of its answer.",
                                   HISTOGRAM,
                                   0,
                                   {0},
                                   BILLION,
                                   &SECONDS},
    [PL_METRIC_OWN_SECONDS] = {PREFIX "own_seconds",
                               "The part of it that was spent here, not waiting for models.",
                               HISTOGRAM,
                               0,
                               {0},
                               BILLION,
                               &SECONDS},
    [PL_METRIC_UPSTREAM_SECONDS] = {PREFIX "upstream_seconds",
                                    "From a call of a model to its end.",
                                    HISTOGRAM,
                                    1,
                                    {PL_LABEL_MODEL},
                                    BILLION,
                                    &SECONDS},
    [PL_METRIC_QUEUE_SECONDS] = {PREFIX "queue_seconds",
                                 "From the arrival of a request to its beginning.",
                                 HISTOGRAM,
                                 0,
                                 {0},
                                 BILLION,
                                 &SECONDS},
    [PL_METRIC_FIRST_TOKEN_SECONDS] = {PREFIX "first_token_seconds",
                                       "From a call of a model to the first token of its stream.",
                                       HISTOGRAM,
                                       1,
                                       {PL_LABEL_MODEL},
                                       BILLION,
                                       &SECONDS},
    [PL_METRIC_DECISION_TOKENS] = {PREFIX "decision_tokens",
                                   "Tokens of a decision, of all its calls.",
                                   HISTOGRAM,
                                   0,
                                   {0},
                                   1,
                                   &TOKENS},
    [PL_METRIC_DECISION_COST] = {PREFIX "decision_cost",
                                 "Cost of a decision, of all its calls.",
                                 HISTOGRAM,
                                 0,
                                 {0},
                                 BILLION,
                                 &MONEY},
    [PL_METRIC_OPEN_CONNECTIONS] =
        {PREFIX "open_connections", "Connections of clients.", GAUGE, 0, {0}, 1, NULL},
    [PL_METRIC_OPEN_STREAMS] =
        {PREFIX "open_streams", "Answers that are being streamed.", GAUGE, 0, {0}, 1, NULL},
    [PL_METRIC_OPEN_REQUESTS] =
        {PREFIX "open_requests", "Requests under way.", GAUGE, 0, {0}, 1, NULL},
    [PL_METRIC_SPOOL_WAITING] =
        {PREFIX "spool_waiting", "Records on their way to the ledger.", GAUGE, 0, {0}, 1, NULL},
    [PL_METRIC_SPOOL_FAILING] = {PREFIX "spool_failing",
                                 "1 when the last commit to the ledger failed.",
                                 GAUGE,
                                 0,
                                 {0},
                                 1,
                                 NULL},
    [PL_METRIC_LEDGER_COMMITS] =
        {PREFIX "ledger_commits_total", "Commits to the ledger.", COUNTER, 0, {0}, 1, NULL},
    [PL_METRIC_FLAG_ON] =
        {PREFIX "flag_on", "1 when the feature is on.", GAUGE, 1, {PL_LABEL_FEATURE}, 1, NULL},
    [PL_METRIC_CIRCUIT_OPEN] = {PREFIX "circuit_open",
                                "1 when an address of a model is given a rest.",
                                GAUGE,
                                2,
                                {PL_LABEL_MODEL, PL_LABEL_ENDPOINT},
                                1,
                                NULL},
    [PL_METRIC_SHADOW] = {PREFIX "shadow_total",
                          "Calls in the shadow, by how they ended.",
                          COUNTER,
                          1,
                          {PL_LABEL_END},
                          1,
                          NULL},
    [PL_METRIC_GUARD] = {PREFIX "guard_total",
                         "What guards found, and did about it.",
                         COUNTER,
                         3,
                         {PL_LABEL_NAME, PL_LABEL_SIDE, PL_LABEL_ACT},
                         1,
                         NULL},
    [PL_METRIC_RELOADS] = {PREFIX "reloads_total",
                           "Readings of a changed line.",
                           COUNTER,
                           1,
                           {PL_LABEL_RESULT},
                           1,
                           NULL},
    [PL_METRIC_TRACES_DROPPED] = {PREFIX "traces_dropped_total",
                                  "Spans that found no room or no receiver.",
                                  COUNTER,
                                  0,
                                  {0},
                                  1,
                                  NULL},
    [PL_METRIC_BUILD_INFO] = {PREFIX "build_info",
                              "1, with the version of the program.",
                              GAUGE,
                              1,
                              {PL_LABEL_VERSION},
                              1,
                              NULL},
};

/* A label: its name, and how many values it has room for, "other" included. */
static const struct label {
    const char *name;
    uint32_t room;
} LABELS[PL_LABELS_COUNT] = {
    [PL_LABEL_API] = {"api", 16},          [PL_LABEL_STATUS] = {"status", 12},
    [PL_LABEL_MODEL] = {"model", 65},      [PL_LABEL_END] = {"end", 24},
    [PL_LABEL_KIND] = {"kind", 8},         [PL_LABEL_NAME] = {"name", 33},
    [PL_LABEL_SIDE] = {"side", 4},         [PL_LABEL_ACT] = {"act", 8},
    [PL_LABEL_RESULT] = {"result", 4},     [PL_LABEL_FEATURE] = {"feature", 1},
    [PL_LABEL_ENDPOINT] = {"endpoint", 1}, [PL_LABEL_VERSION] = {"version", 1},
};

/* The values of a label: copied, ended by NUL. */
struct values {
    uint32_t count;
    char (*items)[PL_METRIC_LABEL_SIZE];
};

struct source {
    pl_metrics_source call;
    void *context;
};

typedef _Atomic uint64_t cell;

struct pl_metrics {
    uint32_t workers_count;
    size_t worker_cells;             /* of one worker, filled up to whole cache lines */
    size_t first[PL_METRICS_COUNT];  /* of a family, among a worker's cells */
    size_t series[PL_METRICS_COUNT]; /* of a family: all combinations of its labels */
    cell *cells;
    char (*bounds[PL_METRICS_COUNT])[BOUND_SIZE]; /* of histograms, as text */
    pthread_mutex_t lock;                         /* of what follows */
    struct values values[PL_LABELS_COUNT];
    struct source sources[PL_METRICS_COUNT];
};

/* ---- cells ---- */

static size_t cells_of_series(const struct family *family)
{
    return family->kind == HISTOGRAM ? family->bounds->count + 2 : 1;
}

static size_t series_of(const struct family *family)
{
    size_t series = 1;

    for (size_t i = 0; i < family->labels_count; i++)
        series *= LABELS[family->labels[i]].room;
    return series;
}

static void lay_out(struct pl_metrics *metrics)
{
    const size_t line = CACHE_LINE / sizeof(cell);
    size_t next = 0;

    for (size_t i = 0; i < PL_METRICS_COUNT; i++) {
        if (FAMILIES[i].kind == GAUGE)
            continue;
        metrics->first[i] = next;
        metrics->series[i] = series_of(&FAMILIES[i]);
        next += metrics->series[i] * cells_of_series(&FAMILIES[i]);
    }
    metrics->worker_cells = (next + line - 1) / line * line;
}

static enum pl_status make_values(struct pl_metrics *metrics, struct pl_error *error)
{
    for (size_t i = 0; i < PL_LABELS_COUNT; i++) {
        metrics->values[i].items = calloc(LABELS[i].room, sizeof *metrics->values[i].items);
        if (metrics->values[i].items == NULL)
            return pl_error_set(error, PL_E_MEMORY, "no memory left for the metrics");
        memcpy(metrics->values[i].items[0], "other", sizeof "other");
        metrics->values[i].count = 1;
    }
    return PL_OK;
}

static enum pl_status make_bounds(struct pl_metrics *metrics, struct pl_error *error)
{
    for (size_t i = 0; i < PL_METRICS_COUNT; i++) {
        const struct bounds *bounds = FAMILIES[i].bounds;

        if (bounds == NULL)
            continue;
        metrics->bounds[i] = calloc(bounds->count, sizeof *metrics->bounds[i]);
        if (metrics->bounds[i] == NULL)
            return pl_error_set(error, PL_E_MEMORY, "no memory left for the metrics");
        for (size_t k = 0; k < bounds->count; k++)
            pl_json_format_double(bounds->at[k], metrics->bounds[i][k]);
    }
    return PL_OK;
}

enum pl_status pl_metrics_new(uint32_t workers_count, struct pl_metrics **ret_metrics,
                              struct pl_error *error)
{
    struct pl_metrics *metrics = calloc(1, sizeof *metrics);

    assert(workers_count > 0 && workers_count <= PL_METRICS_WORKERS_MAX);
    if (metrics == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the metrics");
    (void)pthread_mutex_init(&metrics->lock, NULL);
    metrics->workers_count = workers_count;
    lay_out(metrics);

    const size_t size_bytes = workers_count * metrics->worker_cells * sizeof(cell);
    enum pl_status status = make_values(metrics, error);

    if (status == PL_OK)
        status = make_bounds(metrics, error);
    metrics->cells = aligned_alloc(CACHE_LINE, size_bytes);
    if (status == PL_OK && metrics->cells == NULL)
        status = pl_error_set(error, PL_E_MEMORY, "no memory left for the metrics");
    if (status != PL_OK) {
        pl_metrics_free(metrics);
        return status;
    }
    for (size_t i = 0; i < workers_count * metrics->worker_cells; i++)
        atomic_init(&metrics->cells[i], 0);
    *ret_metrics = metrics;
    return PL_OK;
}

void pl_metrics_free(struct pl_metrics *metrics)
{
    if (metrics == NULL)
        return;
    for (size_t i = 0; i < PL_LABELS_COUNT; i++)
        free(metrics->values[i].items);
    for (size_t i = 0; i < PL_METRICS_COUNT; i++)
        free(metrics->bounds[i]);
    free(metrics->cells);
    (void)pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

/* ---- labels ---- */

static uint32_t find_value(struct values *values, uint32_t room, struct pl_str value)
{
    for (uint32_t i = 0; i < values->count; i++)
        if (pl_str_equal_text(value, values->items[i]))
            return i;
    if (values->count == room)
        return 0;
    if (value.len > 0)
        memcpy(values->items[values->count], value.ptr, value.len);
    return values->count++;
}

/* The part of a value that there is room for, not cut within a character. What is no text, or holds a
   NUL, has no name of its own. */
static struct pl_str cut(struct pl_str value)
{
    if (!pl_str_is_utf8(value) || (value.len > 0 && memchr(value.ptr, 0, value.len) != NULL))
        return PL_STR("other");
    if (value.len < PL_METRIC_LABEL_SIZE)
        return value;
    value.len = PL_METRIC_LABEL_SIZE - 1;
    while (value.len > 0 && ((unsigned char)value.ptr[value.len] & 0xc0) == 0x80)
        value.len--;
    return value;
}

uint32_t pl_metrics_label(struct pl_metrics *metrics, enum pl_label label, struct pl_str value)
{
    (void)pthread_mutex_lock(&metrics->lock);

    const uint32_t found = find_value(&metrics->values[label], LABELS[label].room, cut(value));

    (void)pthread_mutex_unlock(&metrics->lock);
    return found;
}

/* ---- counting ---- */

/* The first cell of a series. */
static cell *cells_at(struct pl_metrics *metrics, struct pl_metric_at at)
{
    const struct family *family = &FAMILIES[at.metric];
    size_t series = 0;

    assert(at.worker < metrics->workers_count && family->kind != GAUGE);
    for (size_t i = 0; i < family->labels_count; i++) {
        const uint32_t room = LABELS[family->labels[i]].room;

        assert(at.labels.at[i] < room);
        series = series * room + at.labels.at[i];
    }
    return metrics->cells + at.worker * metrics->worker_cells + metrics->first[at.metric] +
           series * cells_of_series(family);
}

static uint64_t units_of(double value, double unit)
{
    const double units = value * unit;

    if (!(units > 0))
        return 0;
    return units < 0x1p63 ? (uint64_t)(units + 0.5) : (uint64_t)1 << 63;
}

static void count(cell *at, uint64_t amount)
{
    (void)atomic_fetch_add_explicit(at, amount, memory_order_relaxed);
}

void pl_metrics_add(struct pl_metrics *metrics, struct pl_metric_at at, double amount)
{
    assert(FAMILIES[at.metric].kind == COUNTER);
    count(cells_at(metrics, at), units_of(amount, FAMILIES[at.metric].unit));
}

void pl_metrics_observe(struct pl_metrics *metrics, struct pl_metric_at at, double value)
{
    const struct family *family = &FAMILIES[at.metric];
    size_t bucket = 0;

    assert(family->kind == HISTOGRAM);

    cell *cells = cells_at(metrics, at);

    while (bucket < family->bounds->count && value > family->bounds->at[bucket])
        bucket++;
    count(&cells[bucket], 1);
    count(&cells[family->bounds->count + 1], units_of(value, family->unit));
}

void pl_metrics_source_set(struct pl_metrics *metrics, enum pl_metric metric,
                           pl_metrics_source source, void *context)
{
    assert(FAMILIES[metric].kind != HISTOGRAM);
    (void)pthread_mutex_lock(&metrics->lock);
    metrics->sources[metric] = (struct source){source, context};
    (void)pthread_mutex_unlock(&metrics->lock);
}

/* ---- writing ---- */

struct pl_metrics_out {
    struct pl_buffer *buffer;
    const struct family *family;
    struct pl_buffer labels; /* of the series at hand: `{model="small"`, or nothing */
};

static void write_escaped(struct pl_buffer *out, struct pl_str value)
{
    if (!pl_str_is_utf8(value))
        value = PL_STR("?");
    while (value.len > 0) {
        size_t plain = 0;

        while (plain < value.len && value.ptr[plain] != '\\' && value.ptr[plain] != '"' &&
               value.ptr[plain] != '\n')
            plain++;
        pl_buffer_add(out, (struct pl_str){value.ptr, plain});
        if (plain == value.len)
            return;
        pl_buffer_add_char(out, '\\');
        pl_buffer_add_char(out, value.ptr[plain] == '\n' ? 'n' : value.ptr[plain]);
        value.ptr += plain + 1;
        value.len -= plain + 1;
    }
}

/* They are the same for all lines of a series. */
static void take_labels(struct pl_metrics_out *out, const struct pl_str *labels)
{
    const struct family *family = out->family;

    pl_buffer_reset(&out->labels);
    for (size_t i = 0; i < family->labels_count; i++) {
        pl_buffer_add_char(&out->labels, i == 0 ? '{' : ',');
        pl_buffer_add_text(&out->labels, LABELS[family->labels[i]].name);
        pl_buffer_add_text(&out->labels, "=\"");
        write_escaped(&out->labels, labels[i]);
        pl_buffer_add_char(&out->labels, '"');
    }
}

/* A line up to its value. `le` is a histogram's bound; NULL: none. */
static void write_start(struct pl_metrics_out *out, const char *end, const char *le)
{
    const bool has_labels = out->labels.len > 0;

    pl_buffer_add_text(out->buffer, out->family->name);
    pl_buffer_add_text(out->buffer, end);
    pl_buffer_add(out->buffer, pl_buffer_view(&out->labels));
    if (le != NULL) {
        pl_buffer_add_text(out->buffer, has_labels ? ",le=\"" : "{le=\"");
        pl_buffer_add_text(out->buffer, le);
        pl_buffer_add_char(out->buffer, '"');
    }
    if (le != NULL || has_labels)
        pl_buffer_add_char(out->buffer, '}');
    pl_buffer_add_char(out->buffer, ' ');
}

static void write_count(struct pl_buffer *out, uint64_t count, size_t digits_min)
{
    char digits[20];
    size_t first = sizeof digits;

    while (count > 0 || sizeof digits - first < digits_min) {
        digits[--first] = (char)('0' + count % 10);
        count /= 10;
    }
    pl_buffer_add(out, (struct pl_str){digits + first, sizeof digits - first});
}

/* A sum of units, exactly: billionths have nine digits behind the point. */
static void write_units(struct pl_buffer *out, uint64_t units, double unit)
{
    const uint64_t one = unit == 1 ? 1 : (uint64_t)BILLION;

    write_count(out, units / one, 1);
    if (one > 1) {
        pl_buffer_add_char(out, '.');
        write_count(out, units % one, 9);
    }
    pl_buffer_add_char(out, '\n');
}

void pl_metrics_sample(struct pl_metrics_out *out, const struct pl_str *labels, double value)
{
    take_labels(out, labels);
    write_start(out, "", NULL);
    if (isnan(value))
        pl_buffer_add_text(out->buffer, "NaN\n");
    else if (isinf(value))
        pl_buffer_add_text(out->buffer, value > 0 ? "+Inf\n" : "-Inf\n");
    else
        pl_buffer_add_format(out->buffer, "%.17g\n", value);
}

/* A cell over all workers. */
static uint64_t sum_at(const struct pl_metrics *metrics, size_t at)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < metrics->workers_count; i++)
        sum += atomic_load_explicit(&metrics->cells[i * metrics->worker_cells + at],
                                    memory_order_relaxed);
    return sum;
}

/* Counts that come while it is written are in all lines or in none: they are read once. */
static void write_histogram(const struct pl_metrics *metrics, struct pl_metrics_out *out, size_t at,
                            const struct pl_str *labels)
{
    const struct bounds *bounds = out->family->bounds;
    char(*const le)[BOUND_SIZE] = metrics->bounds[out->family - FAMILIES];
    uint64_t counts[BOUNDS_MAX + 1] = {0}, total = 0;

    for (size_t i = 0; i <= bounds->count; i++)
        total += counts[i] = sum_at(metrics, at + i);
    if (total == 0 && out->family->labels_count > 0)
        return;
    take_labels(out, labels);
    total = 0;
    for (size_t i = 0; i <= bounds->count; i++) {
        total += counts[i];
        write_start(out, "_bucket", i < bounds->count ? le[i] : "+Inf");
        write_units(out->buffer, total, 1);
    }
    write_start(out, "_sum", NULL);
    write_units(out->buffer, sum_at(metrics, at + bounds->count + 1), out->family->unit);
    write_start(out, "_count", NULL);
    write_units(out->buffer, total, 1);
}

static void write_series(const struct pl_metrics *metrics, struct pl_metrics_out *out, size_t at,
                         const struct pl_str *labels)
{
    if (out->family->kind == HISTOGRAM) {
        write_histogram(metrics, out, at, labels);
        return;
    }

    const uint64_t units = sum_at(metrics, at);

    if (units == 0 && out->family->labels_count > 0)
        return;
    take_labels(out, labels);
    write_start(out, "", NULL);
    write_units(out->buffer, units, out->family->unit);
}

/* All combinations of labels that have been named. */
static void write_counted(const struct pl_metrics *metrics, struct pl_metrics_out *out,
                          enum pl_metric metric)
{
    const struct family *family = out->family;
    struct pl_str labels[PL_METRIC_LABELS_MAX] = {{0}};

    for (size_t series = 0; series < metrics->series[metric]; series++) {
        size_t rest = series;
        bool named = true;

        for (size_t i = family->labels_count; i-- > 0;) {
            const struct values *values = &metrics->values[family->labels[i]];
            const uint32_t room = LABELS[family->labels[i]].room;

            named &= rest % room < values->count;
            labels[i] = pl_str_of(values->items[rest % room]);
            rest /= room;
        }
        if (named)
            write_series(metrics, out, metrics->first[metric] + series * cells_of_series(family),
                         labels);
    }
}

static const char *const KINDS[] = {
    [COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"};

static void write_family(const struct pl_metrics *metrics, enum pl_metric metric,
                         struct pl_buffer *buffer)
{
    const struct family *family = &FAMILIES[metric];
    const struct source *source = &metrics->sources[metric];
    struct pl_metrics_out out = {.buffer = buffer, .family = family};

    if (source->call == NULL && family->kind == GAUGE)
        return;
    pl_buffer_add_format(buffer, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help,
                         family->name, KINDS[family->kind]);
    pl_buffer_init(&out.labels, LABELS_SIZE_BYTES_MAX);
    if (source->call != NULL)
        source->call(&out, source->context);
    else
        write_counted(metrics, &out, metric);
    pl_buffer_end_part(buffer, &out.labels);
    pl_buffer_deinit(&out.labels);
}

void pl_metrics_write(struct pl_metrics *metrics, struct pl_buffer *out)
{
    (void)pthread_mutex_lock(&metrics->lock);
    for (size_t i = 0; i < PL_METRICS_COUNT; i++)
        write_family(metrics, (enum pl_metric)i, out);
    (void)pthread_mutex_unlock(&metrics->lock);
}

struct pl_metric_about pl_metric_about(enum pl_metric metric)
{
    const struct family *family = &FAMILIES[metric];
    struct pl_metric_about about = {
        .name = family->name, .type = KINDS[family->kind], .help = family->help};

    for (size_t i = 0; i < family->labels_count; i++)
        about.labels[i] = LABELS[family->labels[i]].name;
    return about;
}
