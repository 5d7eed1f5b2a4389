/*
 * Opening for writing: the lock, the keys, the head, and the repair of what a crash left after the
 * head's block. Only that tail is read, so that opening a long ledger costs no more than a short
 * one.
 */
#include "ledger/ops.h"

#include "base/file.h"
#include "ledger/writer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The small files as they are before anything is made. */
struct found {
    struct pl_folder_file key;
    struct pl_folder_file head;
    struct pl_folder_file key_public;
    bool first_segment;
};

static bool exists(const struct pl_folder *folder, const char *name)
{
    return faccessat(folder->fd, name, F_OK, 0) == 0;
}

static bool segment_exists(const struct pl_folder *folder, uint64_t segment)
{
    char name[PL_FORMAT_SEGMENT_NAME_SIZE];

    pl_format_segment_name(segment, name);
    return exists(folder, name);
}

static enum pl_status look(const struct pl_folder *folder, struct found *ret_found,
                           struct pl_error *error)
{
    PL_RETURN_IF(pl_folder_read(folder, PL_FOLDER_KEY, &ret_found->key, error));
    PL_RETURN_IF(pl_folder_read(folder, PL_FOLDER_HEAD, &ret_found->head, error));
    PL_RETURN_IF(pl_folder_read(folder, PL_FOLDER_KEY_PUBLIC, &ret_found->key_public, error));
    ret_found->first_segment = segment_exists(folder, 1);
    return PL_OK;
}

static enum pl_status missing(const struct pl_folder *folder, const char *name,
                              struct pl_error *error)
{
    return pl_error_set(error, PL_E_CORRUPT,
                        "%s/%s is missing while the rest of the ledger is there; put it back from "
                        "a copy",
                        folder->path, name);
}

/* Makes the signing key, or reads it. */
static enum pl_status make_key(struct pl_ledger_writer *writer, struct pl_folder_file *file,
                               struct pl_error *error)
{
    enum pl_status status;

    PL_RETURN_IF(pl_seal_seed_make(file->text, error));
    file->len = strlen(file->text);
    file->text[file->len++] = '\n';
    file->mode = 0600;

    const struct pl_folder_text text = {PL_FOLDER_KEY, {file->text, file->len}, file->mode};

    status = pl_folder_replace(&writer->folder, &text, NULL, error);
    file->exists = status == PL_OK;
    return status;
}

static enum pl_status load_key(struct pl_ledger_writer *writer, struct found *found,
                               struct pl_error *error)
{
    const struct pl_folder *folder = &writer->folder;
    struct pl_str hex;

    if (!found->key.exists) {
        if (found->head.exists || found->key_public.exists || found->first_segment)
            return missing(folder, PL_FOLDER_KEY, error);
        PL_RETURN_IF(make_key(writer, &found->key, error));
    }
    if ((found->key.mode & 077) != 0)
        return pl_error_set(error, PL_E_PERMISSION,
                            "the signing key %s/%s can be read by others; run: chmod 600 '%s/%s'",
                            folder->path, PL_FOLDER_KEY, folder->path, PL_FOLDER_KEY);
    if (!pl_folder_file_is_key(&found->key, &hex) || !pl_seal_key_init(&writer->key, hex))
        return pl_error_set(error, PL_E_CORRUPT,
                            "%s/%s is not a signing key: 64 lower-case hex digits and a newline",
                            folder->path, PL_FOLDER_KEY);
    pl_chain_init(&writer->chain, writer->key.public);
    return PL_OK;
}

/* Writes the head of an empty ledger, or reads it and checks its signature. */
static enum pl_status load_head(struct pl_ledger_writer *writer, const struct found *found,
                                struct pl_error *error)
{
    struct pl_format_head *head = &writer->head;
    const struct pl_str text = {found->head.text, found->head.len};

    if (!found->head.exists) {
        if (found->key_public.exists || found->first_segment)
            return missing(&writer->folder, PL_FOLDER_HEAD, error);
        *head = (struct pl_format_head){0};
        memcpy(head->hash, writer->chain.hash_text, sizeof head->hash);
        return pl_folder_write_head(&writer->folder, &writer->key, head, NULL, error);
    }
    if (!pl_format_head_read(text, head) || !pl_chain_is_signed_head(&writer->chain, head) ||
        !pl_seal_bytes(pl_str_of(head->hash), writer->chain.hash, sizeof writer->chain.hash))
        return pl_error_set(error, PL_E_CORRUPT, "%s/%s is not a head signed with this key",
                            writer->folder.path, PL_FOLDER_HEAD);
    writer->chain.block = head->block;
    writer->chain.records = head->records;
    memcpy(writer->chain.hash_text, head->hash, sizeof head->hash);
    return PL_OK;
}

