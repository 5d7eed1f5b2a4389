/*
 * A decision from its request to its first model: who asks, what for, whether the feature is on, whether
 * there is room in the budget, where the route begins. Whatever cannot go on is answered here.
 */
#include "gateway/decision.h"

#include "base/file.h"
#include "gateway/gateway.h"
#include "gateway/guarding.h"
#include "gateway/looking.h"
#include "json/path.h"
#include "traffic/columns.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)256 << 20)
#define TOKENS_UNSAID        4096 /* of an answer, where the request says no bound */
#define BYTES_OF_A_TOKEN     3    /* cautiously few: a reservation is to be no less than the call */

void pl_decision_id_make(struct pl_rng *rng, uint64_t time_ms, char ret_id[PL_DECISION_ID_SIZE])
{
    static const char DIGITS[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const uint64_t high = time_ms << 16 | UINT64_C(7) << 12 | (pl_rng_next(rng) & 0xFFF);
    const uint64_t low = UINT64_C(1) << 63 | pl_rng_next(rng) >> 2;

    ret_id[0] = 'd';
    ret_id[1] = '_';
    for (unsigned i = 0; i < 26; i++) {
        const unsigned shift = 5 * (25 - i);
        const uint64_t rest = shift == 0   ? low
                              : shift < 64 ? low >> shift | high << (64 - shift)
                                           : high >> (shift - 64);

        ret_id[2 + i] = DIGITS[rest & 31];
    }
    ret_id[PL_DECISION_ID_SIZE - 1] = '\0';
}

/* ---- what a request says of itself ---- */

/* "header:NAME", "json:/POINTER", "key". */
static struct pl_str find_at(const struct pl_decision *decision, struct pl_str where)
{
    const struct pl_str header = PL_STR("header:");
    const struct pl_str pointer = PL_STR("json:");
    char name[64];

    if (pl_str_equal_text(where, "key"))
        return decision->key == NULL ? (struct pl_str){0} : pl_client_key_id(decision->key);
    if (pl_str_starts_with(where, header) && where.len - header.len < sizeof name) {
        memcpy(name, where.ptr + header.len, where.len - header.len);
        name[where.len - header.len] = '\0';
        return pl_http_header_get(pl_request_head(decision->request), name);
    }
    if (pl_str_starts_with(where, pointer) && decision->ask.root != NULL) {
        const struct pl_json_value *value = pl_json_pointer_get(
            decision->ask.root, (struct pl_str){where.ptr + pointer.len, where.len - pointer.len});

        if (pl_is_string(value))
            return pl_json_value_str(value);
    }
    return (struct pl_str){0};
}

#define SEGMENT_SIZE_BYTES_MAX 256

static struct pl_str keep_at(struct pl_decision *decision, struct pl_str where)
{
    struct pl_str found = find_at(decision, where);

    if (found.ptr == NULL || found.len == 0)
        return (struct pl_str){0};
    if (found.len > SEGMENT_SIZE_BYTES_MAX)
        found.len = SEGMENT_SIZE_BYTES_MAX;
    return pl_arena_copy(&decision->arena, found);
}

static bool read_who(struct pl_decision *decision)
{
    const struct pl_serve_line *serve = &decision->outlet->plan->serving->serve;
    const struct pl_str wish =
        pl_http_header_get(pl_request_head(decision->request), "x-plimsoll-preference");

    decision->groups =
        pl_arena_alloc_array(&decision->arena, serve->segments_count + 1, sizeof *decision->groups);
    if (decision->groups == NULL)
        return false;
    decision->subject = keep_at(decision, serve->subject);
    for (size_t i = 0; i < serve->segments_count; i++)
        decision->groups[i] = keep_at(decision, serve->segments[i].where);
    if (pl_str_equal_text(wish, "speed"))
        decision->preference = PL_STR("speed");
    else if (pl_str_equal_text(wish, "quality"))
        decision->preference = PL_STR("quality");
    return true;
}

static struct pl_str group_of(struct pl_str segment, void *context)
{
    const struct pl_decision *decision = context;
    const struct pl_serve_line *serve = &decision->outlet->plan->serving->serve;

    for (size_t i = 0; i < serve->segments_count; i++)
        if (pl_str_equal(serve->segments[i].name, segment) && decision->groups[i].ptr != NULL)
            return decision->groups[i];
    return PL_STR(PL_GROUP_MISSING);
}

static struct pl_datum text_datum(struct pl_str text)
{
    if (text.ptr == NULL)
        return (struct pl_datum){.kind = PL_DATUM_NULL};
    return (struct pl_datum){.kind = PL_DATUM_TEXT, .text = text};
}

static struct pl_datum number_datum(double number)
{
    return (struct pl_datum){.kind = PL_DATUM_NUMBER, .number = number};
}

static struct pl_datum json_datum(const struct pl_json_value *value)
{
    if (!pl_is_given(value))
        return (struct pl_datum){.kind = PL_DATUM_NULL};
    if (pl_json_value_type(value) == PL_JSON_BOOL)
        return (struct pl_datum){.kind = PL_DATUM_BOOL, .truth = pl_json_value_bool(value)};
    if (pl_json_value_type(value) == PL_JSON_NUMBER)
        return number_datum(pl_json_value_double(value));
    return pl_is_string(value) ? text_datum(pl_json_value_str(value))
                               : (struct pl_datum){.kind = PL_DATUM_NULL};
}

static struct pl_datum segment_datum(const struct pl_decision *decision, struct pl_str name)
{
    const struct pl_serve_line *serve = &decision->outlet->plan->serving->serve;

    for (size_t i = 0; i < serve->segments_count; i++)
        if (pl_str_equal(serve->segments[i].name, name))
            return text_datum(decision->groups[i]);
    return (struct pl_datum){.kind = PL_DATUM_NULL};
}

/* What a condition of the route or of an experiment may name, beside the segments. */
static struct pl_datum datum_of(struct pl_str name, void *context)
{
    const struct pl_decision *decision = context;
    const struct pl_ask *ask = &decision->ask;
    enum pl_request_column column;

    if (!pl_request_column_find(name, &column))
        return segment_datum(decision, name);
    switch (column) {
    case PL_COLUMN_API:
        return text_datum(pl_str_of(pl_api_name(ask->api)));
    case PL_COLUMN_LENGTH:
        return number_datum((double)ask->text.len);
    case PL_COLUMN_MESSAGES:
        return number_datum((double)ask->messages);
    case PL_COLUMN_STREAM:
        return (struct pl_datum){.kind = PL_DATUM_BOOL, .truth = ask->stream};
    case PL_COLUMN_SUBJECT:
        return text_datum(decision->subject);
    case PL_COLUMN_TEXT:
        return text_datum(ask->text);
    case PL_COLUMN_TOOLS:
        return (struct pl_datum){.kind = PL_DATUM_BOOL, .truth = ask->has_tools};
    case PL_COLUMN_JSON:
        break;
    }
    return ask->root == NULL
               ? (struct pl_datum){.kind = PL_DATUM_NULL}
               : json_datum(pl_json_pointer_get(ask->root, pl_request_column_pointer(name)));
}

/* ---- refusals ---- */

static void refuse_body(struct pl_decision *decision, const char *param,
                        const struct pl_error *error)
{
    const struct pl_refusal refusal = {
        .status = 400,
        .type = "invalid_request_error",
        .param = param,
        .message = error->message,
        .never_again = true,
    };

    pl_deliver_refusal(decision, PL_OUTCOME_REFUSED, &refusal);
}

static void refuse_model(struct pl_decision *decision)
{
    const bool decides = decision->ask.api == PL_API_DECIDE;
    const struct pl_str message = pl_arena_format(
        &decision->arena,
        decides ? "The feature `%.*s` is not asked at this address: its models are not of `api: "
                  "decide`."
                : "The model `%.*s` does not exist here, or is not asked at this address; GET "
                  "/v1/models lists those that do.",
        PL_STR_ARG(decides ? decision->outlet->plan->line->feature : decision->ask.model));
    const struct pl_refusal refusal = {
        .status = 404,
        .type = "invalid_request_error",
        .param = decides ? NULL : "model",
        .code = decides ? "feature_not_found" : "model_not_found",
        .message = message.ptr == NULL ? "The model does not exist here." : message.ptr,
        .never_again = true,
    };

    pl_deliver_refusal(decision, PL_OUTCOME_REFUSED, &refusal);
}

static void refuse_room(struct pl_decision *decision, enum pl_key_answer answer,
                        const struct pl_key_room *room)
{
    const struct pl_str message =
        pl_arena_format(&decision->arena,
                        answer == PL_KEY_TOO_FAST ? "The limit of this key is reached: %s."
                                                  : "The budget of this key is used up: %s.",
                        room->what == NULL ? "no room" : room->what);
    const struct pl_refusal refusal = {
        .status = 429,
        .type = answer == PL_KEY_TOO_FAST ? "rate_limit_error" : "insufficient_quota",
        .code = answer == PL_KEY_TOO_FAST ? "rate_limit_exceeded" : "insufficient_quota",
        .message = message.ptr == NULL ? "The limit of this key is reached." : message.ptr,
        .never_again = answer != PL_KEY_TOO_FAST,
        .retry_after_ms = answer == PL_KEY_TOO_FAST ? room->retry_after_ms : 0,
    };

    pl_deliver_refusal(decision, PL_OUTCOME_REFUSED, &refusal);
}

static void answer_dark(struct pl_decision *decision, const struct pl_flag_answer *flag)
{
    const struct pl_flag_line *line = &decision->outlet->plan->serving->flag;
    const struct pl_str message =
        pl_arena_format(&decision->arena, "The feature is off for this request: %s.", flag->why);
    const struct pl_refusal refusal = {
        .status = 503,
        .type = "server_error",
        .code = "feature_dark",
        .message = message.ptr == NULL ? "The feature is off." : message.ptr,
        .never_again = true,
    };

    decision->outcome = PL_OUTCOME_DARK;
    if (line->reply.len > 0)
        pl_deliver_reply(decision, line->reply);
    else
        pl_deliver_refusal(decision, PL_OUTCOME_DARK, &refusal);
}

/* ---- the steps ---- */

/* The model that is asked first: of the route, or one by its name; NULL where there is none of that name. */
static const struct pl_plan_model *find_model(const struct pl_plan *plan, struct pl_str name,
                                              bool *ret_direct)
{
    const struct pl_route *route = &plan->serving->route;

    *ret_direct = false;
    if (route->given &&
        (pl_str_equal(name, plan->line->feature) || pl_str_equal_text(name, "route")))
        return pl_plan_model_of(plan, route->tiers[0].model);
    *ret_direct = true;
    for (size_t i = 0; i < plan->models_count; i++)
        if (pl_str_equal(plan->models[i].line->name, name))
            return &plan->models[i];
    return NULL;
}

/* What the request names is there, and is asked in that way: JSON in, JSON out, or by the OpenAI API. */
static bool resolve_model(struct pl_decision *decision)
{
    const struct pl_plan *plan = decision->outlet->plan;
    const bool decides = decision->ask.api == PL_API_DECIDE;
    bool direct;
    const struct pl_plan_model *model =
        find_model(plan, decides ? plan->line->feature : decision->ask.model, &direct);

    if (model == NULL || decides != (model->line->api == PL_MODEL_DECIDE))
        return false;
    if (direct)
        decision->direct = model;
    return true;
}

static struct pl_flag_request flag_request(struct pl_decision *decision)
{
    return (struct pl_flag_request){
        .feature = decision->outlet->plan->line->feature,
        .subject = decision->subject,
        .group = group_of,
        .datum = datum_of,
        .context = decision,
    };
}

static bool assign(struct pl_decision *decision)
{
    const struct pl_plan *plan = decision->outlet->plan;
    const struct pl_serving *serving = plan->serving;

    if (serving->experiments_count == 0 || decision->direct != NULL)
        return true;
    decision->assignments = pl_arena_alloc_array(&decision->arena, serving->experiments_count,
                                                 sizeof *decision->assignments);
    if (decision->assignments == NULL)
        return false;
    decision->assignments_count = serving->experiments_count;
    const struct pl_flag_request request = flag_request(decision);

    (void)pl_assign(serving, plan->experiments, &request, decision->assignments);
    for (size_t i = 0; i < decision->assignments_count; i++) {
        const struct pl_arm *arm = decision->assignments[i].arm;

        if (arm != NULL && decision->arm == NULL && (arm->model != NULL || arm->parameters.len > 0))
            decision->arm = arm;
    }
    return true;
}

/* Whether answers of that kind have such a confidence at all. */
static bool can_climb(enum pl_api api, enum pl_confidence_from from)
{
    if (api == PL_API_DECIDE)
        return from == PL_CONFIDENCE_FIELD;
    return (api == PL_API_CHAT || api == PL_API_COMPLETIONS) && from != PL_CONFIDENCE_NONE;
}

static void choose_tier(struct pl_decision *decision)
{
    const struct pl_plan *plan = decision->outlet->plan;
    const struct pl_route *route = &plan->serving->route;

    decision->rule = -1;
    decision->attempts_left = route->given ? route->attempts : 3;
    if (decision->arm != NULL && decision->arm->model != NULL)
        decision->direct = pl_plan_model_of(plan, decision->arm->model);
    if (decision->direct != NULL)
        return;
    decision->climbing = can_climb(decision->ask.api, route->confidence.from);
    for (size_t i = 0; i < route->rules_count; i++) {
        if (!pl_condition_holds(plan->rules[i], datum_of, decision))
            continue;
        decision->rule = (int)i;
        decision->tier = route->rules[i].tier;
        decision->climbing = decision->climbing && !route->rules[i].only;
        return;
    }
}

struct pl_usage pl_leg_used(const struct pl_leg *leg)
{
    const struct pl_ask *ask = &leg->decision->ask;
    struct pl_usage usage = leg->heard.usage;

    /* An answer that was cut off, by whomever. A model that refused or was not reached did nothing. */
    if (usage.known || (leg->end != PL_LEG_CANCELLED && leg->heard.pieces == 0))
        return usage;
    usage.known = true;
    usage.prompt = ask->body.len / BYTES_OF_A_TOKEN + 1;
    usage.completion = leg->heard.pieces;
    return usage;
}

/* What the dearest way through the route may cost. */
static struct pl_key_need estimate(const struct pl_decision *decision)
{
    const struct pl_plan *plan = decision->outlet->plan;
    const struct pl_route *route = &plan->serving->route;
    const struct pl_ask *ask = &decision->ask;
    const uint64_t out = (ask->tokens_max > 0 ? ask->tokens_max : TOKENS_UNSAID) * ask->replies;
    const struct pl_usage usage = {
        .known = true,
        .prompt = ask->body.len / BYTES_OF_A_TOKEN + 1,
        .completion = ask->api == PL_API_EMBEDDINGS ? 0 : out,
    };

    struct pl_key_need need = {.tokens = pl_usage_tokens(&usage)};

    if (decision->direct != NULL)
        need.money = pl_price_of(&decision->direct->price, &usage);
    for (size_t i = 0; decision->direct == NULL && i < route->tiers_count; i++)
        need.money += pl_price_of(&pl_plan_model_of(plan, route->tiers[i].model)->price, &usage);
    return need;
}

static bool reserve(struct pl_decision *decision)
{
    if (decision->key == NULL)
        return true;

    const enum pl_key_answer answer =
        pl_keys_reserve(decision->key, estimate(decision), decision->received_ms,
                        &decision->reservation, &decision->room);

    if (answer == PL_KEY_OK)
        return true;
    refuse_room(decision, answer, &decision->room);
    return false;
}

static bool is_on(struct pl_decision *decision)
{
    const struct pl_plan *plan = decision->outlet->plan;
    const struct pl_now *now = decision->worker->now;
    const struct pl_flag_request request = flag_request(decision);
    const struct pl_flag_answer flag =
        pl_flag_evaluate(&plan->serving->flag, &now->flag, &now->launch, &request);

    if (flag.on)
        return true;
    answer_dark(decision, &flag);
    return false;
}

/* The start record. */
static bool begin_record(struct pl_decision *decision)
{
    static const struct pl_refusal UNRECORDED = {
        .status = 503,
        .type = "server_error",
        .code = "ledger_unavailable",
        .message = "Nothing can be put on the record, and nothing is served without a record.",
        .never_again = true,
    };
    struct pl_worker *worker = decision->worker;
    struct pl_buffer *facts = &worker->scratch;

    pl_buffer_reset(facts);
    pl_decision_facts(decision, true, facts);
    if (facts->len > PL_SPOOL_FACTS_SIZE_BYTES_MAX) {
        pl_buffer_reset(facts);
        pl_decision_facts(decision, false, facts);
    }
    decision->begun = pl_lane_begin(worker->lane, decision->received_ms, pl_buffer_view(facts));
    if (decision->begun != 0 ||
        decision->outlet->plan->serving->serve.unlogged == PL_UNLOGGED_SERVE)
        return true;
    pl_count(&worker->counts.served);
    pl_count(&worker->counts.dropped);
    pl_refuse(decision->request, &UNRECORDED, decision->id);
    pl_decision_free(decision);
    return false;
}

static struct pl_decision *make(struct pl_worker *worker, struct pl_request *request,
                                enum pl_api api, struct pl_client_key *key)
{
    struct pl_decision *decision = calloc(1, sizeof *decision);

    if (decision == NULL)
        return NULL;
    decision->worker = worker;
    decision->outlet = worker->outlet;
    decision->request = request;
    decision->keys = key == NULL ? NULL : pl_keys_ref(worker->keys);
    decision->key = key;
    decision->rule = -1;
    decision->received_ms = pl_clock_unix_ms();
    decision->received_ns = pl_request_received_ns(request);
    decision->begun_ns = pl_clock_monotonic_ns();
    decision->ask.api = api;
    decision->ask.body = pl_request_body(request);
    pl_arena_init(&decision->arena, ARENA_SIZE_BYTES_MAX);
    if (worker->spans != NULL)
        pl_trace_begin(&decision->trace,
                       pl_http_header_get(pl_request_head(request), "traceparent"), &worker->rng);
    pl_decision_id_make(&worker->rng, decision->received_ms, decision->id);
    pl_outlet_take(decision->outlet);
    pl_decision_keep(decision);
    pl_request_on_gone(request, pl_decision_gone, decision);
    pl_count(&worker->counts.begun);
    return decision;
}

static const struct pl_refusal NO_MEMORY = {
    .status = 503,
    .type = "server_error",
    .code = "overloaded",
    .message = "There is no memory for this request at present.",
    .retry_after_ms = 1000,
};

void pl_decision_start(struct pl_worker *worker, struct pl_request *request, enum pl_api api,
                       struct pl_client_key *key)
{
    struct pl_decision *decision = make(worker, request, api, key);
    const char *param = NULL;
    struct pl_error error = {0};

    if (decision == NULL) {
        pl_refuse(request, &NO_MEMORY, NULL);
        return;
    }

    const bool read =
        pl_ask_read(&decision->ask, worker->asked, &decision->arena, &param, &error) == PL_OK;

    if (!read_who(decision)) {
        pl_deliver_refusal(decision, PL_OUTCOME_FAILED, &NO_MEMORY);
        return;
    }
    if (!begin_record(decision))
        return;
    if (!read) {
        refuse_body(decision, param, &error);
        return;
    }
    if (!resolve_model(decision)) {
        refuse_model(decision);
        return;
    }
    if (!is_on(decision))
        return;
    if (!assign(decision)) {
        pl_deliver_refusal(decision, PL_OUTCOME_FAILED, &NO_MEMORY);
        return;
    }
    if (!pl_guarding_request(decision)) {
        pl_deliver_request_blocked(decision);
        return;
    }
    choose_tier(decision);
    decision->ask.root = NULL; /* the document is read into again */
    if (reserve(decision))
        pl_route_next(decision);
}
