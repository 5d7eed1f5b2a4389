/* What DuckDB reads, as SQL: files by their kind, and live traffic. Pure but for looking at the disk. */
#ifndef PL_WAREHOUSE_DUCKDB_SOURCE_H
#define PL_WAREHOUSE_DUCKDB_SOURCE_H

#include "warehouse/driver.h"

#include <limits.h>

/* Under this name the warehouse is attached, which is also what the engine makes of its file's name. */
#define PL_DUCKDB_STORE "warehouse"

/* The operations of the driver of the same names. */
bool pl_duckdb_takes(struct pl_str source);
PL_MUST_CHECK enum pl_status pl_duckdb_source(struct pl_connection *connection,
                                              const struct pl_source_options *options,
                                              struct pl_buffer *sql, struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_duckdb_rows(struct pl_connection *connection,
                                            const struct pl_source_options *options,
                                            struct pl_buffer *sql, struct pl_error *error);

/* Whether a source is live traffic; then its warehouse file, NUL-terminated as the source is. */
bool pl_duckdb_is_live(struct pl_str source);
const char *pl_duckdb_live_path(const char *source);

/* The folder that a source reads from, absolute and ending in `/`: the engine compares by letter. */
PL_MUST_CHECK enum pl_status
pl_duckdb_real_folder(const char *source, char ret_folder[PATH_MAX + 1], struct pl_error *error);

#endif