static enum pl_status load_key_public(const struct pl_ledger_writer *writer,
                                      const struct found *found, struct pl_error *error)
{
    char text[PL_SEAL_HEX_SIZE(PL_SEAL_PUBLIC_KEY_SIZE) + 1];
    const size_t length = sizeof text - 1;

    pl_seal_hex(writer->key.public, PL_SEAL_PUBLIC_KEY_SIZE, text);
    text[length - 1] = '\n';
    if (!found->key_public.exists) {
        const struct pl_folder_text file = {PL_FOLDER_KEY_PUBLIC, {text, length}, 0644};

        if (writer->head.block > 0 || found->first_segment)
            return missing(&writer->folder, PL_FOLDER_KEY_PUBLIC, error);
        return pl_folder_replace(&writer->folder, &file, NULL, error);
    }
    if (!pl_str_equal((struct pl_str){text, length},
                      (struct pl_str){found->key_public.text, found->key_public.len}))
        return pl_error_set(error, PL_E_CORRUPT, "%s/%s is not the public key of %s/%s",
                            writer->folder.path, PL_FOLDER_KEY_PUBLIC, writer->folder.path,
                            PL_FOLDER_KEY);
    return PL_OK;
}

/* A segment opened for repair or for going on. */
struct segment {
    int fd;
    uint64_t size_bytes;
    char name[PL_FORMAT_SEGMENT_NAME_SIZE];
};

static void segment_close(struct segment *segment)
{
    pl_fd_close(&segment->fd);
}

static enum pl_status segment_open(const struct pl_folder *folder, uint64_t number,
                                   struct segment *segment, struct pl_error *error)
{
    struct stat status;

    pl_format_segment_name(number, segment->name);
    segment->fd = folder->ops->open(folder->ops->context, folder->fd, segment->name, O_RDWR, 0);
    if (segment->fd == -1 && errno == ENOENT)
        return missing(folder, segment->name, error);
    if (segment->fd == -1 || fstat(segment->fd, &status) != 0)
        return pl_error_errno(error, errno, "cannot open %s/%s", folder->path, segment->name);
    segment->size_bytes = (uint64_t)status.st_size;
    return PL_OK;
}

/* Reads [offset, offset + size) of the segment into the writer's block, which is free for it. */
static enum pl_status read_range(struct pl_ledger_writer *writer, const struct segment *segment,
                                 uint64_t offset, size_t size, struct pl_error *error)
{
    size_t at = 0;

    while (at < size) {
        const ssize_t got = pread(segment->fd, writer->block + at, size - at, (off_t)(offset + at));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pl_error_errno(error, errno, "cannot read %s/%s", writer->folder.path,
                                  segment->name);
        if (got == 0)
            return pl_error_set(error, PL_E_BUSY, "%s/%s became shorter while it was read",
                                writer->folder.path, segment->name);
        at += (size_t)got;
    }
    return PL_OK;
}

/* The bytes before the head's offset must end in the seal that the head names. */
static enum pl_status check_last_seal(struct pl_ledger_writer *writer,
                                      const struct segment *segment, struct pl_error *error)
{
    const struct pl_format_head *head = &writer->head;
    const size_t size =
        head->offset < PL_FORMAT_LINE_SIZE ? (size_t)head->offset : PL_FORMAT_LINE_SIZE;
    struct pl_format_seal seal;

    if (segment->size_bytes < head->offset)
        return pl_error_set(error, PL_E_CORRUPT,
                            "%s/%s has %" PRIu64 " bytes, the head says %" PRIu64
                            ": its end is missing",
                            writer->folder.path, segment->name, segment->size_bytes, head->offset);
    PL_RETURN_IF(read_range(writer, segment, head->offset - size, size, error));

    const char *start = size < 2 ? NULL : memrchr(writer->block, '\n', size - 1);
    const size_t at = start == NULL ? 0 : (size_t)(start - writer->block) + 1;

    if (!pl_format_seal_read((struct pl_str){writer->block + at, size - at}, &seal) ||
        seal.block != head->block || strcmp(seal.hash, head->hash) != 0)
        return pl_error_set(error, PL_E_CORRUPT,
                            "%s/%s does not have the seal of block %" PRIu64
                            " where the head says; run the verifier",
                            writer->folder.path, segment->name, head->block);
    return PL_OK;
}

static enum pl_status not_a_crash(const struct pl_ledger_writer *writer,
                                  const struct segment *segment, struct pl_error *error)
{
    return pl_error_set(error, PL_E_CORRUPT,
                        "what follows block %" PRIu64 " in %s/%s is neither a whole block nor an "
                        "interrupted write; run the verifier",
                        writer->head.block, writer->folder.path, segment->name);
}

