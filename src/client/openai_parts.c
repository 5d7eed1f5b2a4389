/* Usage and log-probabilities, as OpenAI and those who speak its format write them. */
#include "client/openai_parts.h"

#include "json/document.h"

#include <math.h>

/* Counts beyond this are no counts; sums of them stay exact in a double. */
#define TOKENS_MAX ((uint64_t)1 << 40)

struct pl_str pl_openai_member(const struct pl_json_value *value, const char *name)
{
    const struct pl_json_value *member = pl_json_value_get_text(value, name);

    if (member == NULL || pl_json_value_type(member) != PL_JSON_STRING)
        return (struct pl_str){0};
    return pl_json_value_str(member);
}

static bool read_count(const struct pl_json_value *value, const char *name, uint64_t *ret_count)
{
    const struct pl_json_value *member = value == NULL ? NULL : pl_json_value_get_text(value, name);
    uint64_t count = 0;

    if (member == NULL || !pl_json_value_uint64(member, &count) || count > TOKENS_MAX)
        return false;
    *ret_count = count;
    return true;
}

struct pl_usage pl_openai_usage(const struct pl_json_value *root)
{
    const struct pl_json_value *usage = pl_json_value_get_text(root, "usage");
    struct pl_usage read = {0};

    if (usage == NULL)
        return read;

    const bool has_prompt = read_count(usage, "prompt_tokens", &read.prompt);
    const bool has_completion = read_count(usage, "completion_tokens", &read.completion);

    read.known = has_prompt || has_completion;
    if (!read_count(pl_json_value_get_text(usage, "prompt_tokens_details"), "cached_tokens",
                    &read.cached))
        (void)read_count(usage, "prompt_cache_hit_tokens", &read.cached);
    if (!read_count(pl_json_value_get_text(usage, "prompt_tokens_details"), "cache_write_tokens",
                    &read.cache_write))
        (void)read_count(usage, "cache_creation_input_tokens", &read.cache_write);
    (void)read_count(pl_json_value_get_text(usage, "completion_tokens_details"), "reasoning_tokens",
                     &read.reasoning);
    return read.known ? read : (struct pl_usage){0};
}

/* --- Log-probabilities -------------------------------------------------------------------------- */

static bool read_logprob(const struct pl_json_value *value, double *ret_logprob)
{
    if (value == NULL || pl_json_value_type(value) != PL_JSON_NUMBER)
        return false;
    *ret_logprob = pl_json_value_double(value);
    return isfinite(*ret_logprob);
}

/* `best` is that of the best other token, -infinity when none is listed. */
static void add_token(struct pl_logprob_sums *sums, double logprob, double best)
{
    const double margin = logprob - best;

    sums->sum += logprob;
    sums->min = sums->count == 0 ? logprob : fmin(sums->min, logprob);
    sums->count++;
    if (!isfinite(best))
        return;
    sums->margin_sum += margin;
    sums->margin_min = sums->margins_count == 0 ? margin : fmin(sums->margin_min, margin);
    sums->margins_count++;
}

/* Chat: {"content": [{"token", "logprob", "top_logprobs": [{"token", "logprob"}, …]}, …]}. */
static void add_chat_token(struct pl_logprob_sums *sums, const struct pl_json_value *token)
{
    const struct pl_json_value *listed = pl_json_value_get_text(token, "top_logprobs");
    const struct pl_str text = pl_openai_member(token, "token");
    double logprob = 0.0, best = -HUGE_VAL;

    if (!read_logprob(pl_json_value_get_text(token, "logprob"), &logprob))
        return;
    if (listed != NULL) {
        struct pl_json_walk walk = pl_json_value_walk(listed);

        while (pl_json_walk_next(&walk)) {
            double other = 0.0;

            if (!pl_str_equal(pl_openai_member(walk.value, "token"), text) &&
                read_logprob(pl_json_value_get_text(walk.value, "logprob"), &other))
                best = fmax(best, other);
        }
    }
    add_token(sums, logprob, best);
}

