/*
 * Any bytes as a ledger: as the lines of every kind, as a chain of blocks in memory, and as the
 * first segment of a folder that is verified whole. Besides not crashing, what is accepted must be
 * what the writer would write, and a chain that is found good must add up.
 */
#include "base/file.h"
#include "ledger/chain.h"
#include "ledger/format.h"
#include "ledger/json_object.h"
#include "ledger/ledger.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The key of RFC 8032, section 7.1, test 1: the seed corpus is signed with it. */
#define PUBLIC_KEY "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_line(struct pl_str line)
{
    char again[PL_FORMAT_LINE_SIZE];
    struct pl_format_seal seal;
    struct pl_format_head head;
    struct pl_ledger_record record;

    if (pl_format_seal_read(line, &seal))
        assert(pl_str_equal(line, (struct pl_str){again, pl_format_seal_write(&seal, again)}));
    if (pl_format_head_read(line, &head))
        assert(pl_str_equal(line, (struct pl_str){again, pl_format_head_write(&head, again)}));
    if (line.len > 0 && pl_format_record_read((struct pl_str){line.ptr, line.len - 1}, &record)) {
        assert(pl_json_object_is_valid(record.body));
        assert(pl_format_is_kind(record.kind));
    }
    (void)pl_json_object_is_valid(line);
}

static void read_lines(struct pl_str text)
{
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        const size_t length = end == NULL ? text.len : (size_t)(end - text.ptr) + 1;

        read_line((struct pl_str){text.ptr, length});
        text.ptr += length;
        text.len -= length;
    }
}

static enum pl_status count_record(const struct pl_ledger_record *record, void *context,
                                   struct pl_error *error)
{
    uint64_t *count = context;

    (void)error;
    *count += 1;
    assert(record->sequence == *count);
    return PL_OK;
}

/* Takes block after block until one is not valid. */
static void read_chain(struct pl_str bytes)
{
    unsigned char key[PL_SEAL_PUBLIC_KEY_SIZE];
    char problem[PL_ERROR_MESSAGE_SIZE];
    struct pl_chain chain;
    uint64_t records = 0;

    if (!pl_seal_bytes(PL_STR(PUBLIC_KEY), key, sizeof key))
        abort();
    pl_chain_init(&chain, key);
    (void)pl_chain_has_signed_seal(&chain, bytes);
    for (size_t size; (size = pl_chain_block_size(bytes)) > 0;) {
        const struct pl_str block = {bytes.ptr, size};

        if (!pl_chain_take(&chain, block, chain.block == 0 ? 1 : 0, problem))
            break;
        if (pl_chain_visit(&chain, block, count_record, &records, NULL) != PL_OK)
            abort();
        bytes.ptr += size;
        bytes.len -= size;
    }
    assert(records == chain.records);
}

/* The bytes as segment-000001.jsonl of a folder of their own. */
static void verify_folder(struct pl_str bytes)
{
    const char *parent = getenv("TMPDIR");
    char folder[512], path[600];
    struct pl_ledger_check check;
    uint64_t records = 0;

    (void)snprintf(folder, sizeof folder, "%s/plimsoll-fuzz-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    if (mkdtemp(folder) == NULL)
        abort();
    (void)snprintf(path, sizeof path, "%s/segment-000001.jsonl", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd == -1 || pl_fd_write(fd, bytes, path, NULL) != PL_OK)
        abort();
    pl_fd_close(&fd);
    if (pl_ledger_verify(folder, PUBLIC_KEY, count_record, &records, &check, NULL) != PL_OK)
        abort();
    assert(records == check.records && check.bad_block != 0); /* there is no head */
    (void)unlink(path);
    (void)rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pl_str bytes = {(const char *)data, size};

    read_lines(bytes);
    read_chain(bytes);
    verify_folder(bytes);
    return 0;
}
