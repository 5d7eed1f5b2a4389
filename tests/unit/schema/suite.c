/*
 * Runs test suites in the form of the official one of JSON Schema: `suite FOLDER` that one, `suite --file
 * FILE` a single file, whose cases must all pass. Of the official one the required cases must all pass;
 * of the optional ones a table says how many do, and the cases that fail are counted below, so that one
 * more or one less is noticed. Exits with 77, a skipped test, when the folder is not there.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "json/document.h"
#include "json/render.h"
#include "schema/schema.h"

#define SKIPPED             77
#define SOURCES_MAX         512
#define FILES_MAX           256
#define PATH_SIZE           1024
#define FILE_SIZE_BYTES_MAX ((size_t)8 << 20)
#define REMOTE              "http://localhost:1234/"

/* Optional files with how many of their cases fail. Names that encode others (Punycode) would need the
   tables of IDNA, and look-behinds of any length are not in PCRE2. */
struct known {
    const char *file;
    int failed;
};

static const struct known KNOWN[] = {
    {"optional/format/ecmascript-regex.json", 1},
    {"optional/format/hostname.json", 23},
    {"optional/format/idn-hostname.json", 54},
};

struct suite {
    struct pl_arena arena;
    struct pl_schema_source sources[SOURCES_MAX];
    size_t sources_count;
    bool verbose;
};

struct tally {
    int passed, failed;
};

static int die(const char *what, const struct pl_error *error)
{
    fprintf(stderr, "%s: %s\n", what, error->message);
    exit(1);
}

static struct pl_str read_text(struct suite *suite, const char *path)
{
    struct pl_str text = {NULL, 0};
    struct pl_error error = {0};

    if (pl_file_read(path, FILE_SIZE_BYTES_MAX, &suite->arena, &text, &error) != PL_OK)
        die(path, &error);
    return text;
}

static bool is_folder(const char *path)
{
    DIR *folder = opendir(path);

    if (folder != NULL)
        closedir(folder);
    return folder != NULL;
}

/* Every document below the folder, by the address that the suite gives it. */
static void read_remotes(struct suite *suite, const char *path, const char *uri)
{
    DIR *folder = opendir(path);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char below[PATH_SIZE];
        const struct pl_str name = pl_arena_format(&suite->arena, "%s%s", uri, entry->d_name);

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (is_folder(below)) {
            read_remotes(suite, below, pl_arena_format(&suite->arena, "%s/", name.ptr).ptr);
        } else if (suite->sources_count < SOURCES_MAX) {
            suite->sources[suite->sources_count++] =
                (struct pl_schema_source){name, read_text(suite, below)};
        }
    }
    if (folder != NULL)
        closedir(folder);
}

/* 1 valid, 0 not, -1 neither. */
static int verdict(struct pl_schema_checker *checker, const struct pl_json_value *value,
                   struct pl_error *error)
{
    bool valid = false;
    size_t count = 0;

    if (pl_schema_check(checker, value, &valid, error) != PL_OK)
        return -1;
    (void)pl_schema_checker_faults(checker, &count);
    if (valid != (count == 0)) {
        (void)pl_error_set(error, PL_E_DATA, "%zu faults of a value that is %s", count,
                           valid ? "valid" : "not valid");
        return -1;
    }
    return valid;
}

static void text_of(const struct pl_json_value *value, struct pl_buffer *out)
{
    pl_buffer_init(out, FILE_SIZE_BYTES_MAX);
    pl_json_value_write(value, out);
}

static void say(const struct suite *suite, const char *file, const struct pl_json_value *group,
                const struct pl_json_value *test, const char *why)
{
    if (suite->verbose)
        printf("  %s | %.*s | %.*s: %s\n", file,
               PL_STR_ARG(pl_json_value_str(pl_json_value_get_text(group, "description"))),
               PL_STR_ARG(test == NULL
                              ? PL_STR("all")
                              : pl_json_value_str(pl_json_value_get_text(test, "description"))),
               why);
}

static void run_tests(const struct suite *suite, const char *file,
                      const struct pl_json_value *group, const struct pl_schema *schema,
                      struct tally *tally)
{
    PL_CLEANUP(pl_schema_checker_cleanup) struct pl_schema_checker *checker = NULL;
    struct pl_error error = {0};
    struct pl_json_walk walk = pl_json_value_walk(pl_json_value_get_text(group, "tests"));

    if (pl_schema_checker_new(schema, 20, &checker, &error) != PL_OK)
        die(file, &error);
    while (pl_json_walk_next(&walk)) {
        const bool expected = pl_json_value_bool(pl_json_value_get_text(walk.value, "valid"));
        const int found = verdict(checker, pl_json_value_get_text(walk.value, "data"), &error);

        tally->passed += found == expected;
        tally->failed += found != expected;
        if (found != expected)
            say(suite, file, group, walk.value, found < 0 ? error.message : "the other way round");
    }
}