/* A walk over a member that is an array; over nothing where it is none. */
static struct pl_json_walk walk_of(const struct pl_json_value *value, const char *name)
{
    const struct pl_json_value *list = pl_json_value_get_text(value, name);

    return list != NULL && pl_json_value_type(list) == PL_JSON_ARRAY ? pl_json_value_walk(list)
                                                                     : (struct pl_json_walk){0};
}

/* The next item; NULL when there is none. */
static const struct pl_json_value *next_of(struct pl_json_walk *walk)
{
    return walk->left > 0 && pl_json_walk_next(walk) ? walk->value : NULL;
}

/* The best of {token: logprob, …} besides the token itself. */
static double best_other(const struct pl_json_value *listed, struct pl_str token)
{
    double best = -HUGE_VAL;

    if (listed == NULL || pl_json_value_type(listed) != PL_JSON_OBJECT)
        return best;

    struct pl_json_walk walk = pl_json_value_walk(listed);

    while (pl_json_walk_next(&walk)) {
        double other = 0.0;

        if (!pl_str_equal(walk.name, token) && read_logprob(walk.value, &other))
            best = fmax(best, other);
    }
    return best;
}

/* Completions: {"tokens": […], "token_logprobs": […], "top_logprobs": [{token: logprob, …}, …]}, three
   lists side by side. */
static void add_completion_tokens(struct pl_logprob_sums *sums,
                                  const struct pl_json_value *logprobs)
{
    struct pl_json_walk values = walk_of(logprobs, "token_logprobs");
    struct pl_json_walk tokens = walk_of(logprobs, "tokens");
    struct pl_json_walk listed = walk_of(logprobs, "top_logprobs");

    for (const struct pl_json_value *value = NULL; (value = next_of(&values)) != NULL;) {
        const struct pl_json_value *token = next_of(&tokens);
        const struct pl_json_value *others = next_of(&listed);
        double logprob = 0.0;

        if (!read_logprob(value, &logprob))
            continue;
        if (token != NULL && pl_json_value_type(token) == PL_JSON_STRING)
            add_token(sums, logprob, best_other(others, pl_json_value_str(token)));
        else
            add_token(sums, logprob, -HUGE_VAL);
    }
}

void pl_openai_logprobs_add(struct pl_logprob_sums *sums, const struct pl_json_value *logprobs)
{
    const struct pl_json_value *content =
        logprobs == NULL ? NULL : pl_json_value_get_text(logprobs, "content");

    if (content != NULL && pl_json_value_type(content) == PL_JSON_ARRAY) {
        struct pl_json_walk walk = pl_json_value_walk(content);

        while (pl_json_walk_next(&walk))
            add_chat_token(sums, walk.value);
    } else if (logprobs != NULL && pl_json_value_get_text(logprobs, "token_logprobs") != NULL) {
        add_completion_tokens(sums, logprobs);
    }
}

struct pl_logprobs pl_openai_logprobs_of(const struct pl_logprob_sums *sums)
{
    struct pl_logprobs summary = {.count = sums->count, .margins_count = sums->margins_count};

    if (sums->count > 0) {
        summary.mean = sums->sum / (double)sums->count;
        summary.min = sums->min;
    }
    if (sums->margins_count > 0) {
        summary.margin_mean = sums->margin_sum / (double)sums->margins_count;
        summary.margin_min = sums->margin_min;
    }
    return summary;
}

enum pl_status pl_openai_open(struct pl_str text, struct pl_json_document **ret_document,
                              struct pl_error *error)
{
    const struct pl_json_options options = {
        .size_bytes_max = text.len + 1,
        .duplicates_kept = true,
    };
    const enum pl_status status = pl_json_document_open(text, &options, ret_document, error);

    return status == PL_E_LIMIT && error != NULL
               ? pl_error_set(error, PL_E_UNSUPPORTED, "its JSON is nested too deeply")
               : status;
}
