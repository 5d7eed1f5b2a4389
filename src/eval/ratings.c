/*
 * The outputs of a run and the file of ratings. Outputs are joined with their inputs by the hashes of the
 * cases' ids. The sample is drawn with the seed alone, so that all raters see the same outputs, and put
 * into an order by the seed and the rater.
 */
#include "eval/ratings.h"

#include "base/file.h"
#include "base/json.h"
#include "base/rng.h"
#include "eval/item.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTPUTS_MAX           10000000
#define ROW_SIZE_BYTES_MAX    ((size_t)1 << 20)
#define CASE_BYTES_MAX        ((size_t)64 << 20)
#define OUTPUTS_AT_FIRST      256
#define SAMPLE_STREAM         1
#define FILES_PATH_SIZE_BYTES 4096

/* ---- the question ---- */

static const struct pl_scorer *first_judge(const struct pl_suite *suite)
{
    for (size_t i = 0; i < suite->scorers_count; i++)
        if (suite->scorers[i].kind == PL_SCORER_JUDGE &&
            suite->scorers[i].form != PL_JUDGE_PAIRWISE)
            return &suite->scorers[i];
    return NULL;
}

static const struct pl_scorer *find_scorer(const struct pl_suite *suite, const char *name)
{
    for (size_t i = 0; i < suite->scorers_count; i++)
        if (pl_str_equal_text(suite->scorers[i].name, name))
            return &suite->scorers[i];
    return NULL;
}

enum pl_status pl_rating_question_of(const struct pl_suite *suite, const char *name,
                                     struct pl_rating_question *ret_question,
                                     struct pl_error *error)
{
    const struct pl_scorer *scorer = name == NULL ? first_judge(suite) : find_scorer(suite, name);

    *ret_question = (struct pl_rating_question){.scorer = PL_STR("")};
    if (scorer == NULL && name == NULL)
        return PL_OK;
    if (scorer == NULL)
        return pl_error_set(error, PL_E_USAGE, "the suite `%.*s` has no scorer `%s`",
                            PL_STR_ARG(suite->name), name);
    if (scorer->kind == PL_SCORER_JUDGE && scorer->form == PL_JUDGE_PAIRWISE)
        return pl_error_set(error, PL_E_USAGE,
                            "the scorer `%s` compares pairs, which cannot be rated one by one",
                            name);
    ret_question->scorer = scorer->name;
    if (scorer->kind == PL_SCORER_JUDGE && scorer->form == PL_JUDGE_SCALE)
        ret_question->top = scorer->scale;
    return PL_OK;
}

bool pl_rating_parse(const struct pl_rating_question *question, struct pl_str text,
                     uint32_t *ret_value)
{
    uint64_t mark = 0;

    text = pl_str_trim(text);
    if (question->top > 0) {
        if (!pl_str_to_uint64(text, &mark) || mark < 1 || mark > question->top)
            return false;
        *ret_value = (uint32_t)mark;
        return true;
    }
    *ret_value = pl_str_equal_text(text, "pass") || pl_str_equal_text(text, "p") ? 1 : 0;
    return *ret_value == 1 || pl_str_equal_text(text, "fail") || pl_str_equal_text(text, "f");
}

/* ---- lines of JSON ---- */

typedef enum pl_status (*row_visit)(const struct pl_json_value *row, void *context,
                                    struct pl_error *error);

static enum pl_status read_row(struct pl_json_document *document, struct pl_str line,
                               row_visit visit, void *context, struct pl_error *error)
{
    PL_RETURN_IF(pl_json_document_read(document, line, error));
    return visit(pl_json_document_root(document), context, error);
}

/* What is wrong with a row gets its file and line, unless it has a place already. */
static enum pl_status read_rows(const char *path, row_visit visit, void *context,
                                struct pl_error *error)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    FILE *file = NULL;
    char *line = NULL;
    size_t size = 0;
    ssize_t length = 0;
    uint32_t number = 0;
    enum pl_status status = pl_json_document_new(NULL, &document, error);

    PL_RETURN_IF(status);
    file = fopen(path, "re");
    if (file == NULL)
        return pl_error_errno(error, errno, "%s cannot be read", path);
    while (status == PL_OK && (length = getline(&line, &size, file)) >= 0) {
        number++;
        status = read_row(document, (struct pl_str){line, (size_t)length}, visit, context, error);
    }
    free(line);
    (void)fclose(file);
    if (status != PL_OK && error->file[0] == '\0')
        return pl_error_locate(error, path, number, 0);
    return status;
}

