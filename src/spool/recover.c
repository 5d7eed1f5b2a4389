/*
 * What an earlier process left: its entries that the ledger does not have are appended, decisions
 * that were begun and not ended are recorded as interrupted, and its files are removed. Every step
 * may be the last one of this process too: then the next start does the same again, and what is in
 * the ledger by then is recognised there.
 */
#include "spool/keeper.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERRUPTED "\"status\":\"interrupted\"}"

struct name {
    char text[PL_LANE_NAME_SIZE];
};

/* The files of lanes in the folder, each lane before its spill files, those in their order. */
struct names {
    struct name *items;
    size_t count;
    size_t room;
};

struct recovery {
    struct pl_spool *spool;
    struct names names;
    struct pl_cursors_copy left; /* the cursors */
    bool has_left;
    struct pl_ledger_place first; /* the earliest from which the ledger is to be read */
    bool has_first;
    struct pl_seen seen;
    struct pl_lane_file lane; /* the one whose files are being read; fd -1: none */
    uint64_t records, interrupted;
    struct pl_error *error;
};

static void recovery_deinit(struct recovery *recovery)
{
    free(recovery->names.items);
    pl_seen_deinit(&recovery->seen);
    pl_lane_file_close(&recovery->lane);
}

/* Takes a prefix and so many digits off the front. */
static bool take_numbered(const char **name, const char *prefix, size_t digits)
{
    const size_t length = strlen(prefix);

    if (strncmp(*name, prefix, length) != 0)
        return false;
    *name += length;
    for (size_t i = 0; i < digits; i++, ++*name)
        if (**name < '0' || **name > '9')
            return false;
    return true;
}

static bool is_file_of_lane(const char *name)
{
    return strlen(name) < PL_LANE_NAME_SIZE && take_numbered(&name, "lane-", 4) &&
           (*name == '\0' || (take_numbered(&name, "-spill-", 8) && *name == '\0'));
}

static enum pl_status add_name(struct names *names, const char *name, struct pl_error *error)
{
    if (names->count == names->room) {
        const size_t room = names->room == 0 ? 64 : 2 * names->room;
        struct name *items = realloc(names->items, room * sizeof *items);

        if (items == NULL)
            return pl_error_set(error, PL_E_MEMORY, "no memory left for the names of lanes");
        names->items = items;
        names->room = room;
    }
    /* It fits: is_file_of_lane() takes no longer ones. */
    memcpy(names->items[names->count++].text, name, strlen(name) + 1);
    return PL_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static enum pl_status list(const char *folder, struct names *names, struct pl_error *error)
{
    DIR *dir = opendir(folder);
    enum pl_status status = PL_OK;

    if (dir == NULL)
        return pl_error_errno(error, errno, "cannot open the folder %s", folder);
    for (const struct dirent *entry; status == PL_OK && (entry = readdir(dir)) != NULL;)
        if (is_file_of_lane(entry->d_name))
            status = add_name(names, entry->d_name, error);
    (void)closedir(dir);
    if (names->count > 1)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    return status;
}

/*
 * From where on the ledger may have what this lane has: the last note when the system has not been
 * started since, for then nothing that was written is missing; else as of when the files were last
 * known to be on the disk.
 */
static struct pl_ledger_place place_for(const struct recovery *recovery,
                                        const struct pl_lane_file *file)
{
    const struct pl_cursors_copy *left = &recovery->left;
    char boot[PL_CURSORS_BOOT_SIZE];

    if (!recovery->has_left || left->run != file->header.run)
        return pl_spool_place_get(&file->header.made_at);
    pl_cursors_boot(boot);
    if (boot[0] != '\0' && memcmp(boot, left->boot, sizeof boot) == 0)
        return pl_spool_place_get(&left->noted);
    return pl_spool_place_get(&left->synced);
}

static enum pl_status append(struct recovery *recovery, const struct pl_spool_record *record,
                             uint64_t *counter)
{
    struct pl_spool *spool = recovery->spool;
    enum pl_status status;

    if (pl_seen_take(&recovery->seen, record->kind, record->time_ms, record->body))
        return PL_OK;
    status = pl_ledger_append(spool->writer, record->kind, record->time_ms, record->body,
                              recovery->error);
    if (status == PL_E_DATA || status == PL_E_LIMIT) {
        atomic_fetch_add(&spool->refused, 1);
        return PL_OK;
    }
    PL_RETURN_IF(status);
    ++*counter;
    return PL_OK;
}

static const struct pl_cursor *cursor_of(const struct recovery *recovery,
                                         const struct pl_lane_file *file)
{
    const struct pl_cursors_copy *left = &recovery->left;

    if (!recovery->has_left || left->run != file->header.run ||
        file->header.index >= left->lanes_count)
        return NULL;
    return &left->lanes[file->header.index];
}

/* Where the entries begin that the cursors are not behind; 0: nowhere in this file. */
static uint64_t first_place(const struct recovery *recovery, const struct pl_lane_file *file)
{
    const struct pl_cursor *cursor = cursor_of(recovery, file);
    const uint64_t number = file->header.number;

    if (cursor == NULL || number > cursor->spill)
        return file->header.size;
    if (number == 0)
        return cursor->ring;
    return number == cursor->spill ? cursor->spill_place : 0;
}

/* Appends the entries of a file; the decisions that they end are off the table. */
static enum pl_status take_entries(struct recovery *recovery, const struct pl_lane_file *file)
{
    uint64_t place = first_place(recovery, file);
    struct pl_entry entry;

