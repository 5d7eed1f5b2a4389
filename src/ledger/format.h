/*
 * The four kinds of line that a ledger is made of, written and read in their one canonical form.
 * The byte layout stands at the top of format.c. Pure functions; safe in any thread.
 */
#ifndef PL_LEDGER_FORMAT_H
#define PL_LEDGER_FORMAT_H

#include "ledger/ledger.h"

/* Any line but a record's, its newline and a NUL included. */
#define PL_FORMAT_LINE_SIZE           512
#define PL_FORMAT_SIGNATURE_TEXT_SIZE 129
#define PL_FORMAT_KIND_LENGTH_MAX     32

/* The text before a record's body is at most this long. */
#define PL_FORMAT_RECORD_START_SIZE 128

/* The last line of a block. */
struct pl_format_seal {
    uint64_t block;
    uint64_t records; /* in this block */
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
    char signature[PL_FORMAT_SIGNATURE_TEXT_SIZE];
};

/* The head file's only line. All numbers are 0 and the hash is zeros while there is no block. */
struct pl_format_head {
    uint64_t block;
    uint64_t records; /* in the whole chain */
    uint64_t segment; /* the one that holds the block */
    uint64_t offset;  /* of the first byte after the block, in that segment */
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
    char signature[PL_FORMAT_SIGNATURE_TEXT_SIZE];
};

/* Each writes one line with its newline and a NUL, and returns its length without the NUL. */
size_t pl_format_header_write(uint64_t segment, const char *previous_hash,
                              char ret_line[PL_FORMAT_LINE_SIZE]);
size_t pl_format_seal_write(const struct pl_format_seal *seal, char ret_line[PL_FORMAT_LINE_SIZE]);
size_t pl_format_head_write(const struct pl_format_head *head, char ret_line[PL_FORMAT_LINE_SIZE]);

/* A record's line up to its body; the body, "}" and the newline follow. */
size_t pl_format_record_start(uint64_t sequence, uint64_t time_ms, const char *kind,
                              char ret_text[PL_FORMAT_RECORD_START_SIZE]);

/* The texts that are signed, without newline. Each returns its length. */
size_t pl_format_seal_statement(const struct pl_format_seal *seal,
                                char ret_text[PL_FORMAT_LINE_SIZE]);
size_t pl_format_head_statement(const struct pl_format_head *head,
                                char ret_text[PL_FORMAT_LINE_SIZE]);

/* True when `line` (its newline included) is byte for byte what the writer above would write. */
bool pl_format_seal_read(struct pl_str line, struct pl_format_seal *ret_seal);
bool pl_format_head_read(struct pl_str line, struct pl_format_head *ret_head);

/* As above, for a record; `line` without its newline. The views point into `line`; `block` is 0. */
bool pl_format_record_read(struct pl_str line, struct pl_ledger_record *ret_record);

/* True for the start of a line that can only be a seal's. */
bool pl_format_is_seal(struct pl_str line);

/* A lower-case word: a letter, then letters, digits and "_", at most PL_FORMAT_KIND_LENGTH_MAX. */
bool pl_format_is_kind(struct pl_str kind);

/* The file name of a segment, "segment-000001.jsonl". */
#define PL_FORMAT_SEGMENT_NAME_SIZE 48
void pl_format_segment_name(uint64_t segment, char ret_name[PL_FORMAT_SEGMENT_NAME_SIZE]);

#endif