static struct pl_str text_of(const struct pl_json_value *row, const char *name)
{
    const struct pl_json_value *value = pl_json_value_get_text(row, name);

    return value != NULL && pl_json_value_type(value) == PL_JSON_STRING ? pl_json_value_str(value)
                                                                        : PL_STR("");
}

static uint32_t number_of(const struct pl_json_value *row, const char *name)
{
    const struct pl_json_value *value = pl_json_value_get_text(row, name);
    uint64_t number = 0;

    return value != NULL && pl_json_value_uint64(value, &number) && number <= UINT32_MAX
               ? (uint32_t)number
               : 0;
}

/* ---- the file of ratings ---- */

static const char *ratings_path(const struct pl_suite *suite, struct pl_arena *arena)
{
    const struct pl_str folder = pl_runs_folder(suite, arena);

    return folder.ptr == NULL
               ? NULL
               : pl_arena_format(arena, "%.*s/" PL_RATINGS_FILE, PL_STR_ARG(folder)).ptr;
}

struct rating_reading {
    pl_rating_visit visit;
    void *context;
};

static enum pl_status take_rating(const struct pl_json_value *row, void *context,
                                  struct pl_error *error)
{
    const struct rating_reading *reading = context;
    const struct pl_json_value *value = pl_json_value_get_text(row, "rating");
    const struct pl_str hash = text_of(row, "output_hash");
    struct pl_rating rating = {
        .run = text_of(row, "run"),
        .id = text_of(row, "id"),
        .repeat = number_of(row, "repeat"),
        .rater = text_of(row, "rater"),
        .scorer = text_of(row, "scorer"),
        .value = number_of(row, "rating"),
    };

    if (value == NULL || rating.rater.len == 0 || hash.len + 1 != sizeof rating.hash)
        return pl_error_set(error, PL_E_CORRUPT, "the line is no rating");
    if (pl_json_value_type(value) == PL_JSON_STRING)
        rating.value = pl_str_equal_text(pl_json_value_str(value), "pass") ? 1 : 0;
    memcpy(rating.hash, hash.ptr, hash.len);
    return reading->visit(&rating, reading->context, error);
}

enum pl_status pl_ratings_read(const struct pl_suite *suite, struct pl_arena *arena,
                               pl_rating_visit visit, void *context, struct pl_error *error)
{
    struct rating_reading reading = {visit, context};
    const char *path = ratings_path(suite, arena);

    if (path == NULL)
        return pl_arena_error(arena, "the path of the ratings", error);
    return pl_file_exists(path) ? read_rows(path, take_rating, &reading, error) : PL_OK;
}

static void write_rating(struct pl_json *json, const struct pl_desk_request *request,
                         const struct pl_rated_output *output, uint32_t value)
{
    pl_json_open_object(json);
    pl_json_key(json, "run");
    pl_json_str(json, request->run->id);
    pl_json_key(json, "id");
    pl_json_str(json, output->id);
    pl_json_key(json, "repeat");
    pl_json_uint64(json, output->repeat);
    pl_json_key(json, "scorer");
    pl_json_str(json, request->question.scorer);
    pl_json_key(json, "rater");
    pl_json_str(json, request->rater);
    pl_json_key(json, "rating");
    if (request->question.top > 0)
        pl_json_uint64(json, value);
    else
        pl_json_text(json, value == 1 ? "pass" : "fail");
    pl_json_key(json, "output_hash");
    pl_json_text(json, output->hash);
    pl_json_key(json, "time_ms");
    pl_json_uint64(json, pl_clock_unix_ms());
    pl_json_close_object(json);
}

