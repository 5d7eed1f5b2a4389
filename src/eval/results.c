/*
 * A row of results has the same members in the same order for every output, and numbers are written with
 * a point or an exponent, so that whoever reads the file finds the same types in every row.
 */
#include "eval/results.h"

#include "base/file.h"
#include "base/json.h"
#include "eval/eval.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE_SIZE_BYTES   ((size_t)256 << 10)
#define ROW_SIZE_BYTES_MAX ((size_t)128 << 20)
#define COLUMNS_MAX        (PL_SEGMENTS_MAX + 1)

struct pl_results {
    const struct pl_suite *suite;
    int files[2]; /* results, outputs */
    struct pl_buffer buffers[2];
    struct pl_str columns[COLUMNS_MAX]; /* of the cases, that results carry */
    size_t columns_count;
};

static const char *const NAMES[] = {PL_RESULTS_FILE, PL_OUTPUTS_FILE};

static void add_column(struct pl_results *results, struct pl_str column)
{
    for (size_t i = 0; i < results->columns_count; i++)
        if (pl_str_equal(results->columns[i], column))
            return;
    if (column.len > 0)
        results->columns[results->columns_count++] = column;
}

static enum pl_status open_files(struct pl_results *results, const char *folder,
                                 struct pl_error *error)
{
    char path[4096];

    for (int i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, NAMES[i]);
        results->files[i] = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (results->files[i] < 0)
            return pl_error_errno(error, errno, "%s cannot be written", path);
    }
    return PL_OK;
}

enum pl_status pl_results_open(const char *folder, const struct pl_suite *suite,
                               struct pl_results **ret_results, struct pl_error *error)
{
    struct pl_results *results = calloc(1, sizeof *results);
    const struct pl_data *data = &suite->line->data;

