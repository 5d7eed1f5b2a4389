/* Paths that say live traffic in place of a file: `data.decisions: "ledger:"`. */
#ifndef PL_LINE_LIVE_PATH_H
#define PL_LINE_LIVE_PATH_H

#include "base/str.h"

#include <stdbool.h>

/* Beside the line: what the ledger is loaded into. */
#define PL_LINE_WAREHOUSE ".plimsoll/warehouse.duckdb"

/* Whether a path says live traffic: `ledger:` is that of the line's own feature, `ledger:NAME` that of another one, and
   `ledger:*` that of all. pl_line_path makes `ledger:NAME?since=MS&until=MS@FOLDER/.plimsoll/warehouse.duckdb` of it,
   without the window where there is none. */
bool pl_line_is_live(struct pl_str path);

/* What pl_line_path made, as a person would write it: of live traffic neither the window nor the file. A view of `path`. */
struct pl_str pl_line_path_shown(struct pl_str path);

#endif
