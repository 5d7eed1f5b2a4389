/* The terms of a new key as they are typed: scopes, budgets with their period, and how long it lasts. */
#include "cli/key.h"
#include "keys/entry.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define HOUR_MS  UINT64_C(3600000)
#define DAY_MS   (24 * HOUR_MS)
#define DAYS_MAX 36525

/* ---- scopes ---- */

static enum pl_status add_scope(struct pl_str name, uint32_t *scopes, struct pl_error *error)
{
    for (size_t i = 0; PL_SCOPE_NAMES[i] != NULL; i++)
        if (pl_str_equal_text(name, PL_SCOPE_NAMES[i])) {
            *scopes |= 1U << i;
            return PL_OK;
        }
    return pl_error_set(error, PL_E_USAGE,
                        "`--scope` is `%.*s`; must be infer, feedback, flags or admin",
                        PL_STR_ARG(name));
}

/* One name or several with commas between them. */
static enum pl_status add_scopes(struct pl_str text, uint32_t *scopes, struct pl_error *error)
{
    while (text.ptr != NULL) {
        const char *comma = text.len == 0 ? NULL : memchr(text.ptr, ',', text.len);
        const size_t length = comma == NULL ? text.len : (size_t)(comma - text.ptr);

        PL_RETURN_IF(add_scope(pl_str_trim((struct pl_str){text.ptr, length}), scopes, error));
        text.ptr = comma == NULL ? NULL : comma + 1;
        text.len -= length + (comma != NULL);
    }
    return PL_OK;
}

static enum pl_status read_scopes(const struct pl_texts *texts, uint32_t *ret_scopes,
                                  struct pl_error *error)
{
    uint32_t scopes = texts->count == 0 ? PL_SCOPE_INFER : 0;

    for (size_t i = 0; i < texts->count; i++)
        PL_RETURN_IF(add_scopes(pl_str_of(texts->items[i]), &scopes, error));
    *ret_scopes = scopes;
    return PL_OK;
}

/* ---- budgets ---- */

/* "20/month": the amount, and the period behind the slash. */
static enum pl_status split_budget(const char *option, const char *text, struct pl_str *ret_amount,
                                   enum pl_budget_period *ret_period, struct pl_error *error)
{
    const char *slash = strrchr(text, '/');

    for (size_t i = 0; slash != NULL && PL_BUDGET_PERIOD_NAMES[i] != NULL; i++)
        if (strcmp(slash + 1, PL_BUDGET_PERIOD_NAMES[i]) == 0) {
            *ret_amount = (struct pl_str){text, (size_t)(slash - text)};
            *ret_period = (enum pl_budget_period)i;
            return PL_OK;
        }
    return pl_error_set(error, PL_E_USAGE,
                        "`%s` is `%s`; write an amount and for how long it is: 20/day, 20/month or "
                        "20/total",
                        option, text);
}

static enum pl_status read_money(const char *text, struct pl_key_terms *terms,
                                 struct pl_error *error)
{
    struct pl_str amount = {0};

    PL_RETURN_IF(split_budget("--budget", text, &amount, &terms->period, error));
    if (pl_str_to_double(amount, &terms->money_max) && terms->money_max > 0 &&
        terms->money_max <= PL_KEY_MONEY_MAX)
        return PL_OK;
    return pl_error_set(error, PL_E_USAGE,
                        "`--budget` is `%s`; its amount must be a number above 0, at most %.0f",
                        text, PL_KEY_MONEY_MAX);
}

static enum pl_status read_tokens(const char *text, struct pl_key_terms *terms,
                                  struct pl_error *error)
{
    const enum pl_budget_period period = terms->period;
    struct pl_str amount = {0};

