/*
 * The files of a lane: made at their full size with their blocks reserved, for a mapped hole on a
 * full disk would end the process; opened and checked at the next start.
 */
#include "base/file.h"
#include "ledger/ledger.h"
#include "spool/lane.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char MAGIC[16] = "plimsoll lane 1";
#define MAGIC_NAME_LENGTH 14 /* without the version */

/* Larger files than any that is made are not mapped. */
#define AREA_SIZE_MAX ((uint64_t)1 << 40)

static_assert(sizeof(struct pl_lane_slot) == PL_LANE_SLOT_SIZE, "slot");
static_assert(sizeof(struct pl_lane_header) <= PL_LANE_HEADER_SIZE, "header");

static uint64_t header_checksum(const struct pl_lane_header *header)
{
    const struct pl_str bytes = {(const char *)header, offsetof(struct pl_lane_header, checksum)};

    return pl_entry_checksum(header->run, bytes);
}

static void name_of(const struct pl_lane_header *header, char ret_name[PL_LANE_NAME_SIZE])
{
    if (header->number == 0)
        (void)snprintf(ret_name, PL_LANE_NAME_SIZE, "lane-%04" PRIu32, header->index);
    else
        (void)snprintf(ret_name, PL_LANE_NAME_SIZE, "lane-%04" PRIu32 "-spill-%08" PRIu64,
                       header->index, header->number);
}

/* Where slots and area are in the map. The sizes were checked. */
static void lay_out(struct pl_lane_file *file)
{
    const struct pl_lane_header *header = &file->header;
    const uint64_t salt = pl_entry_salt(header->run, header->index, header->number);

    file->slots = (struct pl_lane_slot *)(void *)(file->map + PL_LANE_HEADER_SIZE);
    file->slots_salt = ~salt;
    file->area = (struct pl_area){
        .bytes = file->map + PL_LANE_HEADER_SIZE + (size_t)header->slots * PL_LANE_SLOT_SIZE,
        .size = header->size,
        .salt = salt,
        .wraps = header->number == 0,
    };
}

static size_t file_size(const struct pl_lane_header *header)
{
    return PL_LANE_HEADER_SIZE + (size_t)header->slots * PL_LANE_SLOT_SIZE + (size_t)header->size;
}

static enum pl_status map_file(struct pl_lane_file *file, const char *path, size_t size,
                               struct pl_error *error)
{
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);

    if (map == MAP_FAILED)
        return pl_error_errno(error, errno, "cannot map %s", path);
    file->map = map;
    file->map_size = size;
    return PL_OK;
}

static enum pl_status reserve(int fd, const char *path, size_t size, struct pl_error *error)
{
    int failed;

    do
        failed = posix_fallocate(fd, 0, (off_t)size);
    while (failed == EINTR);
    if (failed != 0)
        return pl_error_errno(error, failed, "cannot reserve %zu bytes for %s", size, path);
    return PL_OK;
}

/* Not through the map, of which no page is touched before the first record. */
static enum pl_status write_header(const struct pl_lane_file *file, const char *path, bool durable,
                                   struct pl_error *error)
{
    const struct pl_str bytes = {(const char *)&file->header, sizeof file->header};

    PL_RETURN_IF(pl_fd_write(file->fd, bytes, path, error));
    if (durable && fsync(file->fd) != 0)
        return pl_error_errno(error, errno, "cannot sync %s", path);
    return PL_OK;
}

enum pl_status pl_lane_file_make(struct pl_lane_file *file, const char *folder,
                                 const struct pl_lane_header *header, bool durable,
                                 struct pl_error *error)
{
    const size_t size = file_size(header);
    char path[4096];
    enum pl_status status;

    *file = (struct pl_lane_file){.fd = -1, .header = *header};
    memcpy(file->header.magic, MAGIC, sizeof MAGIC);
    file->header.checksum = header_checksum(&file->header);
    name_of(header, file->name);
    (void)snprintf(path, sizeof path, "%s/%s", folder, file->name);
    file->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file->fd == -1)
        return pl_error_errno(error, errno, "cannot make %s", path);
    status = reserve(file->fd, path, size, error);
    if (status == PL_OK)
        status = map_file(file, path, size, error);
    if (status == PL_OK)
        status = write_header(file, path, durable, error);
    if (status != PL_OK) {
        (void)unlink(path);
        pl_lane_file_close(file);
        return status;
    }
    lay_out(file);
    return PL_OK;
}

/* Whether the header is whole, and of a file of at least its own size. */
static bool is_valid(const struct pl_lane_header *header, uint64_t size)
{
    if (header->checksum != header_checksum(header) || header->slots > PL_LANE_SLOTS_MAX ||
        header->size < PL_ENTRY_HEADER_SIZE || header->size > AREA_SIZE_MAX ||
        header->size % PL_ENTRY_ALIGN != 0 || file_size(header) < size ||
        header->made_at.hash[PL_LEDGER_HASH_TEXT_SIZE - 1] != '\0')
        return false;
    return header->number != 0 ? header->slots == 0 : (header->size & (header->size - 1)) == 0;
}

