/* Counting rows again: those of JSON Lines are its lines that are not blank, those of CSV end outside of
   quotes, and the first of them is the header. Packed files and Parquet have no lines to name. */
#include "eval/locate.h"

#include "json/document.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct counting {
    bool is_csv;
    uint64_t left; /* rows until the one that is looked for */
    uint32_t line;
};

static bool ends_with(const char *path, const char *ending)
{
    return pl_str_ends_with(pl_str_of(path), pl_str_of(ending));
}

/* True when the row begins in this file; `counting->line` is then its line. */
static bool count_rows(FILE *file, struct counting *counting)
{
    bool is_blank = true;
    bool is_quoted = false;
    uint32_t line = 1;
    uint32_t row_line = 1;
    uint64_t rows = counting->is_csv ? counting->left + 1 : counting->left;

    for (int c = fgetc(file); c != EOF; c = fgetc(file)) {
        is_quoted = counting->is_csv && c == '"' ? !is_quoted : is_quoted;
        if (c != '\n') {
            is_blank = is_blank && (c == ' ' || c == '\t' || c == '\r');
            continue;
        }
        line++;
        if (is_quoted)
            continue;
        if (!is_blank && --rows == 0)
            break;
        is_blank = true;
        row_line = line;
    }
    if (rows == 1 && !is_blank)
        rows = 0;
    counting->line = row_line;
    counting->left = counting->is_csv ? (rows > 0 ? rows - 1 : 0) : rows;
    return rows == 0;
}

static bool find_in(const char *path, struct counting *counting)
{
    FILE *file = NULL;
    bool found = false;

    counting->is_csv = ends_with(path, ".csv") || ends_with(path, ".tsv");
    if (!counting->is_csv && !ends_with(path, ".jsonl") && !ends_with(path, ".ndjson"))
        return false;
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    found = count_rows(file, counting);
    (void)fclose(file);
    return found;
}

static void name_number(uint64_t number, const char *path, struct pl_error *error)
{
    char message[PL_ERROR_MESSAGE_SIZE];

    (void)snprintf(message, sizeof message, "case %llu: %.900s", (unsigned long long)number,
                   error->message);
    (void)pl_error_set(error, error->status, "%s", message);
    (void)pl_error_locate(error, path, 0, 0);
}

enum pl_status pl_case_locate(const struct pl_suite *suite, uint64_t number, struct pl_arena *arena,
                              struct pl_error *error)
{
    const struct pl_str path = pl_line_path(suite->line, suite->cases, arena);
    struct counting counting = {.left = number};
    bool is_text = true;
    glob_t files;

    if (path.ptr == NULL || error == NULL)
        return error == NULL ? PL_E_DATA : error->status;
    if (error->file[0] != '\0' || glob(path.ptr, 0, NULL, &files) != 0) {
        if (error->file[0] == '\0')
            name_number(number, path.ptr, error);
        return error->status;
    }
    for (size_t i = 0; i < files.gl_pathc && is_text; i++) {
        if (find_in(files.gl_pathv[i], &counting)) {
            (void)pl_error_locate(error, files.gl_pathv[i], counting.line, 0);
            globfree(&files);
            return error->status;
        }
        is_text = counting.line > 0;
    }
    globfree(&files);
    name_number(number, path.ptr, error);
    return error->status;
}

/* ---- lines that are no JSON ---- */

static enum pl_status check_line(struct pl_json_document *document, struct pl_str line,
                                 const char *path, uint32_t number, struct pl_error *error)
{
    enum pl_status status = PL_OK;

    if (pl_str_trim(line).len == 0)
        return PL_OK;
    status = pl_json_document_read(document, line, error);
    if (status != PL_OK && error != NULL)
        (void)pl_error_locate(error, path, number, error->column);
    return status;
}

static enum pl_status check_file(struct pl_json_document *document, const char *path,
                                 struct pl_error *error)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t length = 0;
    uint32_t number = 0;
    enum pl_status status = PL_OK;

    while (file != NULL && status == PL_OK && (length = getline(&line, &size, file)) >= 0)
        status = check_line(document, (struct pl_str){line, (size_t)length}, path, ++number, error);
    free(line);
    if (file != NULL)
        (void)fclose(file);
    return status;
}

enum pl_status pl_cases_check_json(struct pl_str path, struct pl_arena *arena,
                                   struct pl_error *error)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    const struct pl_json_options options = {.duplicates_kept = true};
    const struct pl_str pattern = pl_arena_copy(arena, path);
    enum pl_status status = PL_OK;
    glob_t files;

    if (pattern.ptr == NULL)
        return pl_arena_error(arena, "the path of the cases", error);
    if (!ends_with(pattern.ptr, ".jsonl") && !ends_with(pattern.ptr, ".ndjson"))
        return PL_OK;
    PL_RETURN_IF(pl_json_document_new(&options, &document, error));
    if (glob(pattern.ptr, 0, NULL, &files) != 0)
        return PL_OK;
    for (size_t i = 0; i < files.gl_pathc && status == PL_OK; i++)
        status = check_file(document, files.gl_pathv[i], error);
    globfree(&files);
    return status;
}