    PL_RETURN_IF(split_budget("--token-budget", text, &amount, &terms->period, error));
    if (terms->money_max > 0 && terms->period != period)
        return pl_error_set(error, PL_E_USAGE,
                            "`--budget` and `--token-budget` must be for the same time; give both "
                            "for a %s or both for a %s",
                            PL_BUDGET_PERIOD_NAMES[period], PL_BUDGET_PERIOD_NAMES[terms->period]);
    if (pl_str_to_uint64(amount, &terms->tokens_max) && terms->tokens_max > 0 &&
        terms->tokens_max <= PL_KEY_TOKENS_MAX)
        return PL_OK;
    return pl_error_set(
        error, PL_E_USAGE,
        "`--token-budget` is `%s`; its amount must be a whole number from 1 to %llu", text,
        (unsigned long long)PL_KEY_TOKENS_MAX);
}

/* ---- how long ---- */

/* "30d", "12h": so long from now. */
static bool read_span(struct pl_str text, uint64_t now_ms, uint64_t *ret_time_ms)
{
    const char unit = text.len < 2 ? '\0' : text.ptr[text.len - 1];
    const uint64_t unit_ms = unit == 'd' ? DAY_MS : HOUR_MS;
    uint64_t count = 0;

    if ((unit != 'd' && unit != 'h') ||
        !pl_str_to_uint64((struct pl_str){text.ptr, text.len - 1}, &count) || count == 0 ||
        count > DAYS_MAX * DAY_MS / unit_ms)
        return false;
    *ret_time_ms = now_ms + count * unit_ms;
    return true;
}

/* The end of a day that there is, as 2026-03-01: what the calendar would write otherwise is none. */
static bool read_day(const char *text, uint64_t *ret_time_ms)
{
    struct tm day = {0};
    char again[sizeof "2026-03-01"] = "";
    const char *end = strptime(text, "%Y-%m-%d", &day);
    const time_t seconds = end == NULL || *end != '\0' ? -1 : timegm(&day);

    if (seconds < 0 || strftime(again, sizeof again, "%Y-%m-%d", &day) == 0 ||
        strcmp(again, text) != 0)
        return false;
    *ret_time_ms = (uint64_t)seconds * 1000 + DAY_MS;
    return true;
}

static enum pl_status read_expiry(const char *text, uint64_t now_ms, uint64_t *ret_time_ms,
                                  struct pl_error *error)
{
    uint64_t time_ms = 0;

    if (!read_span(pl_str_of(text), now_ms, &time_ms) && !read_day(text, &time_ms))
        return pl_error_set(error, PL_E_USAGE,
                            "`--expires` is `%s`; write its last day, 2026-03-01, or for how long "
                            "it is from now: 30d or 12h",
                            text);
    if (time_ms <= now_ms)
        return pl_error_set(error, PL_E_USAGE, "`--expires` is `%s`, which is over", text);
    *ret_time_ms = time_ms;
    return PL_OK;
}

enum pl_status pl_key_terms_read(const struct pl_key_settings *settings, uint64_t now_ms,
                                 struct pl_key_terms *ret_terms, struct pl_error *error)
{
    struct pl_key_terms terms = {
        .requests_per_minute = settings->requests_per_minute,
        .tokens_per_minute = settings->tokens_per_minute,
        .period = PL_BUDGET_TOTAL,
    };

    if (settings->name != NULL)
        terms.name = pl_str_trim(pl_str_of(settings->name));
    if (terms.name.len == 0)
        return pl_error_set(error, PL_E_USAGE,
                            "a key needs a name, so that people know whose it is: add --name TEXT");
    PL_RETURN_IF(read_scopes(&settings->scopes, &terms.scopes, error));
    if (settings->budget != NULL)
        PL_RETURN_IF(read_money(settings->budget, &terms, error));
    if (settings->token_budget != NULL)
        PL_RETURN_IF(read_tokens(settings->token_budget, &terms, error));
    if (settings->expires != NULL)
        PL_RETURN_IF(read_expiry(settings->expires, now_ms, &terms.expires_ms, error));
    PL_RETURN_IF(pl_key_terms_check(&terms, error));
    *ret_terms = terms;
    return PL_OK;
}
