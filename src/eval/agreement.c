/* Going over the results for pairs of a judge's score and a person's, and what the kernels say of them. */
#include "eval/agreement.h"

#include "json/document.h"
#include "stats/agreement.h"
#include "stats/prediction_powered.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct reading {
    const struct pl_scorer *scorer;
    struct pl_arena *arena;
    uint32_t *ratings; /* judge and person, pair after pair */
    size_t count;
    size_t most;
    struct pl_ppi ppi;
    struct pl_json_document *document;
    struct pl_str human; /* the column */
};

static bool number_of(const struct pl_json_value *row, struct pl_str column, double *ret_value)
{
    const struct pl_json_value *value = pl_json_value_get(row, column);

    if (value == NULL || pl_json_value_type(value) != PL_JSON_NUMBER)
        return false;
    *ret_value = pl_json_value_double(value);
    return true;
}

/* The category of a mark, or of 0 and 1; a median between two marks goes to the lower one. */
static uint32_t category_of(const struct pl_scorer *scorer, double value)
{
    const double first = scorer->form == PL_JUDGE_SCALE ? 1.0 : 0.0;
    const double last = scorer->form == PL_JUDGE_SCALE ? (double)scorer->scale : 1.0;

    return (uint32_t)(fmin(last, fmax(first, floor(value))) - first);
}

static void take_row(struct reading *reading, const struct pl_json_value *row)
{
    double judged = 0.0;
    double human = 0.0;

    if (!number_of(row, reading->scorer->name, &judged))
        return;
    if (!number_of(row, reading->human, &human)) {
        pl_ppi_add_unlabelled(&reading->ppi, judged);
        return;
    }
    pl_ppi_add_labelled(&reading->ppi, human, judged);
    if (reading->count == reading->most)
        return;
    reading->ratings[2 * reading->count] = category_of(reading->scorer, judged);
    reading->ratings[2 * reading->count + 1] = category_of(reading->scorer, human);
    reading->count++;
}

static enum pl_status read_rows(struct reading *reading, const char *path, struct pl_error *error)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t length = 0;
    enum pl_status status = PL_OK;

    if (file == NULL)
        return pl_error_errno(error, errno, "%s cannot be read", path);
    while (status == PL_OK && (length = getline(&line, &size, file)) >= 0) {
        status =
            pl_json_document_read(reading->document, (struct pl_str){line, (size_t)length}, error);
        if (status == PL_OK)
            take_row(reading, pl_json_document_root(reading->document));
    }
    free(line);
    (void)fclose(file);
    return status;
}

static enum pl_status measure(const struct reading *reading, const struct pl_suite *suite,
                              struct pl_judge_agreement *judge, struct pl_error *error)
{
    const double confidence = suite->line->evidence.confidence;
    const struct pl_ratings ratings = {
        .ratings = reading->ratings,
        .units_count = reading->count,
        .raters_count = 2,
        .categories_count = judge->is_scale ? reading->scorer->scale : 2,
    };
    const struct pl_rater_pair pair = {0, 1};
    const struct pl_alpha_options options = {
        .level = judge->is_scale ? PL_RATING_ORDINAL : PL_RATING_NOMINAL,
        .seed = suite->seed,
        .confidence = confidence,
    };
    struct pl_rating_table table;
    struct pl_alpha alpha;
    struct pl_stat stat;

    PL_RETURN_IF(pl_rating_table_make(&ratings, &pair, reading->arena, &table, error));
    stat = pl_raw_agreement(&table);
    judge->raw = pl_stat_estimate(&stat, confidence, PL_RATE_WILSON);
    stat = pl_cohen_kappa(&table, judge->is_scale ? PL_KAPPA_QUADRATIC : PL_KAPPA_UNWEIGHTED);
    judge->kappa = pl_stat_estimate(&stat, confidence, PL_RATE_WILSON);
    PL_RETURN_IF(pl_krippendorff_alpha(&ratings, &options, reading->arena, &alpha, error));
    judge->alpha = pl_stat_estimate(&alpha.stat, confidence, PL_RATE_WILSON);
    if (judge->is_scale) {
        const struct pl_ppi_options powered = {.tuning = PL_PPI_CROSS_FITTED};

        stat = pl_ppi_finish(&reading->ppi, &powered).stat;
        judge->corrected = pl_stat_estimate(&stat, confidence, PL_RATE_WILSON);
    }
    return PL_OK;
}

static enum pl_status measure_judge(const struct pl_suite *suite, const struct pl_run *run,
                                    struct reading *reading, struct pl_judge_agreement *judge,
                                    struct pl_error *error)
{
    const char *path = pl_run_path(run, PL_RESULTS_FILE, reading->arena);

    reading->human =
        pl_arena_format(reading->arena, "%.*s.human", PL_STR_ARG(reading->scorer->name));
    reading->ratings =
        pl_arena_alloc_array(reading->arena, 2 * reading->most + 2, sizeof *reading->ratings);
    if (path == NULL || reading->human.ptr == NULL || reading->ratings == NULL)
        return pl_arena_error(reading->arena, "a judge's agreement", error);
    PL_RETURN_IF(read_rows(reading, path, error));
    judge->name = reading->scorer->name;
    judge->n = reading->count;
    judge->is_scale = reading->scorer->form == PL_JUDGE_SCALE;
    return measure(reading, suite, judge, error);
}

/* A mark that `min` or `max` makes pass or fail is measured as that, by the measures of the suite. */
static bool has_people(const struct pl_scorer *scorer)
{
    const bool is_cut = scorer->form == PL_JUDGE_SCALE && (scorer->min_given || scorer->max_given);

    return scorer->kind == PL_SCORER_JUDGE && scorer->human.len > 0 && !is_cut &&
           scorer->form != PL_JUDGE_PAIRWISE;
}

enum pl_status pl_judges_measure(const struct pl_suite *suite, const struct pl_run *run,
                                 struct pl_arena *arena, struct pl_judge_agreements *ret_agreements,
                                 struct pl_error *error)
{
    *ret_agreements = (struct pl_judge_agreements){.count = 0};
    for (size_t i = 0; i < suite->scorers_count; i++) {
        struct reading reading = {
            .scorer = &suite->scorers[i], .arena = arena, .most = (size_t)run->outputs};
        enum pl_status status = PL_OK;

        if (!has_people(&suite->scorers[i]))
            continue;
        PL_RETURN_IF(pl_json_document_new(NULL, &reading.document, error));
        status = measure_judge(suite, run, &reading, &ret_agreements->judges[ret_agreements->count],
                               error);
        pl_json_document_free(reading.document);
        PL_RETURN_IF(status);
        ret_agreements->count++;
    }
    return PL_OK;
}
