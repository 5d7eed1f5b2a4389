/*
 * Counting for Prometheus. Each worker has counters of its own, far from those of the others, so
 * that counting is one addition without waiting; they are added up when somebody asks. Which series
 * there are stands in one table, in metrics.c. The values of labels are few: as many as the table has
 * room for, all others count as "other".
 *
 *     pl_metrics_new → pl_metrics_label for what may occur → pl_metrics_add … → pl_metrics_write
 */
#ifndef PL_GATEWAY_METRICS_H
#define PL_GATEWAY_METRICS_H

#include "base/buffer.h"

#define PL_METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define PL_METRIC_LABELS_MAX    3
#define PL_METRIC_LABEL_SIZE    128 /* a longer value is cut */
#define PL_METRICS_WORKERS_MAX  1024

struct pl_metrics;

enum pl_metric {
    PL_METRIC_REQUESTS,           /* api, status */
    PL_METRIC_DECISIONS_SERVED,   /* answered; served = recorded + dropped + in flight */
    PL_METRIC_DECISIONS_RECORDED, /* their record was handed over */
    PL_METRIC_DECISIONS_DROPPED,  /* their record found no room */
    PL_METRIC_ATTEMPTS,           /* model, end */
    PL_METRIC_TOKENS,             /* model, kind */
    PL_METRIC_COST,               /* model */
    PL_METRIC_REQUEST_SECONDS,    /* from here on: histograms */
    PL_METRIC_OWN_SECONDS,
    PL_METRIC_UPSTREAM_SECONDS, /* model */
    PL_METRIC_QUEUE_SECONDS,
    PL_METRIC_FIRST_TOKEN_SECONDS, /* model */
    PL_METRIC_DECISION_TOKENS,
    PL_METRIC_DECISION_COST,
    PL_METRIC_OPEN_CONNECTIONS, /* from here on: gauges */
    PL_METRIC_OPEN_STREAMS,
    PL_METRIC_OPEN_REQUESTS,
    PL_METRIC_SPOOL_WAITING,
    PL_METRIC_SPOOL_FAILING,
    PL_METRIC_LEDGER_COMMITS, /* a counter again */
    PL_METRIC_FLAG_ON,        /* feature */
    PL_METRIC_CIRCUIT_OPEN,   /* model, endpoint */
    PL_METRIC_SHADOW,         /* end */
    PL_METRIC_GUARD,          /* name, side, act */
    PL_METRIC_RELOADS,        /* result */
    PL_METRIC_TRACES_DROPPED,
    PL_METRIC_BUILD_INFO, /* version */
    PL_METRICS_COUNT,
};

/* The labels. Their values are numbered from 1 in the order in which they are first named; 0 is
   "other". */
enum pl_label {
    PL_LABEL_API,
    PL_LABEL_STATUS,
    PL_LABEL_MODEL,
    PL_LABEL_END,
    PL_LABEL_KIND,
    PL_LABEL_NAME,
    PL_LABEL_SIDE,
    PL_LABEL_ACT,
    PL_LABEL_RESULT,
    PL_LABEL_FEATURE, /* of gauges only: */
    PL_LABEL_ENDPOINT,
    PL_LABEL_VERSION,
    PL_LABELS_COUNT,
};

/* For `workers_count` threads that count, numbered from 0: the workers, and one more for each other
   thread that counts. */
PL_MUST_CHECK enum pl_status pl_metrics_new(uint32_t workers_count, struct pl_metrics **ret_metrics,
                                            struct pl_error *error);
void pl_metrics_free(struct pl_metrics *metrics);

/* The number of a label's value, taking it in where there is room; 0 ("other") where there is none,
   and for what is not UTF-8.
   Waits for other callers: for start and reload, not for requests. A number stays what it is. Any
   thread. */
uint32_t pl_metrics_label(struct pl_metrics *metrics, enum pl_label label, struct pl_str value);

/* The numbers of a series' labels, in the order of its row; those behind are 0. */
struct pl_metric_labels {
    uint32_t at[PL_METRIC_LABELS_MAX];
};

/* What is counted, by which worker, and where. */
struct pl_metric_at {
    uint32_t worker;
    enum pl_metric metric;
    struct pl_metric_labels labels;
};

/* To a counter, `amount` (>= 0; parts of one only for PL_METRIC_COST, to a billionth). Relaxed: no
   order with anything else. Any thread, but it is fast for one thread to a worker. */
void pl_metrics_add(struct pl_metrics *metrics, struct pl_metric_at at, double amount);

/* One value into a histogram. Values below 0 and such as are no number count as 0. */
void pl_metrics_observe(struct pl_metrics *metrics, struct pl_metric_at at, double value);

/*
 * Where a value that nobody counts comes from: called when the series is written, in that thread;
 * it calls pl_metrics_sample for each combination of labels, `labels` as many as the row has. For
 * gauges, and for counters that are kept elsewhere; what was added to such a counter is not written.
 * Combinations of labels must differ. A source must not call the functions above.
 */
struct pl_metrics_out;
typedef void (*pl_metrics_source)(struct pl_metrics_out *out, void *context);
void pl_metrics_source_set(struct pl_metrics *metrics, enum pl_metric metric,
                           pl_metrics_source source, void *context);
void pl_metrics_sample(struct pl_metrics_out *out, const struct pl_str *labels, double value);

/* What a series is: a row of the table. Labels are those of its samples, NULL behind the last. */
struct pl_metric_about {
    const char *name; /* "plimsoll_requests_total" */
    const char *type; /* "counter", "gauge", "histogram" */
    const char *help;
    const char *labels[PL_METRIC_LABELS_MAX + 1];
};

struct pl_metric_about pl_metric_about(enum pl_metric metric);

/* All series in the text format 0.0.4. A series with labels is written once it was counted. Any
   thread. */
void pl_metrics_write(struct pl_metrics *metrics, struct pl_buffer *out);

#endif
