/*
 * The validity rule of format.c, applied to one block at a time. The seal is checked before the
 * bytes that it covers, so that the message says what was changed: the seal or the records.
 */
#include "ledger/chain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void pl_chain_init(struct pl_chain *chain, const unsigned char public_key[PL_SEAL_PUBLIC_KEY_SIZE])
{
    *chain = (struct pl_chain){0};
    memcpy(chain->public_key, public_key, PL_SEAL_PUBLIC_KEY_SIZE);
    pl_seal_hex(chain->hash, PL_LEDGER_HASH_SIZE, chain->hash_text);
}

/* The first line of `bytes` with its newline; empty when no newline is left. */
static struct pl_str first_line(struct pl_str bytes)
{
    const char *end = bytes.len == 0 ? NULL : memchr(bytes.ptr, '\n', bytes.len);

    return (struct pl_str){bytes.ptr, end == NULL ? 0 : (size_t)(end - bytes.ptr) + 1};
}

static struct pl_str after(struct pl_str bytes, size_t length)
{
    return (struct pl_str){bytes.ptr + length, bytes.len - length};
}

/* Where the seal line begins, or bytes.len when there is none. */
static size_t seal_offset(struct pl_str bytes, size_t *ret_seal_length)
{
    size_t at = 0;

    while (at < bytes.len) {
        const struct pl_str line = first_line(after(bytes, at));

        if (line.len == 0)
            break;
        if (pl_format_is_seal(line)) {
            *ret_seal_length = line.len;
            return at;
        }
        at += line.len;
    }
    *ret_seal_length = 0;
    return bytes.len;
}

size_t pl_chain_block_size(struct pl_str bytes)
{
    size_t seal_length;
    const size_t at = seal_offset(bytes, &seal_length);

    return seal_length == 0 ? 0 : at + seal_length;
}

