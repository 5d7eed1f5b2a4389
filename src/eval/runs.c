/* The folder of a run and its `run.json`: written whole, beside the old one, and renamed. */
#include "eval/runs.h"

#include "base/file.h"
#include "base/json.h"
#include "json/document.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define RUN_SIZE_BYTES_MAX ((size_t)1 << 20)
#define NAME_ATTEMPTS      100

static const char *const STATES[] = {
    [PL_RUN_RUNNING] = "running", [PL_RUN_STOPPED] = "stopped", [PL_RUN_COMPLETE] = "complete"};

struct pl_str pl_runs_folder(const struct pl_suite *suite, struct pl_arena *arena)
{
    const struct pl_str path =
        pl_arena_format(arena, PL_EVALS_FOLDER "/%.*s", PL_STR_ARG(suite->name));

    return path.ptr == NULL ? path : pl_line_path(suite->line, path, arena);
}

const char *pl_run_path(const struct pl_run *run, const char *file, struct pl_arena *arena)
{
    return pl_arena_format(arena, "%.*s/%s", PL_STR_ARG(run->folder), file).ptr;
}

/* ---- writing ---- */

static void write_text(struct pl_json *json, const char *key, struct pl_str value)
{
    pl_json_key(json, key);
    pl_json_str(json, value);
}

static void write_count(struct pl_json *json, const char *key, uint64_t value)
{
    pl_json_key(json, key);
    pl_json_uint64(json, value);
}

static void write_double(struct pl_json *json, const char *key, double value)
{
    pl_json_key(json, key);
    pl_json_double(json, value);
}

static void write_corpus(struct pl_json *json, const struct pl_corpus_figure *corpus)
{
    if (corpus->signature.len > 0)
        write_text(json, "signature", corpus->signature);
    if (!corpus->given)
        return;
    pl_json_key(json, "corpus");
    pl_json_open_object(json);
    write_double(json, "value", corpus->value);
    write_double(json, "low", corpus->low);
    write_double(json, "high", corpus->high);
    pl_json_close_object(json);
}