static void run_group(const struct suite *suite, const char *file,
                      const struct pl_json_value *group, struct tally *tally)
{
    PL_CLEANUP(pl_schema_cleanup) struct pl_schema *schema = NULL;
    const struct pl_schema_options options = {
        .sources = suite->sources,
        .sources_count = suite->sources_count,
        .formats_asserted = strstr(file, "optional/format/") != NULL,
    };
    struct pl_error error = {0};
    struct pl_buffer text;

    text_of(pl_json_value_get_text(group, "schema"), &text);
    if (pl_schema_compile(pl_buffer_view(&text), &options, &schema, &error) == PL_OK) {
        run_tests(suite, file, group, schema, tally);
    } else {
        tally->failed += (int)pl_json_value_count(pl_json_value_get_text(group, "tests"));
        say(suite, file, group, NULL, error.message);
    }
    pl_buffer_deinit(&text);
}

static struct tally run_file(struct suite *suite, const char *folder, const char *file)
{
    static const struct pl_json_options OPTIONS = {.big_numbers_kept = true};
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    struct pl_error error = {0};
    struct tally tally = {0};
    char path[PATH_SIZE];

    (void)snprintf(path, sizeof path, "%s/%s", file[0] == '/' ? "" : folder, file);
    if (pl_json_document_open(read_text(suite, path), &OPTIONS, &document, &error) != PL_OK)
        die(file, &error);
    for (struct pl_json_walk walk = pl_json_value_walk(pl_json_document_root(document));
         pl_json_walk_next(&walk);)
        run_group(suite, file, walk.value, &tally);
    return tally;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The JSON files right in a folder, sorted, with `head` before each name. */
static size_t list_files(struct suite *suite, const char *path, const char *head,
                         const char *names[FILES_MAX])
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    size_t count = 0;

    while (folder != NULL && (entry = readdir(folder)) != NULL)
        if (pl_str_ends_with(pl_str_of(entry->d_name), PL_STR(".json")) && count < FILES_MAX)
            names[count++] = pl_arena_format(&suite->arena, "%s%s", head, entry->d_name).ptr;
    if (folder != NULL)
        closedir(folder);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

static int known_failures(const char *file)
{
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (strcmp(KNOWN[i].file, file) == 0)
            return KNOWN[i].failed;
    return 0;
}

/* Runs the files of one folder of the suite; returns how many did not come out as they must. */
static int run_folder(struct suite *suite, const char *tests, const char *head)
{
    const char *names[FILES_MAX];
    char path[PATH_SIZE];
    struct tally sum = {0};
    int wrong = 0;

    (void)snprintf(path, sizeof path, "%s/%s", tests, head);

    const size_t count = list_files(suite, path, head, names);

    for (size_t i = 0; i < count; i++) {
        const struct tally tally = run_file(suite, tests, names[i]);

        sum.passed += tally.passed;
        sum.failed += tally.failed;
        wrong += tally.failed != known_failures(names[i]);
        if (tally.failed > 0 || head[0] != '\0')
            printf("%-44s %4d of %4d\n", names[i], tally.passed, tally.passed + tally.failed);
    }
    printf("%-44s %4d of %4d\n", head[0] == '\0' ? "required" : head, sum.passed,
           sum.passed + sum.failed);
    return wrong + (sum.passed == 0);
}

/* A file of cases of our own. */
static int run_single(struct suite *suite, const char *file)
{
    struct tally tally;

    suite->verbose = true;
    pl_arena_init(&suite->arena, (size_t)64 << 20);
    tally = run_file(suite, ".", file);
    pl_arena_deinit(&suite->arena);
    printf("%d of %d\n", tally.passed, tally.passed + tally.failed);
    return tally.failed == 0 && tally.passed > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct suite suite;
    char path[PATH_SIZE];
    int wrong = 0;

    if (argc == 3 && strcmp(argv[1], "--file") == 0)
        return run_single(&suite, argv[2]);
    if (argc < 2 || !is_folder(argv[1])) {
        printf("skipped: the suite is not there\n");
        return SKIPPED;
    }
    suite.verbose = argc > 2;
    pl_arena_init(&suite.arena, (size_t)64 << 20);
    (void)snprintf(path, sizeof path, "%s/remotes", argv[1]);
    read_remotes(&suite, path, REMOTE);
    (void)snprintf(path, sizeof path, "%s/tests/draft2020-12", argv[1]);
    wrong += run_folder(&suite, path, "");
    wrong += run_folder(&suite, path, "optional/");
    wrong += run_folder(&suite, path, "optional/format/");
    pl_arena_deinit(&suite.arena);
    return wrong == 0 ? 0 : 1;
}