__attribute__((format(printf, 2, 3))) static bool problem(char ret_problem[PL_ERROR_MESSAGE_SIZE],
                                                          const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(ret_problem, PL_ERROR_MESSAGE_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_signed_seal(const struct pl_chain *chain, const struct pl_format_seal *seal)
{
    char statement[PL_FORMAT_LINE_SIZE];
    const size_t length = pl_format_seal_statement(seal, statement);

    return pl_seal_is_signed(chain->public_key, (struct pl_str){statement, length},
                             seal->signature);
}

bool pl_chain_is_signed_head(const struct pl_chain *chain, const struct pl_format_head *head)
{
    char statement[PL_FORMAT_LINE_SIZE];
    const size_t length = pl_format_head_statement(head, statement);

    return pl_seal_is_signed(chain->public_key, (struct pl_str){statement, length},
                             head->signature);
}

/* The seal by itself: its form, its number and its signature. */
static bool check_seal(const struct pl_chain *chain, struct pl_str line,
                       struct pl_format_seal *ret_seal, char ret_problem[PL_ERROR_MESSAGE_SIZE])
{
    if (!pl_format_seal_read(line, ret_seal))
        return problem(ret_problem, "the seal line is not in its one valid form");
    if (ret_seal->block != chain->block + 1)
        return problem(ret_problem, "the next seal is that of block %" PRIu64, ret_seal->block);
    if (!is_signed_seal(chain, ret_seal))
        return problem(ret_problem, "the signature of the seal is not valid under the key");
    return true;
}

static bool check_hash(const struct pl_chain *chain, struct pl_str content,
                       const struct pl_format_seal *seal,
                       unsigned char ret_hash[PL_LEDGER_HASH_SIZE],
                       char ret_problem[PL_ERROR_MESSAGE_SIZE])
{
    char text[PL_LEDGER_HASH_TEXT_SIZE];

    pl_seal_hash(chain->hash, content, ret_hash);
    pl_seal_hex(ret_hash, PL_LEDGER_HASH_SIZE, text);
    if (strcmp(text, seal->hash) != 0)
        return problem(ret_problem, "its bytes are not those that were sealed");
    return true;
}

/* The header that opens a segment is known in advance, to the byte. */
static bool check_header(const struct pl_chain *chain, uint64_t segment, struct pl_str *content,
                         char ret_problem[PL_ERROR_MESSAGE_SIZE])
{
    char header[PL_FORMAT_LINE_SIZE];
    const size_t length = pl_format_header_write(segment, chain->hash_text, header);

    if (!pl_str_starts_with(*content, (struct pl_str){header, length}))
        return problem(ret_problem, "the segment does not begin with the header that continues the "
                                    "chain");
    *content = after(*content, length);
    return true;
}

static bool check_records(const struct pl_chain *chain, struct pl_str content,
                          const struct pl_format_seal *seal,
                          char ret_problem[PL_ERROR_MESSAGE_SIZE])
{
    uint64_t count = 0;

    for (struct pl_str line; content.len > 0; content = after(content, line.len)) {
        struct pl_ledger_record record;

        line = first_line(content);
        if (!pl_format_record_read((struct pl_str){line.ptr, line.len - 1}, &record))
            return problem(ret_problem, "its line %" PRIu64 " is not a record in its valid form",
                           count + 1);
        count++;
        if (record.sequence != chain->records + count)
            return problem(ret_problem,
                           "record %" PRIu64 " stands where record %" PRIu64 " belongs",
                           record.sequence, chain->records + count);
    }
    if (count == 0 || count != seal->records)
        return problem(ret_problem, "the seal counts %" PRIu64 " records, the block has %" PRIu64,
                       seal->records, count);
    return true;
}

bool pl_chain_take(struct pl_chain *chain, struct pl_str block, uint64_t segment,
                   char ret_problem[PL_ERROR_MESSAGE_SIZE])
{
    struct pl_format_seal seal;
    unsigned char hash[PL_LEDGER_HASH_SIZE];
    size_t seal_length;
    const size_t at = seal_offset(block, &seal_length);
    const struct pl_str content = {block.ptr, at};
    struct pl_str records = content;

    if (block.len > PL_LEDGER_BLOCK_SIZE_BYTES_MAX)
        return problem(ret_problem, "it is larger than %zu bytes, the limit of a block",
                       PL_LEDGER_BLOCK_SIZE_BYTES_MAX);
    if (!check_seal(chain, after(block, at), &seal, ret_problem) ||
        !check_hash(chain, content, &seal, hash, ret_problem))
        return false;
    if (segment != 0 && !check_header(chain, segment, &records, ret_problem))
        return false;
    if (!check_records(chain, records, &seal, ret_problem))
        return false;

    chain->block = seal.block;
    chain->records += seal.records;
    memcpy(chain->hash, hash, sizeof hash);
    memcpy(chain->hash_text, seal.hash, sizeof seal.hash);
    return true;
}

enum pl_status pl_chain_visit(const struct pl_chain *chain, struct pl_str block,
                              pl_ledger_visit visit, void *context, struct pl_error *error)
{
    for (struct pl_str line; block.len > 0; block = after(block, line.len)) {
        struct pl_ledger_record record;

        line = first_line(block);
        if (!pl_format_record_read((struct pl_str){line.ptr, line.len - 1}, &record))
            continue; /* the header or the seal */
        record.block = chain->block;
        PL_RETURN_IF(visit(&record, context, error));
    }
    return PL_OK;
}

bool pl_chain_has_signed_seal(const struct pl_chain *chain, struct pl_str bytes)
{
    static const char START[] = "{\"seal\":";

    while (bytes.len > 0) {
        const char *found = memmem(bytes.ptr, bytes.len, START, sizeof START - 1);
        struct pl_format_seal seal;

        if (found == NULL)
            return false;
        bytes = after(bytes, (size_t)(found - bytes.ptr));
        if (pl_format_seal_read(first_line(bytes), &seal) && is_signed_seal(chain, &seal))
            return true;
        bytes = after(bytes, 1);
    }
    return false;
}
