/* What is taken from a case: its id, what is asked, what is right, and its recorded output. */
#include "eval/item.h"

#include "json/path.h"
#include "json/render.h"
#include "json/value.h"

#include <string.h>

#define TEXT_SIZE_BYTES_MAX ((size_t)64 << 20)
#define REFERENCES_MAX      1000

static enum pl_status json_text(const struct pl_json_value *value, struct pl_arena *arena,
                                struct pl_str *ret_text)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};

    if (pl_json_value_type(value) == PL_JSON_STRING) {
        *ret_text = pl_json_value_str(value);
        return PL_OK;
    }
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    pl_json_value_write(value, &out);
    PL_RETURN_IF(pl_buffer_check(&out, "a value", NULL));
    *ret_text = pl_arena_copy(arena, pl_buffer_view(&out));
    return ret_text->ptr == NULL ? PL_E_MEMORY : PL_OK;
}

/* A column may have a dot in its name, so the whole name is tried before the path. */
static const struct pl_json_value *find(const struct pl_json_value *root, struct pl_str column)
{
    const struct pl_json_value *value = pl_json_value_get(root, column);

    if (value == NULL && pl_json_path_is_valid(column))
        value = pl_json_path_get(root, column);
    return value != NULL && pl_json_value_type(value) == PL_JSON_NULL ? NULL : value;
}

bool pl_case_text_of(const struct pl_json_value *root, struct pl_str column, struct pl_arena *arena,
                     struct pl_str *ret_text)
{
    const struct pl_json_value *value = column.len == 0 ? NULL : find(root, column);

    *ret_text = PL_STR("");
    return value != NULL && json_text(value, arena, ret_text) == PL_OK;
}

static enum pl_status parse(struct pl_json_document **document, struct pl_str text,
                            struct pl_error *error)
{
    static const struct pl_json_options OPTIONS = {.duplicates_kept = true};

    if (*document == NULL)
        PL_RETURN_IF(pl_json_document_new(&OPTIONS, document, error));
    return pl_json_document_read(*document, text, error);
}

/* ---- the case ---- */

static enum pl_status take_id(struct pl_item *item, const struct pl_suite *suite,
                              struct pl_error *error)
{
    const struct pl_str column = suite->columns.id;

    if (column.len == 0)
        item->id = pl_arena_format(&item->arena, "%llu", (unsigned long long)item->number);
    else if (!pl_case_text_of(item->root, column, &item->arena, &item->id))
        return pl_error_set(error, PL_E_DATA, "the case has no `%.*s`, which `columns.id` names",
                            PL_STR_ARG(column));
    if (item->id.ptr == NULL)
        return pl_arena_error(&item->arena, "a case", error);
    return PL_OK;
}

/* A conversation stands for itself: a list of messages, each with role and content. */
static enum pl_status take_conversation(struct pl_item *item, const struct pl_json_value *list,
                                        struct pl_error *error)
{
    struct pl_message *messages =
        pl_arena_alloc_array(&item->arena, pl_json_value_count(list) + 1, sizeof *messages);
    struct pl_json_walk walk = pl_json_value_walk(list);
    size_t count = 0;

    if (messages == NULL)
        return pl_arena_error(&item->arena, "a case", error);
    while (pl_json_walk_next(&walk)) {
        if (!pl_case_text_of(walk.value, PL_STR("role"), &item->arena, &messages[count].role) ||
            !pl_case_text_of(walk.value, PL_STR("content"), &item->arena, &messages[count].content))
            return pl_error_set(error, PL_E_DATA,
                                "the input's message %zu has no `role` or no "
                                "`content`",
                                count + 1);
        (void)pl_case_text_of(walk.value, PL_STR("tool_calls"), &item->arena,
                              &messages[count].tool_calls);
        (void)pl_case_text_of(walk.value, PL_STR("tool_call_id"), &item->arena,
                              &messages[count].tool_call_id);
        count++;
    }
    if (count == 0)
        return pl_error_set(error, PL_E_DATA, "the input is an empty list of messages");
    item->messages = (struct pl_messages){messages, count};
    item->input = messages[count - 1].content;
    return PL_OK;
}

static enum pl_status take_input(struct pl_item *item, const struct pl_suite *suite,
                                 struct pl_error *error)
{
    const struct pl_json_value *value = find(item->root, suite->columns.input);
    struct pl_message *message = pl_arena_alloc(&item->arena, sizeof *message);

    if (message == NULL)
        return pl_arena_error(&item->arena, "a case", error);
    if (value == NULL)
        return pl_error_set(error, PL_E_DATA,
                            "the case has no `%.*s`: name the column that is asked in "
                            "`columns.input`, or write a `prompt`",
                            PL_STR_ARG(suite->columns.input));
    if (pl_json_value_type(value) == PL_JSON_ARRAY)
        return take_conversation(item, value, error);
    if (json_text(value, &item->arena, &item->input) != PL_OK)
        return pl_arena_error(&item->arena, "a case", error);
    *message = (struct pl_message){.role = PL_STR("user"), .content = item->input};
    item->messages = (struct pl_messages){message, 1};
    return PL_OK;
}

