/* Labelled decisions for a fit of a cascade: a row for each request and tier, read by the engine. */
#ifndef PL_CLI_ROUTE_DATA_H
#define PL_CLI_ROUTE_DATA_H

#include "cascade/fit.h"
#include "cli/options.h"
#include "line/line.h"

#define PL_ROUTE_REQUESTS_MAX 5000000

/* The columns, as the file calls them; empty: there is none. */
struct pl_route_columns {
    struct pl_str id;
    struct pl_str model;
    struct pl_str signal;
    struct pl_str right;
    struct pl_str cost;
    struct pl_str group;
};

/* Takes `NAME=COLUMN` texts, on top of the names themselves and the line's `data.group`. */
PL_MUST_CHECK enum pl_status pl_route_columns_read(const struct pl_line *line,
                                                   const struct pl_texts *texts,
                                                   struct pl_route_columns *ret_columns,
                                                   struct pl_error *error);

struct pl_route_data {
    struct pl_cascade_data cascade;
    size_t rules_unread; /* of the line: their columns are not in the data */
};

/*
 * Reads `file` for the tiers of the line's route; everything lives in `arena`. PL_E_DATA says which
 * column, request or value is wrong. A tier without any signal has none; what else is missing is NAN.
 */
PL_MUST_CHECK enum pl_status pl_route_data_read(const struct pl_line *line, const char *file,
                                                const struct pl_route_columns *columns,
                                                struct pl_arena *arena,
                                                struct pl_route_data *ret_data,
                                                struct pl_error *error);

#endif