    if (results == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the results");
    results->suite = suite;
    for (int i = 0; i < 2; i++) {
        results->files[i] = -1;
        pl_buffer_init(&results->buffers[i], ROW_SIZE_BYTES_MAX);
    }
    for (size_t i = 0; i < data->segments_count; i++)
        add_column(results, data->segments[i].column);

    const enum pl_status status = open_files(results, folder, error);

    if (status != PL_OK) {
        pl_results_close(results);
        return status;
    }
    *ret_results = results;
    return PL_OK;
}

void pl_results_close(struct pl_results *results)
{
    if (results == NULL)
        return;
    for (int i = 0; i < 2; i++) {
        pl_fd_close(&results->files[i]);
        pl_buffer_deinit(&results->buffers[i]);
    }
    free(results);
}

/* ---- a row ---- */

/* Never an integer: "1.0" and "0.25". */
static void write_real(struct pl_json *json, double value)
{
    char text[40];

    if (!isfinite(value)) {
        pl_json_null(json);
        return;
    }
    pl_json_format_double(value, text);
    if (strpbrk(text, ".e") == NULL)
        (void)strcat(text, ".0");
    pl_json_raw(json, pl_str_of(text));
}

static void write_known(struct pl_json *json, const char *key, bool is_known, double value)
{
    pl_json_key(json, key);
    if (is_known)
        write_real(json, value);
    else
        pl_json_null(json);
}

static void write_score(struct pl_json *json, const struct pl_scorer *scorer,
                        const struct pl_score *score)
{
    char key[200];
    const bool is_given = score->state == PL_SCORE_GIVEN;

    pl_json_key_str(json, scorer->name);
    if (is_given)
        write_real(json, score->value);
    else
        pl_json_null(json);
    for (size_t i = 0; i < score->extras_count; i++) {
        (void)snprintf(key, sizeof key, "%.*s.%s", PL_STR_ARG(scorer->name),
                       score->extras[i].suffix);
        write_known(json, key, true, score->extras[i].value);
    }
}

static void write_columns(const struct pl_results *results, struct pl_json *json,
                          const struct pl_item *item, struct pl_arena *arena)
{
    struct pl_str text;
    char key[300];

    for (size_t i = 0; i < results->columns_count; i++) {
        (void)snprintf(key, sizeof key, PL_RESULTS_CASE_PREFIX "%.*s",
                       PL_STR_ARG(results->columns[i]));
        pl_json_key(json, key);
        if (pl_case_text_of(item->root, results->columns[i], arena, &text))
            pl_json_str(json, text);
        else
            pl_json_null(json);
    }
}

/* The group of the suite, or the case itself where it is asked several times. */
static void write_group(const struct pl_results *results, struct pl_json *json,
                        const struct pl_item *item, struct pl_arena *arena)
{
    struct pl_str text = item->id;

    if (results->suite->group.len > 0)
        (void)pl_case_text_of(item->root, results->suite->group, arena, &text);
    pl_json_key(json, "group");
    pl_json_str(json, text);
}

static void write_result(const struct pl_results *results, struct pl_json *json,
                         const struct pl_item *item, struct pl_arena *arena)
{
    const struct pl_output *output = &item->output;
    const bool is_done = output->end == PL_CALL_DONE;

    pl_json_open_object(json);
    pl_json_key(json, "id");
    pl_json_str(json, item->id);
    pl_json_key(json, "repeat");
    pl_json_uint64(json, item->repeat);
    write_group(results, json, item, arena);
    write_columns(results, json, item, arena);
    write_known(json, "failed", true, is_done ? 0.0 : 1.0);
    for (size_t i = 0; i < results->suite->scorers_count; i++)
        write_score(json, &results->suite->scorers[i], &item->scores[i]);
    for (size_t i = 0; i < results->suite->scorers_count; i++) {
        if (results->suite->scorers[i].kind != PL_SCORER_CLASSIFICATION)
            continue;
        pl_json_key(json, "label");
        pl_json_str(json, item->scores[i].label);
        pl_json_key(json, "prediction");
        pl_json_str(json, item->scores[i].prediction);
        break;
    }
    write_known(json, "latency_ms", output->has_latency, output->latency_ms);
    write_known(json, "first_token_ms", is_done && output->first_token_ms > 0.0,
                output->first_token_ms);
    write_known(json, "input_tokens", is_done && output->usage.known, (double)output->usage.prompt);
    write_known(json, "output_tokens", is_done && output->usage.known,
                (double)output->usage.completion);
    write_known(json, "cost", output->has_cost, output->cost);
    pl_json_close_object(json);
}

static void write_notes(const struct pl_suite *suite, struct pl_json *json,
                        const struct pl_item *item)
{
    pl_json_key(json, "notes");
    pl_json_open_object(json);
    for (size_t i = 0; i < suite->scorers_count; i++) {
        if (item->scores[i].note.len == 0)
            continue;
        pl_json_key_str(json, suite->scorers[i].name);
        pl_json_str(json, item->scores[i].note);
    }
    pl_json_close_object(json);
}

static void write_scores(const struct pl_suite *suite, struct pl_json *json,
                         const struct pl_item *item)
{
    static const char *const STATES[] = {
        [PL_SCORE_MISSING] = "missing",
        [PL_SCORE_GIVEN] = "given",
        [PL_SCORE_UNPARSED] = "unparsed",
        [PL_SCORE_FAILED] = "failed",
    };

    pl_json_key(json, "scores");
    pl_json_open_object(json);
    for (size_t i = 0; i < suite->scorers_count; i++) {
        pl_json_key_str(json, suite->scorers[i].name);
        if (item->scores[i].state == PL_SCORE_GIVEN)
            write_real(json, item->scores[i].value);
        else
            pl_json_text(json, STATES[item->scores[i].state]);
    }
    pl_json_close_object(json);
}

static void write_output(const struct pl_results *results, struct pl_json *json,
                         const struct pl_item *item)
{
    const struct pl_output *output = &item->output;

    pl_json_open_object(json);
    pl_json_key(json, "id");
    pl_json_str(json, item->id);
    pl_json_key(json, "repeat");
    pl_json_uint64(json, item->repeat);
    pl_json_key(json, "end");
    pl_json_text(json, pl_call_end_name(output->end));
    if (output->sentence.len > 0) {
        pl_json_key(json, "why");
        pl_json_str(json, output->sentence);
    }
    pl_json_key(json, "output");
    pl_json_str(json, output->text);
    write_scores(results->suite, json, item);
    write_notes(results->suite, json, item);
    pl_json_close_object(json);
}

static enum pl_status flush(struct pl_results *results, int file, struct pl_error *error)
{
    struct pl_buffer *buffer = &results->buffers[file];

    PL_RETURN_IF(pl_buffer_check(buffer, "a row of results", error));
    PL_RETURN_IF(pl_fd_write(results->files[file], pl_buffer_view(buffer), NAMES[file], error));
    pl_buffer_reset(buffer);
    return PL_OK;
}

enum pl_status pl_results_add(struct pl_results *results, const struct pl_item *item,
                              struct pl_error *error)
{
    struct pl_arena arena;
    struct pl_json json;

    pl_arena_init(&arena, PL_ITEM_BYTES_MAX);
    pl_json_init(&json, &results->buffers[0], false);
    write_result(results, &json, item, &arena);
    pl_arena_deinit(&arena);
    pl_json_init(&json, &results->buffers[1], false);
    write_output(results, &json, item);
    for (int i = 0; i < 2; i++) {
        pl_buffer_add_char(&results->buffers[i], '\n');
        if (results->buffers[i].len >= PIECE_SIZE_BYTES)
            PL_RETURN_IF(flush(results, i, error));
    }
    return PL_OK;
}

enum pl_status pl_results_finish(struct pl_results *results, struct pl_error *error)
{
    for (int i = 0; i < 2; i++) {
        PL_RETURN_IF(flush(results, i, error));
        if (fdatasync(results->files[i]) != 0)
            return pl_error_errno(error, errno, "%s cannot be written", NAMES[i]);
    }
    return PL_OK;
}