    while (pl_area_read(&file->area, place, &entry, &place)) {
        const struct pl_spool_record record = {entry.kind, entry.time_ms, entry.body};

        PL_RETURN_IF(append(recovery, &record, &recovery->records));
        if (recovery->lane.map != NULL && recovery->lane.header.index == file->header.index)
            pl_lane_slot_end(&recovery->lane, entry.begun);
    }
    return PL_OK;
}

/* The record of a decision of which there are only facts: they, an object, with a last member. */
struct interrupted {
    char body[PL_LANE_FACTS_SIZE_BYTES_MAX + sizeof INTERRUPTED + 1];
    struct pl_spool_record record;
};

static void write_interrupted(struct interrupted *interrupted, uint64_t time_ms,
                              struct pl_str facts)
{
    const size_t length = facts.len == 0 ? 0 : facts.len - 1; /* without its brace */
    const int total = snprintf(interrupted->body, sizeof interrupted->body, "%.*s%s" INTERRUPTED,
                               (int)length, facts.ptr, length > 1 ? "," : "");

    interrupted->record =
        (struct pl_spool_record){"decision", time_ms, {interrupted->body, (size_t)total}};
}

static enum pl_status append_interrupted(struct recovery *recovery, uint64_t time_ms,
                                         struct pl_str facts)
{
    struct interrupted interrupted = {0};

    if (pl_seen_has_decision(&recovery->seen, facts))
        return PL_OK;
    write_interrupted(&interrupted, time_ms, facts);
    return append(recovery, &interrupted.record, &recovery->interrupted);
}

static enum pl_status want_interrupted(struct recovery *recovery, uint64_t time_ms,
                                       struct pl_str facts)
{
    struct interrupted interrupted = {0};
    const struct pl_spool_record *record = &interrupted.record;

    write_interrupted(&interrupted, time_ms, facts);
    PL_RETURN_IF(pl_seen_want_decision(&recovery->seen, facts, recovery->error));
    return pl_seen_want(&recovery->seen, record->kind, record->time_ms, record->body,
                        recovery->error);
}

/* The end of a lane: what is on its table was never ended. */
static enum pl_status finish_lane(struct recovery *recovery)
{
    struct pl_lane_file *lane = &recovery->lane;

    if (lane->map == NULL)
        return PL_OK;
    for (uint32_t i = 0; i < lane->header.slots; i++) {
        uint64_t number = 0, time_ms = 0;
        struct pl_str facts;

        if (pl_lane_slot_read(lane, i, &number, &time_ms, &facts))
            PL_RETURN_IF(append_interrupted(recovery, time_ms, facts));
    }
    pl_lane_file_close(lane);
    return PL_OK;
}

/*
 * A file without a whole header: one that begins with a zero was never used, and goes. Any other is
 * kept beside, for people to look at, and counted.
 */
static enum pl_status set_aside(struct recovery *recovery, const char *name)
{
    const char *folder = recovery->spool->options.folder;
    char path[4096], aside[4096];
    char first = '\0';

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)snprintf(aside, sizeof aside, "%s/%s.bad", folder, name);
    PL_CLEANUP(pl_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1 || read(fd, &first, 1) < 0)
        return pl_error_errno(recovery->error, errno, "cannot read %s", path);
    if (first == '\0')
        return unlink(path) == 0 ? PL_OK
                                 : pl_error_errno(recovery->error, errno, "cannot remove %s", path);
    if (rename(path, aside) != 0)
        return pl_error_errno(recovery->error, errno, "cannot rename %s to %s", path, aside);
    atomic_fetch_add(&recovery->spool->set_aside, 1);
    return PL_OK;
}

