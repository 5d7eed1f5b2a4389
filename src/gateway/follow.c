/* A row of the state in a quiet area, so that noting wakes nobody. */
#include "gateway/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define AREA                 "~server"
#define LOOK_MS              2
#define PATH_SIZE            4096
#define ARENA_SIZE_BYTES_MAX ((size_t)1 << 20)

enum pl_status pl_follow_note(struct pl_state *state, struct pl_str feature, uint64_t version,
                              struct pl_error *error)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)version);
    return pl_state_put(state, AREA, feature, pl_str_of(text), error);
}

/* Whoever serves holds the lock of its spool. */
static bool is_served(const char *spool_folder)
{
    char path[PATH_SIZE];
    bool held;
    int fd;

    if ((size_t)snprintf(path, sizeof path, "%s/lock", spool_folder) >= sizeof path)
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    (void)close(fd);
    return held;
}

static enum pl_status look(struct pl_state *state, struct pl_str feature, uint64_t *ret_version,
                           struct pl_error *error)
{
    PL_CLEANUP(pl_arena_deinit) struct pl_arena arena = {0};
    struct pl_str text = {0};

    *ret_version = 0;
    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    PL_RETURN_IF(pl_state_get(state, AREA, feature, &arena, &text, error));
    if (text.ptr != NULL && !pl_str_to_uint64(text, ret_version))
        *ret_version = 0;
    return PL_OK;
}

enum pl_status pl_follow_wait(struct pl_state *state, const struct pl_follow *follow,
                              enum pl_following *ret_following, struct pl_error *error)
{
    const struct timespec moment = {.tv_nsec = LOOK_MS * 1000000L};
    uint64_t version = 0;

    *ret_following = PL_FOLLOWING_NOBODY;
    for (int ms = 0; ms < PL_FOLLOW_MS && is_served(follow->spool_folder); ms += LOOK_MS) {
        PL_RETURN_IF(look(state, follow->feature, &version, error));
        if (version >= follow->version) {
            *ret_following = PL_FOLLOWING_YES;
            return PL_OK;
        }
        *ret_following = PL_FOLLOWING_NOT_YET;
        (void)nanosleep(&moment, NULL);
    }
    return PL_OK;
}
