/* A decision as it stands in the ledger; the order of the keys is part of the format. */
#include "gateway/decision.h"

#include "base/json.h"
#include "base/file.h"
#include "ledger/ledger.h"

static const char *const OUTCOMES[] = {
    [PL_OUTCOME_SERVED] = "served",   [PL_OUTCOME_FALLBACK] = "fallback",
    [PL_OUTCOME_REFUSED] = "refused", [PL_OUTCOME_BLOCKED] = "blocked",
    [PL_OUTCOME_DARK] = "dark",       [PL_OUTCOME_FAILED] = "failed",
    [PL_OUTCOME_ABORTED] = "aborted", [PL_OUTCOME_INTERRUPTED] = "interrupted",
};

static const char *const PURPOSES[] = {
    [PL_PURPOSE_ANSWER] = "answer",
    [PL_PURPOSE_SAMPLE] = "sample",
    [PL_PURPOSE_VERIFY] = "verify",
    [PL_PURPOSE_SHADOW] = "shadow",
};

static const char *const LEG_ENDS[] = {
    [PL_LEG_UNDER_WAY] = "under_way", [PL_LEG_DONE] = "done",     [PL_LEG_CANCELLED] = "cancelled",
    [PL_LEG_TRANSPORT] = "transport", [PL_LEG_STATUS] = "status", [PL_LEG_SHAPE] = "shape",
    [PL_LEG_ERROR] = "stream_error",  [PL_LEG_CUT] = "cut",       [PL_LEG_TOO_LARGE] = "too_large",
    [PL_LEG_GUARDED] = "guarded",
};

const char *pl_outcome_name(enum pl_outcome outcome)
{
    return OUTCOMES[outcome];
}

const char *pl_purpose_name(enum pl_leg_purpose purpose)
{
    return PURPOSES[purpose];
}

void pl_record_text(struct pl_json *json, const char *name, struct pl_str value)
{
    if (value.len == 0)
        return;
    pl_json_key(json, name);
    pl_json_str(json, value);
}

/* Milliseconds between two instants, to the microsecond; nothing where one is not known. */
static void member_ms(struct pl_json *json, const char *name, uint64_t from_ns, uint64_t to_ns)
{
    if (from_ns == 0 || to_ns < from_ns)
        return;
    pl_json_member_double(json, name, (double)((to_ns - from_ns) / 1000) / 1000);
}

static void write_segments(struct pl_json *json, const struct pl_decision *decision)
{
    const struct pl_serve_line *serve = &decision->outlet->plan->serving->serve;

    if (serve->segments_count == 0 || decision->groups == NULL)
        return;
    pl_json_key(json, "segments");
    pl_json_open_object(json);
    for (size_t i = 0; i < serve->segments_count; i++) {
        if (decision->groups[i].ptr == NULL)
            continue;
        pl_json_key_str(json, serve->segments[i].name);
        pl_json_str(json, decision->groups[i]);
    }
    pl_json_close_object(json);
}

static void write_head(struct pl_json *json, const struct pl_decision *decision)
{
    const struct pl_plan *plan = decision->outlet->plan;

    pl_record_text(json, "id", pl_str_of(decision->id));
    pl_record_text(json, "feature", plan->line->feature);
    pl_record_text(json, "api", pl_str_of(pl_api_name(decision->ask.api)));
}

static void write_who(struct pl_json *json, const struct pl_decision *decision)
{
    if (decision->key != NULL)
        pl_record_text(json, "key", pl_client_key_id(decision->key));
    pl_record_text(json, "subject", decision->subject);
    write_segments(json, decision);
    pl_record_text(json, "config", pl_str_of(decision->outlet->plan->config));
}

void pl_decision_facts(const struct pl_decision *decision, bool with_who, struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    write_head(&json, decision);
    if (decision->ask.stream) {
        pl_json_key(&json, "stream");
        pl_json_bool(&json, true);
    }
    if (with_who)
        write_who(&json, decision);
    pl_json_close_object(&json);
}

static void write_usage(struct pl_json *json, const struct pl_usage *usage)
{
    if (!usage->known)
        return;
    pl_json_key(json, "tokens");
    pl_json_open_object(json);
    pl_json_member_uint64(json, "prompt", usage->prompt);
    pl_json_member_uint64(json, "cached", usage->cached);
    pl_json_member_uint64(json, "completion", usage->completion);
    pl_json_member_uint64(json, "reasoning", usage->reasoning);
    if (usage->cache_write > 0)
        pl_json_member_uint64(json, "cache_write", usage->cache_write);
    pl_json_close_object(json);
}

