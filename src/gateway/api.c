/* Requests find their row; what has none, or no key, is told so in the shape of the OpenAI API. */
#include "gateway/api.h"

#include "base/file.h"
#include "base/json.h"
#include "gateway/admin.h"
#include "gateway/cors.h"
#include "gateway/decision.h"
#include "gateway/events.h"
#include "gateway/feedback.h"
#include "gateway/gateway.h"
#include "gateway/ofrep_api.h"

#include <string.h>

/* ---- the OpenAI API ---- */

static void chat(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                 struct pl_client_key *key)
{
    (void)part;
    pl_decision_start(worker, request, PL_API_CHAT, key);
}

static void completions(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                        struct pl_client_key *key)
{
    (void)part;
    pl_decision_start(worker, request, PL_API_COMPLETIONS, key);
}

static void embeddings(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                       struct pl_client_key *key)
{
    (void)part;
    pl_decision_start(worker, request, PL_API_EMBEDDINGS, key);
}

static void responses(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                      struct pl_client_key *key)
{
    (void)part;
    pl_decision_start(worker, request, PL_API_RESPONSES, key);
}

static void refuse_feature(struct pl_request *request)
{
    static const struct pl_refusal REFUSAL = {
        .status = 404,
        .type = "invalid_request_error",
        .code = "feature_not_found",
        .message = "There is no such feature here.",
        .never_again = true,
    };

    pl_refuse(request, &REFUSAL, NULL);
}

static void decide(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                   struct pl_client_key *key)
{
    if (pl_str_equal(part, worker->outlet->plan->line->feature))
        pl_decision_start(worker, request, PL_API_DECIDE, key);
    else
        refuse_feature(request);
}

static void write_model(struct pl_json *json, struct pl_str name)
{
    pl_json_open_object(json);
    pl_json_key(json, "id");
    pl_json_str(json, name);
    pl_json_key(json, "object");
    pl_json_text(json, "model");
    pl_json_key(json, "created");
    pl_json_uint64(json, 0);
    pl_json_key(json, "owned_by");
    pl_json_text(json, "plimsoll");
    pl_json_close_object(json);
}

#define MODELS_SIZE_BYTES_MAX ((size_t)256 << 10)

static void models(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                   struct pl_client_key *key)
{
    const struct pl_plan *plan = worker->outlet->plan;
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    struct pl_json json;

    (void)part;
    (void)key;
    pl_buffer_init(&body, MODELS_SIZE_BYTES_MAX);
    pl_json_init(&json, &body, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "object");
    pl_json_text(&json, "list");
    pl_json_key(&json, "data");
    pl_json_open_array(&json);
    if (plan->serving->route.given)
        write_model(&json, plan->line->feature);
    for (size_t i = 0; i < plan->models_count; i++)
        write_model(&json, plan->models[i].line->name);
    pl_json_close_array(&json);
    pl_json_close_object(&json);
    pl_answer_json(request, 200, &body);
}

static bool is_offered(const struct pl_plan *plan, struct pl_str name)
{
    if (plan->serving->route.given && pl_str_equal(plan->line->feature, name))
        return true;
    for (size_t i = 0; i < plan->models_count; i++)
        if (pl_str_equal(plan->models[i].line->name, name))
            return true;
    return false;
}

static void model(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                  struct pl_client_key *key)
{
    static const struct pl_refusal REFUSAL = {
        .status = 404,
        .type = "invalid_request_error",
        .param = "model",
        .code = "model_not_found",
        .message = "The model does not exist here; GET /v1/models lists those that do.",
        .never_again = true,
    };
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    struct pl_json json;

    (void)key;
    if (!is_offered(worker->outlet->plan, part)) {
        pl_refuse(request, &REFUSAL, NULL);
        return;
    }
    pl_buffer_init(&body, MODELS_SIZE_BYTES_MAX);
    pl_json_init(&json, &body, false);
    write_model(&json, part);
    pl_answer_json(request, 200, &body);
}

/* ---- the table ---- */

static const struct pl_api_row ROWS[] = {
    {"POST", "/v1/chat/completions", PL_SCOPE_INFER, false, chat, "A chat completion"},
    {"POST", "/v1/completions", PL_SCOPE_INFER, false, completions, "A completion"},
    {"POST", "/v1/embeddings", PL_SCOPE_INFER, false, embeddings, "Embeddings"},
    {"POST", "/v1/responses", PL_SCOPE_INFER, false, responses, "A response"},
    {"GET", "/v1/models", PL_SCOPE_INFER, false, models, "The models there are"},
    {"GET", "/v1/models/{}", PL_SCOPE_INFER, false, model, "One model"},
    {"POST", "/v1/decide/{}", PL_SCOPE_INFER, false, decide, "A decision of any other model"},
    {"POST", "/v1/decisions", PL_SCOPE_FEEDBACK, false, pl_feedback_decisions,
     "Decisions that an application made itself"},
    {"POST", "/v1/feedback", PL_SCOPE_FEEDBACK, false, pl_feedback_take,
     "What came back for a decision"},
    {"POST", "/ofrep/v1/evaluate/flags", PL_SCOPE_FLAGS, false, pl_ofrep_answer_bulk, "All flags"},
    {"POST", "/ofrep/v1/evaluate/flags/{}", PL_SCOPE_FLAGS, false, pl_ofrep_answer_single,
     "One flag"},
    {"GET", "/ofrep/v1/events", PL_SCOPE_FLAGS, false, pl_events_subscribe,
     "Events that say when flags have changed"},
    {"GET", "/healthz", 0, true, pl_admin_health, "Whether the process lives"},
    {"GET", "/readyz", 0, true, pl_admin_ready, "Whether requests can be taken"},
    {"GET", "/metrics", 0, true, pl_admin_metrics, "Figures, in the format of Prometheus"},
    {"GET", "/admin/flag", PL_SCOPE_ADMIN, true, pl_admin_flag_show, "The flag as it stands"},
    {"POST", "/admin/flag", PL_SCOPE_ADMIN, true, pl_admin_flag_change, "A change of the flag"},
    {"POST", "/admin/reload", PL_SCOPE_ADMIN, true, pl_admin_reload, "Reads the line again"},
};

