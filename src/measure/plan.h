/*
 * The one GROUP BY that makes cells: which columns it reads, how each is taken, what it returns, and
 * what it checks on the way. Everything in a plan lives in the arena it was made in.
 */
#ifndef PL_MEASURE_PLAN_H
#define PL_MEASURE_PLAN_H

#include "line/line.h"
#include "measure/cells.h"
#include "warehouse/driver.h"

#define PL_PLAN_CHECKS_MAX 64
#define PL_PLAN_NONE       (-1)

/* A numeric column of a generic measure: mean(c), rate(c) and so on. */
struct pl_value_column {
    struct pl_str name;
    struct pl_place place;
};

struct pl_join; /* measure/join.h */
struct pl_metric;

/* The two columns of ratio(COLUMN, COLUMN), the numerator first. */
struct pl_ratio_columns {
    struct pl_value_column columns[2];
};

/* What the measures need of the data. */
struct pl_plan_request {
    const struct pl_line *line;
    const struct pl_join *join; /* the data are joined with a baseline; NULL: they are not */
    const struct pl_value_column *joined; /* with it: value columns by their names in the line */
    size_t joined_count;
    const struct pl_metric *metrics; /* what is to be measured, for kinds of task that load by it */
    size_t metrics_count;
    const struct pl_value_column *columns;
    size_t columns_count;
    const struct pl_ratio_columns *ratios;
    size_t ratios_count;
    bool needs_probabilities; /* multiclass: those of the classes */
    bool needs_neighbours;    /* the features of each decision, by a second query */
    bool needs_scores; /* the scores themselves, not only on which side of the threshold they lie */
};

/* A condition that no row may meet; the query counts the rows that do. */
struct pl_check {
    struct pl_str column;
    struct pl_place place;
    struct pl_str condition; /* SQL over the source's columns */
    const char *wrong;       /* "is not a number" */
};

struct pl_plan {
    const struct pl_line *line;
    const struct pl_metric *metrics; /* of the request */
    size_t metrics_count;
    const struct pl_driver *driver;
    struct pl_connection *connection; /* owned: pl_plan_deinit */
    struct pl_columns source_columns;
    struct pl_source_options options; /* how the source is read */
    struct pl_str source;             /* the table expression */
    struct pl_str address;            /* of the source, for the driver */
    struct pl_str path;               /* the same for people */
    struct pl_str sql;
    bool rows;  /* every row comes as it is, without a GROUP BY */
    bool lists; /* values come as one list for each group; else every value is a group of its own */
    size_t segments_count;
    /* Where things stand in the result; PL_PLAN_NONE when absent. Segments come first. */
    int label;
    int prediction;
    bool prediction_is_side; /* it is the score's side of the threshold, found by the engine */
    int score;
    int query; /* of a ranking: its query */
    int order; /* what puts the items in order, highest first */
    int weight;
    int count;
    int file_rows; /* how many rows of the source; where no column counts, the same as `count` */
    int first_check;
    const struct pl_value_column *columns;
    size_t columns_count;
    int first_column;
    const struct pl_ratio_columns *ratios;
    size_t ratios_count;
    int first_ratio; /* one item for each with lists, else two */
    struct pl_check checks[PL_PLAN_CHECKS_MAX];
    size_t checks_count;
    struct pl_plan *clusters;   /* a query besides, for data.group; NULL: none */
    int cluster;                /* of that query; else PL_PLAN_NONE */
    struct pl_plan *neighbours; /* a query besides, for data.features; NULL: none */
    int first_feature;          /* of that query */
};

/* Opens the engine and plans. On an error nothing stays open. */
PL_MUST_CHECK enum pl_status pl_plan_make(const struct pl_plan_request *request, uint32_t threads,
                                          struct pl_arena *arena, struct pl_plan *ret_plan,
                                          struct pl_error *error);

/* Opens the engine for the data of a line, and for a baseline when there is a join. */
PL_MUST_CHECK enum pl_status pl_plan_open(const struct pl_line *line, const struct pl_join *join,
                                          uint32_t threads, struct pl_arena *arena,
                                          struct pl_plan *ret_plan, struct pl_error *error);

/* Names of those columns that the line speaks of and no SQL expression uses: they are taken as text and
   cast by us. `ret_names` has room for all. */
size_t pl_plan_text_columns(const struct pl_line *line, const struct pl_columns *columns,
                            const struct pl_value_column *values, size_t values_count,
                            struct pl_str *ret_names);
void pl_plan_deinit(struct pl_plan *plan);

/* The engine failed at the query: finds the part of the line that is to blame and names it. */
enum pl_status pl_plan_blame(const struct pl_plan *plan, enum pl_status status,
                             struct pl_arena *arena, struct pl_error *error);

/* Finds the first row that meets check `index`, and reports file, row, column and value. */
enum pl_status pl_plan_report(const struct pl_plan *plan, size_t index, struct pl_arena *arena,
                              struct pl_error *error);

#endif
