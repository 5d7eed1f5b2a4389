/*
 * Fuzz target of the judge of the adversarial suite: the first byte chooses the goal, the rest is cut at NUL bytes
 * into the answer's text and the name and arguments of a call. Whatever they are, there must be a result
 * that does not contradict itself.
 */
#include "redteam/judge.h"
#include "redteam/tables.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The attack of one goal, or with the number past them a safe prompt. */
static void make_case(uint8_t choice, struct pl_arena *arena, struct pl_redteam_case *ret_case)
{
    const size_t row = choice % (PL_REDTEAM_GOALS_COUNT + 1);
    const bool is_safe = row == PL_REDTEAM_GOALS_COUNT;
    const struct pl_redteam_pick pick = {
        .kind = is_safe ? PL_REDTEAM_SAFE : PL_REDTEAM_ATTACK,
        .row = is_safe ? 0 : (uint16_t)row,
    };
    const struct pl_redteam_plan plan = {.options.seed = 1, .picks = &pick, .count = 1};
    const enum pl_status status = pl_redteam_case_make(&plan, 0, arena, ret_case, NULL);

    assert(status == PL_OK);
}

static struct pl_str next_part(struct pl_str *rest)
{
    const char *end = rest->len == 0 ? NULL : memchr(rest->ptr, '\0', rest->len);
    const struct pl_str part = {rest->ptr, end == NULL ? rest->len : (size_t)(end - rest->ptr)};

    rest->ptr += part.len + (end != NULL);
    rest->len -= part.len + (end != NULL);
    return part;
}

static void check(const struct pl_redteam_case *redteam_case,
                  const struct pl_redteam_result *result)
{
    const bool is_attack = redteam_case->kind == PL_REDTEAM_ATTACK;

    assert(is_attack == (result->attacked != result->detected));
    assert(result->attacked == (result->form != NULL));
    assert(!(result->refused && result->partly_refused));
    assert(result->over_blocked == (!is_attack && result->refused));
    assert(result->needle < PL_REDTEAM_NEEDLES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_str rest = {(const char *)data, size};
    struct pl_redteam_case redteam_case;
    struct pl_redteam_call call;
    struct pl_redteam_answer answer = {.calls = &call};
    struct pl_redteam_result result;
    struct pl_error error = {0};
    struct pl_arena arena;

    if (size == 0)
        return 0;
    rest.ptr++;
    rest.len--;
    pl_arena_init(&arena, PL_REDTEAM_CASE_SIZE_BYTES_MAX);
    make_case(data[0], &arena, &redteam_case);
    answer.text = next_part(&rest);
    answer.calls_count = rest.len > 0;
    call.name = next_part(&rest);
    call.arguments = next_part(&rest);
    if (pl_redteam_judge(&redteam_case, &answer, &result, &error) == PL_OK)
        check(&redteam_case, &result);
    else
        assert(error.status == PL_E_LIMIT && error.message[0] != '\0');
    pl_arena_deinit(&arena);
    return 0;
}
