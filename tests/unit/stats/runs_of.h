/* The pairs of scores that the tests of two runs share, read from paired_runs_data.csv. */
#ifndef PL_TESTS_STATS_RUNS_OF_H
#define PL_TESTS_STATS_RUNS_OF_H

#include "stats/paired_runs.h"

#include "table.h"

#define CASES_MAX 256

struct runs {
    double first[CASES_MAX];
    double second[CASES_MAX];
    uint32_t groups[CASES_MAX];
    struct pl_paired_scores scores;
};

static inline void runs_read(struct runs *runs, const char *name)
{
    const struct table *data = table_read("paired_runs_data.csv");

    *runs = (struct runs){
        .scores = {.first = runs->first, .second = runs->second, .groups = runs->groups}};
    for (size_t i = 0; i < data->count; i++) {
        const double *v = data->rows[i].values;
        const size_t at = runs->scores.count;

        if (strcmp(data->rows[i].name, name) != 0)
            continue;
        assert_true(at < CASES_MAX);
        runs->first[at] = v[0];
        runs->second[at] = v[1];
        runs->groups[at] = (uint32_t)v[2];
        if (runs->scores.groups_count <= runs->groups[at])
            runs->scores.groups_count = runs->groups[at] + 1;
        runs->scores.count++;
    }
    assert_true(runs->scores.count > 0);
}

#endif
