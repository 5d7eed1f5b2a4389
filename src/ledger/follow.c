/*
 * Following the chain. The place holds the hash of its block, which the next block's hash covers: whoever
 * stopped at a place needs nothing before it to go on. When there is no next block yet the head says the hash,
 * and the seal line before the place must say it in any case.
 */
#include "ledger/follow.h"

#include "base/file.h"
#include "ledger/chain.h"
#include "ledger/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One byte more than a block may have, so that one that is too large is seen to be. */
#define BUFFER_SIZE (PL_LEDGER_BLOCK_SIZE_BYTES_MAX + 1)

struct following {
    struct pl_folder folder;
    const struct pl_ledger_follower *follower;
    struct pl_ledger_mark *mark;
    struct pl_ledger_place *place; /* in the mark */
    struct pl_chain chain;
    struct pl_format_head head;
    bool is_empty;
    int fd; /* of the segment that the place is in */
    char name[PL_FORMAT_SEGMENT_NAME_SIZE];
    struct pl_str bytes; /* read and not taken yet; they begin at the place */
    char *buffer;
};

static void following_deinit(struct following *following)
{
    pl_fd_close(&following->fd);
    pl_folder_close(&following->folder);
    free(following->buffer);
}

/* Another ledger than the one that the place was in. */
static enum pl_status is_another(const struct following *following, const char *what,
                                 struct pl_error *error)
{
    return pl_error_set(error, PL_E_CORRUPT,
                        "the ledger %s was replaced or cut since it was read up to block %" PRIu64
                        ": %s",
                        following->folder.path, following->place->block, what);
}

static enum pl_status bad_block(const struct following *following, const char *what,
                                struct pl_error *error)
{
    return pl_error_set(error, PL_E_CORRUPT,
                        "the ledger %s does not hold: block %" PRIu64 " (%s, from byte %" PRIu64
                        "): %s",
                        following->folder.path, following->chain.block + 1, following->name,
                        following->place->offset, what);
}

static enum pl_status read_key(struct following *following, struct pl_error *error)
{
    struct pl_folder_file file;
    struct pl_str hex;
    unsigned char key[PL_SEAL_PUBLIC_KEY_SIZE];
    char *known = following->mark->public_key;

    PL_RETURN_IF(pl_folder_read(&following->folder, PL_FOLDER_KEY_PUBLIC, &file, error));
    if (!pl_folder_file_is_key(&file, &hex) || !pl_seal_bytes(hex, key, sizeof key))
        return pl_error_set(error, PL_E_CORRUPT,
                            "the ledger %s has no valid key.pub, so that nothing can be checked",
                            following->folder.path);
    if (known[0] != '\0' && !pl_str_equal_text(hex, known))
        return is_another(following, "its key is another one", error);
    memcpy(known, hex.ptr, hex.len);
    known[hex.len] = '\0';
    pl_chain_init(&following->chain, key);
    return PL_OK;
}

static enum pl_status read_head(struct following *following, struct pl_error *error)
{
    struct pl_folder_file file;

    PL_RETURN_IF(pl_folder_read(&following->folder, PL_FOLDER_HEAD, &file, error));
    if (!pl_format_head_read((struct pl_str){file.text, file.len}, &following->head) ||
        !pl_chain_is_signed_head(&following->chain, &following->head))
        return pl_error_set(error, PL_E_CORRUPT,
                            "the head of the ledger %s is missing or not signed with its key.pub",
                            following->folder.path);
    if (following->head.block < following->place->block)
        return is_another(following, "its head ends before that", error);
    if (following->head.block == following->place->block && following->place->block > 0 &&
        strcmp(following->head.hash, following->place->hash) != 0)
        return is_another(following, "its head has another hash there", error);
    return PL_OK;
}

/* A ledger that is not there yet, or whose making was interrupted. */
static enum pl_status look_for_blocks(struct following *following, struct pl_error *error)
{
    struct pl_folder_file file;
    struct pl_format_head head;

    PL_RETURN_IF(pl_folder_read(&following->folder, PL_FOLDER_HEAD, &file, error));
    following->is_empty =
        faccessat(following->folder.fd, PL_FOLDER_KEY_PUBLIC, F_OK, 0) != 0 &&
        (!file.exists ||
         (pl_format_head_read((struct pl_str){file.text, file.len}, &head) && head.block == 0));
    return PL_OK;
}

static enum pl_status open_segment(struct following *following, uint64_t segment,
                                   struct pl_error *error)
{
    pl_fd_close(&following->fd);
    pl_format_segment_name(segment, following->name);
    following->fd = openat(following->folder.fd, following->name, O_RDONLY | O_CLOEXEC);
    if (following->fd == -1 && errno == ENOENT)
        return bad_block(following, "there is no such file", error);
    if (following->fd == -1)
        return pl_error_errno(error, errno, "cannot open %s/%s", following->folder.path,
                              following->name);
    return PL_OK;
}

/* The seal line that ends at the place must be that of its block. */
static enum pl_status check_place(const struct following *following, struct pl_error *error)
{
    const struct pl_ledger_place *place = following->place;
    char text[PL_FORMAT_LINE_SIZE];
    const size_t size = place->offset < sizeof text ? (size_t)place->offset : sizeof text;
    const ssize_t got = pread(following->fd, text, size, (off_t)(place->offset - (uint64_t)size));
    struct pl_str line = {text, got < 0 ? 0 : (size_t)got};
    struct pl_format_seal seal;

    if (got < 0)
        return pl_error_errno(error, errno, "cannot read %s/%s", following->folder.path,
                              following->name);

    const char *before = line.len < 2 ? NULL : memrchr(line.ptr, '\n', line.len - 1);

