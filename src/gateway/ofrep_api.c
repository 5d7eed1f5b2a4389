/* From requests to src/flag/ofrep.h and back; flags are answered from memory. */
#include "gateway/ofrep_api.h"

#include "flag/ofrep.h"
#include "gateway/cors.h"
#include "gateway/exposure.h"
#include "ledger/ledger.h"

#include <string.h>

#define ARENA_SIZE_BYTES_MAX  ((size_t)1 << 20)
#define ANSWER_SIZE_BYTES_MAX ((size_t)256 << 10)

static void hash(struct pl_str bytes, char ret_hex[65])
{
    pl_hash_bytes(bytes, ret_hex);
}

static struct pl_ofrep_flags flags_of(const struct pl_worker *worker)
{
    const struct pl_plan *plan = worker->outlet->plan;

    return (struct pl_ofrep_flags){
        .feature = plan->line->feature,
        .config = pl_str_of(plan->config),
        .serving = plan->serving,
        .whens = plan->experiments,
        .now = &worker->now->flag,
        .launch = &worker->now->launch,
        .hash = hash,
    };
}

static void answer(struct pl_worker *worker, struct pl_request *request, uint32_t status,
                   const char *etag, const struct pl_buffer *body)
{
    struct pl_http_header headers[PL_CORS_HEADERS_MAX + 2];
    size_t count = pl_cors_headers(worker, request, headers);

    headers[count++] = (struct pl_http_header){PL_STR("Content-Type"), PL_STR("application/json")};
    if (etag != NULL)
        headers[count++] = (struct pl_http_header){PL_STR("ETag"), pl_str_of(etag)};
    pl_request_answer(request, status, headers, count, pl_buffer_view(body));
}

/* False when the request was answered with what is wrong with it. */
static bool read_context(struct pl_worker *worker, struct pl_request *request, struct pl_str key,
                         struct pl_arena *arena, struct pl_ofrep_context *ret_context)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    struct pl_ofrep_failure failure;

    if (pl_ofrep_read(pl_request_body(request), arena, ret_context, &failure))
        return true;
    pl_buffer_init(&body, ANSWER_SIZE_BYTES_MAX);
    pl_ofrep_fail(key, &failure, &body);
    answer(worker, request, 400, NULL, &body);
    return false;
}

void pl_ofrep_answer_single(struct pl_worker *worker, struct pl_request *request,
                            struct pl_str part, struct pl_client_key *key)
{
    const struct pl_ofrep_flags flags = flags_of(worker);
    PL_CLEANUP(pl_arena_deinit) struct pl_arena arena = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    struct pl_ofrep_context context;
    struct pl_assignment assignment;

    (void)key;
    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    if (!read_context(worker, request, part, &arena, &context))
        return;
    if (pl_ofrep_assigned(&flags, &context, part, &assignment))
        pl_exposure_note(worker, &(struct pl_exposure){.feature = flags.feature,
                                                       .assignment = &assignment,
                                                       .subject = context.targeting_key});
    pl_buffer_init(&body, ANSWER_SIZE_BYTES_MAX);
    answer(worker, request, (uint32_t)pl_ofrep_single(&flags, &context, part, &body), NULL, &body);
}

void pl_ofrep_answer_bulk(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                          struct pl_client_key *key)
{
    const struct pl_ofrep_flags flags = flags_of(worker);
    PL_CLEANUP(pl_arena_deinit) struct pl_arena arena = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    char etag[PL_OFREP_ETAG_SIZE];
    struct pl_ofrep_context context;

    (void)part;
    (void)key;
    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    if (!read_context(worker, request, (struct pl_str){0}, &arena, &context))
        return;
    pl_buffer_init(&body, ANSWER_SIZE_BYTES_MAX);
    pl_ofrep_bulk(&flags, &context, &body, etag);
    if (pl_ofrep_matches(pl_http_header_get(pl_request_head(request), "if-none-match"), etag)) {
        pl_buffer_reset(&body);
        answer(worker, request, 304, etag, &body);
    } else {
        answer(worker, request, 200, etag, &body);
    }
}

void pl_ofrep_write_event(struct pl_worker *worker, struct pl_buffer *out)
{
    const struct pl_ofrep_flags flags = flags_of(worker);
    char etag[PL_OFREP_ETAG_SIZE];

    pl_ofrep_config_etag(&flags, etag);
    if (strcmp(etag, worker->events_tag) == 0)
        return;
    memcpy(worker->events_tag, etag, sizeof etag);
    pl_ofrep_event(worker->now->flag.version, etag, out);
}

void pl_ofrep_note_tag(struct pl_worker *worker)
{
    const struct pl_ofrep_flags flags = flags_of(worker);

    pl_ofrep_config_etag(&flags, worker->events_tag);
}