static enum pl_status take_prompt(struct pl_item *item, const struct pl_suite *suite,
                                  const struct pl_template *template, struct pl_error *error)
{
    const struct pl_template_values values = {.root = item->root};

    if (suite->output_column.len > 0) {
        (void)pl_case_text_of(item->root, suite->columns.input, &item->arena, &item->input);
        return PL_OK;
    }
    if (template == NULL)
        return take_input(item, suite, error);
    PL_RETURN_IF(pl_template_render(template, &values, &item->arena, &item->messages, error));
    item->input = item->messages.items[item->messages.count - 1].content;
    return PL_OK;
}

enum pl_status pl_item_take(struct pl_item *item, const struct pl_suite *suite,
                            const struct pl_template *template, const struct pl_case_text *text,
                            struct pl_error *error)
{
    item->number = text->number;
    item->in_use = true;
    if (text->text.len == 0)
        return pl_error_set(error, PL_E_DATA, "the case is empty");
    PL_RETURN_IF(parse(&item->document, text->text, error));
    item->root = pl_json_document_root(item->document);
    if (pl_json_value_type(item->root) != PL_JSON_OBJECT)
        return pl_error_set(error, PL_E_DATA, "the case is %s and no object",
                            pl_json_type_name(pl_json_value_type(item->root)));
    PL_RETURN_IF(take_id(item, suite, error));
    if (pl_suite_is_builtin(suite)) {
        (void)pl_case_text_of(item->root, PL_STR("tools"), &item->arena, &item->tools);
        return take_input(item, suite, error);
    }
    return take_prompt(item, suite, template, error);
}

/* ---- recorded outputs ---- */

static bool number_of(const struct pl_json_value *row, struct pl_str column, double *ret_value)
{
    const struct pl_json_value *value = column.len == 0 ? NULL : find(row, column);

    if (value == NULL)
        return false;
    if (pl_json_value_type(value) == PL_JSON_NUMBER) {
        *ret_value = pl_json_value_double(value);
        return true;
    }
    return pl_json_value_type(value) == PL_JSON_STRING &&
           pl_str_to_double(pl_str_trim(pl_json_value_str(value)), ret_value);
}

/* The calls of a message as the API has it. */
static enum pl_status take_calls(struct pl_item *item, const struct pl_json_value *list,
                                 struct pl_error *error)
{
    struct pl_tool_call *calls =
        pl_arena_alloc_array(&item->arena, pl_json_value_count(list) + 1, sizeof *calls);
    struct pl_json_walk walk = pl_json_value_walk(list);
    size_t count = 0;

    if (calls == NULL)
        return pl_arena_error(&item->arena, "recorded tool calls", error);
    while (pl_json_walk_next(&walk)) {
        const struct pl_json_value *function = pl_json_value_get_text(walk.value, "function");
        const struct pl_json_value *call = function == NULL ? walk.value : function;

        (void)pl_case_text_of(call, PL_STR("name"), &item->arena, &calls[count].name);
        (void)pl_case_text_of(call, PL_STR("arguments"), &item->arena, &calls[count].arguments);
        count++;
    }
    item->output.tool_calls = calls;
    item->output.tool_calls_count = count;
    return PL_OK;
}

/* A text, a message with `content` or `tool_calls`, or any other JSON, which is then the output's text. */
static enum pl_status take_value(struct pl_item *item, const struct pl_json_value *value,
                                 struct pl_error *error)
{
    const struct pl_json_value *calls = pl_json_value_get_text(value, "tool_calls");

    if (pl_json_value_type(value) == PL_JSON_OBJECT &&
        (calls != NULL || pl_json_value_get_text(value, "content") != NULL)) {
        (void)pl_case_text_of(value, PL_STR("content"), &item->arena, &item->output.text);
        (void)pl_case_text_of(value, PL_STR("refusal"), &item->arena, &item->output.refusal);
        return calls == NULL ? PL_OK : take_calls(item, calls, error);
    }
    if (json_text(value, &item->arena, &item->output.text) != PL_OK)
        return pl_arena_error(&item->arena, "a recorded output", error);
    return PL_OK;
}

static void take_figures(struct pl_item *item, const struct pl_suite *suite,
                         const struct pl_json_value *row)
{
    const struct pl_suite_columns *columns = &suite->columns;
    struct pl_output *output = &item->output;
    double asked = 0.0;
    double answered = 0.0;

    output->has_latency = number_of(row, columns->latency_ms, &output->latency_ms);
    output->has_cost = number_of(row, columns->cost, &output->cost);
    if (number_of(row, columns->input_tokens, &asked) && asked >= 0.0) {
        output->usage.known = true;
        output->usage.prompt = (uint64_t)asked;
    }
    if (number_of(row, columns->output_tokens, &answered) && answered >= 0.0) {
        output->usage.known = true;
        output->usage.completion = (uint64_t)answered;
    }
}

