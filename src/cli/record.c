/* Writes one record as a block of its own, durable before anybody is told. */
#include "cli/record.h"

#include "base/file.h"

#define LOCK_WAIT_MS 10000

enum pl_status pl_record_write(const char *folder, const char *kind, struct pl_str body,
                               struct pl_ledger_head *ret_head, struct pl_error *error)
{
    const struct pl_ledger_options options = {.lock_wait_ms = LOCK_WAIT_MS};
    struct pl_ledger_writer *writer = NULL;

    PL_RETURN_IF(pl_ledger_open(folder, &options, &writer, error));

    enum pl_status status = pl_ledger_append(writer, kind, pl_clock_unix_ms(), body, error);

    if (status == PL_OK)
        status = pl_ledger_commit(writer, ret_head, error);
    pl_ledger_close(writer);
    return status;
}
