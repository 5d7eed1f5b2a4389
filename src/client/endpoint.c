/* Endpoints as they are used: checked, defaults put in, texts copied, the key fetched. */
#include "base/file.h"
#include "client/call_state.h"

#include <math.h>
#include <string.h>

#define CONNECT_MS           10000u
#define TOTAL_MS             60000u
#define IN_FLIGHT_DEFAULT    8u
#define IN_FLIGHT_MAX        512u
#define ATTEMPTS_DEFAULT     3u
#define ATTEMPTS_MAX         100u
#define RETRY_TOTAL_MS       300000u
#define RETRY_DELAY_MS_BASE  500u
#define RETRY_DELAY_MS_MAX   30000u
#define TIME_MS_MAX          86400000u /* a day: more is a mistake */
#define ANSWER_BYTES_DEFAULT ((size_t)16 << 20)
#define ANSWER_BYTES_MAX     ((size_t)1 << 30)
#define ARGUMENTS_MAX        1024
#define URL_SIZE_BYTES_MAX   4096

/* NULL stays NULL; else NULL means that the arena is full, which the caller sees by `failed`. */
static const char *copy(struct pl_arena *arena, const char *text, bool *failed)
{
    const char *copied = NULL;

    if (text == NULL)
        return NULL;
    copied = pl_arena_copy(arena, pl_str_of(text)).ptr;
    *failed = *failed || copied == NULL;
    return copied;
}

