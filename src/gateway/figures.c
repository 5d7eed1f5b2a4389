/* Counting is a handful of additions to the worker's own counters; everything else happens when somebody asks. */
#include "gateway/figures.h"

#include "base/file.h"
#include "gateway/gateway_state.h"

/* ---- labels ---- */

static uint32_t label(struct pl_gateway *gateway, enum pl_label kind, const char *value)
{
    return pl_metrics_label(gateway->metrics, kind, pl_str_of(value));
}

static void name_labels(struct pl_gateway *gateway)
{
    struct pl_figures *figures = gateway->figures;

    for (enum pl_api api = 0; api < PL_APIS_COUNT; api++)
        figures->apis[api] = label(gateway, PL_LABEL_API, pl_api_name(api));
    for (enum pl_outcome outcome = 0; outcome < PL_OUTCOMES_COUNT; outcome++)
        figures->outcomes[outcome] = label(gateway, PL_LABEL_STATUS, pl_outcome_name(outcome));
    for (enum pl_leg_end end = 0; end < PL_LEG_ENDS_COUNT; end++) {
        const struct pl_leg leg = {.end = end, .exchange_end = PL_EXCHANGE_CUT};

        figures->leg_ends[end] = label(gateway, PL_LABEL_END, pl_leg_end_name(&leg));
    }
    for (enum pl_exchange_end end = 0; end < PL_EXCHANGE_ENDS_COUNT; end++)
        figures->exchange_ends[end] = label(gateway, PL_LABEL_END, pl_exchange_end_name(end));
    for (enum pl_guard_do act = 0; act <= PL_GUARD_NOTE; act++) {
        const struct pl_guard_line row = {.act = act};
        const struct pl_guard_hit hit = {.row = &row};

        figures->acts[act] = label(gateway, PL_LABEL_ACT, pl_guard_hit_act(&hit));
    }
    figures->stop = label(gateway, PL_LABEL_ACT, "stop");
    figures->text = label(gateway, PL_LABEL_NAME, "text");
    figures->sides[0] = label(gateway, PL_LABEL_SIDE, "input");
    figures->sides[1] = label(gateway, PL_LABEL_SIDE, "output");
    figures->prompt = label(gateway, PL_LABEL_KIND, "prompt");
    figures->cached = label(gateway, PL_LABEL_KIND, "cached");
    figures->completion = label(gateway, PL_LABEL_KIND, "completion");
    figures->reasoning = label(gateway, PL_LABEL_KIND, "reasoning");
}

static void label_guards(struct pl_gateway *gateway, const struct pl_guard_line *rows, size_t count,
                         uint32_t *ret_labels)
{
    for (size_t i = 0; i < count && i < PL_GUARDS_MAX; i++)
        ret_labels[i] = pl_metrics_label(gateway->metrics, PL_LABEL_NAME, rows[i].name);
}

void pl_figures_of_plan(struct pl_gateway *gateway, struct pl_plan *plan)
{
    for (size_t i = 0; i < plan->models_count; i++)
        plan->models[i].label =
            pl_metrics_label(gateway->metrics, PL_LABEL_MODEL, plan->models[i].line->name);
    label_guards(gateway, plan->serving->guards_input, plan->serving->guards_input_count,
                 plan->guard_labels[0]);
    label_guards(gateway, plan->serving->guards_output, plan->serving->guards_output_count,
                 plan->guard_labels[1]);
}

/* ---- gauges ---- */

enum worker_count { COUNT_SERVED, COUNT_RECORDED, COUNT_DROPPED, COUNT_STREAMS, COUNT_OPEN };

static double sum(const struct pl_gateway *gateway, enum worker_count which)
{
    double total = 0;

    for (uint32_t i = 0; i < gateway->workers_count; i++) {
        const struct pl_worker_counts *counts = &gateway->workers[i].counts;

        switch (which) {
        case COUNT_SERVED:
            total += (double)atomic_load_explicit(&counts->served, memory_order_relaxed);
            break;
        case COUNT_RECORDED:
            total += (double)atomic_load_explicit(&counts->recorded, memory_order_relaxed);
            break;
        case COUNT_DROPPED:
            total += (double)atomic_load_explicit(&counts->dropped, memory_order_relaxed);
            break;
        case COUNT_STREAMS:
            total += (double)atomic_load_explicit(&counts->open_streams, memory_order_relaxed);
            break;
        case COUNT_OPEN:
            total += (double)atomic_load_explicit(&counts->begun, memory_order_relaxed) -
                     (double)atomic_load_explicit(&counts->served, memory_order_relaxed);
            break;
        }
    }
    return total < 0 ? 0 : total;
}

static void served(struct pl_metrics_out *out, void *context)
{
    pl_metrics_sample(out, NULL, sum(context, COUNT_SERVED));
}