/* A whole block that was never acknowledged: it is synced, and the head moves on to it. */
static enum pl_status take_in(struct pl_ledger_writer *writer, const struct segment *segment,
                              uint64_t number, struct pl_error *error)
{
    const struct pl_ledger_ops *ops = writer->folder.ops;
    struct pl_format_head head = {
        .block = writer->chain.block,
        .records = writer->chain.records,
        .segment = number,
        .offset = segment->size_bytes,
    };

    if (ops->sync_data(ops->context, segment->fd) != 0)
        return pl_error_errno(error, errno, "cannot sync %s/%s", writer->folder.path,
                              segment->name);
    PL_RETURN_IF(pl_folder_sync(&writer->folder, error));
    memcpy(head.hash, writer->chain.hash_text, sizeof head.hash);
    PL_RETURN_IF(pl_folder_write_head(&writer->folder, &writer->key, &head, NULL, error));
    writer->head = head;
    return PL_OK;
}

/* Cuts an interrupted write off, for good: a later power loss must not bring it back. */
static enum pl_status cut_off(const struct pl_ledger_writer *writer, const struct segment *segment,
                              bool new_segment, struct pl_error *error)
{
    const struct pl_folder *folder = &writer->folder;
    const struct pl_ledger_ops *ops = folder->ops;
    const int failed = new_segment ? ops->unlink(ops->context, folder->fd, segment->name)
                                   : ops->truncate(ops->context, segment->fd, writer->head.offset);

    if (failed != 0)
        return pl_error_errno(error, errno, "cannot cut the unsealed tail of %s/%s", folder->path,
                              segment->name);
    if (new_segment)
        return pl_folder_sync(folder, error);
    if (ops->sync(ops->context, segment->fd) != 0)
        return pl_error_errno(error, errno, "cannot sync %s/%s", folder->path, segment->name);
    return PL_OK;
}

/* Deals with the bytes from `offset` on in the segment after the head's block. */
static enum pl_status repair(struct pl_ledger_writer *writer, const struct segment *segment,
                             uint64_t number, struct pl_error *error)
{
    const bool new_segment = number != writer->head.segment;
    const uint64_t offset = new_segment ? 0 : writer->head.offset;
    const uint64_t size = segment->size_bytes - offset;
    char problem[PL_ERROR_MESSAGE_SIZE];

    if (size == 0 && !new_segment)
        return PL_OK;
    if (size > sizeof writer->block)
        return not_a_crash(writer, segment, error);
    PL_RETURN_IF(read_range(writer, segment, offset, (size_t)size, error));

    const struct pl_str tail = {writer->block, (size_t)size};

    if (size > 0 && pl_chain_block_size(tail) == tail.len &&
        pl_chain_take(&writer->chain, tail, new_segment ? number : 0, problem))
        return take_in(writer, segment, number, error);
    if (pl_chain_has_signed_seal(&writer->chain, tail))
        return not_a_crash(writer, segment, error);
    return cut_off(writer, segment, new_segment, error);
}

/* The head's segment: its last seal, and what follows it. */
static enum pl_status repair_last_segment(struct pl_ledger_writer *writer, struct pl_error *error)
{
    const uint64_t number = writer->head.segment;
    const bool next_exists = segment_exists(&writer->folder, number + 1);
    PL_CLEANUP(segment_close) struct segment segment = {.fd = -1};

    if (number == 0)
        return PL_OK;
    PL_RETURN_IF(segment_open(&writer->folder, number, &segment, error));
    PL_RETURN_IF(check_last_seal(writer, &segment, error));
    if (next_exists && segment.size_bytes > writer->head.offset)
        return not_a_crash(writer, &segment, error);
    PL_RETURN_IF(repair(writer, &segment, number, error));
    writer->segment_fd = segment.fd;
    segment.fd = -1;
    return PL_OK;
}

/* A segment that was begun and that the head does not know of. */
static enum pl_status repair_new_segment(struct pl_ledger_writer *writer, struct pl_error *error)
{
    const uint64_t number = writer->head.segment + 1;
    PL_CLEANUP(segment_close) struct segment segment = {.fd = -1};

    if (!segment_exists(&writer->folder, number))
        return PL_OK;
    PL_RETURN_IF(segment_open(&writer->folder, number, &segment, error));
    if (segment_exists(&writer->folder, number + 1))
        return not_a_crash(writer, &segment, error);
    PL_RETURN_IF(repair(writer, &segment, number, error));
    if (writer->head.segment == number) {
        pl_fd_close(&writer->segment_fd);
        writer->segment_fd = segment.fd;
        segment.fd = -1;
    }
    return PL_OK;
}

/* Reads where the chain ends, and repairs what a crash left there. The lock is held. */
static enum pl_status load(struct pl_ledger_writer *writer, struct pl_error *error)
{
    struct found found;
    enum pl_status status;