enum pl_status pl_item_take_recorded(struct pl_item *item, const struct pl_suite *suite,
                                     const struct pl_case_text *text, struct pl_error *error)
{
    const struct pl_json_value *row = item->root;
    const struct pl_json_value *value = NULL;

    item->output.end = PL_CALL_DONE;
    if (suite->output_file.len > 0) {
        row = NULL;
        if (text->output.ptr != NULL) {
            PL_RETURN_IF(parse(&item->outputs, text->output, error));
            row = pl_json_document_root(item->outputs);
        }
    }
    value = row == NULL ? NULL : find(row, suite->output_column);
    if (value == NULL) {
        item->output.end = PL_CALL_SHAPE;
        item->output.sentence = PL_STR("no output is recorded for this case");
        return PL_OK;
    }
    take_figures(item, suite, row);
    return take_value(item, value, error);
}

/* ---- answers ---- */

enum pl_status pl_item_take_answer(struct pl_item *item, const struct pl_answer_record *record,
                                   struct pl_error *error)
{
    struct pl_output *output = &item->output;

    (void)error;
    output->end = record->end;
    output->sentence = record->sentence;
    output->has_latency = record->end == PL_CALL_DONE;
    output->latency_ms = record->latency_ms;
    output->first_token_ms = record->first_token_ms;
    output->usage = record->answer.usage;
    output->has_cost = record->cost_known;
    output->cost = record->cost;
    output->attempts = record->attempts;
    output->earlier = record->earlier;
    if (record->answer.replies_count > 0) {
        const struct pl_reply *reply = &record->answer.replies[0];

        output->text = reply->text;
        output->refusal = reply->refusal;
        output->tool_calls = reply->tool_calls;
        output->tool_calls_count = reply->tool_calls_count;
    }
    return PL_OK;
}

/* ---- what a scorer sees ---- */

static const struct pl_json_value *output_json(struct pl_item *item)
{
    if (!item->parsed_tried) {
        item->parsed_tried = true;
        if (parse(&item->parsed, item->output.text, NULL) == PL_OK)
            item->output.json = pl_json_document_root(item->parsed);
    }
    return item->output.json;
}

/* The part of the output that `of` names; a part that is not there is empty. */
static struct pl_str part_of(struct pl_item *item, struct pl_str path)
{
    const struct pl_json_value *json = NULL;
    struct pl_str text = PL_STR("");

    if (path.len == 0)
        return item->output.text;
    json = output_json(item);
    if (json != NULL)
        (void)pl_case_text_of(json, path, &item->arena, &text);
    return text;
}

/* A list of right answers, or one that stands for a list of one. */
static enum pl_status take_references(struct pl_item *item, const struct pl_json_value *expected,
                                      struct pl_scored *scored, struct pl_error *error)
{
    const bool is_list = pl_json_value_type(expected) == PL_JSON_ARRAY;
    const size_t most = is_list ? pl_json_value_count(expected) : 1;
    struct pl_str *texts = NULL;
    struct pl_json_walk walk = pl_json_value_walk(expected);

    if (most > REFERENCES_MAX)
        return pl_error_set(error, PL_E_LIMIT, "the case has more than %d right answers",
                            REFERENCES_MAX);
    texts = pl_arena_alloc_array(&item->arena, most + 1, sizeof *texts);
    if (texts == NULL)
        return pl_arena_error(&item->arena, "a case", error);
    scored->references = texts;
    if (!is_list) {
        scored->references_count = 1;
        return json_text(expected, &item->arena, &texts[0]);
    }
    while (pl_json_walk_next(&walk))
        if (json_text(walk.value, &item->arena, &texts[scored->references_count]) == PL_OK)
            scored->references_count++;
    return PL_OK;
}

enum pl_status pl_item_scored(struct pl_item *item, const struct pl_suite *suite,
                              const struct pl_scorer *scorer, struct pl_scored *ret_scored,
                              struct pl_error *error)
{
    const struct pl_str column =
        scorer->expected.len > 0 ? scorer->expected : suite->columns.expected;
    struct pl_scored scored = {
        .root = item->root,
        .id = item->id,
        .repeat = item->repeat,
        .input = item->input,
        .output = &item->output,
        .text = part_of(item, scorer->of),
        .expected = find(item->root, column),
        .arena = &item->arena,
    };

    if (scorer->values.count > 0) {
        scored.references = scorer->values.items;
        scored.references_count = scorer->values.count;
    } else if (scored.expected != NULL) {
        PL_RETURN_IF(take_references(item, scored.expected, &scored, error));
    }
    *ret_scored = scored;
    return PL_OK;
}

/* ---- its life ---- */

void pl_item_reset(struct pl_item *item)
{
    struct pl_json_document *document = item->document;
    struct pl_json_document *outputs = item->outputs;
    struct pl_json_document *parsed = item->parsed;

    pl_arena_deinit(&item->arena);
    *item = (struct pl_item){.document = document, .outputs = outputs, .parsed = parsed};
    pl_arena_init(&item->arena, PL_ITEM_BYTES_MAX);
}

void pl_item_deinit(struct pl_item *item)
{
    pl_arena_deinit(&item->arena);
    pl_json_document_free(item->document);
    pl_json_document_free(item->outputs);
    pl_json_document_free(item->parsed);
}