static enum pl_status read_header(struct pl_lane_file *file, const char *path,
                                  struct pl_error *error)
{
    struct pl_lane_header *header = &file->header;
    struct stat found;

    if (fstat(file->fd, &found) != 0)
        return pl_error_errno(error, errno, "cannot read %s", path);
    if (found.st_size < PL_LANE_HEADER_SIZE ||
        pread(file->fd, header, sizeof *header, 0) != (ssize_t)sizeof *header)
        return pl_error_set(error, PL_E_CORRUPT, "%s is no lane: it has no header", path);
    if (memcmp(header->magic, MAGIC, MAGIC_NAME_LENGTH) == 0 &&
        memcmp(header->magic, MAGIC, sizeof MAGIC) != 0)
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "%s was left by another version of plimsoll; start and stop that one, "
                            "so that its records come into the ledger, or move the file away",
                            path);
    if (memcmp(header->magic, MAGIC, sizeof MAGIC) != 0 ||
        !is_valid(header, (uint64_t)found.st_size))
        return pl_error_set(error, PL_E_CORRUPT, "%s is no lane: its header is not whole", path);
    file->map_size = (size_t)found.st_size;
    return PL_OK;
}

/*
 * The file as it is, and zeros where its end is missing. What is changed there is not written back:
 * the next start reads the same, and a full disk is no matter.
 */
static enum pl_status map_to_read(struct pl_lane_file *file, const char *path,
                                  struct pl_error *error)
{
    const size_t present = file->map_size;
    const size_t size = file_size(&file->header);
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (map == MAP_FAILED)
        return pl_error_errno(error, errno, "cannot map %s", path);
    file->map = map;
    file->map_size = size;
    if (mmap(map, present, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
             file->fd, 0) == MAP_FAILED)
        return pl_error_errno(error, errno, "cannot map %s", path);
    return PL_OK;
}

enum pl_status pl_lane_file_open(struct pl_lane_file *file, const char *folder, const char *name,
                                 struct pl_error *error)
{
    char path[4096];
    enum pl_status status;

    *file = (struct pl_lane_file){.fd = -1};
    (void)snprintf(file->name, sizeof file->name, "%s", name);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    file->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (file->fd == -1)
        return pl_error_errno(error, errno, "cannot open %s", path);
    status = read_header(file, path, error);
    if (status == PL_OK)
        status = map_to_read(file, path, error);
    if (status != PL_OK) {
        pl_lane_file_close(file);
        return status;
    }
    lay_out(file);
    return PL_OK;
}

void pl_lane_file_close(struct pl_lane_file *file)
{
    if (file->map != NULL)
        (void)munmap(file->map, file->map_size);
    file->map = NULL;
    pl_fd_close(&file->fd);
}

static uint64_t slot_checksum(const struct pl_lane_file *file, const struct pl_lane_slot *slot,
                              uint64_t number)
{
    const struct pl_str bytes = {(const char *)slot + offsetof(struct pl_lane_slot, time_ms),
                                 offsetof(struct pl_lane_slot, facts) -
                                     offsetof(struct pl_lane_slot, time_ms) + slot->size};

    return pl_entry_checksum(file->slots_salt ^ number, bytes);
}

void pl_lane_slot_write(const struct pl_lane_file *file, uint64_t number, uint64_t time_ms,
                        struct pl_str facts)
{
    struct pl_lane_slot *slot = &file->slots[number % PL_LANE_SLOTS_MAX];

    slot->time_ms = time_ms;
    slot->size = (uint32_t)facts.len;
    slot->zero = 0;
    memcpy(slot->facts, facts.ptr, facts.len);
    slot->checksum = slot_checksum(file, slot, number);
    atomic_store_explicit(&slot->number, number, memory_order_release);
}

bool pl_lane_slot_read(const struct pl_lane_file *file, uint32_t index, uint64_t *ret_number,
                       uint64_t *ret_time_ms, struct pl_str *ret_facts)
{
    const struct pl_lane_slot *slot = &file->slots[index];
    const uint64_t number = atomic_load_explicit(&slot->number, memory_order_acquire);

    if (number == 0 || number % PL_LANE_SLOTS_MAX != index || slot->size > sizeof slot->facts ||
        slot->checksum != slot_checksum(file, slot, number))
        return false;
    *ret_number = number;
    *ret_time_ms = slot->time_ms;
    *ret_facts = (struct pl_str){slot->facts, slot->size};
    return true;
}

void pl_lane_slot_end(const struct pl_lane_file *file, uint64_t number)
{
    uint64_t expected = number;

    /* A look first: it is ended already as a rule, and a page that is only read stays clean. */
    if (number == 0 || number % PL_LANE_SLOTS_MAX >= file->header.slots ||
        atomic_load_explicit(&file->slots[number % PL_LANE_SLOTS_MAX].number,
                             memory_order_relaxed) != number)
        return;
    (void)atomic_compare_exchange_strong_explicit(&file->slots[number % PL_LANE_SLOTS_MAX].number,
                                                  &expected, 0, memory_order_release,
                                                  memory_order_relaxed);
}
