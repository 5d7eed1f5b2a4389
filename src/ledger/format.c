/*
 * The format of a ledger, version 1. Everything is ASCII or UTF-8 text in lines that end in one
 * newline (0x0a); a person can read it, and tools/verify_ledger.py checks it in sixty lines.
 *
 * FILES of the folder
 *
 *   segment-000001.jsonl   the chain, in segments numbered from 1 without gaps, six digits at least
 *   head                   where the chain ends
 *   key                    the Ed25519 seed, 64 hex digits and a newline, mode 0600
 *   key.pub                the Ed25519 public key, 64 hex digits and a newline
 *   lock                   the writer's process number; flock() is the lock, its bytes mean nothing
 *   *.new                  leftovers of a crash; never read
 *
 * LINES. N is a decimal number of 64 bits without sign or leading zeros, H is 64 and S is 128
 * lower-case hex digits, W is a lower-case word ([a-z][a-z0-9_]*, at most 32 bytes), O is one JSON
 * object (RFC 8259) in valid UTF-8 without bytes below 0x20 other than tab.
 *
 *   header   {"plimsoll_ledger":1,"segment":N,"previous":"H"}
 *   record   {"seq":N,"time_ms":N,"kind":"W","body":O}
 *   seal     {"seal":N,"records":N,"hash":"H","signature":"S"}
 *   head     {"head":N,"records":N,"segment":N,"offset":N,"hash":"H","signature":"S"}
 *
 *   segment = block*                  the first block begins with the header of its segment
 *   block   = [header] record+ seal   at most 8 MiB; a record line is at most 1 MiB
 *
 * VALIDITY. There is one way to write each line, and any other is not valid: no blanks, no
 * upper-case digits, no other order of keys. With H(0) = 32 zero bytes, block b (from 1) is valid
 * when
 *
 *   - its header, where it has one, names its segment, and its "previous" is H(b-1) in hex;
 *   - the records' "seq" goes on from the block before without a gap (the first record is 1);
 *   - the seal's first number is b, and its "records" the number of record lines, at least 1;
 *   - the seal's "hash" is H(b) = BLAKE2b-256(H(b-1) as 32 bytes || header and record lines of the
 *     block with their newlines);
 *   - the seal's "signature" is an Ed25519 signature (RFC 8032) under key.pub of the text
 *     plimsoll-ledger 1 block N records N hash H
 *     with the seal's own values and no newline.
 *
 * The head is valid when its signature is one of the text
 *     plimsoll-ledger 1 head N records N segment N offset N hash H
 * and its values are those of a valid block: number, records in the chain so far, segment, offset
 * of the byte after the seal's newline, hash. A ledger without a block has a head of zeros. The
 * chain holds when every block is valid, the head is valid, and at most one block follows the
 * head's. H(b) covers every byte before it but signatures, which are checked by themselves: a chain
 * has one last hash, and who has noted it elsewhere can tell any other chain from it. Without such
 * a note nobody can tell that segments and head were put back together to an earlier state, nor
 * that the holder of the key wrote another history.
 *
 * CRASH. A commit writes the block in one write at the end of its segment, syncs it (and the
 * folder, where the segment is new), writes head.new, syncs it, renames it to head and syncs the
 * folder. Only then is it acknowledged. So a crash leaves, after the head's block, one of
 *
 *   nothing                    the commit had not begun or is complete
 *   a whole valid block        the next open takes it in and moves the head
 *   anything without a valid   an interrupted write that nobody was told of (at most 8 MiB, or a new
 *   seal: an "unsealed tail"   segment): the next open cuts it off
 *
 * Bytes after the head's block that hold a validly signed seal, and yet are not one valid block,
 * are no trace of a crash of this program: open refuses them and changes nothing. A new ledger is
 * made in the order key, head, key.pub, each written beside and renamed; open makes what is missing
 * as long as nothing that comes later in this order exists. A folder without key.pub and segments,
 * whose head is missing or of zeros, is an empty ledger.
 */
#include "ledger/format.h"

#include "ledger/json_object.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static size_t written(int length, size_t size)
{
    assert(length > 0 && (size_t)length < size);
    return (size_t)length;
}

