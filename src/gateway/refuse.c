/* Errors as clients of the OpenAI API expect them, so that their exceptions are the right ones. */
#include "gateway/decision.h"

#include "base/json.h"

#include <stdio.h>

void pl_refusal_body(const struct pl_refusal *refusal, struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "error");
    pl_json_open_object(&json);
    pl_json_member_text(&json, "message", refusal->message);
    pl_json_member_text(&json, "type", refusal->type);
    pl_json_member_text(&json, "param", refusal->param);
    pl_json_member_text(&json, "code", refusal->code);
    pl_json_close_object(&json);
    pl_json_close_object(&json);
}

static void add(struct pl_refusal_head *head, struct pl_str name, struct pl_str value)
{
    head->items[head->count++] = (struct pl_http_header){name, value};
}

void pl_refusal_head_make(const struct pl_refusal *refusal, struct pl_refusal_head *ret_head)
{
    ret_head->count = 0;
    add(ret_head, PL_STR("Content-Type"), PL_STR("application/json"));
    if (refusal->never_again)
        add(ret_head, PL_STR("X-Should-Retry"), PL_STR("false"));
    if (refusal->retry_after_ms == 0)
        return;
    (void)snprintf(ret_head->seconds, sizeof ret_head->seconds, "%llu",
                   (unsigned long long)((refusal->retry_after_ms + 999) / 1000));
    (void)snprintf(ret_head->milliseconds, sizeof ret_head->milliseconds, "%llu",
                   (unsigned long long)refusal->retry_after_ms);
    add(ret_head, PL_STR("Retry-After"), pl_str_of(ret_head->seconds));
    add(ret_head, PL_STR("Retry-After-Ms"), pl_str_of(ret_head->milliseconds));
}

#define BODY_SIZE_BYTES_MAX 8192

void pl_refuse(struct pl_request *request, const struct pl_refusal *refusal, const char *id)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    struct pl_http_header headers[6];
    struct pl_refusal_head head;
    size_t count = 0;

    pl_buffer_init(&body, BODY_SIZE_BYTES_MAX);
    pl_refusal_body(refusal, &body);
    pl_refusal_head_make(refusal, &head);
    for (; count < head.count; count++)
        headers[count] = head.items[count];
    if (id != NULL) {
        headers[count++] = (struct pl_http_header){PL_STR("X-Request-Id"), pl_str_of(id)};
        headers[count++] = (struct pl_http_header){PL_STR("X-Plimsoll-Decision"), pl_str_of(id)};
    }
    pl_request_answer(request, refusal->status, headers, count, pl_buffer_view(&body));
}

void pl_refuse_fault(struct pl_request *request, uint32_t status, const char *param,
                     const char *message)
{
    const struct pl_refusal refusal = {
        .status = status,
        .type = status < 500 ? "invalid_request_error" : "server_error",
        .param = param,
        .message = message,
        .never_again = status < 500,
    };

    pl_refuse(request, &refusal, NULL);
}

void pl_answer_json(struct pl_request *request, uint32_t status, const struct pl_buffer *body)
{
    const struct pl_http_header type = {PL_STR("Content-Type"), PL_STR("application/json")};

    pl_request_answer(request, status, &type, 1, pl_buffer_view(body));
}
