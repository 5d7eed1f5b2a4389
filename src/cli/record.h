/* One record, one block: how commands write to the ledger. */
#ifndef PL_CLI_RECORD_H
#define PL_CLI_RECORD_H

#include "ledger/ledger.h"

/*
 * Appends a record of `kind` with this body to the ledger in `folder`, waiting ten seconds for another
 * writer. When it returns PL_OK the record survives kill -9 and power loss.
 */
PL_MUST_CHECK enum pl_status pl_record_write(const char *folder, const char *kind,
                                             struct pl_str body, struct pl_ledger_head *ret_head,
                                             struct pl_error *error);

#endif
