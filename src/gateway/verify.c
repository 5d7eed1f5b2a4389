/*
 * The signals of confidence. What cannot be had is undefined, and an undefined confidence is never enough:
 * the route climbs.
 */
#include "gateway/verify.h"

#include "base/json.h"
#include "gateway/looking.h"
#include "json/path.h"

#include <ctype.h>
#include <math.h>

static const struct pl_confidence_rule *rule_of(const struct pl_leg *leg)
{
    return &leg->decision->outlet->plan->serving->route.confidence;
}

static void set_signal(struct pl_leg *leg, bool known, double signal)
{
    const struct pl_calibration_map *first = leg->decision->outlet->plan->calibration;
    const struct pl_calibration_map *map =
        first == NULL ? NULL : pl_calibration_of(first, leg->model->line->name);

    leg->signal_known = known && isfinite(signal);
    if (leg->signal_known)
        leg->signal = signal;
    /* Where there is a calibration, the signal of a model that it does not know means nothing. */
    leg->confidence_known = leg->signal_known && (first == NULL || map != NULL);
    if (leg->confidence_known)
        leg->confidence = map == NULL ? signal : pl_calibrated(map, signal);
}

void pl_confidence_of_prefix(struct pl_leg *leg)
{
    double signal = 0;
    bool known = false;

    switch (rule_of(leg)->signal) {
    case PL_SIGNAL_MEAN:
        known = pl_token_signals_mean(&leg->heard.signals, &signal);
        break;
    case PL_SIGNAL_MINIMUM:
        known = pl_token_signals_minimum(&leg->heard.signals, &signal);
        break;
    case PL_SIGNAL_MARGIN:
        known = pl_token_signals_margin(&leg->heard.signals, &signal);
        break;
    }
    set_signal(leg, known, signal);
}

/* ---- a field of the output ---- */

static void judge_by_field(struct pl_leg *leg)
{
    struct pl_json_document *document = leg->decision->worker->answered;
    const bool is_decide = leg->decision->ask.api == PL_API_DECIDE;
    const struct pl_str text = pl_buffer_view(is_decide ? &leg->body : &leg->text);
    struct pl_str path = rule_of(leg)->path;
    double signal = (double)NAN;

    if (pl_str_starts_with(path, PL_STR("$."))) {
        path.ptr += 2;
        path.len -= 2;
    }
    if (pl_json_document_read(document, text, NULL) == PL_OK)
        signal = pl_number_or(pl_json_path_get(pl_json_document_root(document), path), (double)NAN);
    set_signal(leg, signal >= 0 && signal <= 1, signal);
    pl_route_judge(leg);
}

/* ---- samples ---- */

static void ask_samples(struct pl_leg *leg)
{
    struct pl_decision *decision = leg->decision;
    const uint32_t samples = rule_of(leg)->samples;

    decision->waiting_for = 1; /* kept up while they are asked */
    for (uint32_t i = 1; i < samples && decision->attempts_left > 0; i++) {
        decision->attempts_left--;
        if (pl_leg_begin(decision, leg->model, PL_PURPOSE_SAMPLE, (struct pl_str){0}))
            decision->waiting_for++;
    }
    decision->waiting_for--;
    if (decision->waiting_for == 0)
        pl_route_judge(leg);
}

static void judge_by_samples(struct pl_decision *decision)
{
    struct pl_str texts[PL_DECISION_LEGS_MAX];
    struct pl_leg *leg = decision->leg;
    size_t count = 0;
    double signal = 0;

    texts[count++] = pl_buffer_view(&leg->text);
    for (size_t i = 0; i < decision->legs_count; i++) {
        const struct pl_leg *other = decision->legs[i];

        if (other->purpose == PL_PURPOSE_SAMPLE && other->tier == leg->tier &&
            other->end == PL_LEG_DONE)
            texts[count++] = pl_buffer_view(&other->text);
    }

    const bool known = pl_samples_agree(texts, count, &signal);

    set_signal(leg, known, signal);
    pl_route_judge(leg);
}

/* ---- a verifier ---- */

static const char QUESTION[] =
    "You check answers. Reply with one word: yes if the answer is right and complete, else no.";