/* Each file in turn: once to find from where the ledger is to be read, then to take what is in it. */
static enum pl_status for_each_file(struct recovery *recovery,
                                    enum pl_status (*use)(struct recovery *, struct pl_lane_file *))
{
    for (size_t i = 0; i < recovery->names.count; i++) {
        struct pl_lane_file file;
        enum pl_status status = pl_lane_file_open(&file, recovery->spool->options.folder,
                                                  recovery->names.items[i].text, recovery->error);

        if (status == PL_E_CORRUPT) {
            PL_RETURN_IF(set_aside(recovery, recovery->names.items[i].text));
            continue;
        }
        if (status == PL_E_NOT_FOUND) /* set aside before */
            continue;
        PL_RETURN_IF(status);
        PL_RETURN_IF(use(recovery, &file));
    }
    return PL_OK;
}

/* Says what is in the file, so that it is looked for in the ledger. */
static enum pl_status want_all(struct recovery *recovery, const struct pl_lane_file *file)
{
    uint64_t place = first_place(recovery, file);
    struct pl_entry entry;

    while (pl_area_read(&file->area, place, &entry, &place))
        PL_RETURN_IF(
            pl_seen_want(&recovery->seen, entry.kind, entry.time_ms, entry.body, recovery->error));
    for (uint32_t i = 0; i < file->header.slots; i++) {
        uint64_t number = 0, time_ms = 0;
        struct pl_str facts;

        if (pl_lane_slot_read(file, i, &number, &time_ms, &facts))
            PL_RETURN_IF(want_interrupted(recovery, time_ms, facts));
    }
    return PL_OK;
}

static enum pl_status look_into_file(struct recovery *recovery, struct pl_lane_file *file)
{
    const struct pl_ledger_place place = place_for(recovery, file);
    const enum pl_status status = want_all(recovery, file);
    struct pl_ledger_place *first = &recovery->first;

    pl_lane_file_close(file);
    if (!recovery->has_first || place.block < first->block)
        *first = place;
    recovery->has_first = true;
    return status;
}

static enum pl_status take_file(struct recovery *recovery, struct pl_lane_file *file)
{
    enum pl_status status;

    if (file->header.number == 0) {
        status = finish_lane(recovery);
        if (status != PL_OK) {
            pl_lane_file_close(file);
            return status;
        }
        recovery->lane = *file; /* closed when it is finished */
        return take_entries(recovery, file);
    }
    status = take_entries(recovery, file);
    pl_lane_file_close(file);
    return status;
}

static enum pl_status remove_files(struct recovery *recovery)
{
    const char *folder = recovery->spool->options.folder;

    for (size_t i = recovery->names.count; i-- > 0;) {
        char path[4096];

        (void)snprintf(path, sizeof path, "%s/%s", folder, recovery->names.items[i].text);
        if (unlink(path) != 0 && errno != ENOENT)
            return pl_error_errno(recovery->error, errno, "cannot remove %s", path);
        pl_spool_step(recovery->spool, PL_SPOOL_REMOVED);
    }

    PL_CLEANUP(pl_fd_close) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1 || (fsync(fd) != 0 && errno != EINVAL))
        return pl_error_errno(recovery->error, errno, "cannot sync the folder %s", folder);
    return PL_OK;
}

static enum pl_status take_all(struct recovery *recovery)
{
    struct pl_spool *spool = recovery->spool;

    PL_RETURN_IF(pl_cursors_read(spool->options.folder, &recovery->left, &recovery->has_left,
                                 recovery->error));
    PL_RETURN_IF(for_each_file(recovery, look_into_file));
    if (recovery->has_first)
        PL_RETURN_IF(pl_seen_read(&recovery->seen, spool->options.ledger_folder, &recovery->first,
                                  recovery->error));
    PL_RETURN_IF(for_each_file(recovery, take_file));
    PL_RETURN_IF(finish_lane(recovery));
    PL_RETURN_IF(pl_ledger_commit(spool->writer, NULL, recovery->error));
    pl_spool_step(spool, PL_SPOOL_RECOVERED);
    return remove_files(recovery);
}

enum pl_status pl_spool_recover(struct pl_spool *spool, struct pl_error *error)
{
    PL_CLEANUP(recovery_deinit)
    struct recovery recovery = {.spool = spool, .lane.fd = -1, .error = error};

    PL_RETURN_IF(list(spool->options.folder, &recovery.names, error));
    if (recovery.names.count == 0)
        return PL_OK;
    PL_RETURN_IF(take_all(&recovery));
    atomic_store(&spool->recovered, recovery.records + recovery.interrupted);
    atomic_store(&spool->interrupted, recovery.interrupted);
    return PL_OK;
}
