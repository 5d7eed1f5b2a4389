/*
 * Scores of the text metrics for a file of JSON Lines, {"output": "...", "references": ["...", ...]}:
 * what the tests compare with sacrebleu, rouge-score, NLTK and others, and what script/bench text times.
 *
 *   text_scores [--time] FILE METRIC [OPTION=VALUE...] [, METRIC ...]
 *
 * Each metric prints one line of JSON: its signature, the score of all lines, and of each one, or the
 * error. With --time, the score of all lines and the processor seconds that a second pass took, reading
 * excluded. The names `stem`, `lower`, `fold`, `classes`, `number` and `refusal_kind` print what these
 * functions make of each output instead.
 */
#include "text/metric.h"
#include "text/number.h"
#include "text/porter.h"
#include "text/refusal.h"
#include "text/unicode.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIGNATURE_BYTES_MAX ((size_t)4096)

struct corpus {
    json_t *rows; /* they own the texts */
    struct pl_text_segment *segments;
    size_t count;
    size_t references_count; /* 0 when it varies */
};

static void fail(const char *why)
{
    (void)fprintf(stderr, "text_scores: %s\n", why);
    exit(2);
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);

    if (memory == NULL)
        fail("no memory");
    return memory;
}

static struct pl_str text_of(const json_t *value)
{
    if (!json_is_string(value))
        fail("a text is no string");
    return (struct pl_str){json_string_value(value), json_string_length(value)};
}

static struct pl_text_segment segment_of(const json_t *row)
{
    const json_t *references = json_object_get(row, "references");
    const size_t count = json_array_size(references);
    struct pl_str *texts = allocate(count, sizeof *texts);

    for (size_t i = 0; i < count; i++)
        texts[i] = text_of(json_array_get(references, i));
    return (struct pl_text_segment){text_of(json_object_get(row, "output")), texts, count};
}

static struct corpus read_corpus(const char *path)
{
    FILE *file = fopen(path, "r");
    struct corpus corpus = {.rows = json_array()};
    char *line = NULL;
    size_t size = 0;

    if (file == NULL)
        fail("the file cannot be opened");
    while (getline(&line, &size, file) > 0) {
        json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);

        if (row == NULL || json_array_append_new(corpus.rows, row) != 0)
            fail("a line is not JSON");
        corpus.segments = reallocarray(corpus.segments, corpus.count + 1, sizeof *corpus.segments);
        if (corpus.segments == NULL)
            fail("no memory");
        corpus.segments[corpus.count] = segment_of(row);
        if (corpus.count == 0)
            corpus.references_count = corpus.segments[0].references_count;
        if (corpus.segments[corpus.count].references_count != corpus.references_count)
            corpus.references_count = 0;
        corpus.count++;
    }
    free(line);
    (void)fclose(file);
    return corpus;
}

static void free_corpus(struct corpus *corpus)
{
    for (size_t i = 0; i < corpus->count; i++) {
        void *references = NULL;

        memcpy(&references, &corpus->segments[i].references, sizeof references);
        free(references);
    }
    free(corpus->segments);
    json_decref(corpus->rows);
}

/* --- probes -------------------------------------------------------------------------------------- */

static void print_codes(const struct pl_codes *codes)
{
    char *bytes = allocate(codes->count, 4);
    size_t len = 0;

    for (size_t i = 0; i < codes->count; i++)
        len += pl_utf8_put(codes->ptr[i], bytes + len);

    json_t *text = json_stringn(bytes, len);

    (void)json_dumpf(text, stdout, JSON_ENCODE_ANY);
    json_decref(text);
    free(bytes);
}

static void probe_codes(struct pl_str text, struct pl_text_scratch *scratch, bool is_fold)
{
    struct pl_codes codes;

    pl_text_scratch_reset(scratch);
    if (!pl_codes_decode(text, scratch, &codes) ||
        !(is_fold ? pl_codes_fold(&codes, scratch) : pl_codes_lower(&codes, scratch)))
        fail("the scratch is full");
    print_codes(&codes);
}

static void probe_classes(struct pl_str text)
{
    const char *separator = "[";

    while (text.len > 0) {
        uint32_t code;
        const size_t taken = pl_utf8_next(text, &code);

        printf("%s%u", separator, pl_code_classes(code));
        separator = ",";
        text = (struct pl_str){text.ptr + taken, text.len - taken};
    }
    printf("%s]", *separator == '[' ? "[" : "");
}

static void probe_stem(struct pl_str text)
{
    char *word = allocate(text.len, 1);

    memcpy(word, text.ptr, text.len);
    printf("\"%.*s\"", (int)pl_porter_stem(word, text.len), word);
    free(word);
}

static void probe_number(struct pl_str text)
{
    struct pl_number number;

    if (pl_number_last(text, &number))
        printf("[%.17g,%s,%s]", number.value, number.is_percent ? "true" : "false",
               number.is_fraction ? "true" : "false");
    else
        printf("null");
}

