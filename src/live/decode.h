/* From records of the ledger to rows of the warehouse. One thread at a time. */
#ifndef PL_LIVE_DECODE_H
#define PL_LIVE_DECODE_H

#include "json/document.h"
#include "ledger/ledger.h"
#include "live/names.h"
#include "live/rows.h"

struct pl_live_decoder {
    struct pl_json_document *document;
    struct pl_live_rows *rows[PL_LIVE_TABLES_COUNT];
    struct pl_live_names *names; /* not owned */
    struct pl_buffer scratch;
    uint64_t records[PL_LIVE_TABLES_COUNT]; /* that became rows; attempts by themselves */
    uint64_t unreadable; /* that could not: no JSON as we read it, or no id of the decision */
    uint64_t others;     /* of kinds that have no table here */
};

PL_MUST_CHECK enum pl_status pl_live_decoder_init(struct pl_live_decoder *decoder,
                                                  struct pl_connection *connection,
                                                  struct pl_live_names *names,
                                                  struct pl_error *error);
void pl_live_decoder_deinit(struct pl_live_decoder *decoder);

/* Takes one record. One of a kind that has no table is passed over; `ret_table` is then PL_LIVE_TABLES_COUNT. */
PL_MUST_CHECK enum pl_status pl_live_decode(struct pl_live_decoder *decoder,
                                            const struct pl_ledger_record *record,
                                            enum pl_live_table_id *ret_table,
                                            struct pl_error *error);

/* The value of an outcome as the warehouse keeps it: a text as it is, others as JSON, whole numbers without a point. In `scratch`,
   or in the value itself. */
PL_MUST_CHECK enum pl_status pl_live_value_text(const struct pl_json_value *value,
                                                struct pl_buffer *scratch, struct pl_str *ret_text,
                                                struct pl_error *error);

/* Hands all rows over to the engine. */
PL_MUST_CHECK enum pl_status pl_live_decoder_flush(struct pl_live_decoder *decoder,
                                                   struct pl_error *error);

#endif
