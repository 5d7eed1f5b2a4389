/*
 * Appending and committing. A commit is one write, one sync of the segment, and the head replaced;
 * when a step before the head's rename fails, the segment is cut back to what the head says.
 */
#include "ledger/writer.h"

#include "base/file.h"
#include "ledger/json_object.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

void pl_ledger_writer_begin_block(struct pl_ledger_writer *writer)
{
    writer->header_size_bytes =
        pl_format_header_write(writer->head.segment + 1, writer->chain.hash_text, writer->block);
    writer->block_size_bytes = writer->header_size_bytes;
    writer->block_records = 0;
}

static enum pl_status refuse_if_failed(const struct pl_ledger_writer *writer,
                                       struct pl_error *error)
{
    assert(!writer->suspended);
    if (!writer->failed)
        return PL_OK;
    return pl_error_set(error, PL_E_IO,
                        "an earlier write to the ledger %s failed; open it again to go on",
                        writer->folder.path);
}

static void add(struct pl_ledger_writer *writer, const char *bytes, size_t length)
{
    assert(length <= sizeof writer->block - writer->block_size_bytes);
    memcpy(writer->block + writer->block_size_bytes, bytes, length);
    writer->block_size_bytes += length;
}

static enum pl_status check_record(const char *kind, struct pl_str body, struct pl_error *error)
{
    if (!pl_format_is_kind(pl_str_of(kind)))
        return pl_error_set(error, PL_E_DATA,
                            "the kind of a record is a lower-case word of up to %d letters, not "
                            "\"%.40s\"",
                            PL_FORMAT_KIND_LENGTH_MAX, kind);
    if (body.len + PL_FORMAT_RECORD_START_SIZE > PL_LEDGER_RECORD_SIZE_BYTES_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "a record of %zu bytes is too large for the ledger, whose limit is %zu",
                            body.len, PL_LEDGER_RECORD_SIZE_BYTES_MAX);
    if (!pl_json_object_is_valid(body))
        return pl_error_set(error, PL_E_DATA,
                            "the body of a \"%s\" record is not one JSON object on one line", kind);
    return PL_OK;
}

enum pl_status pl_ledger_append(struct pl_ledger_writer *writer, const char *kind, uint64_t time_ms,
                                struct pl_str body, struct pl_error *error)
{
    char start[PL_FORMAT_RECORD_START_SIZE];

    PL_RETURN_IF(refuse_if_failed(writer, error));
    PL_RETURN_IF(check_record(kind, body, error));

    const size_t room = sizeof writer->block - writer->block_size_bytes;

    if (room < body.len + sizeof start + PL_FORMAT_LINE_SIZE)
        PL_RETURN_IF(pl_ledger_commit(writer, NULL, error));

    const uint64_t sequence = writer->chain.records + writer->block_records + 1;

    add(writer, start, pl_format_record_start(sequence, time_ms, kind, start));
    add(writer, body.ptr, body.len);
    add(writer, "}\n", 2);
    writer->block_records++;
    return PL_OK;
}

/* A block on its way to the disk. */
struct commit {
    struct pl_format_head head; /* as it will be */
    unsigned char hash[PL_LEDGER_HASH_SIZE];
    struct pl_str bytes;
    bool new_segment;
    int fd; /* of the segment */
    char name[PL_FORMAT_SEGMENT_NAME_SIZE];
};

static bool needs_new_segment(const struct pl_ledger_writer *writer)
{
    const uint64_t size = writer->block_size_bytes - writer->header_size_bytes;

    return writer->head.segment == 0 ||
           writer->head.offset + size + PL_FORMAT_LINE_SIZE > writer->segment_size_bytes_max;
}

/* Adds the seal and works out everything that will be written. */
static void seal_block(struct pl_ledger_writer *writer, struct commit *commit)
{
    const size_t start = commit->new_segment ? 0 : writer->header_size_bytes;
    const struct pl_str content = {writer->block + start, writer->block_size_bytes - start};
    struct pl_format_seal seal = {.block = writer->head.block + 1,
                                  .records = writer->block_records};
    char text[PL_FORMAT_LINE_SIZE];

    pl_seal_hash(writer->chain.hash, content, commit->hash);
    pl_seal_hex(commit->hash, PL_LEDGER_HASH_SIZE, seal.hash);

    const size_t statement_length = pl_format_seal_statement(&seal, text);

    pl_seal_sign(&writer->key, (struct pl_str){text, statement_length}, seal.signature);
    add(writer, text, pl_format_seal_write(&seal, text));

    commit->bytes = (struct pl_str){content.ptr, writer->block_size_bytes - start};
    commit->head = (struct pl_format_head){
        .block = seal.block,
        .records = writer->head.records + seal.records,
        .segment = writer->head.segment + (commit->new_segment ? 1 : 0),
        .offset = (commit->new_segment ? 0 : writer->head.offset) + commit->bytes.len,
    };
    memcpy(commit->head.hash, seal.hash, sizeof seal.hash);
    pl_format_segment_name(commit->head.segment, commit->name);
}

