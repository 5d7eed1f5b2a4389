/* Everything that can be wrong with a line is found here, before the first request. */
#include "gateway/plan.h"

#include "base/file.h"
#include "ledger/ledger.h"
#include "line/keys.h"
#include "line/problem.h"
#include "traffic/check.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)256 << 20)

/* ---- addresses ---- */

static bool read_port(struct pl_str text, uint16_t *ret_port)
{
    uint64_t port = 0;

    if (!pl_str_to_uint64(text, &port) || port == 0 || port > UINT16_MAX)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

/* "host", "host:80", "[::1]:80". */
static bool read_authority(struct pl_str authority, struct pl_arena *arena,
                           struct pl_plan_target *target)
{
    const bool bracket = authority.len > 0 && authority.ptr[0] == '[';
    const char *close = bracket ? memchr(authority.ptr, ']', authority.len) : NULL;
    const char *from = bracket ? close : authority.ptr;

    if (from == NULL || memchr(authority.ptr, '@', authority.len) != NULL)
        return false;

    const size_t left = (size_t)(authority.ptr + authority.len - from);
    const char *colon = memchr(from, ':', left);
    struct pl_str host = {authority.ptr,
                          colon != NULL ? (size_t)(colon - authority.ptr) : authority.len};

    if (bracket)
        host = (struct pl_str){authority.ptr + 1, (size_t)(close - authority.ptr) - 1};
    if (host.len == 0 || memchr(host.ptr, '\0', host.len) != NULL)
        return false;
    if (colon != NULL &&
        !read_port((struct pl_str){colon + 1, (size_t)(authority.ptr + authority.len - colon) - 1},
                   &target->port))
        return false;
    target->host = pl_arena_copy(arena, host).ptr;
    return target->host != NULL;
}

enum pl_status pl_target_read(struct pl_str url, struct pl_arena *arena,
                              struct pl_plan_target *ret_target, struct pl_error *error)
{
    struct pl_plan_target target = {.url = url};
    struct pl_str rest = url;

    target.tls = pl_str_starts_with(url, PL_STR("https://"));
    if (!target.tls && !pl_str_starts_with(url, PL_STR("http://")))
        return pl_error_set(error, PL_E_LINE,
                            "'%.*s' is no address; it begins with http:// or https://",
                            PL_STR_ARG(url));
    target.port = target.tls ? 443 : 80;
    rest.ptr += target.tls ? 8 : 7;
    rest.len -= target.tls ? 8 : 7;

    const char *slash = memchr(rest.ptr, '/', rest.len);
    const size_t authority_len = slash == NULL ? rest.len : (size_t)(slash - rest.ptr);

    target.path = (struct pl_str){rest.ptr + authority_len, rest.len - authority_len};
    while (target.path.len > 0 && target.path.ptr[target.path.len - 1] == '/')
        target.path.len--;
    if (!read_authority((struct pl_str){rest.ptr, authority_len}, arena, &target))
        return pl_error_set(error, PL_E_LINE,
                            "'%.*s' is no address; write http://models.internal:8000/v1, without a "
                            "name or password",
                            PL_STR_ARG(url));
    atomic_init(&target.circuits_open, 0);
    *ret_target = target;
    return PL_OK;
}

/* ---- models ---- */

static enum pl_status at_model(const struct pl_plan *plan, const struct pl_model *model,
                               enum pl_status status, struct pl_error *error)
{
    if (status != PL_OK)
        (void)pl_error_locate(error, plan->line->file, model->endpoint_place.line,
                              model->endpoint_place.column);
    return status;
}

static enum pl_status read_targets(struct pl_plan *plan, struct pl_plan_model *model,
                                   struct pl_error *error)
{
    const size_t count = model->line->endpoints.count;
    struct pl_plan_target *targets = pl_arena_alloc_array(&plan->arena, count, sizeof *targets);

    if (targets == NULL)
        return pl_arena_error(&plan->arena, "the models", error);
    for (size_t i = 0; i < count; i++)
        PL_RETURN_IF(
            pl_target_read(model->line->endpoints.items[i], &plan->arena, &targets[i], error));
    model->targets = targets;
    model->targets_count = count;
    return PL_OK;
}

static enum pl_status read_trust(struct pl_plan *plan, struct pl_plan_model *model,
                                 struct pl_error *error)
{
    bool tls = false;

    for (size_t i = 0; i < model->targets_count; i++)
        tls = tls || model->targets[i].tls;
    if (!tls)
        return PL_OK;
    if (model->line->ca_file.len == 0)
        return pl_tls_client_new(NULL, &model->tls, error);

    const struct pl_str path = pl_line_path(plan->line, model->line->ca_file, &plan->arena);

    if (path.ptr == NULL)
        return pl_arena_error(&plan->arena, "a path", error);
    return pl_tls_client_new(path.ptr, &model->tls, error);
}

static enum pl_status read_key(struct pl_plan *plan, struct pl_plan_model *model,
                               struct pl_error *error)
{
    if (model->line->key.len == 0)
        return PL_OK;

    const struct pl_str name = pl_arena_copy(&plan->arena, model->line->key);

    if (name.ptr == NULL)
        return pl_arena_error(&plan->arena, "a name", error);
    return pl_secret_from_environment(name.ptr, &model->key, error);
}

static enum pl_status read_models(struct pl_plan *plan, struct pl_error *error)
{
    const struct pl_evals *evals = plan->line->evals;
    const size_t count = evals == NULL ? 0 : evals->models_count;

    plan->models = pl_arena_alloc_array(&plan->arena, count + 1, sizeof *plan->models);
    if (plan->models == NULL)
        return pl_arena_error(&plan->arena, "the models", error);
    for (size_t i = 0; i < count; i++) {
        struct pl_plan_model *model = &plan->models[plan->models_count++];
        const struct pl_price_book *book = &evals->models[i].price;

        *model = (struct pl_plan_model){.line = &evals->models[i], .index = (uint32_t)i};
        model->price = (struct pl_price){
            .given = book->given,
            .input = book->input,
            .cached_input = book->cached_given ? book->cached_input : book->input,
            .output = book->output,
            .reasoning_given = book->reasoning_given,
            .cache_write_given = book->cache_write_given,
            .reasoning = book->reasoning,
            .cache_write = book->cache_write,
            .request = book->request,
        };
        PL_RETURN_IF(at_model(plan, model->line, read_targets(plan, model, error), error));
        PL_RETURN_IF(at_model(plan, model->line, read_trust(plan, model, error), error));
        PL_RETURN_IF(at_model(plan, model->line, read_key(plan, model, error), error));
    }
    return PL_OK;
}

const struct pl_plan_model *pl_plan_model_of(const struct pl_plan *plan,
                                             const struct pl_model *model)
{
    for (size_t i = 0; i < plan->models_count; i++)
        if (plan->models[i].line == model)
            return &plan->models[i];
    return NULL;
}

/* ---- conditions and calibration ---- */

static enum pl_status compile(struct pl_plan *plan, struct pl_str when, struct pl_place place,
                              struct pl_condition **ret_condition, struct pl_error *error)
{
    if (when.len == 0)
        return PL_OK;

    const enum pl_status status = pl_condition_compile(when, &plan->arena, ret_condition, error);

    if (status != PL_OK)
        (void)pl_error_locate(error, plan->line->file, place.line, place.column);
    return status;
}

static enum pl_status compile_conditions(struct pl_plan *plan, struct pl_error *error)
{
    const struct pl_serving *serving = plan->serving;
    const struct pl_route *route = &serving->route;

    plan->rules = pl_arena_alloc_array(&plan->arena, route->rules_count + 1, sizeof *plan->rules);
    plan->experiments = pl_arena_alloc_array(&plan->arena, serving->experiments_count + 1,
                                             sizeof *plan->experiments);
    if (plan->rules == NULL || plan->experiments == NULL)
        return pl_arena_error(&plan->arena, "the conditions", error);
    for (size_t i = 0; i < route->rules_count; i++)
        PL_RETURN_IF(
            compile(plan, route->rules[i].when, route->rules[i].place, &plan->rules[i], error));
    for (size_t i = 0; i < serving->experiments_count; i++)
        PL_RETURN_IF(compile(plan, serving->experiments[i].when, serving->experiments[i].place,
                             &plan->experiments[i], error));
    return PL_OK;
}

/* The tiers whose confidence decides something: all that are judged, the last one where something stands in for it. */
static enum pl_status check_calibration(const struct pl_plan *plan, const char *path,
                                        struct pl_error *error)
{
    const struct pl_route *route = &plan->serving->route;
    const bool has_fallback = route->fallback_reply.len > 0 || route->fallback_model != NULL;
    struct pl_str models[PL_TIERS_MAX];
    struct pl_calibration_use use = {
        .feature = plan->line->feature,
        .from = pl_str_of(pl_word_name(&PL_WORDS_CONFIDENCE_FROM, route->confidence.from)),
        .signal = pl_str_of(pl_word_name(&PL_WORDS_CONFIDENCE_SIGNAL, route->confidence.signal)),
        .models = models,
    };

    for (size_t i = 0; i < route->tiers_count && i < PL_TIERS_MAX; i++)
        if (route->tiers[i].deliver_at > 0 && (i + 1 < route->tiers_count || has_fallback))
            models[use.models_count++] = route->tiers[i].model->name;
    return pl_calibration_check(plan->calibration, &use, path, error);
}

static enum pl_status read_calibration(struct pl_plan *plan, struct pl_error *error)
{
    const struct pl_confidence_rule *rule = &plan->serving->route.confidence;

    if (rule->calibration.len == 0)
        return PL_OK;

    const struct pl_str path = pl_line_path(plan->line, rule->calibration, &plan->arena);

    if (path.ptr == NULL)
        return pl_arena_error(&plan->arena, "a path", error);
    PL_RETURN_IF(pl_calibration_read(path.ptr, &plan->arena, &plan->calibration, error));
    return check_calibration(plan, path.ptr, error);
}

static enum pl_status compile_guards(struct pl_plan *plan, struct pl_error *error)
{
    const struct pl_serving *serving = plan->serving;
    enum pl_status status = pl_guard_chain_new(serving->guards_input, serving->guards_input_count,
                                               &plan->guards_of_requests, error);

    if (status == PL_OK)
        status = pl_guard_chain_new(serving->guards_output, serving->guards_output_count,
                                    &plan->guards_of_answers, error);
    if (status != PL_OK && error != NULL)
        (void)pl_error_locate(error, plan->line->file, error->line, error->column);
    return status;
}

#define PROMPT_SIZE_BYTES_MAX ((size_t)64 << 10)

static enum pl_status read_prompt(struct pl_plan *plan, struct pl_error *error)
{
    const struct pl_confidence_rule *rule = &plan->serving->route.confidence;

    if (rule->prompt.len == 0)
        return PL_OK;

    const struct pl_str path = pl_line_path(plan->line, rule->prompt, &plan->arena);

    if (path.ptr == NULL)
        return pl_arena_error(&plan->arena, "a path", error);
    return pl_file_read(path.ptr, PROMPT_SIZE_BYTES_MAX, &plan->arena, &plan->verifier_prompt,
                        error);
}

/* ---- life ---- */

static enum pl_status fill(struct pl_plan *plan, const char *path, struct pl_error *error)
{
    struct pl_problems problems = {0};
    struct pl_line *line = NULL;
    char hash[PL_LEDGER_HASH_TEXT_SIZE];

    PL_RETURN_IF(pl_line_read(path, &plan->arena, &line, &problems, error));
    PL_RETURN_IF(pl_traffic_check(line, &plan->arena, &problems, error));
    if (problems.count > 0)
        return pl_problems_error(&problems, path, error);
    plan->line = line;
    plan->serving = line->serving;
    if (plan->serving == NULL)
        return pl_error_set(error, PL_E_LINE,
                            "%s has nothing to serve: it needs `models` and a `route`", path);
    pl_hash_bytes(line->text, hash);
    memcpy(plan->config, hash, sizeof plan->config - 1);
    PL_RETURN_IF(read_models(plan, error));
    PL_RETURN_IF(compile_conditions(plan, error));
    PL_RETURN_IF(compile_guards(plan, error));
    PL_RETURN_IF(read_prompt(plan, error));
    return read_calibration(plan, error);
}

enum pl_status pl_plan_new(const char *path, struct pl_plan **ret_plan, struct pl_error *error)
{
    struct pl_plan *plan = calloc(1, sizeof *plan);

    if (plan == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for the line");
    atomic_init(&plan->references, 1);
    pl_arena_init(&plan->arena, ARENA_SIZE_BYTES_MAX);

    const enum pl_status status = fill(plan, path, error);

    if (status != PL_OK) {
        pl_plan_unref(plan);
        return status;
    }
    *ret_plan = plan;
    return PL_OK;
}

struct pl_plan *pl_plan_ref(struct pl_plan *plan)
{
    atomic_fetch_add_explicit(&plan->references, 1, memory_order_relaxed);
    return plan;
}

void pl_plan_unref(struct pl_plan *plan)
{
    if (plan == NULL || atomic_fetch_sub_explicit(&plan->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < plan->models_count; i++) {
        pl_tls_client_unref(plan->models[i].tls);
        pl_secret_free(plan->models[i].key);
    }
    pl_guard_chain_free(plan->guards_of_requests);
    pl_guard_chain_free(plan->guards_of_answers);
    pl_arena_deinit(&plan->arena);
    free(plan);
}
