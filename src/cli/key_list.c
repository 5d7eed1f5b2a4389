/* The list of keys: what each may do, what it has spent and what is left. Never a key, nor its hash. */
#include "base/file.h"
#include "cli/key.h"
#include "cli/screen.h"
#include "report/number.h"
#include "report/table.h"

#define CELL_SIZE_BYTES_MAX 512

/* A key and what it has spent. */
struct listed {
    struct pl_str id;
    const struct pl_key_terms *terms;
    struct pl_key_spent spent;
    uint64_t made_ms;
    bool expired;
};

static struct listed listed_of(const struct pl_client_key *key, uint64_t now_ms)
{
    const struct pl_key_terms *terms = pl_client_key_terms(key);

    return (struct listed){
        .id = pl_client_key_id(key),
        .terms = terms,
        .spent = pl_client_key_spent(key, now_ms),
        .made_ms = pl_client_key_made_ms(key),
        .expired = terms->expires_ms != 0 && now_ms >= terms->expires_ms,
    };
}

static double money_left(const struct listed *listed)
{
    const double left = listed->terms->money_max - listed->spent.money;

    return left > 0 ? left : 0;
}

static uint64_t tokens_left(const struct listed *listed)
{
    const uint64_t max = listed->terms->tokens_max, used = listed->spent.tokens;

    return max > used ? max - used : 0;
}

/* ---- JSON ---- */

static void member_count(struct pl_json *json, const char *key, uint64_t count)
{
    pl_json_key(json, key);
    pl_json_uint64(json, count);
}

static void member_money(struct pl_json *json, const char *key, double money)
{
    pl_json_key(json, key);
    pl_json_double(json, money);
}

static void member_time(struct pl_json *json, const char *key, uint64_t time_ms)
{
    char time[PL_KEY_TIME_SIZE];

    pl_key_time_write(time_ms, time);
    pl_json_key(json, key);
    if (time_ms == 0)
        pl_json_null(json);
    else
        pl_json_text(json, time);
}

static void write_json_key(struct pl_json *json, const struct listed *listed)
{
    const struct pl_key_spent *spent = &listed->spent;

    pl_json_open_object(json);
    pl_key_members(json, listed->id, listed->terms);
    pl_json_key(json, "expired");
    pl_json_bool(json, listed->expired);
    member_time(json, "made", listed->made_ms);
    member_time(json, "last_use", spent->used_ms);
    member_money(json, "money", spent->money);
    pl_json_key(json, "money_left");
    if (listed->terms->money_max > 0)
        pl_json_double(json, money_left(listed));
    else
        pl_json_null(json);
    member_count(json, "tokens", spent->tokens);
    pl_json_key(json, "tokens_left");
    if (listed->terms->tokens_max > 0)
        pl_json_uint64(json, tokens_left(listed));
    else
        pl_json_null(json);
    pl_json_key(json, "ever");
    pl_json_open_object(json);
    member_money(json, "money", spent->money_total);
    member_count(json, "tokens", spent->tokens_total);
    member_count(json, "requests", spent->requests_total);
    pl_json_close_object(json);
    pl_json_close_object(json);
}

static void write_json(const struct pl_keys *keys, uint64_t now_ms, struct pl_buffer *out)
{
    const struct pl_client_key *key = NULL;
    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_json_open_array(&json);
    while (keys != NULL && (key = pl_client_keys_next(keys, key)) != NULL) {
        const struct listed listed = listed_of(key, now_ms);

        write_json_key(&json, &listed);
    }
    pl_json_close_array(&json);
    pl_buffer_add_char(out, '\n');
}

/* ---- text ---- */

static const struct pl_table_column COLUMNS[] = {
    {.title = {"Key", 3}},
    {.title = {"Name", 4}, .wraps = true},
    {.title = {"May", 3}, .wraps = true},
    {.title = {"Requests", 8}, .right = true},
    {.title = {"Used", 4}, .wraps = true},
    {.title = {"Left", 4}, .wraps = true},
    {.title = {"Last use", 8}},
    {.title = {"Expires", 7}},
};

#define COLUMNS_COUNT (sizeof COLUMNS / sizeof *COLUMNS)

static void add_scopes(struct pl_buffer *cell, uint32_t scopes)
{
    const char *between = "";

    for (size_t i = 0; PL_SCOPE_NAMES[i] != NULL; i++)
        if ((scopes & 1U << i) != 0) {
            pl_buffer_add_format(cell, "%s%s", between, PL_SCOPE_NAMES[i]);
            between = ", ";
        }
}

static void add_money(struct pl_buffer *cell, double money)
{
    pl_buffer_add_format(cell, "%.6g", money);
}

static void add_used(struct pl_buffer *cell, const struct pl_key_spent *spent)
{
    add_money(cell, spent->money);
    pl_buffer_add_text(cell, "; ");
    pl_count_write(cell, spent->tokens);
    pl_buffer_add_text(cell, " tokens");
}