const char *pl_leg_end_name(const struct pl_leg *leg)
{
    return leg->end == PL_LEG_TRANSPORT ? pl_exchange_end_name(leg->exchange_end)
                                        : LEG_ENDS[leg->end];
}

void pl_record_leg(struct pl_json *json, const struct pl_leg *leg)
{
    pl_json_open_object(json);
    pl_json_member_uint64(json, "tier", leg->tier);
    pl_record_text(json, "model", leg->model->line->name);
    pl_record_text(json, "end", pl_str_of(pl_leg_end_name(leg)));
    if (leg->status > 0)
        pl_json_member_uint64(json, "http", leg->status);
    if (leg->signal_known)
        pl_json_member_double(json, "signal", leg->signal);
    if (leg->confidence_known)
        pl_json_member_double(json, "confidence", leg->confidence);
    write_usage(json, &leg->heard.usage);
    if (leg->model->price.given && leg->heard.usage.known)
        pl_json_member_double(json, "cost", leg->cost);
    member_ms(json, "ms", leg->begun_ns, leg->ended_ns);
    member_ms(json, "first_ms", leg->first_token_ns > 0 ? leg->begun_ns : 0, leg->first_token_ns);
    pl_record_text(json, "purpose", pl_str_of(pl_purpose_name(leg->purpose)));
    pl_json_close_object(json);
}

static void write_experiments(struct pl_json *json, const struct pl_decision *decision)
{
    bool any = false;

    for (size_t i = 0; i < decision->assignments_count; i++)
        any = any || decision->assignments[i].arm != NULL;
    if (!any)
        return;
    pl_json_key(json, "experiments");
    pl_json_open_object(json);
    for (size_t i = 0; i < decision->assignments_count; i++) {
        if (decision->assignments[i].arm == NULL)
            continue;
        pl_json_key_str(json, decision->assignments[i].experiment->name);
        pl_json_str(json, decision->assignments[i].arm->name);
    }
    pl_json_close_object(json);
}

static void write_how(struct pl_json *json, const struct pl_decision *decision)
{
    if (decision->leg != NULL) {
        pl_record_text(json, "model", decision->leg->model->line->name);
        pl_json_member_uint64(json, "tier", decision->leg->tier);
    }
    if (decision->confidence_known)
        pl_json_member_double(json, "confidence", decision->confidence);
    if (decision->signal_known)
        pl_json_member_double(json, "signal", decision->signal);
    if (decision->threshold_known)
        pl_json_member_double(json, "threshold", decision->threshold);
    write_experiments(json, decision);
    if (decision->rule >= 0)
        pl_json_member_uint64(json, "rule", (uint64_t)decision->rule);
    pl_record_text(json, "preference", decision->preference);
}

/* The time in which some model was at work: legs one after the other, samples beside each other. */
static uint64_t upstream_ns(const struct pl_decision *decision)
{
    uint64_t sum = 0;
    uint64_t until = 0;

    for (size_t i = 0; i < decision->legs_count; i++) {
        const struct pl_leg *leg = decision->legs[i];
        const uint64_t from = leg->begun_ns > until ? leg->begun_ns : until;

        if (leg->ended_ns > from) {
            sum += leg->ended_ns - from;
            until = leg->ended_ns;
        }
    }
    return sum;
}

uint64_t pl_decision_own_ns(const struct pl_decision *decision, uint64_t now_ns)
{
    const uint64_t total = now_ns - decision->received_ns;
    const uint64_t upstream = upstream_ns(decision);

    return total > upstream ? total - upstream : 0;
}

static void write_times(struct pl_json *json, const struct pl_decision *decision, uint64_t now_ns)
{
    member_ms(json, "queue_ms", decision->received_ns, decision->begun_ns);
    pl_json_member_double(json, "upstream_ms", (double)(upstream_ns(decision) / 1000) / 1000);
    pl_json_member_double(json, "own_ms",
                          (double)(pl_decision_own_ns(decision, now_ns) / 1000) / 1000);
    member_ms(json, "first_ms", decision->first_out_ns > 0 ? decision->received_ns : 0,
              decision->first_out_ns);
    member_ms(json, "total_ms", decision->received_ns, now_ns);
}

static void write_legs(struct pl_json *json, const struct pl_decision *decision)
{
    struct pl_usage usage = {0};
    double cost = 0;
    bool priced = false;

    if (decision->legs_count == 0)
        return;
    pl_json_key(json, "attempts");
    pl_json_open_array(json);
    for (size_t i = 0; i < decision->legs_count; i++) {
        const struct pl_leg *leg = decision->legs[i];

        pl_record_leg(json, leg);
        pl_usage_add(&usage, &leg->heard.usage);
        cost += leg->cost;
        priced = priced || (leg->model->price.given && leg->heard.usage.known);
    }
    pl_json_close_array(json);
    write_usage(json, &usage);
    if (priced)
        pl_json_member_double(json, "cost", cost);
}