    status = look(&writer->folder, &found, error);
    if (status == PL_OK)
        status = load_key(writer, &found, error);
    pl_seal_forget(&found.key, sizeof found.key);
    PL_RETURN_IF(status);
    PL_RETURN_IF(load_head(writer, &found, error));
    PL_RETURN_IF(load_key_public(writer, &found, error));
    PL_RETURN_IF(repair_last_segment(writer, error));
    PL_RETURN_IF(repair_new_segment(writer, error));
    pl_ledger_writer_begin_block(writer);
    return PL_OK;
}

static enum pl_status set_up(struct pl_ledger_writer *writer,
                             const struct pl_ledger_options *options, struct pl_error *error)
{
    writer->segment_size_bytes_max = options != NULL && options->segment_size_bytes_max != 0
                                         ? options->segment_size_bytes_max
                                         : PL_LEDGER_SEGMENT_SIZE_BYTES_MAX;
    PL_RETURN_IF(pl_folder_lock(&writer->folder, options == NULL ? 0 : options->lock_wait_ms,
                                &writer->lock_fd, error));
    return load(writer, error);
}

void pl_ledger_suspend(struct pl_ledger_writer *writer)
{
    assert(!writer->suspended && (writer->block_records == 0 || writer->failed));
    pl_folder_unlock(writer->lock_fd);
    writer->suspended = true;
}

/* The path must lead to the folder that is open: a ledger that was moved away goes on elsewhere. */
static bool is_in_place(const struct pl_folder *folder)
{
    struct stat open_one, named;

    return fstat(folder->fd, &open_one) == 0 && stat(folder->path, &named) == 0 &&
           open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

/* Whether head and segment are as this writer left them. */
static enum pl_status look_if_same(const struct pl_ledger_writer *writer, bool *ret_same,
                                   struct pl_error *error)
{
    char line[PL_FORMAT_LINE_SIZE];
    const struct pl_str expected = {line, pl_format_head_write(&writer->head, line)};
    struct pl_folder_file file;
    struct stat status;

    PL_RETURN_IF(pl_folder_read(&writer->folder, PL_FOLDER_HEAD, &file, error));
    *ret_same = file.exists && pl_str_equal(expected, (struct pl_str){file.text, file.len}) &&
                !segment_exists(&writer->folder, writer->head.segment + 1) &&
                (writer->segment_fd == -1 ||
                 (fstat(writer->segment_fd, &status) == 0 && status.st_nlink > 0 &&
                  (uint64_t)status.st_size == writer->head.offset));
    return PL_OK;
}

static enum pl_status find_end(struct pl_ledger_writer *writer, struct pl_error *error)
{
    bool same = false;

    if (!is_in_place(&writer->folder))
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "the ledger %s was moved or removed while it was being written to",
                            writer->folder.path);
    if (!writer->failed)
        PL_RETURN_IF(look_if_same(writer, &same, error));
    if (same)
        return PL_OK;
    pl_fd_close(&writer->segment_fd);
    return load(writer, error);
}

enum pl_status pl_ledger_resume(struct pl_ledger_writer *writer, uint32_t lock_wait_ms,
                                struct pl_error *error)
{
    enum pl_status status;

    assert(writer->suspended);
    PL_RETURN_IF(pl_folder_lock_again(&writer->folder, lock_wait_ms, writer->lock_fd, error));
    status = find_end(writer, error);
    writer->suspended = false;
    writer->failed = status != PL_OK;
    return status;
}

enum pl_status pl_ledger_open_with(const char *folder, const struct pl_ledger_options *options,
                                   const struct pl_ledger_ops *ops,
                                   struct pl_ledger_writer **ret_writer, struct pl_error *error)
{
    PL_RETURN_IF(pl_folder_make(folder, error));

    struct pl_ledger_writer *writer = ops->allocate(ops->context, sizeof *writer);

    if (writer == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for writing to the ledger %s",
                            folder);
    /* All but the block, whose pages are touched as they are filled. */
    memset(writer, 0, offsetof(struct pl_ledger_writer, block));
    writer->folder.fd = writer->lock_fd = writer->segment_fd = -1;

    enum pl_status status = pl_folder_open(&writer->folder, folder, ops, error);

    if (status == PL_OK)
        status = set_up(writer, options, error);
    if (status != PL_OK) {
        pl_ledger_close(writer);
        return status;
    }
    *ret_writer = writer;
    return PL_OK;
}

enum pl_status pl_ledger_open(const char *folder, const struct pl_ledger_options *options,
                              struct pl_ledger_writer **ret_writer, struct pl_error *error)
{
    return pl_ledger_open_with(folder, options, &PL_LEDGER_OPS_SYSTEM, ret_writer, error);
}