    if (before != NULL)
        line = (struct pl_str){before + 1, line.len - (size_t)(before + 1 - line.ptr)};
    if (line.len == 0 || !pl_format_seal_read(line, &seal) || seal.block != place->block ||
        strcmp(seal.hash, place->hash) != 0)
        return is_another(following, "another block stands there", error);
    return PL_OK;
}

static enum pl_status begin(struct following *following, struct pl_error *error)
{
    struct pl_ledger_place *place = following->place;
    struct pl_chain *chain = &following->chain;

    if (place->block == 0) {
        place->segment = 1;
        place->offset = 0;
        return open_segment(following, 1, error);
    }
    chain->block = place->block;
    chain->records = place->records;
    memcpy(chain->hash_text, place->hash, sizeof chain->hash_text);
    if (!pl_seal_bytes(pl_str_of(place->hash), chain->hash, sizeof chain->hash))
        return is_another(following, "its hash is none", error);
    PL_RETURN_IF(open_segment(following, place->segment, error));
    return check_place(following, error);
}

static enum pl_status fill(struct following *following, bool *ret_end, struct pl_error *error)
{
    if (following->bytes.len > 0)
        memmove(following->buffer, following->bytes.ptr, following->bytes.len);
    following->bytes.ptr = following->buffer;
    while (following->bytes.len < BUFFER_SIZE) {
        const ssize_t got = pread(following->fd, following->buffer + following->bytes.len,
                                  BUFFER_SIZE - following->bytes.len,
                                  (off_t)(following->place->offset + following->bytes.len));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pl_error_errno(error, errno, "cannot read %s/%s", following->folder.path,
                                  following->name);
        *ret_end = got == 0;
        if (got == 0)
            return PL_OK;
        following->bytes.len += (size_t)got;
    }
    *ret_end = false;
    return PL_OK;
}

/* The length of the next block, which may be the first of the next segment. */
static enum pl_status find_block(struct following *following, size_t *ret_size,
                                 struct pl_error *error)
{
    bool end = false;

    *ret_size = pl_chain_block_size(following->bytes);
    if (*ret_size > 0)
        return PL_OK;
    PL_RETURN_IF(fill(following, &end, error));
    *ret_size = pl_chain_block_size(following->bytes);
    if (*ret_size > 0)
        return PL_OK;
    if (!end || following->bytes.len > 0)
        return bad_block(following, "no seal follows within the size of a block", error);
    PL_RETURN_IF(open_segment(following, following->place->segment + 1, error));
    following->place->segment++;
    following->place->offset = 0;
    PL_RETURN_IF(fill(following, &end, error));
    *ret_size = pl_chain_block_size(following->bytes);
    return *ret_size > 0 ? PL_OK : bad_block(following, "its segment is empty", error);
}

static enum pl_status take_block(struct following *following, size_t size, struct pl_error *error)
{
    struct pl_ledger_place *place = following->place;
    const struct pl_ledger_follower *follower = following->follower;
    const struct pl_str block = {following->bytes.ptr, size};
    char problem[PL_ERROR_MESSAGE_SIZE];

    if (!pl_chain_take(&following->chain, block, place->offset == 0 ? place->segment : 0, problem))
        return bad_block(following, problem, error);
    PL_RETURN_IF(
        pl_chain_visit(&following->chain, block, follower->record, follower->context, error));
    place->offset += size;
    place->block = following->chain.block;
    place->records = following->chain.records;
    memcpy(place->hash, following->chain.hash_text, sizeof place->hash);
    following->bytes.ptr += size;
    following->bytes.len -= size;
    return follower->block == NULL ? PL_OK
                                   : follower->block(following->mark, follower->context, error);
}

static enum pl_status follow(struct following *following, struct pl_error *error)
{
    PL_RETURN_IF(look_for_blocks(following, error));
    if (following->is_empty && following->place->block > 0)
        return is_another(following, "it is empty", error);
    if (following->is_empty)
        return PL_OK;
    PL_RETURN_IF(read_key(following, error));
    PL_RETURN_IF(read_head(following, error));
    if (following->head.block == 0)
        return PL_OK;
    PL_RETURN_IF(begin(following, error));
    if (following->head.block == following->place->block)
        return PL_OK;
    following->buffer = malloc(BUFFER_SIZE);
    if (following->buffer == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for reading the ledger %s",
                            following->folder.path);
    following->bytes = (struct pl_str){following->buffer, 0};
    while (following->chain.block < following->head.block) {
        size_t size = 0;

        PL_RETURN_IF(find_block(following, &size, error));
        PL_RETURN_IF(take_block(following, size, error));
    }
    if (strcmp(following->chain.hash_text, following->head.hash) != 0)
        return pl_error_set(error, PL_E_CORRUPT,
                            "the ledger %s does not hold: its head has another hash than block "
                            "%" PRIu64,
                            following->folder.path, following->head.block);
    return PL_OK;
}

enum pl_status pl_ledger_follow(const char *folder, struct pl_ledger_mark *mark,
                                const struct pl_ledger_follower *follower, struct pl_error *error)
{
    PL_CLEANUP(following_deinit)
    struct following following = {
        .folder.fd = -1, .fd = -1, .mark = mark, .place = &mark->place, .follower = follower};
    const enum pl_status status =
        pl_folder_open(&following.folder, folder, &PL_LEDGER_OPS_SYSTEM, error);

    if (status == PL_E_NOT_FOUND && mark->place.block == 0)
        return PL_OK;
    if (status == PL_E_NOT_FOUND)
        return pl_error_set(error, PL_E_CORRUPT,
                            "the ledger %s is gone since it was read up to block %" PRIu64, folder,
                            mark->place.block);
    PL_RETURN_IF(status);
    return follow(&following, error);
}