static const char *const *copy_words(struct pl_arena *arena, const char *const *words, bool *failed)
{
    size_t count = 0;

    if (words == NULL)
        return NULL;
    while (words[count] != NULL)
        count++;

    const char **copied = pl_arena_alloc_array(arena, count + 1, sizeof *copied);

    if (copied == NULL) {
        *failed = true;
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        copied[i] = copy(arena, words[i], failed);
    return copied;
}

static void put_in(uint64_t *value, uint64_t initial)
{
    if (*value == 0)
        *value = initial;
}

static void put_defaults_in(struct pl_endpoint *endpoint)
{
    const bool is_server = endpoint->url != NULL;

    put_in(&endpoint->timeouts.connect_ms, CONNECT_MS);
    put_in(&endpoint->timeouts.total_ms, TOTAL_MS);
    put_in(&endpoint->retry_total_ms_max, RETRY_TOTAL_MS);
    put_in(&endpoint->retry_delay_ms, RETRY_DELAY_MS_BASE);
    if (endpoint->attempts_max == 0)
        endpoint->attempts_max = is_server ? ATTEMPTS_DEFAULT : 1;
    if (endpoint->pace.in_flight_max == 0)
        endpoint->pace.in_flight_max = is_server ? IN_FLIGHT_DEFAULT : pl_processors_count();
    if (endpoint->answer_size_bytes_max == 0)
        endpoint->answer_size_bytes_max = ANSWER_BYTES_DEFAULT;
}

static bool is_price(double price)
{
    return isfinite(price) && price >= 0.0;
}

static bool is_pace(double per_minute)
{
    return isfinite(per_minute) && per_minute >= 0.0;
}

static enum pl_status check_bounds(const struct pl_endpoint *endpoint, struct pl_error *error)
{
    const char *fault = NULL;

    if ((endpoint->url == NULL) == (endpoint->argv == NULL) ||
        (endpoint->argv != NULL && endpoint->argv[0] == NULL))
        fault = "needs either a URL or a command";
    else if (endpoint->timeouts.connect_ms > TIME_MS_MAX ||
             endpoint->timeouts.first_token_ms > TIME_MS_MAX ||
             endpoint->timeouts.total_ms > TIME_MS_MAX || endpoint->retry_delay_ms > TIME_MS_MAX ||
             endpoint->retry_total_ms_max > TIME_MS_MAX)
        fault = "has a timeout of more than a day";
    else if (endpoint->pace.in_flight_max > IN_FLIGHT_MAX)
        fault = "has more than 512 calls in flight";
    else if (endpoint->attempts_max > ATTEMPTS_MAX)
        fault = "has more than 100 attempts";
    else if (endpoint->answer_size_bytes_max > ANSWER_BYTES_MAX)
        fault = "allows answers of more than 1 GiB";
    else if (!is_pace(endpoint->pace.requests_per_minute) ||
             !is_pace(endpoint->pace.tokens_per_minute))
        fault = "has a limit per minute that is no number from 0 on";
    else if (endpoint->price.given &&
             (!is_price(endpoint->price.input) || !is_price(endpoint->price.cached_input) ||
              !is_price(endpoint->price.output) || !is_price(endpoint->price.reasoning) ||
              !is_price(endpoint->price.cache_write) || !is_price(endpoint->price.request)))
        fault = "has a price that is no number from 0 on";
    return fault == NULL
               ? PL_OK
               : pl_error_set(error, PL_E_LINE, "the endpoint '%s' %s", endpoint->name, fault);
}

/* The addresses of the three APIs: the URL without slashes at its end, and the path. */
static enum pl_status make_urls(struct pl_endpoint_state *state, struct pl_arena *arena,
                                struct pl_error *error)
{
    const struct pl_endpoint *endpoint = &state->settled;
    const char *fault =
        pl_http_url_fault(endpoint->url, endpoint->key_variable != NULL, endpoint->plain_allowed);
    size_t len = strlen(endpoint->url);

    if (len > URL_SIZE_BYTES_MAX)
        fault = "is too long";
    if (fault != NULL)
        return pl_error_set(error, PL_E_LINE, "the URL of the endpoint '%s' %s", endpoint->name,
                            fault);
    while (len > 0 && endpoint->url[len - 1] == '/')
        len--;
    for (size_t i = 0; i <= PL_OPENAI_EMBEDDINGS; i++) {
        state->urls[i] = pl_arena_format(arena, "%.*s%s", (int)len, endpoint->url,
                                         pl_openai_path((enum pl_openai_api)i))
                             .ptr;
        if (state->urls[i] == NULL)
            return pl_arena_error(arena, "the endpoints", error);
    }
    return PL_OK;
}

static enum pl_status copy_texts(struct pl_endpoint *endpoint, struct pl_arena *arena,
                                 struct pl_error *error)
{
    bool failed = false;

    endpoint->name = copy(arena, endpoint->name == NULL ? "" : endpoint->name, &failed);
    endpoint->url = copy(arena, endpoint->url, &failed);
    endpoint->model = copy(arena, endpoint->model, &failed);
    endpoint->key_variable = copy(arena, endpoint->key_variable, &failed);
    endpoint->ca_file = copy(arena, endpoint->ca_file, &failed);
    endpoint->proxy = copy(arena, endpoint->proxy, &failed);
    endpoint->folder = copy(arena, endpoint->folder, &failed);
    endpoint->argv = copy_words(arena, endpoint->argv, &failed);
    return failed ? pl_arena_error(arena, "the endpoints", error) : PL_OK;
}

enum pl_status pl_endpoint_settle(struct pl_endpoint_state *state,
                                  const struct pl_endpoint *endpoint, struct pl_arena *arena,
                                  struct pl_error *error)
{
    struct pl_endpoint *settled = &state->settled;

    *state = (struct pl_endpoint_state){.settled = *endpoint};
    PL_RETURN_IF(copy_texts(settled, arena, error));
    put_defaults_in(settled);
    PL_RETURN_IF(check_bounds(settled, error));
    if (settled->url != NULL)
        PL_RETURN_IF(make_urls(state, arena, error));
    if (settled->key_variable != NULL)
        PL_RETURN_IF(pl_secret_from_environment(settled->key_variable, &state->secret, error));
    state->server = (struct pl_http_server){
        .bearer = state->secret,
        .ca_file = settled->ca_file,
        .proxy = settled->proxy,
        .connect_ms = settled->timeouts.connect_ms,
        .total_ms = settled->timeouts.total_ms,
    };
    state->retry = (struct pl_retry_policy){
        .attempts_max = settled->attempts_max,
        .delay_ms_base = settled->retry_delay_ms,
        .delay_ms_max = RETRY_DELAY_MS_MAX,
        .total_ms_max = settled->retry_total_ms_max,
    };
    pl_pace_init(&state->pace, &settled->pace, pl_clock_monotonic_ns());
    return PL_OK;
}

void pl_endpoint_state_deinit(struct pl_endpoint_state *state)
{
    pl_secret_free(state->secret);
    state->secret = NULL;
}
