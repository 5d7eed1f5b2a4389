/* An origin is allowed when the list has it, as it is written, or has "*". */
#include "gateway/cors.h"

static bool is_allowed(const struct pl_worker *worker, struct pl_str origin)
{
    const struct pl_strs *allowed = &worker->outlet->plan->serving->serve.cors;

    for (size_t i = 0; origin.len > 0 && i < allowed->count; i++)
        if (pl_str_equal_text(allowed->items[i], "*") || pl_str_equal(allowed->items[i], origin))
            return true;
    return false;
}

size_t pl_cors_headers(const struct pl_worker *worker, const struct pl_request *request,
                       struct pl_http_header ret_headers[PL_CORS_HEADERS_MAX])
{
    const struct pl_str origin = pl_http_header_get(pl_request_head(request), "origin");

    if (worker->outlet->plan->serving->serve.cors.count == 0)
        return 0;
    ret_headers[0] = (struct pl_http_header){PL_STR("Vary"), PL_STR("Origin")};
    if (!is_allowed(worker, origin))
        return 1;
    ret_headers[1] = (struct pl_http_header){PL_STR("Access-Control-Allow-Origin"), origin};
    ret_headers[2] =
        (struct pl_http_header){PL_STR("Access-Control-Expose-Headers"), PL_STR("ETag")};
    return 3;
}

bool pl_cors_answer(const struct pl_worker *worker, struct pl_request *request)
{
    const struct pl_http_head *head = pl_request_head(request);
    struct pl_http_header headers[PL_CORS_HEADERS_MAX + 3];
    size_t count;

    if (!pl_str_equal_text(head->method, "OPTIONS") ||
        !pl_str_starts_with(head->path, PL_STR("/ofrep/")))
        return false;
    count = pl_cors_headers(worker, request, headers);
    if (count < PL_CORS_HEADERS_MAX)
        return false;
    headers[count++] =
        (struct pl_http_header){PL_STR("Access-Control-Allow-Methods"), PL_STR("GET, POST")};
    headers[count++] =
        (struct pl_http_header){PL_STR("Access-Control-Allow-Headers"),
                                PL_STR("authorization, content-type, if-none-match, x-api-key")};
    headers[count++] = (struct pl_http_header){PL_STR("Access-Control-Max-Age"), PL_STR("600")};
    pl_request_answer(request, 204, headers, count, (struct pl_str){"", 0});
    return true;
}