size_t pl_format_header_write(uint64_t segment, const char *previous_hash,
                              char ret_line[PL_FORMAT_LINE_SIZE])
{
    return written(snprintf(ret_line, PL_FORMAT_LINE_SIZE,
                            "{\"plimsoll_ledger\":1,\"segment\":%" PRIu64 ",\"previous\":\"%s\"}\n",
                            segment, previous_hash),
                   PL_FORMAT_LINE_SIZE);
}

size_t pl_format_seal_write(const struct pl_format_seal *seal, char ret_line[PL_FORMAT_LINE_SIZE])
{
    return written(snprintf(ret_line, PL_FORMAT_LINE_SIZE,
                            "{\"seal\":%" PRIu64 ",\"records\":%" PRIu64
                            ",\"hash\":\"%s\",\"signature\":\"%s\"}\n",
                            seal->block, seal->records, seal->hash, seal->signature),
                   PL_FORMAT_LINE_SIZE);
}

size_t pl_format_head_write(const struct pl_format_head *head, char ret_line[PL_FORMAT_LINE_SIZE])
{
    return written(snprintf(ret_line, PL_FORMAT_LINE_SIZE,
                            "{\"head\":%" PRIu64 ",\"records\":%" PRIu64 ",\"segment\":%" PRIu64
                            ",\"offset\":%" PRIu64 ",\"hash\":\"%s\",\"signature\":\"%s\"}\n",
                            head->block, head->records, head->segment, head->offset, head->hash,
                            head->signature),
                   PL_FORMAT_LINE_SIZE);
}

size_t pl_format_record_start(uint64_t sequence, uint64_t time_ms, const char *kind,
                              char ret_text[PL_FORMAT_RECORD_START_SIZE])
{
    return written(
        snprintf(ret_text, PL_FORMAT_RECORD_START_SIZE,
                 "{\"seq\":%" PRIu64 ",\"time_ms\":%" PRIu64 ",\"kind\":\"%s\",\"body\":", sequence,
                 time_ms, kind),
        PL_FORMAT_RECORD_START_SIZE);
}

size_t pl_format_seal_statement(const struct pl_format_seal *seal,
                                char ret_text[PL_FORMAT_LINE_SIZE])
{
    return written(snprintf(ret_text, PL_FORMAT_LINE_SIZE,
                            "plimsoll-ledger 1 block %" PRIu64 " records %" PRIu64 " hash %s",
                            seal->block, seal->records, seal->hash),
                   PL_FORMAT_LINE_SIZE);
}

size_t pl_format_head_statement(const struct pl_format_head *head,
                                char ret_text[PL_FORMAT_LINE_SIZE])
{
    return written(snprintf(ret_text, PL_FORMAT_LINE_SIZE,
                            "plimsoll-ledger 1 head %" PRIu64 " records %" PRIu64
                            " segment %" PRIu64 " offset %" PRIu64 " hash %s",
                            head->block, head->records, head->segment, head->offset, head->hash),
                   PL_FORMAT_LINE_SIZE);
}

/* The readers below take one part after the other off the front of `text`. */
static bool take_text(struct pl_str *text, const char *expected)
{
    const struct pl_str prefix = pl_str_of(expected);

    if (!pl_str_starts_with(*text, prefix))
        return false;
    text->ptr += prefix.len;
    text->len -= prefix.len;
    return true;
}

static bool take_number(struct pl_str *text, uint64_t *ret_value)
{
    uint64_t value = 0;
    size_t digits = 0;

    while (digits < text->len && text->ptr[digits] >= '0' && text->ptr[digits] <= '9') {
        const uint64_t digit = (uint64_t)(text->ptr[digits] - '0');

        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
        digits++;
    }
    if (digits == 0 || (digits > 1 && text->ptr[0] == '0'))
        return false;
    text->ptr += digits;
    text->len -= digits;
    *ret_value = value;
    return true;
}

