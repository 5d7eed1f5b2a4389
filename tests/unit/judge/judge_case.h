/* A line judged on counts: data of four numbers for each group, so that every figure is known. */
#ifndef PL_TESTS_JUDGE_CASE_H
#define PL_TESTS_JUDGE_CASE_H

#include "../measure/data_case.h"

#include "judge/judge.h"

/* The counts of one group. */
struct counts {
    const char *group;
    double tp, fn, fp, tn;
};

struct judge_case {
    struct data_case data;
    char line[8192];
    struct pl_record_facts facts;
    struct pl_judgement *judgement;
};

/* `risk` and `limits` are pieces of YAML; `more` is what stands after them. */
struct judge_request {
    const struct counts *counts;
    size_t counts_count;
    const char *limits;
    const char *more;
    struct pl_record_facts facts;
};

static inline void write_counts(struct data_case *test, const struct counts *counts, size_t count)
{
    const size_t size = 64 + count * 4 * 64;
    char *text = calloc(1, size);
    size_t used = 0;

    assert_non_null(text);
    used += (size_t)snprintf(text, size, "g,y,p,n\n");
    for (size_t i = 0; i < count; i++) {
        const struct {
            const char *marks;
            double n;
        } rows[] = {{"1,1", counts[i].tp},
                    {"1,0", counts[i].fn},
                    {"0,1", counts[i].fp},
                    {"0,0", counts[i].tn}};

        for (size_t row = 0; row < 4; row++)
            used += (size_t)snprintf(text + used, size - used, "%s,%s,%.0f\n", counts[i].group,
                                     rows[row].marks, rows[row].n);
    }
    case_write(test, "d.csv", text);
    free(text);
}

static inline enum pl_status judge_try(struct judge_case *test, const struct judge_request *request)
{
    memset(test, 0, sizeof *test);
    case_open(&test->data);
    write_counts(&test->data, request->counts, request->counts_count);
    (void)snprintf(test->line, sizeof test->line,
                   "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
                   "  columns: {label: y, prediction: p, count: n}\n  segments: {g: g}\n"
                   "limits:\n%s\n%s",
                   request->limits, request->more == NULL ? "" : request->more);
    case_line(&test->data, test->line);
    test->facts = request->facts;
    PL_RETURN_IF(case_try(&test->data, ""));
    return pl_judge(test->data.line, test->data.measured, &test->facts, &test->data.arena,
                    &test->judgement, &test->data.error);
}

static inline void judge_open(struct judge_case *test, const struct judge_request *request)
{
    if (judge_try(test, request) != PL_OK)
        fail_msg("%s", test->data.error.message);
}

static inline void judge_close(struct judge_case *test)
{
    case_close(&test->data);
}

#endif