/* "block", "mask" …; "stop" for what is no row's doing. */
const char *pl_guard_hit_act(const struct pl_guard_hit *hit)
{
    static const char *const ACTS[] = {
        [PL_GUARD_BLOCK] = "block",
        [PL_GUARD_MASK] = "mask",
        [PL_GUARD_RETRY] = "retry",
        [PL_GUARD_NOTE] = "note",
    };

    return hit->row == NULL || (hit->stopped && hit->reason != PL_GUARD_FOUND)
               ? "stop"
               : ACTS[hit->row->act];
}

static void write_hit(struct pl_json *json, const struct pl_guard_hit *hit)
{
    pl_json_open_object(json);
    pl_record_text(json, "name", hit->row == NULL ? PL_STR("text") : hit->row->name);
    pl_record_text(json, "side", hit->of_answer ? PL_STR("output") : PL_STR("input"));
    pl_record_text(json, "act", pl_str_of(pl_guard_hit_act(hit)));
    if (hit->reason != PL_GUARD_PASSES)
        pl_record_text(json, "reason", pl_str_of(pl_guard_reason_name(hit->reason)));
    if (hit->count > 0)
        pl_json_member_uint64(json, "count", hit->count);
    pl_json_close_object(json);
}

static void write_guards(struct pl_json *json, const struct pl_decision *decision)
{
    if (decision->hits_count == 0)
        return;
    pl_json_key(json, "guards");
    pl_json_open_array(json);
    for (size_t i = 0; i < decision->hits_count; i++)
        write_hit(json, &decision->hits[i]);
    pl_json_close_array(json);
}

void pl_record_hash(struct pl_json *json, const char *name, struct pl_str text)
{
    char hash[PL_LEDGER_HASH_TEXT_SIZE];

    pl_hash_bytes(text, hash);
    pl_record_text(json, name, pl_str_of(hash));
}

/* A record has a bound, and an escaped byte takes up to six: a longer text is cut, at the beginning of a character,
   and the record says so. */
#define PAYLOAD_SIZE_BYTES_MAX ((size_t)64 << 10)

bool pl_record_payload(struct pl_json *json, struct pl_str text)
{
    struct pl_str kept = text;

    if (kept.len > PAYLOAD_SIZE_BYTES_MAX) {
        kept.len = PAYLOAD_SIZE_BYTES_MAX;
        while (kept.len > 0 && ((unsigned char)text.ptr[kept.len] & 0xC0) == 0x80)
            kept.len--;
    }
    pl_json_str(json, kept);
    return kept.len == text.len;
}

static void member_payload(struct pl_json *json, const char *name, const char *name_cut,
                           struct pl_str text)
{
    if (text.len == 0)
        return;
    pl_json_key(json, name);
    if (pl_record_payload(json, text))
        return;
    pl_json_key(json, name_cut);
    pl_json_bool(json, true);
}

static void write_payloads(struct pl_json *json, const struct pl_decision *decision)
{
    const enum pl_payloads payloads = decision->outlet->plan->serving->serve.payloads;
    const struct pl_str output =
        decision->leg == NULL ? (struct pl_str){0} : pl_buffer_view(&decision->leg->text);

    if (payloads == PL_PAYLOADS_NONE)
        return;
    pl_record_hash(json, "input_hash", decision->ask.body);
    if (output.len > 0)
        pl_record_hash(json, "output_hash", output);
    if (payloads != PL_PAYLOADS_PLAIN)
        return;
    member_payload(json, "input", "input_cut", decision->ask.text);
    member_payload(json, "output", "output_cut", output);
}

void pl_decision_write(const struct pl_decision *decision, struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    write_head(&json, decision);
    pl_record_text(&json, "status", pl_str_of(pl_outcome_name(decision->outcome)));
    pl_json_member_uint64(&json, "http", decision->status);
    if (decision->error != NULL)
        pl_record_text(&json, "error", pl_str_of(decision->error));
    if (decision->ask.stream) {
        pl_json_key(&json, "stream");
        pl_json_bool(&json, true);
    }
    write_who(&json, decision);
    write_how(&json, decision);
    write_legs(&json, decision);
    write_times(&json, decision, pl_clock_monotonic_ns());
    write_guards(&json, decision);
    write_payloads(&json, decision);
    pl_json_close_object(&json);
}