static void write_scorers(struct pl_json *json, const struct pl_run *run)
{
    pl_json_key(json, "scorers");
    pl_json_open_array(json);
    for (size_t i = 0; i < run->scorers_count; i++) {
        const struct pl_run_scorer *scorer = &run->scorers[i];

        pl_json_open_object(json);
        write_text(json, "name", scorer->name);
        pl_json_key(json, "passes");
        pl_json_bool(json, scorer->passes);
        write_count(json, "scored", scorer->scored);
        write_count(json, "unscored", scorer->unscored);
        write_count(json, "unparsed", scorer->unparsed);
        write_count(json, "unasked", scorer->unasked);
        write_corpus(json, &scorer->corpus);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_run(struct pl_json *json, const struct pl_run *run)
{
    pl_json_open_object(json);
    write_text(json, "suite", run->suite);
    write_text(json, "run", run->id);
    write_text(json, "state", pl_str_of(STATES[run->state]));
    write_text(json, "version", run->version);
    write_count(json, "started_ms", run->started_ms);
    write_count(json, "finished_ms", run->finished_ms);
    write_text(json, "settings", pl_str_of(run->settings));
    write_text(json, "cases_hash", pl_str_of(run->cases));
    write_text(json, "results_hash", pl_str_of(run->results));
    write_count(json, "limit", run->limit);
    write_text(json, "filter", run->filter);
    write_count(json, "cases", run->cases_count);
    write_count(json, "outputs", run->outputs);
    write_count(json, "done", run->done);
    write_count(json, "failed", run->failed);
    write_count(json, "timed", run->timed);
    write_count(json, "priced", run->priced);
    write_double(json, "cost", run->cost);
    write_double(json, "cost_paid", run->cost_paid);
    if (run->gave_up.len > 0)
        write_text(json, "gave_up", run->gave_up);
    write_scorers(json, run);
    pl_json_close_object(json);
}

enum pl_status pl_run_write(const struct pl_run *run, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    char path[4096];
    struct pl_json json;

    pl_buffer_init(&out, RUN_SIZE_BYTES_MAX);
    pl_json_init(&json, &out, true);
    write_run(&json, run);
    pl_buffer_add_char(&out, '\n');
    PL_RETURN_IF(pl_buffer_check(&out, "the description of a run", error));
    (void)snprintf(path, sizeof path, "%.*s/" PL_RUN_FILE, PL_STR_ARG(run->folder));
    return pl_file_write(path, pl_buffer_view(&out), false, error);
}

/* "20260301T101500Z", and "-2" and so on for those of the same second. */
static struct pl_str name_of(uint64_t time_ms, int attempt, struct pl_arena *arena)
{
    const time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;
    char text[32] = "";

    (void)gmtime_r(&seconds, &parts);
    (void)strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
    if (attempt == 0)
        return pl_arena_copy(arena, pl_str_of(text));
    return pl_arena_format(arena, "%s-%d", text, attempt + 1);
}

enum pl_status pl_run_create(const struct pl_suite *suite, struct pl_run *run,
                             struct pl_arena *arena, struct pl_error *error)
{
    const struct pl_str folder = pl_runs_folder(suite, arena);

    if (folder.ptr == NULL)
        return pl_arena_error(arena, "the folder of a run", error);
    PL_RETURN_IF(pl_folder_make(folder.ptr, error));
    run->started_ms = pl_clock_unix_ms();
    run->suite = suite->name;
    run->state = PL_RUN_RUNNING;
    for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
        run->id = name_of(run->started_ms, attempt, arena);
        run->folder = pl_arena_format(arena, "%s/%s", folder.ptr, run->id.ptr);
        if (run->id.ptr == NULL || run->folder.ptr == NULL)
            return pl_arena_error(arena, "the folder of a run", error);
        if (mkdir(run->folder.ptr, 0755) == 0)
            return pl_run_write(run, error);
        if (errno != EEXIST)
            return pl_error_errno(error, errno, "%s cannot be made", run->folder.ptr);
    }
    return pl_error_set(error, PL_E_EXISTS, "%s has %d runs of this second", folder.ptr,
                        NAME_ATTEMPTS);
}

static void take_scorers(struct pl_run *run, const struct pl_suite *suite,
                         const struct pl_eval_outcome *outcome)
{
    run->scorers_count = suite->scorers_count;
    for (size_t i = 0; i < suite->scorers_count; i++)
        run->scorers[i] = (struct pl_run_scorer){
            .name = suite->scorers[i].name,
            .passes = pl_scorer_passes(&suite->scorers[i]),
            .scored = outcome->counts.scored[i],
            .unscored = outcome->counts.unscored[i],
            .unparsed = outcome->counts.unparsed[i],
            .unasked = outcome->counts.unasked[i],
            .corpus = outcome->corpus[i],
        };
}

enum pl_status pl_run_finish(struct pl_run *run, const struct pl_suite *suite,
                             const struct pl_eval_outcome *outcome, struct pl_error *error)
{
    char path[4096];

    run->state = outcome->interrupted ? PL_RUN_STOPPED : PL_RUN_COMPLETE;
    run->finished_ms = pl_clock_unix_ms();
    run->cases_count = outcome->counts.cases;
    run->outputs = outcome->counts.outputs;
    run->done = outcome->counts.done;
    run->failed = outcome->counts.failed;
    run->timed = outcome->counts.timed;
    run->priced = outcome->counts.priced;
    run->gave_up = outcome->gave_up;
    run->cost = outcome->counts.cost;
    run->cost_paid += outcome->counts.cost_paid;
    take_scorers(run, suite, outcome);
    (void)snprintf(path, sizeof path, "%.*s/" PL_RESULTS_FILE, PL_STR_ARG(run->folder));
    PL_RETURN_IF(pl_hash_file(path, run->results, error));
    return pl_run_write(run, error);
}

/* ---- reading ---- */

static struct pl_str text_of(const struct pl_json_value *root, const char *key,
                             struct pl_arena *arena)
{
    const struct pl_json_value *value = pl_json_value_get_text(root, key);

    return value != NULL && pl_json_value_type(value) == PL_JSON_STRING
               ? pl_arena_copy(arena, pl_json_value_str(value))
               : PL_STR("");
}

static uint64_t count_of(const struct pl_json_value *root, const char *key)
{
    const struct pl_json_value *value = pl_json_value_get_text(root, key);
    uint64_t count = 0;

    return value != NULL && pl_json_value_uint64(value, &count) ? count : 0;
}

static double number_of(const struct pl_json_value *root, const char *key)
{
    const struct pl_json_value *value = pl_json_value_get_text(root, key);

    return value != NULL && pl_json_value_type(value) == PL_JSON_NUMBER
               ? pl_json_value_double(value)
               : 0.0;
}

static void hash_of(const struct pl_json_value *root, const char *key,
                    char ret_hash[PL_LEDGER_HASH_TEXT_SIZE])
{
    const struct pl_json_value *value = pl_json_value_get_text(root, key);

    ret_hash[0] = '\0';
    if (value != NULL && pl_json_value_type(value) == PL_JSON_STRING &&
        pl_json_value_str(value).len == PL_LEDGER_HASH_TEXT_SIZE - 1)
        (void)snprintf(ret_hash, PL_LEDGER_HASH_TEXT_SIZE, "%.*s",
                       PL_STR_ARG(pl_json_value_str(value)));
}

static void read_scorer(const struct pl_json_value *value, struct pl_arena *arena,
                        struct pl_run_scorer *scorer)
{
    const struct pl_json_value *passes = pl_json_value_get_text(value, "passes");
    const struct pl_json_value *corpus = pl_json_value_get_text(value, "corpus");

    *scorer = (struct pl_run_scorer){
        .name = text_of(value, "name", arena),
        .passes = passes != NULL && pl_json_value_type(passes) == PL_JSON_BOOL &&
                  pl_json_value_bool(passes),
        .scored = count_of(value, "scored"),
        .unscored = count_of(value, "unscored"),
        .unparsed = count_of(value, "unparsed"),
        .unasked = count_of(value, "unasked"),
        .corpus = {.signature = text_of(value, "signature", arena), .given = corpus != NULL},
    };
    if (corpus == NULL)
        return;
    scorer->corpus.value = number_of(corpus, "value");
    scorer->corpus.low = number_of(corpus, "low");
    scorer->corpus.high = number_of(corpus, "high");
}

static void read_run(const struct pl_json_value *root, struct pl_arena *arena, struct pl_run *run)
{
    const struct pl_str state = text_of(root, "state", arena);
    struct pl_json_walk walk = pl_json_value_walk(root);

    for (int i = 0; i <= PL_RUN_COMPLETE; i++)
        if (pl_str_equal_text(state, STATES[i]))
            run->state = (enum pl_run_state)i;
    run->suite = text_of(root, "suite", arena);
    run->version = text_of(root, "version", arena);
    run->started_ms = count_of(root, "started_ms");
    run->finished_ms = count_of(root, "finished_ms");
    hash_of(root, "settings", run->settings);
    hash_of(root, "cases_hash", run->cases);
    hash_of(root, "results_hash", run->results);
    run->limit = count_of(root, "limit");
    run->filter = text_of(root, "filter", arena);
    run->cases_count = count_of(root, "cases");
    run->outputs = count_of(root, "outputs");
    run->done = count_of(root, "done");
    run->failed = count_of(root, "failed");
    run->timed = count_of(root, "timed");
    run->priced = count_of(root, "priced");
    run->cost = number_of(root, "cost");
    run->cost_paid = number_of(root, "cost_paid");
    run->gave_up = text_of(root, "gave_up", arena);
    if (pl_json_value_get_text(root, "scorers") == NULL)
        return;
    walk = pl_json_value_walk(pl_json_value_get_text(root, "scorers"));
    while (pl_json_walk_next(&walk) && run->scorers_count < PL_SCORERS_MAX)
        read_scorer(walk.value, arena, &run->scorers[run->scorers_count++]);
}

enum pl_status pl_run_read(const struct pl_suite *suite, struct pl_str id, struct pl_arena *arena,
                           struct pl_run **ret_run, struct pl_error *error)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    const struct pl_str folder = pl_runs_folder(suite, arena);
    struct pl_run *run = pl_arena_alloc(arena, sizeof *run);
    struct pl_str text;
    const char *path = NULL;

    if (folder.ptr == NULL || run == NULL)
        return pl_arena_error(arena, "a run", error);
    if (memchr(id.ptr, '/', id.len) != NULL)
        return pl_error_set(error, PL_E_USAGE, "`%.*s` is no name of a run", PL_STR_ARG(id));
    run->id = pl_arena_copy(arena, id);
    run->folder = pl_arena_format(arena, "%s/%.*s", folder.ptr, PL_STR_ARG(id));
    path = run->folder.ptr == NULL ? NULL : pl_run_path(run, PL_RUN_FILE, arena);
    if (path == NULL)
        return pl_arena_error(arena, "a run", error);
    PL_RETURN_IF(pl_file_read(path, RUN_SIZE_BYTES_MAX, arena, &text, error));
    PL_RETURN_IF(pl_json_document_open(text, NULL, &document, error));
    read_run(pl_json_document_root(document), arena, run);
    *ret_run = run;
    return PL_OK;
}