enum pl_status pl_desk_rate(const struct pl_desk *desk, const struct pl_rated_output *output,
                            uint32_t value, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer row = {0};
    PL_CLEANUP(pl_fd_close) int file = -1;
    struct pl_arena arena;
    struct pl_json json;
    char path[FILES_PATH_SIZE_BYTES];
    const char *made = NULL;

    pl_arena_init(&arena, ROW_SIZE_BYTES_MAX);
    made = ratings_path(desk->request->suite, &arena);
    (void)snprintf(path, sizeof path, "%s", made == NULL ? "" : made);
    pl_arena_deinit(&arena);
    pl_buffer_init(&row, ROW_SIZE_BYTES_MAX);
    pl_json_init(&json, &row, false);
    write_rating(&json, desk->request, output, value);
    pl_buffer_add_char(&row, '\n');
    PL_RETURN_IF(pl_buffer_check(&row, "a rating", error));
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0)
        return pl_error_errno(error, errno, "%s cannot be written", path);
    return pl_fd_write(file, pl_buffer_view(&row), path, error);
}

/* ---- the outputs ---- */

struct opening {
    const struct pl_desk_request *request;
    struct pl_arena *arena;
    struct pl_desk *desk;
    size_t room;
    struct pl_rated_output **by_key; /* sorted by id and repeat */
};

static enum pl_status make_room(struct opening *opening, struct pl_error *error)
{
    struct pl_desk *desk = opening->desk;
    const size_t room = opening->room == 0 ? OUTPUTS_AT_FIRST : 2 * opening->room;
    struct pl_rated_output *outputs = NULL;

    if (desk->count < opening->room)
        return PL_OK;
    if (desk->count >= OUTPUTS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "a run of more than %d outputs", OUTPUTS_MAX);
    outputs = pl_arena_alloc_array(opening->arena, room, sizeof *outputs);
    if (outputs == NULL)
        return pl_arena_error(opening->arena, "the outputs of a run", error);
    if (desk->count > 0)
        memcpy(outputs, desk->outputs, desk->count * sizeof *outputs);
    desk->outputs = outputs;
    opening->room = room;
    return PL_OK;
}

/* An output that did not come cannot be rated. */
static enum pl_status take_output(const struct pl_json_value *row, void *context,
                                  struct pl_error *error)
{
    struct opening *opening = context;
    struct pl_rated_output output = {.repeat = number_of(row, "repeat"), .input = PL_STR("")};

    if (!pl_str_equal_text(text_of(row, "end"), pl_call_end_name(PL_CALL_DONE)))
        return PL_OK;
    PL_RETURN_IF(make_room(opening, error));
    output.id = pl_arena_copy(opening->arena, text_of(row, "id"));
    output.output = pl_arena_copy(opening->arena, text_of(row, "output"));
    if (output.id.ptr == NULL || output.output.ptr == NULL)
        return pl_arena_error(opening->arena, "the outputs of a run", error);
    pl_hash_bytes(output.output, output.hash);
    opening->desk->outputs[opening->desk->count++] = output;
    return PL_OK;
}

static void shuffle(struct pl_rated_output *outputs, size_t count, struct pl_rng *rng)
{
    for (size_t i = count; i > 1; i--) {
        const size_t other = (size_t)pl_rng_below(rng, i);
        const struct pl_rated_output output = outputs[i - 1];

        outputs[i - 1] = outputs[other];
        outputs[other] = output;
    }
}

static void draw(struct pl_desk *desk)
{
    const struct pl_desk_request *request = desk->request;
    struct pl_rng rng;

    pl_rng_init(&rng, request->seed, SAMPLE_STREAM);
    if (request->sample > 0 && request->sample < desk->count) {
        shuffle(desk->outputs, desk->count, &rng);
        desk->count = (size_t)request->sample;
    }
    pl_rng_init(&rng, request->seed, pl_str_hash(request->rater));
    shuffle(desk->outputs, desk->count, &rng);
}

static int compare_ids(const void *a, const void *b)
{
    return pl_str_compare((*(struct pl_rated_output *const *)a)->id,
                          (*(struct pl_rated_output *const *)b)->id);
}

static int compare_keys(const void *a, const void *b)
{
    const struct pl_rated_output *x = *(struct pl_rated_output *const *)a;
    const struct pl_rated_output *y = *(struct pl_rated_output *const *)b;
    const int ids = pl_str_compare(x->id, y->id);

    return ids != 0 ? ids : (x->repeat > y->repeat) - (x->repeat < y->repeat);
}

static enum pl_status sort(struct opening *opening, struct pl_error *error)
{
    const struct pl_desk *desk = opening->desk;

