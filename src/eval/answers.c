/*
 * The record of calls. In memory there are 24 bytes for each answer: part of its key, and where its line
 * stands; the line is read again when it is asked for. Failures are found by a replay only, so that going
 * on with a run tries them again.
 */
#include "eval/answers.h"

#include "base/file.h"
#include "base/json.h"
#include "json/document.h"
#include "json/value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE_BYTES ((size_t)1 << 20)

/* Where the answer with a key stands: 0 in `file_plus` is an empty place. */
struct place {
    uint64_t key;
    uint64_t offset;
    uint32_t length;
    uint16_t file_plus;
    bool is_done;
};

struct pl_answers {
    int files[PL_ANSWERS_SOURCES_MAX + 1]; /* the first is the run's own; -1: none */
    size_t files_count;
    uint64_t end; /* of the run's own file */
    struct place *places;
    size_t places_size; /* a power of two */
    size_t places_count;
    struct pl_buffer line;
    struct pl_json_document *document;
};

/* ---- the index ---- */

static uint64_t key_of(const char *text)
{
    uint64_t key = 0;

    for (int i = 0; i < 16; i++) {
        const char c = text[i];

        key = key << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return key;
}

/* The place of the key, or the empty one where it would go. */
static struct place *place_of(const struct pl_answers *answers, uint64_t key)
{
    size_t at = (size_t)key & (answers->places_size - 1);

    while (answers->places[at].file_plus != 0 && answers->places[at].key != key)
        at = (at + 1) & (answers->places_size - 1);
    return &answers->places[at];
}

static enum pl_status grow(struct pl_answers *answers, struct pl_error *error)
{
    const size_t old_size = answers->places_size;
    struct place *old = answers->places;

    if (answers->places_count >= PL_ANSWERS_COUNT_MAX)
        return pl_error_set(error, PL_E_LIMIT, "more than %d answers in the record of a run",
                            PL_ANSWERS_COUNT_MAX);
    answers->places_size = old_size == 0 ? 1024 : 2 * old_size;
    answers->places = calloc(answers->places_size, sizeof *answers->places);
    if (answers->places == NULL) {
        answers->places = old;
        answers->places_size = old_size;
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the record of answers");
    }
    for (size_t i = 0; i < old_size; i++)
        if (old[i].file_plus != 0)
            *place_of(answers, old[i].key) = old[i];
    free(old);
    return PL_OK;
}

static enum pl_status keep(struct pl_answers *answers, const struct place *place,
                           struct pl_error *error)
{
    if (4 * (answers->places_count + 1) > 3 * answers->places_size)
        PL_RETURN_IF(grow(answers, error));

    struct place *found = place_of(answers, place->key);

    answers->places_count += found->file_plus == 0 ? 1 : 0;
    *found = *place;
    return PL_OK;
}

/* A line begins `{"key":"…32…","end":"…"`. */
static const char LINE_START[] = "{\"key\":\"";
static const char LINE_DONE[] = "\",\"end\":\"done\"";

static bool has_key(struct pl_str line)
{
    return line.len > strlen(LINE_START) + PL_ANSWER_KEY_SIZE + strlen(LINE_DONE) &&
           memcmp(line.ptr, LINE_START, strlen(LINE_START)) == 0;
}

static bool is_done(struct pl_str line)
{
    return memcmp(line.ptr + strlen(LINE_START) + PL_ANSWER_KEY_SIZE - 1, LINE_DONE,
                  strlen(LINE_DONE)) == 0;
}

/* A line of the file, into the index. Failures of earlier runs say nothing of this one. */
static enum pl_status keep_line(struct pl_answers *answers, struct pl_str line, struct place *place,
                                struct pl_error *error)
{
    if (!has_key(line))
        return PL_OK;
    place->key = key_of(line.ptr + strlen(LINE_START));
    place->length = (uint32_t)line.len;
    place->is_done = is_done(line);
    if (!place->is_done && place->file_plus > 1)
        return PL_OK;
    return keep(answers, place, error);
}

/* Reads a file by pieces. `line` holds a line that goes over the end of one. */
static enum pl_status scan(struct pl_answers *answers, uint32_t file, uint64_t *ret_end,
                           struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer line = {0};
    char *piece = malloc(READ_SIZE_BYTES);
    enum pl_status status = PL_OK;
    uint64_t offset = 0; /* of the line under way */
    ssize_t count = 0;
    uint64_t at = 0;

    *ret_end = 0;
    if (piece == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the record of answers");
    pl_buffer_init(&line, PL_ANSWERS_LINE_BYTES_MAX);
    while (status == PL_OK &&
           (count = pread(answers->files[file], piece, READ_SIZE_BYTES, (off_t)at)) > 0) {
        const char *from = piece;
        const char *end = piece + count;
        const char *stop = NULL;

        at += (uint64_t)count;
        while (status == PL_OK && (stop = memchr(from, '\n', (size_t)(end - from))) != NULL) {
            pl_buffer_add(&line, (struct pl_str){from, (size_t)(stop - from)});

            const struct pl_str text = pl_buffer_view(&line);
            struct place place = {.offset = offset, .file_plus = (uint16_t)(file + 1)};

            status = keep_line(answers, text, &place, error);
            offset += text.len + 1;
            *ret_end = offset;
            pl_buffer_reset(&line);
            from = stop + 1;
        }
        pl_buffer_add(&line, (struct pl_str){from, (size_t)(end - from)});
        if (status == PL_OK)
            status = pl_buffer_check(&line, "a line of the record of answers", error);
    }
    free(piece);
    if (count < 0)
        return pl_error_errno(error, errno, "the record of answers cannot be read");
    return status;
}

/* ---- opening and closing ---- */

static enum pl_status open_own(struct pl_answers *answers, const char *path, struct pl_error *error)
{
    answers->files[0] = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (answers->files[0] < 0)
        return pl_error_errno(error, errno, "%s cannot be opened", path);
    PL_RETURN_IF(scan(answers, 0, &answers->end, error));
    if (ftruncate(answers->files[0], (off_t)answers->end) != 0)
        return pl_error_errno(error, errno, "%s cannot be mended", path);
    return PL_OK;
}

enum pl_status pl_answers_open(const char *path, struct pl_answers **ret_answers,
                               struct pl_error *error)
{
    struct pl_answers *answers = calloc(1, sizeof *answers);
    enum pl_status status = PL_OK;

    if (answers == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the record of answers");
    answers->files[0] = -1;
    answers->files_count = 1;
    pl_buffer_init(&answers->line, PL_ANSWERS_LINE_BYTES_MAX);
    status =
        pl_json_document_new(&(struct pl_json_options){.size_bytes_max = PL_ANSWERS_LINE_BYTES_MAX},
                             &answers->document, error);
    if (status == PL_OK)
        status = grow(answers, error);
    if (status == PL_OK && path != NULL)
        status = open_own(answers, path, error);
    if (status != PL_OK) {
        pl_answers_close(answers);
        return status;
    }
    *ret_answers = answers;
    return PL_OK;
}

enum pl_status pl_answers_add_source(struct pl_answers *answers, const char *path,
                                     struct pl_error *error)
{
    const uint32_t file = (uint32_t)answers->files_count;
    uint64_t end = 0;

    if (answers->files_count > PL_ANSWERS_SOURCES_MAX)
        return PL_OK;
    answers->files[file] = open(path, O_RDONLY | O_CLOEXEC);
    if (answers->files[file] < 0)
        return errno == ENOENT ? PL_OK : pl_error_errno(error, errno, "%s cannot be read", path);
    answers->files_count++;
    return scan(answers, file, &end, error);
}

void pl_answers_close(struct pl_answers *answers)
{
    if (answers == NULL)
        return;
    for (size_t i = 0; i < answers->files_count; i++)
        pl_fd_close(&answers->files[i]);
    pl_buffer_deinit(&answers->line);
    pl_json_document_free(answers->document);
    free(answers->places);
    free(answers);
}

enum pl_status pl_answers_sync(struct pl_answers *answers, struct pl_error *error)
{
    if (answers->files[0] >= 0 && fdatasync(answers->files[0]) != 0)
        return pl_error_errno(error, errno, "the record of answers cannot be written");
    return PL_OK;
}

/* ---- writing a line ---- */

static void write_tool_calls(struct pl_json *json, const struct pl_reply *reply)
{
    if (reply->tool_calls_count == 0)
        return;
    pl_json_key(json, "tool_calls");
    pl_json_open_array(json);
    for (size_t i = 0; i < reply->tool_calls_count; i++) {
        pl_json_open_object(json);
        pl_json_key(json, "name");
        pl_json_str(json, reply->tool_calls[i].name);
        pl_json_key(json, "arguments");
        pl_json_str(json, reply->tool_calls[i].arguments);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_text(struct pl_json *json, const char *key, struct pl_str text)
{
    if (text.len == 0)
        return;
    pl_json_key(json, key);
    pl_json_str(json, text);
}

static void write_embeddings(struct pl_json *json, const struct pl_answer *answer)
{
    if (answer->embeddings_count == 0)
        return;
    pl_json_key(json, "embeddings");
    pl_json_open_array(json);
    for (size_t i = 0; i < answer->embeddings_count; i++) {
        pl_json_open_array(json);
        for (size_t k = 0; k < answer->embeddings[i].count; k++)
            pl_json_double(json, (double)answer->embeddings[i].values[k]);
        pl_json_close_array(json);
    }
    pl_json_close_array(json);
}

static void write_usage(struct pl_json *json, const struct pl_usage *usage)
{
    if (!usage->known)
        return;
    pl_json_key(json, "usage");
    pl_json_open_object(json);
    pl_json_key(json, "prompt");
    pl_json_uint64(json, usage->prompt);
    pl_json_key(json, "cached");
    pl_json_uint64(json, usage->cached);
    pl_json_key(json, "completion");
    pl_json_uint64(json, usage->completion);
    pl_json_key(json, "reasoning");
    pl_json_uint64(json, usage->reasoning);
    if (usage->cache_write > 0) {
        pl_json_key(json, "cache_write");
        pl_json_uint64(json, usage->cache_write);
    }
    pl_json_close_object(json);
}

static void write_answer(struct pl_json *json, const struct pl_answer *answer)
{
    write_text(json, "model", answer->model);
    if (answer->replies_count > 0) {
        const struct pl_reply *reply = &answer->replies[0];

        if (reply->has_text) {
            pl_json_key(json, "text");
            pl_json_str(json, reply->text);
        }
        write_text(json, "refusal", reply->refusal);
        write_text(json, "finish_reason", reply->finish_reason);
        write_tool_calls(json, reply);
    }
    write_embeddings(json, answer);
}

static void write_number(struct pl_json *json, const char *key, double value)
{
    pl_json_key(json, key);
    pl_json_double(json, value);
}

static void write_line(struct pl_json *json, const struct pl_answer_note *note,
                       const struct pl_call_result *result)
{
    pl_json_open_object(json);
    pl_json_key(json, "key");
    pl_json_text(json, note->key);
    pl_json_key(json, "end");
    pl_json_text(json, pl_call_end_name(result->end));
    pl_json_key(json, "role");
    pl_json_text(json, note->role);
    write_text(json, "sentence", result->sentence);
    write_answer(json, &result->answer);
    write_usage(json, &result->paid);
    if (result->cost_known)
        write_number(json, "cost", result->cost);
    write_number(json, "latency_ms", result->latency_ms);
    write_number(json, "first_token_ms", result->first_token_ms);
    pl_json_key(json, "attempts");
    pl_json_uint64(json, result->attempts);
    pl_json_key(json, "status");
    pl_json_double(json, result->status);
    write_text(json, "request_id", result->request_id);
    write_text(json, "errors", result->errors);
    pl_json_key(json, "request");
    if (note->request_is_json)
        pl_json_raw(json, note->request);
    else
        pl_json_str(json, note->request);
    pl_json_close_object(json);
}

enum pl_status pl_answers_write(struct pl_answers *answers, const struct pl_answer_note *note,
                                const struct pl_call_result *result, struct pl_error *error)
{
    struct pl_json json;
    struct place place = {.offset = answers->end, .file_plus = 1, .key = key_of(note->key)};

    if (answers->files[0] < 0)
        return PL_OK;
    pl_buffer_reset(&answers->line);
    pl_json_init(&json, &answers->line, false);
    write_line(&json, note, result);
    pl_buffer_add_char(&answers->line, '\n');
    PL_RETURN_IF(pl_buffer_check(&answers->line, "the record of an answer", error));

    const struct pl_str text = pl_buffer_view(&answers->line);

    PL_RETURN_IF(pl_fd_write(answers->files[0], text, "the record of answers", error));
    place.length = (uint32_t)text.len - 1;
    answers->end += text.len;
    place.is_done = result->end == PL_CALL_DONE;
    return keep(answers, &place, error);
}

/* ---- reading a line again ---- */

static struct pl_str text_of(const struct pl_json_value *line, const char *key,
                             struct pl_arena *arena)
{
    const struct pl_json_value *value = pl_json_value_get_text(line, key);

    if (value == NULL || pl_json_value_type(value) != PL_JSON_STRING)
        return PL_STR("");
    return pl_arena_copy(arena, pl_json_value_str(value));
}

static double number_of(const struct pl_json_value *line, const char *key)
{
    const struct pl_json_value *value = pl_json_value_get_text(line, key);

    return value != NULL && pl_json_value_type(value) == PL_JSON_NUMBER
               ? pl_json_value_double(value)
               : 0.0;
}

static uint64_t count_of(const struct pl_json_value *line, const char *key)
{
    const struct pl_json_value *value = pl_json_value_get_text(line, key);
    uint64_t count = 0;

    return value != NULL && pl_json_value_uint64(value, &count) ? count : 0;
}

static void read_tool_calls(const struct pl_json_value *line, struct pl_arena *arena,
                            struct pl_reply *reply)
{
    const struct pl_json_value *calls = pl_json_value_get_text(line, "tool_calls");
    struct pl_json_walk walk;

    if (calls == NULL)
        return;
    reply->tool_calls =
        pl_arena_alloc_array(arena, pl_json_value_count(calls), sizeof *reply->tool_calls);
    walk = pl_json_value_walk(calls);
    while (reply->tool_calls != NULL && pl_json_walk_next(&walk))
        reply->tool_calls[reply->tool_calls_count++] =
            (struct pl_tool_call){.name = text_of(walk.value, "name", arena),
                                  .arguments = text_of(walk.value, "arguments", arena)};
}

static void read_embedding(const struct pl_json_value *values, struct pl_arena *arena,
                           struct pl_embedding *ret_embedding)
{
    float *numbers = pl_arena_alloc_array(arena, pl_json_value_count(values), sizeof *numbers);
    struct pl_json_walk walk = pl_json_value_walk(values);

    *ret_embedding = (struct pl_embedding){.values = numbers};
    while (numbers != NULL && pl_json_walk_next(&walk))
        if (pl_json_value_type(walk.value) == PL_JSON_NUMBER)
            numbers[ret_embedding->count++] = (float)pl_json_value_double(walk.value);
}

static void read_embeddings(const struct pl_json_value *line, struct pl_arena *arena,
                            struct pl_answer *answer)
{
    const struct pl_json_value *list = pl_json_value_get_text(line, "embeddings");
    struct pl_json_walk walk;

    if (list == NULL)
        return;
    answer->embeddings =
        pl_arena_alloc_array(arena, pl_json_value_count(list), sizeof *answer->embeddings);
    walk = pl_json_value_walk(list);
    while (answer->embeddings != NULL && pl_json_walk_next(&walk))
        read_embedding(walk.value, arena, &answer->embeddings[answer->embeddings_count++]);
}

static void read_usage(const struct pl_json_value *line, struct pl_usage *usage)
{
    const struct pl_json_value *value = pl_json_value_get_text(line, "usage");

    if (value == NULL)
        return;
    usage->known = true;
    usage->prompt = count_of(value, "prompt");
    usage->cached = count_of(value, "cached");
    usage->completion = count_of(value, "completion");
    usage->reasoning = count_of(value, "reasoning");
    usage->cache_write = count_of(value, "cache_write");
}

static enum pl_status read_record(const struct pl_json_value *line, struct pl_arena *arena,
                                  struct pl_answer_record *record, struct pl_error *error)
{
    struct pl_reply *reply = pl_arena_alloc(arena, sizeof *reply);

    if (reply == NULL)
        return pl_arena_error(arena, "an answer", error);
    (void)pl_call_end_find(text_of(line, "end", arena), &record->end);
    record->sentence = text_of(line, "sentence", arena);
    reply->has_text = pl_json_value_get_text(line, "text") != NULL;
    reply->text = text_of(line, "text", arena);
    reply->refusal = text_of(line, "refusal", arena);
    reply->finish_reason = text_of(line, "finish_reason", arena);
    read_tool_calls(line, arena, reply);
    read_embeddings(line, arena, &record->answer);
    read_usage(line, &record->answer.usage);
    record->answer.model = text_of(line, "model", arena);
    record->answer.replies = reply;
    record->answer.replies_count = record->answer.embeddings_count > 0 ? 0 : 1;
    record->latency_ms = number_of(line, "latency_ms");
    record->first_token_ms = number_of(line, "first_token_ms");
    record->attempts = (uint32_t)count_of(line, "attempts");
    record->cost_known = pl_json_value_get_text(line, "cost") != NULL;
    record->cost = number_of(line, "cost");
    return PL_OK;
}

enum pl_status pl_answers_find(struct pl_answers *answers, const struct pl_answer_wish *wish,
                               struct pl_arena *arena, struct pl_answer_record *ret_record,
                               bool *ret_found, struct pl_error *error)
{
    const struct place *place = place_of(answers, key_of(wish->key));
    struct pl_answer_record record = {0};
    char *text = NULL;

    *ret_found = false;
    if (place->file_plus == 0 || (!place->is_done && !wish->failed))
        return PL_OK;
    text = pl_arena_alloc(arena, place->length + 1u);
    if (text == NULL)
        return pl_arena_error(arena, "an answer", error);
    if (pread(answers->files[place->file_plus - 1], text, place->length, (off_t)place->offset) !=
        (ssize_t)place->length)
        return pl_error_set(error, PL_E_IO, "the record of answers cannot be read again");
    PL_RETURN_IF(
        pl_json_document_read(answers->document, (struct pl_str){text, place->length}, error));

    const struct pl_json_value *line = pl_json_document_root(answers->document);

    /* Half of the key found the line; the whole of it must agree. */
    if (!pl_str_equal_text(text_of(line, "key", arena), wish->key))
        return PL_OK;
    PL_RETURN_IF(read_record(line, arena, &record, error));
    record.earlier = place->file_plus > 1;
    *ret_record = record;
    *ret_found = true;
    return PL_OK;
}
