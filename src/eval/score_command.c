/* A scorer of the user's own: a program that gets the case and the output as JSON on its input, and prints a
   number, or JSON with a `score` and perhaps a `reason`. */
#include "eval/scorer.h"

#include "base/json.h"
#include "json/document.h"
#include "json/render.h"
#include "json/value.h"

#include <stdlib.h>

#define INPUT_SIZE_BYTES_MAX ((size_t)64 << 20)

static enum pl_status open_command(const struct pl_scorer_setup *setup, void **ret_state,
                                   struct pl_error *error)
{
    (void)setup;
    *ret_state = malloc(1);
    if (*ret_state == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a scorer");
    return PL_OK;
}

static size_t count_asks(void *state, const struct pl_scored *scored)
{
    (void)state;
    (void)scored;
    return 1;
}

static void write_tool_calls(struct pl_json *json, const struct pl_output *output)
{
    pl_json_key(json, "tool_calls");
    pl_json_open_array(json);
    for (size_t i = 0; i < output->tool_calls_count; i++) {
        pl_json_open_object(json);
        pl_json_key(json, "name");
        pl_json_str(json, output->tool_calls[i].name);
        pl_json_key(json, "arguments");
        pl_json_str(json, output->tool_calls[i].arguments);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static enum pl_status ask(void *state, const struct pl_scored *scored, size_t index,
                          struct pl_call_request *ret_request, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer input = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer row = {0};
    struct pl_json json;

    (void)state;
    (void)index;
    pl_buffer_init(&input, INPUT_SIZE_BYTES_MAX);
    pl_buffer_init(&row, INPUT_SIZE_BYTES_MAX);
    pl_json_value_write(scored->root, &row);
    pl_json_init(&json, &input, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "case");
    pl_json_raw(&json, pl_buffer_view(&row));
    pl_json_key(&json, "input");
    pl_json_str(&json, scored->input);
    pl_json_key(&json, "output");
    pl_json_str(&json, scored->text);
    write_tool_calls(&json, scored->output);
    pl_json_key(&json, "expected");
    pl_json_open_array(&json);
    for (size_t i = 0; i < scored->references_count; i++)
        pl_json_str(&json, scored->references[i]);
    pl_json_close_array(&json);
    pl_json_close_object(&json);
    pl_buffer_end_part(&input, &row);
    PL_RETURN_IF(pl_buffer_check(&input, "the input of a scoring program", error));
    ret_request->input = pl_arena_copy(scored->arena, pl_buffer_view(&input));
    if (ret_request->input.ptr == NULL)
        return pl_arena_error(scored->arena, "the input of a scoring program", error);
    return PL_OK;
}

static void read_json(struct pl_str text, const struct pl_scored *scored, struct pl_score *score)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    const struct pl_json_value *value = NULL;
    const struct pl_json_value *reason = NULL;

    score->state = PL_SCORE_UNPARSED;
    score->note = PL_STR("the program printed neither a number nor JSON with a `score`");
    if (pl_json_document_open(text, NULL, &document, NULL) != PL_OK)
        return;
    value = pl_json_value_get_text(pl_json_document_root(document), "score");
    if (value == NULL)
        return;
    if (pl_json_value_type(value) == PL_JSON_NUMBER)
        score->value = pl_json_value_double(value);
    else if (pl_json_value_type(value) == PL_JSON_BOOL)
        score->value = pl_json_value_bool(value) ? 1.0 : 0.0;
    else
        return;
    score->state = PL_SCORE_GIVEN;
    reason = pl_json_value_get_text(pl_json_document_root(document), "reason");
    score->note = reason != NULL && pl_json_value_type(reason) == PL_JSON_STRING
                      ? pl_arena_copy(scored->arena, pl_json_value_str(reason))
                      : PL_STR("");
}

static enum pl_status take(void *state, const struct pl_scored *scored,
                           const struct pl_answer_record *answers, size_t count,
                           struct pl_score *ret_score, struct pl_error *error)
{
    const struct pl_answer *answer = &answers[0].answer;
    const struct pl_str text =
        answer->replies_count > 0 ? pl_str_trim(answer->replies[0].text) : PL_STR("");
    double value = 0.0;

    (void)state;
    (void)count;
    (void)error;
    if (pl_str_to_double(text, &value)) {
        ret_score->state = PL_SCORE_GIVEN;
        ret_score->value = value;
    } else {
        read_json(text, scored, ret_score);
    }
    return PL_OK;
}

const struct pl_scorer_row PL_SCORER_ROW_COMMAND = {
    .open = open_command,
    .close = free,
    .asks_count = count_asks,
    .ask = ask,
    .take = take,
};