/* "19.5 of 20 a month; 1,000 of 5,000 tokens a month". */
static void add_left(struct pl_buffer *cell, const struct listed *listed)
{
    static const char *const WORDS[] = {
        [PL_BUDGET_DAY] = " a day", [PL_BUDGET_MONTH] = " a month", [PL_BUDGET_TOTAL] = " in all"};
    const struct pl_key_terms *terms = listed->terms;
    const char *between = "";

    if (terms->money_max > 0) {
        add_money(cell, money_left(listed));
        pl_buffer_add_text(cell, " of ");
        add_money(cell, terms->money_max);
        pl_buffer_add_text(cell, WORDS[terms->period]);
        between = "; ";
    }
    if (terms->tokens_max > 0) {
        pl_buffer_add_text(cell, between);
        pl_count_write(cell, tokens_left(listed));
        pl_buffer_add_text(cell, " of ");
        pl_count_write(cell, terms->tokens_max);
        pl_buffer_add_format(cell, " tokens%s", WORDS[terms->period]);
    }
    if (terms->money_max <= 0 && terms->tokens_max == 0)
        pl_buffer_add_text(cell, "no bound");
}

/* The day is enough for people; the JSON has it to the second. */
static void add_day(struct pl_buffer *cell, uint64_t time_ms, const char *never)
{
    char time[PL_KEY_TIME_SIZE];

    pl_key_time_write(time_ms, time);
    if (time_ms == 0)
        pl_buffer_add_text(cell, never);
    else
        pl_buffer_add_format(cell, "%.10s", time);
}

static void add_row(struct pl_table *table, const struct listed *listed, struct pl_buffer *cell)
{
    const enum pl_ink ink = listed->expired ? PL_INK_QUIET : PL_INK_PLAIN;

    pl_table_add(table, ink, listed->id);
    pl_table_add(table, ink, listed->terms->name);
    add_scopes(cell, listed->terms->scopes);
    pl_table_add_part(table, ink, cell);
    pl_count_write(cell, listed->spent.requests_total);
    pl_table_add_part(table, ink, cell);
    add_used(cell, &listed->spent);
    pl_table_add_part(table, ink, cell);
    add_left(cell, listed);
    pl_table_add_part(table, ink, cell);
    add_day(cell, listed->spent.used_ms, "never");
    pl_table_add_part(table, ink, cell);
    add_day(cell, listed->terms->expires_ms, "never");
    if (listed->expired)
        pl_buffer_add_text(cell, ", over");
    pl_table_add_part(table, ink, cell);
}

static void write_text(const struct pl_keys *keys, struct pl_style style, uint64_t now_ms,
                       struct pl_buffer *out)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer cell = {0};
    const struct pl_client_key *key = NULL;
    struct pl_page page = pl_page_of(out, style);
    struct pl_table table;

    if (keys == NULL || pl_client_keys_count(keys) == 0) {
        pl_page_paragraph(
            &page, (struct pl_margin){0, 0},
            PL_STR("There is no key yet; `plimsoll key make --name TEXT` makes one."));
        return;
    }
    pl_buffer_init(&cell, CELL_SIZE_BYTES_MAX);
    pl_table_init(&table, COLUMNS, COLUMNS_COUNT, pl_client_keys_count(keys), style.utf8);
    while ((key = pl_client_keys_next(keys, key)) != NULL) {
        const struct listed listed = listed_of(key, now_ms);

        add_row(&table, &listed, &cell);
    }
    pl_table_write(&table, &page, 0);
    pl_table_deinit(&table);
}

/* ---- */

static enum pl_status load(struct pl_keying *keying, struct pl_keys **ret_keys,
                           struct pl_error *error)
{
    PL_RETURN_IF(pl_keying_open(keying, false, error));
    if (keying->state == NULL)
        return PL_OK;
    return pl_keys_load(keying->state, NULL, ret_keys, error);
}

int pl_key_run_list(const struct pl_call *call)
{
    struct pl_keying keying = {.settings = call->settings};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    struct pl_keys *keys = NULL;
    struct pl_error error = {0};
    int exit_code = PL_EXIT_ERROR;

    pl_arena_init(&keying.arena, PL_KEYING_SIZE_BYTES_MAX);
    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    if (load(&keying, &keys, &error) != PL_OK) {
        exit_code = pl_screen_fail(&error);
    } else {
        if (keying.settings->format == PL_KEY_JSON)
            write_json(keys, pl_clock_unix_ms(), &out);
        else
            write_text(keys, call->style, pl_clock_unix_ms(), &out);
        exit_code = pl_screen_finish(&out, PL_EXIT_YES);
    }
    pl_keys_unref(keys);
    pl_keying_deinit(&keying);
    return exit_code;
}
