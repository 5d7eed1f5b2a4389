/* Cases of the adversarial suite, one after the other as JSON: only one is in memory at a time. */
#include "eval/attacks.h"

#include "base/file.h"
#include "redteam/redteam.h"

#include <stdio.h>

#define SYSTEM_SIZE_BYTES_MAX ((size_t)64 << 10)

/* The feature's own system message, which `prompt` names; empty: none. */
static enum pl_status read_system(const struct pl_suite *suite, struct pl_arena *arena,
                                  struct pl_str *ret_text, struct pl_error *error)
{
    struct pl_str path;
    enum pl_status status = PL_OK;

    *ret_text = PL_STR("");
    if (suite->prompt.len == 0)
        return PL_OK;
    path = pl_line_path(suite->line, suite->prompt, arena);
    if (path.ptr == NULL)
        return pl_arena_error(arena, "the path of the prompt", error);
    status = pl_file_read(path.ptr, SYSTEM_SIZE_BYTES_MAX, arena, ret_text, error);
    if (status == PL_E_NOT_FOUND)
        return pl_line_error(suite->line, suite->prompt_place, status, error,
                             "there is no file %s, which `prompt` names", path.ptr);
    PL_RETURN_IF(status);
    *ret_text = pl_str_trim(*ret_text);
    if (!pl_str_is_utf8(*ret_text))
        return pl_line_error(suite->line, suite->prompt_place, PL_E_DATA, error,
                             "the file %s is not UTF-8", path.ptr);
    return PL_OK;
}

static enum pl_status plan(const struct pl_suite *suite, struct pl_arena *arena,
                           struct pl_redteam_plan *ret_plan, struct pl_error *error)
{
    struct pl_redteam_options options = pl_redteam_options_default();

    options.seed = suite->seed;
    options.attacks_count = suite->attacks;
    PL_RETURN_IF(read_system(suite, arena, &options.system, error));
    return pl_redteam_plan_make(&options, arena, ret_plan, error);
}

static enum pl_status write_case(const struct pl_redteam_plan *of, size_t index,
                                 struct pl_buffer *out, struct pl_error *error)
{
    struct pl_redteam_case redteam_case;
    struct pl_arena arena;
    struct pl_json json;
    enum pl_status status = PL_OK;

    pl_arena_init(&arena, PL_REDTEAM_CASE_SIZE_BYTES_MAX);
    status = pl_redteam_case_make(of, index, &arena, &redteam_case, error);
    if (status == PL_OK) {
        pl_buffer_reset(out);
        pl_json_init(&json, out, false);
        pl_redteam_case_write(&redteam_case, &json);
        status = pl_buffer_check(out, "a case", error);
    }
    pl_arena_deinit(&arena);
    return status;
}

enum pl_status pl_attacks_read(const struct pl_suite *suite, struct pl_arena *arena,
                               pl_case_visit visit, void *context, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    struct pl_redteam_plan of;

    PL_RETURN_IF(plan(suite, arena, &of, error));
    pl_buffer_init(&out, 4 * PL_REDTEAM_CASE_SIZE_BYTES_MAX);
    for (size_t i = 0; i < of.count; i++) {
        struct pl_case_text text = {.number = i + 1};

        PL_RETURN_IF(write_case(&of, i, &out, error));
        text.text = pl_buffer_view(&out);
        PL_RETURN_IF(visit(&text, context, error));
    }
    return PL_OK;
}

/* A hash over the hashes: the cases need not be in memory together. */
static enum pl_status add_hash(const struct pl_case_text *text, void *context,
                               struct pl_error *error)
{
    char *so_far = context;
    char both[2 * PL_LEDGER_HASH_TEXT_SIZE];
    char mine[PL_LEDGER_HASH_TEXT_SIZE];

    (void)error;
    pl_hash_bytes(text->text, mine);
    (void)snprintf(both, sizeof both, "%s%s", so_far, mine);
    pl_hash_bytes(pl_str_of(both), so_far);
    return PL_OK;
}

enum pl_status pl_attacks_hash(const struct pl_suite *suite, struct pl_arena *arena,
                               char ret_hash[PL_LEDGER_HASH_TEXT_SIZE], struct pl_error *error)
{
    char hash[PL_LEDGER_HASH_TEXT_SIZE] = "";

    PL_RETURN_IF(pl_attacks_read(suite, arena, add_hash, hash, error));
    (void)snprintf(ret_hash, PL_LEDGER_HASH_TEXT_SIZE, "%s", hash);
    return PL_OK;
}