size_t pl_api_rows_count(void)
{
    return sizeof ROWS / sizeof *ROWS;
}

const struct pl_api_row *pl_api_row_at(size_t index)
{
    return &ROWS[index];
}

/* ---- finding ---- */

static bool path_matches(const struct pl_api_row *row, struct pl_str path, struct pl_str *ret_part)
{
    const size_t length = strlen(row->path);
    const struct pl_str before = {row->path, length - 2};

    *ret_part = (struct pl_str){0};
    if (length < 2 || row->path[length - 1] != '}')
        return pl_str_equal_text(path, row->path);
    if (!pl_str_starts_with(path, before) || path.len == before.len)
        return false;
    *ret_part = (struct pl_str){path.ptr + before.len, path.len - before.len};
    return memchr(ret_part->ptr, '/', ret_part->len) == NULL;
}

static const struct pl_api_row *find_row(const struct pl_http_head *head, bool admin,
                                         struct pl_str *ret_part, bool *ret_path_known)
{
    *ret_path_known = false;
    for (size_t i = 0; i < pl_api_rows_count(); i++) {
        if (ROWS[i].admin != admin || !path_matches(&ROWS[i], head->path, ret_part))
            continue;
        *ret_path_known = true;
        if (pl_str_equal_text(head->method, ROWS[i].method))
            return &ROWS[i];
    }
    return NULL;
}

static void refuse_path(struct pl_request *request, bool path_known)
{
    const struct pl_refusal refusal = {
        .status = path_known ? 405 : 404,
        .type = "invalid_request_error",
        .code = path_known ? "method_not_allowed" : "unknown_url",
        .message = path_known
                       ? "This address does not take that method."
                       : "There is nothing at this address. The base URL of an OpenAI client "
                         "ends in /v1; metrics, health and administration have an address of "
                         "their own.",
        .never_again = true,
    };

    pl_refuse(request, &refusal, NULL);
}

/* ---- keys ---- */

static struct pl_str key_text(const struct pl_http_head *head)
{
    const struct pl_str bearer = pl_http_header_get(head, "authorization");
    struct pl_str key = pl_http_header_get(head, "x-api-key");

    if (bearer.len > 7 && (pl_str_starts_with(bearer, PL_STR("Bearer ")) ||
                           pl_str_starts_with(bearer, PL_STR("bearer "))))
        return pl_str_trim((struct pl_str){bearer.ptr + 7, bearer.len - 7});
    if (key.ptr == NULL)
        key = pl_http_header_get(head, "api-key");
    return key;
}

static const struct pl_refusal KEY_REFUSALS[] = {
    [PL_KEY_UNKNOWN] = {.status = 401,
                        .type = "invalid_request_error",
                        .code = "invalid_api_key",
                        .message = "The key is missing or wrong; send it as `Authorization: "
                                   "Bearer KEY`.",
                        .never_again = true},
    [PL_KEY_EXPIRED] = {.status = 401,
                        .type = "invalid_request_error",
                        .code = "expired_api_key",
                        .message = "The key has expired.",
                        .never_again = true},
    [PL_KEY_FORBIDDEN] = {.status = 403,
                          .type = "permission_error",
                          .code = "forbidden",
                          .message = "The key may not be used for this.",
                          .never_again = true},
};

/* False when the request was refused. Without `required` a request may come without a key, but a wrong one
   is refused all the same. */
static bool check_key(struct pl_worker *worker, struct pl_request *request,
                      const struct pl_api_row *row, struct pl_client_key **ret_key)
{
    const bool required = worker->outlet->plan->serving->serve.keys_required;
    const struct pl_str text = key_text(pl_request_head(request));
    enum pl_key_answer answer = PL_KEY_UNKNOWN;

    *ret_key = NULL;
    if (row->scope == 0 || (!required && !pl_str_starts_with(text, PL_STR("pl_"))))
        return true;
    if (text.len > 0)
        answer = pl_keys_check(worker->keys, text, row->scope, pl_clock_unix_ms(), ret_key);
    if (answer == PL_KEY_OK)
        return true;
    pl_refuse(request, &KEY_REFUSALS[answer], NULL);
    return false;
}

void pl_api_dispatch(struct pl_worker *worker, struct pl_request *request, bool admin)
{
    struct pl_client_key *key = NULL;
    struct pl_str part;
    bool path_known;
    const struct pl_api_row *row = find_row(pl_request_head(request), admin, &part, &path_known);

    if (!admin && pl_cors_answer(worker, request))
        return;
    if (row == NULL)
        refuse_path(request, path_known);
    else if (check_key(worker, request, row, &key))
        row->handle(worker, request, part, key);
}