static bool probe(const char *name, struct pl_str text, struct pl_text_scratch *scratch)
{
    if (strcmp(name, "stem") == 0)
        probe_stem(text);
    else if (strcmp(name, "lower") == 0 || strcmp(name, "fold") == 0)
        probe_codes(text, scratch, name[0] == 'f');
    else if (strcmp(name, "classes") == 0)
        probe_classes(text);
    else if (strcmp(name, "number") == 0)
        probe_number(text);
    else if (strcmp(name, "refusal_kind") == 0)
        printf("\"%s\"", pl_refusal_name(pl_refusal_find(text).refusal));
    else
        return false;
    return true;
}

static bool print_probe(const struct corpus *corpus, const char *name)
{
    static const char *const NAMES[] = {"stem",    "lower",  "fold",
                                        "classes", "number", "refusal_kind"};
    struct pl_text_scratch scratch;
    bool known = false;

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        known |= strcmp(name, NAMES[i]) == 0;
    if (!known)
        return false;
    pl_text_scratch_init(&scratch, PL_TEXT_BYTES_MAX);
    printf("{\"metric\":\"%s\",\"values\":[", name);
    for (size_t i = 0; i < corpus->count; i++) {
        if (i > 0)
            printf(",");
        (void)probe(name, corpus->segments[i].output, &scratch);
    }
    printf("]}\n");
    pl_text_scratch_deinit(&scratch);
    return true;
}

/* --- scores -------------------------------------------------------------------------------------- */

static void print_signature(const struct pl_text_scorer *scorer, const struct corpus *corpus)
{
    struct pl_buffer buffer;

    pl_buffer_init(&buffer, SIGNATURE_BYTES_MAX);
    pl_text_scorer_sign(scorer, corpus->references_count, &buffer);
    printf("{\"metric\":\"%s\",\"signature\":\"%s\"", scorer->metric->name, buffer.ptr);
    pl_buffer_deinit(&buffer);
}

static void print_error(const struct pl_error *error)
{
    json_t *text = json_string(error->message);

    printf("{\"status\":\"%s\",\"error\":", pl_status_name(error->status));
    (void)json_dumpf(text, stdout, JSON_ENCODE_ANY);
    printf("}");
    json_decref(text);
}

/* The sums over all segments; each one's score is printed unless `quiet`. */
static void collect(const struct pl_text_scorer *scorer, const struct corpus *corpus, bool quiet,
                    double *sums)
{
    struct pl_text_scratch scratch;

    pl_text_scratch_init(&scratch, PL_TEXT_BYTES_MAX);
    for (size_t i = 0; i < corpus->count; i++) {
        double stats[PL_TEXT_STATS_MAX];
        struct pl_error error = {0};

        if (!quiet && i > 0)
            printf(",");
        if (pl_text_scorer_collect(scorer, &corpus->segments[i], &scratch, stats, &error) !=
            PL_OK) {
            if (!quiet)
                print_error(&error);
            continue;
        }
        for (size_t k = 0; k < scorer->stats_count; k++)
            sums[k] += stats[k];
        if (!quiet)
            printf("%.17g", pl_text_scorer_score(scorer, stats));
    }
    pl_text_scratch_deinit(&scratch);
}

static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void print_scores(const struct pl_text_scorer *scorer, const struct corpus *corpus,
                         bool is_timed)
{
    double sums[PL_TEXT_STATS_MAX] = {0.0};
    double unused[PL_TEXT_STATS_MAX] = {0.0};

    print_signature(scorer, corpus);
    if (is_timed)
        collect(scorer, corpus, true, unused);
    else
        printf(",\"segments\":[");

    const double start = now();

    collect(scorer, corpus, is_timed, sums);
    if (!is_timed)
        printf("]");
    else
        printf(",\"seconds\":%.9f", now() - start);
    if (corpus->count > 0)
        printf(",\"corpus\":%.17g", pl_text_scorer_score(scorer, sums));
    printf("}\n");
}

static int run(char **arguments, const struct corpus *corpus, bool is_timed)
{
    struct pl_text_scorer scorer;
    struct pl_error error = {0};
    enum pl_status status = pl_text_scorer_init(&scorer, pl_str_of(arguments[0]), &error);
    int used = 1;

    if (print_probe(corpus, arguments[0]))
        return 1;
    for (; arguments[used] != NULL && strcmp(arguments[used], ",") != 0; used++) {
        const char *equal = strchr(arguments[used], '=');
        const struct pl_str name = {arguments[used],
                                    equal == NULL ? 0 : (size_t)(equal - arguments[used])};

        if (status == PL_OK)
            status = pl_text_scorer_set(&scorer, name, pl_str_of(equal == NULL ? "" : equal + 1),
                                        &error);
    }
    if (status == PL_OK)
        status = pl_text_scorer_check(&scorer, &error);
    if (status == PL_OK)
        print_scores(&scorer, corpus, is_timed);
    else
        print_error(&error);
    if (status != PL_OK)
        printf("\n");
    return used;
}

int main(int count, char **arguments)
{
    const bool is_timed = count > 1 && strcmp(arguments[1], "--time") == 0;
    int at = is_timed ? 2 : 1;

    if (count < at + 2)
        fail("usage: text_scores [--time] FILE METRIC [OPTION=VALUE...] [, METRIC ...]");

    struct corpus corpus = read_corpus(arguments[at++]);

    while (at < count) {
        at += run(arguments + at, &corpus, is_timed);
        at += at < count;
    }
    free_corpus(&corpus);
    return 0;
}