/* ---- listing ---- */

static int compare_names(const void *a, const void *b)
{
    const struct pl_str *x = a;
    const struct pl_str *y = b;

    /* "…Z-2" is younger than "…Z" and "…Z-10" than "…Z-2". */
    if (x->len != y->len && (pl_str_starts_with(*x, *y) || pl_str_starts_with(*y, *x) ||
                             (x->len > 16 && y->len > 16 && memcmp(x->ptr, y->ptr, 16) == 0)))
        return x->len < y->len ? 1 : -1;
    return pl_str_compare(*y, *x);
}

static enum pl_status keep_name(struct pl_arena *arena, const char *name,
                                struct pl_run_names *names, struct pl_str *items,
                                struct pl_error *error)
{
    if (names->count == PL_SUITE_RUNS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "more than %d runs of one suite", PL_SUITE_RUNS_MAX);
    items[names->count] = pl_arena_copy(arena, pl_str_of(name));
    if (items[names->count].ptr == NULL)
        return pl_arena_error(arena, "the names of runs", error);
    names->count++;
    return PL_OK;
}

static size_t count_entries(DIR *folder)
{
    size_t count = 0;

    while (readdir(folder) != NULL)
        count++;
    rewinddir(folder);
    return count;
}

enum pl_status pl_runs_list(const struct pl_suite *suite, struct pl_arena *arena,
                            struct pl_run_names *ret_names, struct pl_error *error)
{
    const struct pl_str path = pl_runs_folder(suite, arena);
    DIR *folder = path.ptr == NULL ? NULL : opendir(path.ptr);
    struct pl_run_names names = {0};
    struct pl_str *items = NULL;
    enum pl_status status = PL_OK;