static void write_message(struct pl_json *json, const char *role, struct pl_str content)
{
    pl_json_open_object(json);
    pl_json_key(json, "role");
    pl_json_text(json, role);
    pl_json_key(json, "content");
    pl_json_str(json, content);
    pl_json_close_object(json);
}

static void write_check(const struct pl_leg *leg, struct pl_buffer *out)
{
    const struct pl_plan *plan = leg->decision->outlet->plan;
    const struct pl_confidence_rule *rule = rule_of(leg);
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer content = {0};
    struct pl_json json;

    pl_buffer_init(&content, out->size_bytes_max);
    pl_buffer_add_format(&content, "Question:\n%.*s\n\nAnswer:\n",
                         PL_STR_ARG(leg->decision->ask.text));
    pl_buffer_add(&content, pl_buffer_view(&leg->text));
    pl_buffer_add_text(&content, "\n\nIs the answer right?");
    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "model");
    pl_json_str(&json, rule->verifier->model);
    pl_json_key(&json, "messages");
    pl_json_open_array(&json);
    write_message(&json, "system",
                  plan->verifier_prompt.len > 0 ? plan->verifier_prompt : pl_str_of(QUESTION));
    write_message(&json, "user", pl_buffer_view(&content));
    pl_json_close_array(&json);
    pl_json_key(&json, "max_tokens");
    pl_json_uint64(&json, 4);
    pl_json_key(&json, "temperature");
    pl_json_uint64(&json, 0);
    pl_json_key(&json, "logprobs");
    pl_json_bool(&json, true);
    pl_json_close_object(&json);
}

static void ask_verifier(struct pl_leg *leg)
{
    struct pl_decision *decision = leg->decision;
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};

    if (decision->attempts_left == 0) {
        pl_route_judge(leg);
        return;
    }
    pl_buffer_init(&body, (size_t)16 << 20);
    write_check(leg, &body);
    decision->attempts_left--;
    decision->waiting_for = 1;
    if (body.failed != PL_OK ||
        !pl_leg_begin(decision, pl_plan_model_of(decision->outlet->plan, rule_of(leg)->verifier),
                      PL_PURPOSE_VERIFY, pl_buffer_view(&body))) {
        decision->waiting_for = 0;
        pl_route_judge(leg);
    }
}

static bool begins_with(struct pl_str text, const char *word)
{
    size_t i = 0;

    while (i < text.len && word[i] != '\0' && tolower((unsigned char)text.ptr[i]) == word[i])
        i++;
    return word[i] == '\0';
}

/* How likely "yes" was: as likely as what was said, or as unlikely as its opposite. */
static void judge_by_verifier(struct pl_decision *decision, const struct pl_leg *check)
{
    const struct pl_str said = pl_str_trim(pl_buffer_view(&check->text));
    const bool yes = begins_with(said, "yes");
    double likely = 1;
    const bool known = check->end == PL_LEG_DONE && (yes || begins_with(said, "no"));

    if (known && !pl_token_signals_mean(&check->heard.signals, &likely))
        likely = 1;
    set_signal(decision->leg, known, yes ? likely : 1 - likely);
    pl_route_judge(decision->leg);
}

/* ---- which ---- */

void pl_verify_answer(struct pl_leg *leg)
{
    switch (rule_of(leg)->from) {
    case PL_CONFIDENCE_NONE:
        pl_route_judge(leg);
        return;
    case PL_CONFIDENCE_LOGPROBS:
        pl_confidence_of_prefix(leg);
        pl_route_judge(leg);
        return;
    case PL_CONFIDENCE_FIELD:
        judge_by_field(leg);
        return;
    case PL_CONFIDENCE_SAMPLES:
        ask_samples(leg);
        return;
    case PL_CONFIDENCE_VERIFIER:
        ask_verifier(leg);
        return;
    }
}

void pl_verify_leg_ended(struct pl_leg *leg)
{
    struct pl_decision *decision = leg->decision;

    if (decision->waiting_for == 0 || --decision->waiting_for > 0)
        return;
    if (leg->purpose == PL_PURPOSE_SAMPLE)
        judge_by_samples(decision);
    else
        judge_by_verifier(decision, leg);
}
