/*
 * Any bytes as files of a spool: as entries of a ring and of a spill file, with their checksums made
 * right so that what stands in them is followed; and as a lane and as cursors that a process left,
 * recovered by a start of the spool. Besides not crashing, what is read lies within the bytes and is
 * what the writer would write, and a start ends well or says why not.
 */
#include "base/file.h"
#include "ledger/ledger.h"
#include "spool/entry.h"
#include "spool/lane.h"
#include "spool/spool.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the parts of an entry's header are, as the top of src/spool/spool.c says. */
enum { CHECKSUM_AT = 8, CHECKED_FROM = 16, BODY_SIZE_AT = 32, KIND_SIZE_AT = 36, TYPE_AT = 38 };

#define AREA_SIZE_MAX ((size_t)1 << 16)
#define SALT          0x5eedu

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Makes the checksum right of whatever may be an entry of the first lap. */
static void repair(const struct pl_area *area, uint64_t offset)
{
    char *header = area->bytes + offset;
    uint64_t place;
    uint32_t body_size;
    uint16_t kind_size, type;

    memcpy(&place, header, sizeof place);
    memcpy(&body_size, header + BODY_SIZE_AT, sizeof body_size);
    memcpy(&kind_size, header + KIND_SIZE_AT, sizeof kind_size);
    memcpy(&type, header + TYPE_AT, sizeof type);
    if (type == 2)
        body_size = 0;
    if (place != area->size + offset ||
        (uint64_t)PL_ENTRY_HEADER_SIZE + body_size + kind_size > area->size - offset)
        return;

    const struct pl_str checked = {header + CHECKED_FROM,
                                   PL_ENTRY_HEADER_SIZE - CHECKED_FROM + body_size + kind_size};
    const uint64_t checksum = pl_entry_checksum(area->salt ^ place, checked);

    memcpy(header + CHECKSUM_AT, &checksum, sizeof checksum);
}

/* The entry lies in the area, and written again it is the same. */
static void check_entry(const struct pl_area *area, const struct pl_entry *entry, uint64_t next)
{
    static alignas(PL_ENTRY_ALIGN) char bytes[AREA_SIZE_MAX];
    const uint64_t size = pl_entry_size(entry->kind, entry->body.len);
    struct pl_area other = *area;
    struct pl_entry again;
    uint64_t after = 0;

    assert(entry->kind > area->bytes &&
           entry->body.ptr + entry->body.len <= area->bytes + area->size);
    assert(strlen(entry->kind) > 0 && next % PL_ENTRY_ALIGN == 0 && next >= area->size + size);
    memset(bytes, 0, area->size);
    other.bytes = bytes;
    assert(pl_area_write(&other, next - size, entry) == next);
    assert(pl_area_read(&other, next - size, &again, &after) && after == next);
    assert(pl_str_equal(again.body, entry->body) && strcmp(again.kind, entry->kind) == 0);
    assert(again.begun == entry->begun && again.time_ms == entry->time_ms);
}

static void read_area(const struct pl_area *area)
{
    struct pl_entry entry;
    uint64_t place = area->size, next = 0, count = 0;

    for (; pl_area_read(area, place, &entry, &next); place = next) {
        assert(next > place && ++count <= 2 * area->size / PL_ENTRY_HEADER_SIZE);
        check_entry(area, &entry, next);
    }
    for (uint64_t odd = 0; odd < 64; odd++)
        (void)pl_area_read(area, odd * 37, &entry, &next);
}

static void read_areas(struct pl_str bytes)
{
    static alignas(PL_ENTRY_ALIGN) char copy[AREA_SIZE_MAX];
    struct pl_area area = {.bytes = copy, .size = 64, .salt = SALT};

    while (2 * area.size <= bytes.len && 2 * area.size <= AREA_SIZE_MAX)
        area.size *= 2;
    memset(copy, 0, sizeof copy);
    memcpy(copy, bytes.ptr, bytes.len < area.size ? bytes.len : area.size);
    for (uint64_t at = 0; at + PL_ENTRY_HEADER_SIZE <= area.size; at += PL_ENTRY_ALIGN)
        repair(&area, at);
    for (int wraps = 0; wraps < 2; wraps++) {
        area.wraps = wraps == 1;
        read_area(&area);
    }
}

static void write_file(const char *folder, const char *name, struct pl_str bytes)
{
    char path[600];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd == -1 || pl_fd_write(fd, bytes, path, NULL) != PL_OK)
        abort();
    pl_fd_close(&fd);
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);

    if (dir == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0) != 0)
            abort();
    (void)closedir(dir);
    if (rmdir(folder) != 0)
        abort();
}

/* The header's checksum made right, where the bytes have one. */
static void repair_header(struct pl_str bytes)
{
    struct pl_lane_header header;
    char *start;

    if (bytes.len < PL_LANE_HEADER_SIZE)
        return;
    memcpy(&start, &bytes.ptr, sizeof start); /* a copy of our own */
    memcpy(&header, start, sizeof header);
    header.checksum =
        pl_entry_checksum(header.run, (struct pl_str){(const char *)&header,
                                                      offsetof(struct pl_lane_header, checksum)});
    memcpy(start, &header, sizeof header);
}

/* A start of the spool where the bytes are the file `name`. */
static void recover(struct pl_str bytes, const char *name)
{
    const char *parent = getenv("TMPDIR");
    char folder[512], spool_folder[560], ledger_folder[560];
    const struct pl_spool_options options = {.folder = spool_folder,
                                             .ledger_folder = ledger_folder,
                                             .lanes_count = 1,
                                             .lane_size_bytes = 4096,
                                             .open_count_max = 1};
    struct pl_spool *spool = NULL;
    struct pl_error error = {0};

    (void)snprintf(folder, sizeof folder, "%s/plimsoll-fuzz-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    if (mkdtemp(folder) == NULL)
        abort();
    (void)snprintf(spool_folder, sizeof spool_folder, "%s/spool", folder);
    (void)snprintf(ledger_folder, sizeof ledger_folder, "%s/ledger", folder);
    if (pl_folder_make(spool_folder, &error) != PL_OK)
        abort();
    write_file(spool_folder, name, bytes);
    if (pl_spool_open(&options, &spool, &error) == PL_OK) {
        if (pl_spool_close(spool, &error) != PL_OK)
            abort();
    } else {
        assert(error.status == PL_E_UNSUPPORTED && error.message[0] != '\0');
    }
    remove_folder(spool_folder);
    remove_folder(ledger_folder);
    (void)rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    const struct pl_str bytes = {copy, size};

    if (copy == NULL)
        abort();
    memcpy(copy, data, size);
    read_areas(bytes);
    if (pl_str_starts_with(bytes, PL_STR("plimsoll curs")))
        recover(bytes, "cursors");
    if (pl_str_starts_with(bytes, PL_STR("plimsoll lane"))) {
        recover(bytes, "lane-0000");
        repair_header(bytes);
        recover(bytes, "lane-0000-spill-00000001");
    }
    free(copy);
    return 0;
}