static void recorded(struct pl_metrics_out *out, void *context)
{
    pl_metrics_sample(out, NULL, sum(context, COUNT_RECORDED));
}

static void dropped(struct pl_metrics_out *out, void *context)
{
    pl_metrics_sample(out, NULL, sum(context, COUNT_DROPPED));
}

static void open_streams(struct pl_metrics_out *out, void *context)
{
    pl_metrics_sample(out, NULL, sum(context, COUNT_STREAMS));
}

static void open_requests(struct pl_metrics_out *out, void *context)
{
    pl_metrics_sample(out, NULL, sum(context, COUNT_OPEN));
}

static void spool_waiting(struct pl_metrics_out *out, void *context)
{
    const struct pl_gateway *gateway = context;

    pl_metrics_sample(out, NULL, (double)pl_spool_counts(gateway->spool).waiting);
}

static void spool_failing(struct pl_metrics_out *out, void *context)
{
    const struct pl_gateway *gateway = context;

    pl_metrics_sample(out, NULL, pl_spool_counts(gateway->spool).failing ? 1 : 0);
}

static void ledger_commits(struct pl_metrics_out *out, void *context)
{
    const struct pl_gateway *gateway = context;

    pl_metrics_sample(out, NULL, (double)pl_spool_counts(gateway->spool).commits);
}

/* The rest is asked in the first worker's thread, where the admin's listener is, of what that worker has. */

static void flag_on(struct pl_metrics_out *out, void *context)
{
    const struct pl_worker *worker = &((struct pl_gateway *)context)->workers[0];
    const struct pl_plan *plan = worker->outlet->plan;
    const bool on = !worker->now->flag.killed && plan->serving->flag.state == PL_FLAG_ON;

    pl_metrics_sample(out, &plan->line->feature, on ? 1 : 0);
}

static void circuits(struct pl_metrics_out *out, void *context)
{
    const struct pl_plan *plan = ((struct pl_gateway *)context)->workers[0].outlet->plan;

    for (size_t i = 0; i < plan->models_count; i++) {
        for (size_t j = 0; j < plan->models[i].targets_count; j++) {
            const struct pl_str labels[] = {plan->models[i].line->name,
                                            plan->models[i].targets[j].url};

            pl_metrics_sample(out, labels,
                              (double)atomic_load(&plan->models[i].targets[j].circuits_open));
        }
    }
}

static void traces_dropped(struct pl_metrics_out *out, void *context)
{
    const struct pl_gateway *gateway = context;
    double total = 0;

    for (uint32_t i = 0; i < gateway->workers_count; i++)
        total += (double)atomic_load(&gateway->workers[i].traces_dropped);
    pl_metrics_sample(out, NULL, total);
}

static void reloads(struct pl_metrics_out *out, void *context)
{
    const struct pl_gateway *gateway = context;
    const struct pl_str good = PL_STR("ok");
    const struct pl_str bad = PL_STR("failed");

    pl_metrics_sample(out, &good, (double)atomic_load(&gateway->reloads));
    pl_metrics_sample(out, &bad, (double)atomic_load(&gateway->reloads_failed));
}

void pl_figures_init(struct pl_gateway *gateway)
{
    static const struct {
        enum pl_metric metric;
        pl_metrics_source source;
    } SOURCES[] = {
        {PL_METRIC_DECISIONS_SERVED, served},     {PL_METRIC_DECISIONS_RECORDED, recorded},
        {PL_METRIC_DECISIONS_DROPPED, dropped},   {PL_METRIC_OPEN_STREAMS, open_streams},
        {PL_METRIC_OPEN_REQUESTS, open_requests}, {PL_METRIC_SPOOL_WAITING, spool_waiting},
        {PL_METRIC_SPOOL_FAILING, spool_failing}, {PL_METRIC_LEDGER_COMMITS, ledger_commits},
        {PL_METRIC_FLAG_ON, flag_on},             {PL_METRIC_CIRCUIT_OPEN, circuits},
        {PL_METRIC_RELOADS, reloads},
        {PL_METRIC_TRACES_DROPPED, traces_dropped},
    };

    name_labels(gateway);
    for (size_t i = 0; i < sizeof SOURCES / sizeof *SOURCES; i++)
        pl_metrics_source_set(gateway->metrics, SOURCES[i].metric, SOURCES[i].source, gateway);
}

/* ---- counting ---- */

struct counting {
    struct pl_metrics *metrics;
    const struct pl_figures *figures;
    uint32_t worker;
};

static struct counting counting_of(const struct pl_worker *worker)
{
    return (struct counting){worker->gateway->metrics, worker->gateway->figures, worker->index};
}