    opening->by_key =
        pl_arena_alloc_array(opening->arena, desk->count + 1, sizeof *opening->by_key);
    if (opening->by_key == NULL)
        return pl_arena_error(opening->arena, "the outputs of a run", error);
    for (size_t i = 0; i < desk->count; i++)
        opening->by_key[i] = &desk->outputs[i];
    qsort(opening->by_key, desk->count, sizeof(struct pl_rated_output *), compare_keys);
    return PL_OK;
}

/* The first output of that case; NULL when none of it is here. */
static struct pl_rated_output **first_of(const struct opening *opening, struct pl_str id)
{
    struct pl_rated_output wanted = {.id = id};
    struct pl_rated_output *key = &wanted;
    struct pl_rated_output **found =
        bsearch(&key, opening->by_key, opening->desk->count, sizeof *found, compare_ids);

    while (found != NULL && found > opening->by_key && pl_str_equal(found[-1]->id, id))
        found--;
    return found;
}

static enum pl_status give_input(struct opening *opening, const struct pl_json_value *root,
                                 uint64_t number, struct pl_arena *scratch, struct pl_error *error)
{
    const struct pl_suite_columns *columns = &opening->request->suite->columns;
    struct pl_rated_output **end = opening->by_key + opening->desk->count;
    struct pl_str id = pl_arena_format(scratch, "%llu", (unsigned long long)number);
    struct pl_rated_output **found = NULL;
    struct pl_str input;

    if (columns->id.len > 0)
        (void)pl_case_text_of(root, columns->id, scratch, &id);
    found = first_of(opening, id);
    if (found == NULL)
        return PL_OK;
    (void)pl_case_text_of(root, columns->input, scratch, &input);
    input = pl_arena_copy(opening->arena, input);
    if (input.ptr == NULL)
        return pl_arena_error(opening->arena, "the inputs of a run", error);
    for (; found < end && pl_str_equal((*found)->id, id); found++)
        (*found)->input = input;
    return PL_OK;
}

static enum pl_status take_case(const struct pl_case_text *text, void *context,
                                struct pl_error *error)
{
    static const struct pl_json_options OPTIONS = {.duplicates_kept = true};
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    struct opening *opening = context;
    struct pl_arena scratch;
    enum pl_status status = PL_OK;

    PL_RETURN_IF(pl_json_document_open(text->text, &OPTIONS, &document, error));
    pl_arena_init(&scratch, CASE_BYTES_MAX);
    status = give_input(opening, pl_json_document_root(document), text->number, &scratch, error);
    pl_arena_deinit(&scratch);
    return status;
}

/* The later rating of the same words counts. */
static enum pl_status mark_rated(const struct pl_rating *rating, void *context,
                                 struct pl_error *error)
{
    const struct opening *opening = context;
    const struct pl_desk_request *request = opening->request;
    struct pl_rated_output wanted = {.id = rating->id, .repeat = rating->repeat};
    struct pl_rated_output *key = &wanted;
    struct pl_rated_output **found = NULL;

    (void)error;
    if (!pl_str_equal(rating->rater, request->rater) ||
        !pl_str_equal(rating->scorer, request->question.scorer))
        return PL_OK;
    found = bsearch(&key, opening->by_key, opening->desk->count, sizeof *found, compare_keys);
    if (found != NULL && strcmp((*found)->hash, rating->hash) == 0) {
        (*found)->rated = true;
        (*found)->value = rating->value;
    }
    return PL_OK;
}

enum pl_status pl_desk_open(const struct pl_desk_request *request, struct pl_arena *arena,
                            struct pl_desk *ret_desk, struct pl_error *error)
{
    struct pl_desk desk = {.request = request};
    struct opening opening = {.request = request, .arena = arena, .desk = &desk};
    const char *path = pl_run_path(request->run, PL_OUTPUTS_FILE, arena);

    if (path == NULL)
        return pl_arena_error(arena, "the path of a run", error);
    if (pl_suite_is_builtin(request->suite))
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "the suite `%.*s` makes its own cases, which are not rated",
                            PL_STR_ARG(request->suite->name));
    PL_RETURN_IF(read_rows(path, take_output, &opening, error));
    draw(&desk);
    PL_RETURN_IF(sort(&opening, error));
    PL_RETURN_IF(pl_cases_read(request->suite, arena, take_case, &opening, error));
    PL_RETURN_IF(pl_ratings_read(request->suite, arena, mark_rated, &opening, error));
    *ret_desk = desk;
    return PL_OK;
}
