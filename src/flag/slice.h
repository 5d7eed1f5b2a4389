/* Taking names of slices and crossings apart. Pure; any thread. */
#ifndef PL_FLAG_SLICE_H
#define PL_FLAG_SLICE_H

#include "base/str.h"

/* The next part of "a * b * c"; false when there is none left. `rest` starts as the whole text. */
bool pl_part_next(struct pl_str *rest, struct pl_str *ret_part);

#endif