    *ret_names = names;
    if (folder == NULL)
        return path.ptr == NULL || errno == ENOENT
                   ? PL_OK
                   : pl_error_errno(error, errno, "%s cannot be read", path.ptr);
    items = pl_arena_alloc_array(arena, count_entries(folder) + 1, sizeof *items);
    if (items == NULL)
        status = pl_arena_error(arena, "the names of runs", error);
    for (struct dirent *entry = readdir(folder); entry != NULL && status == PL_OK;
         entry = readdir(folder))
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
            status = keep_name(arena, entry->d_name, &names, items, error);
    (void)closedir(folder);
    PL_RETURN_IF(status);
    qsort(items, names.count, sizeof *items, compare_names);
    names.items = items;
    *ret_names = names;
    return PL_OK;
}

static bool meets(const struct pl_run *run, const struct pl_run_wish *wish)
{
    const bool is_whole = run->state == PL_RUN_COMPLETE && run->limit == 0 && run->filter.len == 0;

    if (wish->settings != NULL && strcmp(run->settings, wish->settings) != 0)
        return false;
    if (wish->unfinished)
        return run->state != PL_RUN_COMPLETE;
    return !wish->complete || is_whole;
}

enum pl_status pl_run_find(const struct pl_suite *suite, const struct pl_run_wish *wish,
                           struct pl_arena *arena, struct pl_run **ret_run, struct pl_error *error)
{
    struct pl_run_names names;

    *ret_run = NULL;
    PL_RETURN_IF(pl_runs_list(suite, arena, &names, error));
    for (size_t i = 0; i < names.count; i++) {
        struct pl_run *run = NULL;

        if (pl_run_read(suite, names.items[i], arena, &run, NULL) == PL_OK && meets(run, wish)) {
            *ret_run = run;
            return PL_OK;
        }
    }
    return PL_OK;
}

enum pl_status pl_run_find_before(const struct pl_suite *suite, const struct pl_run *run,
                                  struct pl_arena *arena, struct pl_run **ret_run,
                                  struct pl_error *error)
{
    static const struct pl_run_wish WHOLE = {.complete = true};
    const bool is_same = pl_str_equal(suite->name, run->suite);
    struct pl_run_names names;

    *ret_run = NULL;
    PL_RETURN_IF(pl_runs_list(suite, arena, &names, error));
    for (size_t i = 0; i < names.count; i++) {
        struct pl_run *found = NULL;

        if (is_same && compare_names(&names.items[i], &run->id) <= 0)
            continue;
        if (pl_run_read(suite, names.items[i], arena, &found, NULL) == PL_OK &&
            meets(found, &WHOLE)) {
            *ret_run = found;
            return PL_OK;
        }
    }
    return PL_OK;
}
