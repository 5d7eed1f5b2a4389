/* What the outputs and scores of a run depend on, as JSON, and its hash: when it changes the run is of
   another state of the suite, and says nothing of this one. */
#include "eval/runs.h"

#include "base/file.h"
#include "base/json.h"

#define SETTINGS_SIZE_BYTES_MAX ((size_t)16 << 20)

struct writing {
    const struct pl_suite *suite;
    struct pl_json json;
    struct pl_arena *arena;
    struct pl_error *error;
};

static void write_text(struct writing *writing, const char *key, struct pl_str value)
{
    if (value.len == 0)
        return;
    pl_json_key(&writing->json, key);
    pl_json_str(&writing->json, value);
}

static void write_texts(struct writing *writing, const char *key, const struct pl_strs *texts)
{
    if (texts->count == 0)
        return;
    pl_json_key(&writing->json, key);
    pl_json_open_array(&writing->json);
    for (size_t i = 0; i < texts->count; i++)
        pl_json_str(&writing->json, texts->items[i]);
    pl_json_close_array(&writing->json);
}

static void write_number(struct writing *writing, const char *key, double value)
{
    pl_json_key(&writing->json, key);
    pl_json_double(&writing->json, value);
}

static void write_flag(struct writing *writing, const char *key, bool value)
{
    pl_json_key(&writing->json, key);
    pl_json_bool(&writing->json, value);
}

/* A file that the line names, by its bytes. */
static enum pl_status write_file(struct writing *writing, const char *key, struct pl_str name,
                                 struct pl_place place)
{
    const struct pl_line *line = writing->suite->line;
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
    struct pl_str path;

    if (name.len == 0)
        return PL_OK;
    path = pl_line_path(line, name, writing->arena);
    if (path.ptr == NULL)
        return pl_arena_error(writing->arena, "a path of the line", writing->error);

    const enum pl_status status = pl_hash_file(path.ptr, hash, writing->error);

    if (status != PL_OK && writing->error != NULL)
        (void)pl_error_locate(writing->error, line->file, place.line, place.column);
    PL_RETURN_IF(status);
    write_text(writing, key, pl_str_of(hash));
    return PL_OK;
}

static void write_model(struct writing *writing, const struct pl_model *model)
{
    if (model == NULL)
        return;
    pl_json_key(&writing->json, "model");
    pl_json_open_object(&writing->json);
    write_text(writing, "endpoint", model->endpoint);
    write_text(writing, "model", model->model);
    write_text(writing, "parameters", model->parameters);
    write_number(writing, "api", model->api);
    write_flag(writing, "stream", model->stream);
    write_number(writing, "price_input", model->price.input);
    write_number(writing, "price_cached", model->price.cached_input);
    write_number(writing, "price_output", model->price.output);
    if (model->price.reasoning_given)
        write_number(writing, "price_reasoning", model->price.reasoning);
    if (model->price.cache_write_given)
        write_number(writing, "price_cache_write", model->price.cache_write);
    if (model->price.request > 0)
        write_number(writing, "price_request", model->price.request);
    pl_json_close_object(&writing->json);
}

static void write_options(struct writing *writing, const struct pl_mappings *options)
{
    pl_json_key(&writing->json, "options");
    pl_json_open_object(&writing->json);
    for (size_t i = 0; i < options->count; i++) {
        pl_json_key_str(&writing->json, options->items[i].from);
        pl_json_str(&writing->json, options->items[i].to);
    }
    pl_json_close_object(&writing->json);
}

