/* What a line says of live traffic, in sentences: which model answers, who gets the feature, what is tried
   beside it, what is filtered, and how it is served. */
#include "line/explain_serving.h"

#include "line/keys.h"
#include "line/serving.h"

/* ---- route ---- */

static void add_confidence(const struct pl_confidence_rule *rule, struct pl_buffer *out)
{
    switch (rule->from) {
    case PL_CONFIDENCE_NONE:
        return;
    case PL_CONFIDENCE_LOGPROBS:
    case PL_CONFIDENCE_SAMPLES:
        pl_buffer_add_format(out, "How sure an answer is comes from %s",
                             pl_word_meaning(&PL_WORDS_CONFIDENCE_FROM, rule->from));
        break;
    case PL_CONFIDENCE_FIELD:
        pl_buffer_add_format(out, "How sure an answer is stands in the answer, at `%.*s`",
                             PL_STR_ARG(rule->path));
        break;
    case PL_CONFIDENCE_VERIFIER:
        if (rule->verifier != NULL)
            pl_buffer_add_format(out, "How sure an answer is says the model %.*s",
                                 PL_STR_ARG(rule->verifier->name));
        break;
    }
    if (rule->calibration.len > 0)
        pl_buffer_add_format(out, ", calibrated by `%.*s`.\n", PL_STR_ARG(rule->calibration));
    else
        pl_buffer_add_text(out, ", and counts as it is: it is not calibrated.\n");
}

static void add_rules(const struct pl_route *route, struct pl_buffer *out)
{
    for (size_t i = 0; i < route->rules_count; i++) {
        const struct pl_route_rule *rule = &route->rules[i];

        pl_buffer_add_format(out, "- Where %.*s, it %s %.*s.\n", PL_STR_ARG(rule->when),
                             rule->only ? "asks no other than" : "begins with",
                             PL_STR_ARG(route->tiers[rule->tier].model->name));
    }
}

static void add_fallback(const struct pl_route *route, struct pl_buffer *out)
{
    if (route->fallback_model != NULL)
        pl_buffer_add_format(out, "Where none may, the model %.*s answers, however sure it is.\n",
                             PL_STR_ARG(route->fallback_model->name));
    else if (route->fallback_reply.len > 0)
        pl_buffer_add_format(out, "Where none may, this is answered: %.*s\n",
                             PL_STR_ARG(route->fallback_reply));
    else
        pl_buffer_add_text(out, "Where none may, an error is answered.\n");
}

static void add_hold_back(const struct pl_route *route, struct pl_buffer *out)
{
    const bool both = route->hold_back_tokens > 0 && route->hold_back_ms > 0;

    if (!route->hold_back_given)
        return;
    pl_buffer_add_text(out, "A streamed answer is decided upon after");
    if (route->hold_back_tokens > 0)
        pl_buffer_add_format(out, " %u tokens%s", route->hold_back_tokens, both ? " or" : "");
    if (route->hold_back_ms > 0)
        pl_buffer_add_format(out, " %llu ms", (unsigned long long)route->hold_back_ms);
    pl_buffer_add_text(out, ".\n");
}

static void explain_route(const struct pl_route *route, struct pl_buffer *out)
{
    if (!route->given)
        return;
    pl_buffer_add_format(out, "\nLive requests ask %s, with at most %u calls for each:\n",
                         route->tiers_count == 1 ? "one model" : "the models in this order",
                         route->attempts);
    for (size_t i = 0; i < route->tiers_count; i++) {
        const struct pl_tier *tier = &route->tiers[i];

        pl_buffer_add_format(out, "- %.*s", PL_STR_ARG(tier->model->name));
        if (route->confidence.from != PL_CONFIDENCE_NONE)
            pl_buffer_add_format(out, ", which may answer when it is sure to %.10g%% at least",
                                 tier->deliver_at * 100);
        pl_buffer_add_text(out, ".\n");
    }
    add_confidence(&route->confidence, out);
    add_fallback(route, out);
    if (route->rules_count > 0)
        pl_buffer_add_text(out, "The first of these that holds decides where a request begins:\n");
    add_rules(route, out);
    add_hold_back(route, out);
}

/* ---- flag, shadow, experiments ---- */

static void explain_flag(const struct pl_flag_line *flag, struct pl_buffer *out)
{
    if (!flag->given)
        return;
    if (flag->state == PL_FLAG_OFF)
        pl_buffer_add_text(out, "\nThe feature is off for everybody.\n");
    else
        pl_buffer_add_format(out, "\nThe feature is on for %.10g%% of the subjects.\n",
                             flag->share * 100);
    for (size_t i = 0; i < flag->by_count; i++) {
        pl_buffer_add_format(out,
                             "- Of the segment %.*s only in:", PL_STR_ARG(flag->by[i].segment));
        for (size_t j = 0; j < flag->by[i].groups.count; j++)
            pl_buffer_add_format(out, "%s %.*s", j == 0 ? "" : ",",
                                 PL_STR_ARG(flag->by[i].groups.items[j]));
        pl_buffer_add_text(out, ".\n");
    }
    if (flag->launch)
        pl_buffer_add_text(out, "- Only in slices that the last verdict on the record allows.\n");
    if (flag->rollout_count > 0)
        pl_buffer_add_text(out, "It is rolled out in these stages:");
    for (size_t i = 0; i < flag->rollout_count; i++)
        pl_buffer_add_format(out, "%s %.10g%%", i == 0 ? "" : ",", flag->rollout[i] * 100);
    if (flag->rollout_count > 0)
        pl_buffer_add_text(out, ".\n");
}