static void add(const struct counting *counting, enum pl_metric metric, uint32_t first,
                uint32_t second, double amount)
{
    if (amount > 0)
        pl_metrics_add(counting->metrics,
                       (struct pl_metric_at){counting->worker, metric, {{first, second}}}, amount);
}

static void observe_ns(const struct counting *counting, enum pl_metric metric, uint32_t first,
                       uint64_t from_ns, uint64_t to_ns)
{
    if (from_ns > 0 && to_ns >= from_ns)
        pl_metrics_observe(counting->metrics,
                           (struct pl_metric_at){counting->worker, metric, {{first}}},
                           (double)(to_ns - from_ns) / 1e9);
}

static uint32_t end_label(const struct counting *counting, const struct pl_leg *leg)
{
    return leg->end == PL_LEG_TRANSPORT ? counting->figures->exchange_ends[leg->exchange_end]
                                        : counting->figures->leg_ends[leg->end];
}

static void count_leg(const struct counting *counting, const struct pl_leg *leg)
{
    const struct pl_usage *usage = &leg->heard.usage;
    const uint32_t model = leg->model->label;

    add(counting, PL_METRIC_TOKENS, model, counting->figures->prompt, (double)usage->prompt);
    add(counting, PL_METRIC_TOKENS, model, counting->figures->cached, (double)usage->cached);
    add(counting, PL_METRIC_TOKENS, model, counting->figures->completion,
        (double)usage->completion);
    add(counting, PL_METRIC_TOKENS, model, counting->figures->reasoning, (double)usage->reasoning);
    add(counting, PL_METRIC_COST, model, 0, leg->cost);
    observe_ns(counting, PL_METRIC_UPSTREAM_SECONDS, model, leg->begun_ns, leg->ended_ns);
    observe_ns(counting, PL_METRIC_FIRST_TOKEN_SECONDS, model,
               leg->first_token_ns > 0 ? leg->begun_ns : 0, leg->first_token_ns);
}

static void count_hit(const struct counting *counting, const struct pl_plan *plan,
                      const struct pl_guard_hit *hit)
{
    const struct pl_figures *figures = counting->figures;
    const struct pl_guard_line *rows =
        hit->of_answer ? plan->serving->guards_output : plan->serving->guards_input;
    const bool stopped = hit->row == NULL || (hit->stopped && hit->reason != PL_GUARD_FOUND);
    const uint32_t name =
        hit->row == NULL ? figures->text : plan->guard_labels[hit->of_answer][hit->row - rows];
    const struct pl_metric_at at = {
        counting->worker,
        PL_METRIC_GUARD,
        {{name, figures->sides[hit->of_answer],
          stopped ? figures->stop : figures->acts[hit->row->act]}},
    };

    pl_metrics_add(counting->metrics, at, hit->count > 0 ? (double)hit->count : 1);
}

void pl_figures_count(const struct pl_decision *decision)
{
    const struct counting counting = counting_of(decision->worker);
    const uint64_t now_ns = pl_clock_monotonic_ns();
    const struct pl_metric_at tokens = {counting.worker, PL_METRIC_DECISION_TOKENS, {{0}}};
    const struct pl_metric_at cost = {counting.worker, PL_METRIC_DECISION_COST, {{0}}};
    double tokens_sum = 0;
    double cost_sum = 0;

    add(&counting, PL_METRIC_REQUESTS, counting.figures->apis[decision->ask.api],
        counting.figures->outcomes[decision->outcome], 1);
    for (size_t i = 0; i < decision->legs_count; i++) {
        const struct pl_leg *leg = decision->legs[i];

        add(&counting, PL_METRIC_ATTEMPTS, leg->model->label, end_label(&counting, leg), 1);
        count_leg(&counting, leg);
        tokens_sum += (double)pl_usage_tokens(&leg->heard.usage);
        cost_sum += leg->cost;
    }
    for (size_t i = 0; i < decision->hits_count; i++)
        count_hit(&counting, decision->outlet->plan, &decision->hits[i]);
    observe_ns(&counting, PL_METRIC_REQUEST_SECONDS, 0, decision->received_ns, now_ns);
    observe_ns(&counting, PL_METRIC_QUEUE_SECONDS, 0, decision->received_ns, decision->begun_ns);
    observe_ns(&counting, PL_METRIC_OWN_SECONDS, 0, 1, 1 + pl_decision_own_ns(decision, now_ns));
    if (decision->legs_count == 0)
        return;
    pl_metrics_observe(counting.metrics, tokens, tokens_sum);
    pl_metrics_observe(counting.metrics, cost, cost_sum);
}

void pl_figures_count_shadow(const struct pl_leg *leg)
{
    const struct counting counting = counting_of(leg->decision->worker);

    add(&counting, PL_METRIC_SHADOW, end_label(&counting, leg), 0, 1);
    count_leg(&counting, leg);
}
