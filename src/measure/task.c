/* The table of the kinds of task. */
#include "measure/task.h"

static const struct pl_task_kind *const KINDS[PL_TASKS_COUNT] = {
    [PL_TASK_BINARY] = &PL_TASK_KIND_BINARY,
    [PL_TASK_MULTICLASS] = &PL_TASK_KIND_MULTICLASS,
    [PL_TASK_MULTILABEL] = &PL_TASK_KIND_MULTILABEL,
    [PL_TASK_REGRESSION] = &PL_TASK_KIND_REGRESSION,
    [PL_TASK_RANKING] = &PL_TASK_KIND_RANKING,
};

const struct pl_task_kind *pl_task_kind_of(enum pl_task task)
{
    return KINDS[task];
}