/* One write and one sync; a new segment's name is made durable too. */
static enum pl_status write_block(const struct pl_ledger_writer *writer, struct commit *commit,
                                  struct pl_error *error)
{
    const struct pl_folder *folder = &writer->folder;
    const struct pl_ledger_ops *ops = folder->ops;
    const struct pl_folder_text file = {commit->name, commit->bytes, 0644};

    if (commit->new_segment)
        commit->fd =
            ops->open(ops->context, folder->fd, commit->name, O_RDWR | O_CREAT | O_EXCL, file.mode);
    if (commit->fd == -1)
        return pl_error_errno(error, errno, "cannot make %s/%s", folder->path, commit->name);
    PL_RETURN_IF(
        pl_folder_write(folder, commit->fd, &file, commit->head.offset - commit->bytes.len, error));
    if (ops->sync_data(ops->context, commit->fd) != 0)
        return pl_error_errno(error, errno, "cannot sync %s/%s", folder->path, commit->name);
    return commit->new_segment ? pl_folder_sync(folder, error) : PL_OK;
}

/* Takes back what was written. Should that fail too, the next open does it. */
static void undo(const struct pl_ledger_writer *writer, struct commit *commit)
{
    const struct pl_ledger_ops *ops = writer->folder.ops;

    if (!commit->new_segment)
        (void)ops->truncate(ops->context, commit->fd, writer->head.offset);
    else if (commit->fd != -1)
        (void)ops->unlink(ops->context, writer->folder.fd, commit->name);
}

static void advance(struct pl_ledger_writer *writer, struct commit *commit)
{
    if (commit->new_segment) {
        pl_fd_close(&writer->segment_fd);
        writer->segment_fd = commit->fd;
    }
    writer->head = commit->head;
    writer->chain.block = commit->head.block;
    writer->chain.records = commit->head.records;
    memcpy(writer->chain.hash, commit->hash, sizeof commit->hash);
    memcpy(writer->chain.hash_text, commit->head.hash, sizeof commit->head.hash);
    pl_ledger_writer_begin_block(writer);
}

static enum pl_status commit_block(struct pl_ledger_writer *writer, struct pl_error *error)
{
    const bool new_segment = needs_new_segment(writer);
    enum pl_folder_replaced replaced = PL_FOLDER_UNCHANGED;
    struct commit commit = {.new_segment = new_segment,
                            .fd = new_segment ? -1 : writer->segment_fd};
    enum pl_status status;

    seal_block(writer, &commit);
    status = write_block(writer, &commit, error);
    if (status == PL_OK)
        status =
            pl_folder_write_head(&writer->folder, &writer->key, &commit.head, &replaced, error);
    if (status == PL_OK) {
        advance(writer, &commit);
        return PL_OK;
    }

    /* Once the head's rename was asked for, the block may be the head's: it stays, whole. */
    writer->failed = true;
    if (replaced == PL_FOLDER_UNCHANGED)
        undo(writer, &commit);
    if (new_segment)
        pl_fd_close(&commit.fd);
    return status;
}

enum pl_status pl_ledger_commit(struct pl_ledger_writer *writer, struct pl_ledger_head *ret_head,
                                struct pl_error *error)
{
    PL_RETURN_IF(refuse_if_failed(writer, error));
    if (writer->block_records > 0)
        PL_RETURN_IF(commit_block(writer, error));
    if (ret_head != NULL) {
        ret_head->block = writer->head.block;
        ret_head->records = writer->head.records;
        memcpy(ret_head->hash, writer->head.hash, sizeof ret_head->hash);
    }
    return PL_OK;
}

void pl_ledger_end(const struct pl_ledger_writer *writer, struct pl_ledger_place *ret_place)
{
    *ret_place = (struct pl_ledger_place){
        .block = writer->head.block,
        .records = writer->head.records,
        .segment = writer->head.segment,
        .offset = writer->head.offset,
    };
    memcpy(ret_place->hash, writer->head.hash, sizeof ret_place->hash);
}

void pl_ledger_sign(const struct pl_ledger_writer *writer, struct pl_str statement,
                    char ret_signature[129], char ret_public_key[65])
{
    assert(!pl_str_starts_with(statement, PL_STR("plimsoll-ledger")));
    pl_seal_sign(&writer->key, statement, ret_signature);
    pl_seal_hex(writer->key.public, sizeof writer->key.public, ret_public_key);
}

void pl_ledger_close(struct pl_ledger_writer *writer)
{
    if (writer == NULL)
        return;
    pl_seal_key_deinit(&writer->key);
    pl_fd_close(&writer->segment_fd);
    pl_folder_close(&writer->folder);
    pl_fd_close(&writer->lock_fd);
    free(writer);
}
