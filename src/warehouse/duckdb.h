/* DuckDB, embedded: files of CSV, TSV, JSON Lines and Parquet, also .gz and .zst, one or by glob. */
#ifndef PL_WAREHOUSE_DUCKDB_H
#define PL_WAREHOUSE_DUCKDB_H

#include "warehouse/driver.h"

extern const struct pl_driver PL_DRIVER_DUCKDB;

#endif
