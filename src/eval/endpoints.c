/* Whom a run asks: the models and programs of the line as endpoints of the engine. */
#include "eval/work.h"

#include <stdio.h>
#define CALLS_MAX 1024

/* For each call under way one more is ready, so that no place is ever empty. */
#define CALLS_PER_PLACE 2

static const char *text_of(struct pl_work *work, struct pl_str text)
{
    return text.len == 0 ? NULL : pl_arena_copy(work->arena, text).ptr;
}

/* A model that is asked for outputs and for verdicts is one endpoint, with one bound. */
static bool find_endpoint(const struct pl_work *work, const struct pl_model *model,
                          uint32_t *ret_endpoint)
{
    for (size_t i = 0; i < work->models_count; i++)
        if (work->models[i].model == model) {
            *ret_endpoint = work->models[i].endpoint;
            return true;
        }
    return false;
}

static enum pl_status add_model(struct pl_work *work, const struct pl_model *model,
                                uint32_t *ret_endpoint, struct pl_error *error)
{
    const struct pl_line *line = work->suite->line;
    const struct pl_endpoint endpoint = {
        .name = text_of(work, model->name),
        .url = text_of(work, model->endpoint),
        .model = text_of(work, model->model),
        .key_variable = text_of(work, model->key),
        .ca_file =
            model->ca_file.len == 0 ? NULL : pl_line_path(line, model->ca_file, work->arena).ptr,
        .price = {.given = model->price.given,
                  .input = model->price.input,
                  .cached_input =
                      model->price.cached_given ? model->price.cached_input : model->price.input,
                  .output = model->price.output,
                  .reasoning_given = model->price.reasoning_given,
                  .cache_write_given = model->price.cache_write_given,
                  .reasoning = model->price.reasoning,
                  .cache_write = model->price.cache_write,
                  .request = model->price.request},
        .timeouts = {model->connect_ms, model->first_token_ms, model->total_ms},
        .pace = {.in_flight_max = model->at_once,
                 .requests_per_minute = (double)model->requests_per_minute,
                 .tokens_per_minute = (double)model->tokens_per_minute},
        .attempts_max = model->attempts,
    };
    const enum pl_status status = pl_caller_add(work->caller, &endpoint, ret_endpoint, error);

    if (status == PL_OK)
        work->models[work->models_count++] = (struct pl_model_endpoint){model, *ret_endpoint};
    work->calls_max += CALLS_PER_PLACE * model->at_once;
    if (status != PL_OK && error != NULL && error->file[0] == '\0')
        (void)pl_error_locate(error, line->file, model->place.line, model->place.column);
    return status;
}

static enum pl_status add_command(struct pl_work *work, const struct pl_strs *command,
                                  struct pl_str name, uint32_t *ret_endpoint,
                                  struct pl_error *error)
{
    const struct pl_suite *suite = work->suite;
    const char **words = pl_arena_alloc_array(work->arena, command->count + 1, sizeof *words);

    if (words == NULL)
        return pl_arena_error(work->arena, "a command", error);
    for (size_t i = 0; i < command->count; i++)
        words[i] = pl_arena_copy(work->arena, command->items[i]).ptr;

    const struct pl_endpoint endpoint = {
        .name = text_of(work, name),
        .argv = words,
        .folder = text_of(work, suite->line->folder),
        .timeouts = {.total_ms = suite->command_ms},
        .pace = {.in_flight_max = suite->at_once},
    };

    work->calls_max += CALLS_PER_PLACE * suite->at_once;
    return pl_caller_add(work->caller, &endpoint, ret_endpoint, error);
}

static enum pl_status open_endpoints(struct pl_work *work, struct pl_error *error)
{
    const struct pl_suite *suite = work->suite;
    const struct pl_caller_options options = {.calls_max = CALLS_MAX, .seed = suite->seed};

    PL_RETURN_IF(pl_caller_new(&options, &work->caller, error));
    if (suite->model != NULL)
        PL_RETURN_IF(add_model(work, suite->model, &work->endpoint, error));
    if (suite->command.count > 0)
        PL_RETURN_IF(add_command(work, &suite->command, suite->name, &work->endpoint, error));
    for (size_t i = 0; i < suite->scorers_count; i++) {
        const struct pl_scorer *scorer = &suite->scorers[i];

        if (scorer->model != NULL && !find_endpoint(work, scorer->model, &work->endpoints[i]))
            PL_RETURN_IF(add_model(work, scorer->model, &work->endpoints[i], error));
        else if (scorer->model == NULL && scorer->command.count > 0)
            PL_RETURN_IF(
                add_command(work, &scorer->command, scorer->name, &work->endpoints[i], error));
    }
    return PL_OK;
}

bool pl_suite_asks(const struct pl_suite *suite)
{
    bool any = suite->output_column.len == 0;

    for (size_t i = 0; i < suite->scorers_count; i++)
        any = any || pl_scorer_row_of(suite->scorers[i].kind)->asks_count != NULL;
    return any;
}

enum pl_status pl_work_open_answers(struct pl_work *work, struct pl_error *error)
{
    char path[4096];

    if (!pl_suite_asks(work->suite))
        return pl_answers_open(NULL, &work->answers, error);
    (void)snprintf(path, sizeof path, "%s/" PL_ANSWERS_FILE, work->options->folder);
    PL_RETURN_IF(pl_answers_open(path, &work->answers, error));
    for (size_t i = 0; work->options->earlier != NULL && work->options->earlier[i] != NULL; i++)
        PL_RETURN_IF(pl_answers_add_source(work->answers, work->options->earlier[i], error));
    if (work->options->replay)
        return PL_OK;
    return open_endpoints(work, error);
}