static enum pl_status write_scorer(struct writing *writing, const struct pl_scorer *scorer)
{
    pl_json_open_object(&writing->json);
    write_text(writing, "scorer", pl_str_of(pl_scorer_kind_name(scorer->kind)));
    write_text(writing, "name", scorer->name);
    write_text(writing, "of", scorer->of);
    write_text(writing, "expected", scorer->expected);
    write_texts(writing, "values", &scorer->values);
    write_text(writing, "pattern", scorer->pattern);
    write_flag(writing, "ignore_case", scorer->ignore_case);
    write_number(writing, "tolerance", scorer->tolerance);
    write_flag(writing, "relative", scorer->relative);
    PL_RETURN_IF(write_file(writing, "file", scorer->file, scorer->file_place));
    write_options(writing, &scorer->options);
    write_texts(writing, "command", &scorer->command);
    write_model(writing, scorer->model);
    PL_RETURN_IF(write_file(writing, "rubric", scorer->rubric, scorer->rubric_place));
    write_number(writing, "form", scorer->form);
    write_number(writing, "scale", scorer->scale);
    write_text(writing, "against", scorer->against);
    write_number(writing, "votes", scorer->votes);
    write_text(writing, "human", scorer->human);
    write_text(writing, "positive", scorer->positive);
    if (scorer->min_given)
        write_number(writing, "min", scorer->min);
    if (scorer->max_given)
        write_number(writing, "max", scorer->max);
    write_flag(writing, "invert", scorer->invert);
    pl_json_close_object(&writing->json);
    return PL_OK;
}

static enum pl_status write_scorers(struct writing *writing)
{
    pl_json_key(&writing->json, "scorers");
    pl_json_open_array(&writing->json);
    for (size_t i = 0; i < writing->suite->scorers_count; i++)
        PL_RETURN_IF(write_scorer(writing, &writing->suite->scorers[i]));
    pl_json_close_array(&writing->json);
    return PL_OK;
}

static void write_columns(struct writing *writing)
{
    const struct pl_suite *suite = writing->suite;
    const struct pl_data *data = &suite->line->data;

    write_text(writing, "id", suite->columns.id);
    write_text(writing, "input", suite->columns.input);
    write_text(writing, "expected", suite->columns.expected);
    write_text(writing, "latency_ms", suite->columns.latency_ms);
    write_text(writing, "cost", suite->columns.cost);
    write_text(writing, "input_tokens", suite->columns.input_tokens);
    write_text(writing, "output_tokens", suite->columns.output_tokens);
    write_text(writing, "group", suite->group);
    pl_json_key(&writing->json, "segments");
    pl_json_open_array(&writing->json);
    for (size_t i = 0; i < data->segments_count; i++)
        pl_json_str(&writing->json, data->segments[i].column);
    pl_json_close_array(&writing->json);
}

static enum pl_status write_suite(struct writing *writing, const char *cases_hash)
{
    const struct pl_suite *suite = writing->suite;

    pl_json_open_object(&writing->json);
    write_text(writing, "suite", suite->name);
    write_text(writing, "cases", suite->cases);
    write_text(writing, "cases_hash", pl_str_of(cases_hash));
    write_columns(writing);
    PL_RETURN_IF(write_file(writing, "prompt", suite->prompt, suite->prompt_place));
    write_model(writing, suite->model);
    write_texts(writing, "command", &suite->command);
    write_text(writing, "column", suite->output_column);
    PL_RETURN_IF(write_file(writing, "file", suite->output_file, suite->file_place));
    write_number(writing, "repeats", suite->repeats);
    write_number(writing, "seed", (double)suite->seed);
    PL_RETURN_IF(write_scorers(writing));
    pl_json_close_object(&writing->json);
    return PL_OK;
}

enum pl_status pl_run_settings(const struct pl_suite *suite, const char *cases_hash,
                               struct pl_arena *arena, char ret_hash[PL_LEDGER_HASH_TEXT_SIZE],
                               struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    struct writing writing = {.suite = suite, .arena = arena, .error = error};

    pl_buffer_init(&out, SETTINGS_SIZE_BYTES_MAX);
    pl_json_init(&writing.json, &out, false);
    PL_RETURN_IF(write_suite(&writing, cases_hash));
    PL_RETURN_IF(pl_buffer_check(&out, "the settings of a suite", error));
    pl_hash_bytes(pl_buffer_view(&out), ret_hash);
    return PL_OK;
}
