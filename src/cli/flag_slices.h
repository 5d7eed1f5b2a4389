/* The slices of the launch, each with what the last verdict says of it and whether the flag is on in it. */
#ifndef PL_CLI_FLAG_SLICES_H
#define PL_CLI_FLAG_SLICES_H

#include "cli/flag.h"

/* Whether the flag is on in a slice, shares left aside: in a share some have it and some not. What is asked
   of segments that are not the launch's is left aside too. */
struct pl_flag_answer pl_flag_slice_answer(const struct pl_flagging *flagging,
                                           const struct pl_slice_now *slice);

/* The members `by` and `slices`, inside an open object. */
void pl_flag_slices_write(struct pl_json *json, const struct pl_flagging *flagging);

/* A table of them; nothing where the verdict has no launch. */
void pl_flag_slices_show(const struct pl_flagging *flagging, struct pl_page *page);

#endif