static void explain_shadow(const struct pl_shadow_line *shadow, struct pl_buffer *out)
{
    if (shadow->model == NULL)
        return;
    pl_buffer_add_format(out,
                         "\nThe model %.*s is asked %.10g%% of the requests as well; its answers "
                         "are recorded and never delivered.\n",
                         PL_STR_ARG(shadow->model->name), shadow->share * 100);
    if (shadow->budget_per_day > 0)
        pl_buffer_add_format(out, "That may cost %.10g a day.\n", shadow->budget_per_day);
}

static void explain_experiment(const struct pl_experiment_line *experiment, struct pl_buffer *out)
{
    pl_buffer_add_format(out, "\nThe experiment %.*s takes %.10g%% of the subjects",
                         PL_STR_ARG(experiment->name), experiment->share * 100);
    if (experiment->layer.len > 0)
        pl_buffer_add_format(out, " of the layer %.*s", PL_STR_ARG(experiment->layer));
    if (experiment->when.len > 0)
        pl_buffer_add_format(out, " where %.*s", PL_STR_ARG(experiment->when));
    pl_buffer_add_text(out, ":\n");
    for (size_t i = 0; i < experiment->arms_count; i++) {
        const struct pl_arm *arm = &experiment->arms[i];

        pl_buffer_add_format(out, "- %.*s, %.10g%%", PL_STR_ARG(arm->name), arm->share * 100);
        if (arm->model != NULL)
            pl_buffer_add_format(out, ", answered by %.*s", PL_STR_ARG(arm->model->name));
        if (arm->parameters.len > 0)
            pl_buffer_add_format(out, ", with %.*s", PL_STR_ARG(arm->parameters));
        pl_buffer_add_text(out, ".\n");
    }
}

/* ---- guard, serve ---- */

/* "text in which `sk-` is found" */
static void add_found(const struct pl_guard_line *guard, struct pl_buffer *out)
{
    switch (guard->filter) {
    case PL_GUARD_SIZE:
        pl_buffer_add_format(out, "text of more than %llu bytes",
                             (unsigned long long)guard->size_bytes_max);
        return;
    case PL_GUARD_JSON:
        pl_buffer_add_text(out, "text that should be JSON and is not");
        return;
    case PL_GUARD_DENY:
        pl_buffer_add_format(out, "text in which `%.*s` is found", PL_STR_ARG(guard->pattern));
        return;
    }
}

static void explain_guards(const char *what, const struct pl_guard_line *guards, size_t count,
                           struct pl_buffer *out)
{
    static const char *const ACTS[] = {
        [PL_GUARD_BLOCK] = "is not let through",
        [PL_GUARD_MASK] = "passes with that part replaced by `***`",
        [PL_GUARD_RETRY] = "is asked for again",
        [PL_GUARD_NOTE] = "is noted, and passes",
    };

    if (count > 0)
        pl_buffer_add_format(out, "\n%s pass these filters:\n", what);
    for (size_t i = 0; i < count; i++) {
        pl_buffer_add_format(out, "- %.*s: ", PL_STR_ARG(guards[i].name));
        add_found(&guards[i], out);
        pl_buffer_add_format(out, " %s.\n", ACTS[guards[i].act]);
    }
}

static void explain_serve(const struct pl_serve_line *serve, struct pl_buffer *out)
{
    pl_buffer_add_format(out, "\nIt is served at %.*s, %s; it is administered at %.*s.\n",
                         PL_STR_ARG(serve->listen),
                         serve->keys_required ? "to those who have a key" : "without keys",
                         PL_STR_ARG(serve->admin));
    pl_buffer_add_format(out, "The record keeps %s.\n",
                         pl_word_meaning(&PL_WORDS_PAYLOADS, serve->payloads));
    pl_buffer_add_format(out, "While nothing can be recorded, %s.\n",
                         pl_word_meaning(&PL_WORDS_UNLOGGED, serve->unlogged));
}

void pl_serving_explain(const struct pl_line *line, struct pl_buffer *out)
{
    const struct pl_serving *serving = line->serving;

    if (serving == NULL)
        return;
    explain_route(&serving->route, out);
    explain_flag(&serving->flag, out);
    explain_shadow(&serving->shadow, out);
    for (size_t i = 0; i < serving->experiments_count; i++)
        explain_experiment(&serving->experiments[i], out);
    if (serving->holdout > 0)
        pl_buffer_add_format(out, "%.10g%% of all subjects are in no experiment.\n",
                             serving->holdout * 100);
    explain_guards("Requests", serving->guards_input, serving->guards_input_count, out);
    explain_guards("Answers", serving->guards_output, serving->guards_output_count, out);
    explain_serve(&serving->serve, out);
}