/* `digits` lower-case hex digits, copied with a NUL. */
static bool take_hex(struct pl_str *text, size_t digits, char *ret_hex)
{
    if (text->len < digits)
        return false;
    for (size_t i = 0; i < digits; i++)
        if (text->ptr[i] == '\0' || strchr("0123456789abcdef", text->ptr[i]) == NULL)
            return false;
    memcpy(ret_hex, text->ptr, digits);
    ret_hex[digits] = '\0';
    text->ptr += digits;
    text->len -= digits;
    return true;
}

/* The part that seals and the head have in common, up to the end of the line. */
static bool take_hash_and_signature(struct pl_str *text, char *ret_hash, char *ret_signature)
{
    return take_text(text, ",\"hash\":\"") &&
           take_hex(text, PL_LEDGER_HASH_TEXT_SIZE - 1, ret_hash) &&
           take_text(text, "\",\"signature\":\"") &&
           take_hex(text, PL_FORMAT_SIGNATURE_TEXT_SIZE - 1, ret_signature) &&
           take_text(text, "\"}\n") && text->len == 0;
}

bool pl_format_seal_read(struct pl_str line, struct pl_format_seal *ret_seal)
{
    return take_text(&line, "{\"seal\":") && take_number(&line, &ret_seal->block) &&
           take_text(&line, ",\"records\":") && take_number(&line, &ret_seal->records) &&
           take_hash_and_signature(&line, ret_seal->hash, ret_seal->signature);
}

bool pl_format_head_read(struct pl_str line, struct pl_format_head *ret_head)
{
    return take_text(&line, "{\"head\":") && take_number(&line, &ret_head->block) &&
           take_text(&line, ",\"records\":") && take_number(&line, &ret_head->records) &&
           take_text(&line, ",\"segment\":") && take_number(&line, &ret_head->segment) &&
           take_text(&line, ",\"offset\":") && take_number(&line, &ret_head->offset) &&
           take_hash_and_signature(&line, ret_head->hash, ret_head->signature);
}

static size_t kind_length(struct pl_str text)
{
    size_t length = 0;

    while (length < text.len &&
           ((text.ptr[length] >= 'a' && text.ptr[length] <= 'z') ||
            (length > 0 &&
             ((text.ptr[length] >= '0' && text.ptr[length] <= '9') || text.ptr[length] == '_'))))
        length++;
    return length;
}

bool pl_format_is_kind(struct pl_str kind)
{
    return kind.len > 0 && kind.len <= PL_FORMAT_KIND_LENGTH_MAX && kind_length(kind) == kind.len;
}

static bool take_kind(struct pl_str *text, struct pl_str *ret_kind)
{
    const struct pl_str kind = {text->ptr, kind_length(*text)};

    if (!pl_format_is_kind(kind))
        return false;
    text->ptr += kind.len;
    text->len -= kind.len;
    *ret_kind = kind;
    return true;
}

bool pl_format_record_read(struct pl_str line, struct pl_ledger_record *ret_record)
{
    struct pl_str rest = line;
    struct pl_ledger_record record = {.line = line};

    if (line.len >= PL_LEDGER_RECORD_SIZE_BYTES_MAX)
        return false;
    if (!take_text(&rest, "{\"seq\":") || !take_number(&rest, &record.sequence) ||
        !take_text(&rest, ",\"time_ms\":") || !take_number(&rest, &record.time_ms) ||
        !take_text(&rest, ",\"kind\":\"") || !take_kind(&rest, &record.kind) ||
        !take_text(&rest, "\",\"body\":") || rest.len == 0)
        return false;
    record.body = (struct pl_str){rest.ptr, rest.len - 1};
    if (rest.ptr[rest.len - 1] != '}' || !pl_json_object_is_valid(record.body))
        return false;
    *ret_record = record;
    return true;
}

bool pl_format_is_seal(struct pl_str line)
{
    return pl_str_starts_with(line, PL_STR("{\"seal\":"));
}

void pl_format_segment_name(uint64_t segment, char ret_name[PL_FORMAT_SEGMENT_NAME_SIZE])
{
    (void)written(
        snprintf(ret_name, PL_FORMAT_SEGMENT_NAME_SIZE, "segment-%06" PRIu64 ".jsonl", segment),
        PL_FORMAT_SEGMENT_NAME_SIZE);
}
