/*
 * posix_spawn with three pipes and a pidfd, all non-blocking on this side. The end of the command is the end
 * of its first process: what is in the pipes then is still read, and what it left running is killed while
 * the process is not yet reaped, so that the group's number cannot belong to another.
 */
#include "client/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

#define PIECE_BYTES 65536
/* Pieces read at one go: more than a pipe holds, and an end to one that never runs dry. */
#define PIECES_MAX 64

struct pl_process {
    pid_t pid; /* 0 once it is reaped */
    int exit_fd;
    int in_fd, out_fd, err_fd; /* this side of its pipes; -1 when closed */
    struct pl_str input;       /* what is still to be fed */
    struct pl_buffer output;
    char errors[2 * PL_PROCESS_ERRORS_BYTES];
    size_t errors_len;
    enum pl_process_state state;
    int status;
};

/* The pipes between, both ends: [0] is read, [1] written. */
struct pipes {
    int in[2], out[2], err[2];
};

static void close_pipes(struct pipes *pipes)
{
    for (int i = 0; i < 2; i++) {
        pl_fd_close(&pipes->in[i]);
        pl_fd_close(&pipes->out[i]);
        pl_fd_close(&pipes->err[i]);
    }
}

static int open_pipes(struct pipes *pipes)
{
    if (pipe2(pipes->in, O_CLOEXEC) != 0 || pipe2(pipes->out, O_CLOEXEC) != 0 ||
        pipe2(pipes->err, O_CLOEXEC) != 0)
        return errno;
    if (fcntl(pipes->in[1], F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(pipes->out[0], F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(pipes->err[0], F_SETFL, O_NONBLOCK) != 0)
        return errno;
    return 0;
}

/* --- Starting ----------------------------------------------------------------------------------- */

static int set_actions(posix_spawn_file_actions_t *actions, const struct pipes *pipes,
                       const char *folder)
{
    int failed = posix_spawn_file_actions_adddup2(actions, pipes->in[0], STDIN_FILENO);

    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(actions, pipes->out[1], STDOUT_FILENO);
    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(actions, pipes->err[1], STDERR_FILENO);
    /* Libraries open descriptors that are not closed by themselves: those of connections, for one. */
    if (failed == 0)
        failed = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    if (failed == 0 && folder != NULL)
        failed = posix_spawn_file_actions_addchdir_np(actions, folder);
    return failed;
}

/* A group of its own, no signal blocked, and those that this program may ignore as they are by default. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, defaults;
    int failed = 0;

    (void)sigemptyset(&none);
    (void)sigemptyset(&defaults);
    (void)sigaddset(&defaults, SIGPIPE);
    (void)sigaddset(&defaults, SIGXFSZ);
    (void)sigaddset(&defaults, SIGINT);
    (void)sigaddset(&defaults, SIGTERM);
    failed = posix_spawnattr_setpgroup(attributes, 0);
    if (failed == 0)
        failed = posix_spawnattr_setsigmask(attributes, &none);
    if (failed == 0)
        failed = posix_spawnattr_setsigdefault(attributes, &defaults);
    if (failed == 0)
        failed = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return failed;
}

/* posix_spawnp takes words that it does not change, by a type that does not say so. */
static char *const *words_of(const char *const *argv)
{
    union {
        const char *const *fixed;
        char *const *loose;
    } words = {.fixed = argv};

    return words.loose;
}

static int spawn(const struct pl_process_request *request, const struct pipes *pipes,
                 pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&actions);

    if (failed != 0)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (failed == 0) {
        failed = set_actions(&actions, pipes, request->folder);
        if (failed == 0)
            failed = set_attributes(&attributes);
        if (failed == 0)
            failed = posix_spawnp(ret_pid, request->argv[0], &actions, &attributes,
                                  words_of(request->argv), environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* The child is gone from the group's view only when it is reaped, so the kill is safe before. */
static void kill_and_reap(struct pl_process *process)
{
    int status = 0;

    if (process->pid == 0)
        return;
    (void)kill(-process->pid, SIGKILL);
    while (waitpid(process->pid, &status, 0) == -1 && errno == EINTR)
        ;
    process->pid = 0;
}

static enum pl_status start(struct pl_process *process, const struct pl_process_request *request,
                            struct pipes *pipes, struct pl_error *error)
{
    int failed = open_pipes(pipes);

    if (failed == 0)
        failed = spawn(request, pipes, &process->pid);
    if (failed != 0)
        return pl_error_errno(error, failed, "cannot start '%s'%s%s", request->argv[0],
                              request->folder == NULL ? "" : " in ",
                              request->folder == NULL ? "" : request->folder);
    process->exit_fd = pidfd_open(process->pid, 0);
    if (process->exit_fd < 0) {
        failed = errno;
        kill_and_reap(process);
        return pl_error_errno(error, failed, "cannot watch '%s'", request->argv[0]);
    }
    process->in_fd = pipes->in[1];
    process->out_fd = pipes->out[0];
    process->err_fd = pipes->err[0];
    pipes->in[1] = pipes->out[0] = pipes->err[0] = -1;
    return PL_OK;
}

enum pl_status pl_process_start(const struct pl_process_request *request,
                                struct pl_process **ret_process, struct pl_error *error)
{
    struct pipes pipes = {{-1, -1}, {-1, -1}, {-1, -1}};
    struct pl_process *process = calloc(1, sizeof *process);
    enum pl_status status = PL_OK;

    if (process == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for '%s'", request->argv[0]);
    process->exit_fd = process->in_fd = process->out_fd = process->err_fd = -1;
    process->input = request->input;
    pl_buffer_init(&process->output, request->output_size_bytes_max + 1);
    status = start(process, request, &pipes, error);
    close_pipes(&pipes);
    if (status != PL_OK) {
        pl_process_free(process);
        return status;
    }
    *ret_process = process;
    return PL_OK;
}

void pl_process_free(struct pl_process *process)
{
    if (process == NULL)
        return;
    kill_and_reap(process);
    pl_fd_close(&process->exit_fd);
    pl_fd_close(&process->in_fd);
    pl_fd_close(&process->out_fd);
    pl_fd_close(&process->err_fd);
    pl_buffer_deinit(&process->output);
    free(process);
}

/* --- Working ------------------------------------------------------------------------------------ */

size_t pl_process_fds(const struct pl_process *process, int ret_fds[PL_PROCESS_FDS_MAX],
                      bool ret_to_write[PL_PROCESS_FDS_MAX])
{
    const int fds[PL_PROCESS_FDS_MAX] = {process->exit_fd, process->out_fd, process->err_fd,
                                         process->in_fd};
    size_t count = 0;

    for (size_t i = 0; i < PL_PROCESS_FDS_MAX; i++) {
        if (fds[i] == -1)
            continue;
        ret_fds[count] = fds[i];
        ret_to_write[count++] = fds[i] == process->in_fd;
    }
    return count;
}

/* A command may end without having read all of its input; that is no failure. */
static void feed(struct pl_process *process)
{
    while (process->in_fd != -1 && process->input.len > 0) {
        const ssize_t written = write(process->in_fd, process->input.ptr, process->input.len);

        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1 && errno == EAGAIN)
            return;
        if (written == -1)
            break;
        process->input.ptr += written;
        process->input.len -= (size_t)written;
    }
    pl_fd_close(&process->in_fd);
}

/* The next piece of a pipe; 0 when nothing is there now, and the pipe is closed when nothing will be. */
static size_t read_piece(int *fd, char *piece)
{
    ssize_t got = 0;

    if (*fd == -1)
        return 0;
    do {
        got = read(*fd, piece, PIECE_BYTES);
    } while (got == -1 && errno == EINTR);
    if (got == 0 || (got == -1 && errno != EAGAIN))
        pl_fd_close(fd);
    return got > 0 ? (size_t)got : 0;
}

/* Keeps the end: twice as much as is shown is gathered, then the first half dropped. */
static void keep_errors(struct pl_process *process, struct pl_str piece)
{
    const size_t half = PL_PROCESS_ERRORS_BYTES;

    if (piece.len > half)
        piece = (struct pl_str){piece.ptr + piece.len - half, half};
    if (process->errors_len + piece.len > 2 * half) {
        memmove(process->errors, process->errors + process->errors_len - half, half);
        process->errors_len = half;
    }
    memcpy(process->errors + process->errors_len, piece.ptr, piece.len);
    process->errors_len += piece.len;
}

static void read_pipes(struct pl_process *process)
{
    char piece[PIECE_BYTES];
    size_t got = 0;

    for (int i = 0; i < PIECES_MAX && (got = read_piece(&process->err_fd, piece)) > 0; i++)
        keep_errors(process, (struct pl_str){piece, got});
    for (int i = 0; i < PIECES_MAX && process->output.failed == PL_OK &&
                    (got = read_piece(&process->out_fd, piece)) > 0;
         i++)
        pl_buffer_add(&process->output, (struct pl_str){piece, got});
}

/* Whether the first process has ended. It is not reaped yet; those that it left are killed. */
static bool has_ended(struct pl_process *process)
{
    siginfo_t info = {0};

    if (waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0)
        return false;
    process->state = info.si_code == CLD_EXITED ? PL_PROCESS_EXITED : PL_PROCESS_SIGNALLED;
    process->status = info.si_status;
    (void)kill(-process->pid, SIGKILL);
    return true;
}

static struct pl_str errors_of(const struct pl_process *process)
{
    const size_t most = PL_PROCESS_ERRORS_BYTES;
    const size_t skipped = process->errors_len > most ? process->errors_len - most : 0;
    struct pl_str errors = {process->errors + skipped, process->errors_len - skipped};

    /* Not in the middle of a character. */
    while (skipped > 0 && errors.len > 0 && ((unsigned char)errors.ptr[0] & 0xc0) == 0x80) {
        errors.ptr++;
        errors.len--;
    }
    return errors;
}

enum pl_process_state pl_process_work(struct pl_process *process, struct pl_process_end *ret_end)
{
    if (process->state == PL_PROCESS_RUNNING) {
        const bool ended = has_ended(process);

        feed(process);
        read_pipes(process);
        if (process->output.failed != PL_OK)
            process->state =
                process->output.failed == PL_E_LIMIT ? PL_PROCESS_TOO_LARGE : PL_PROCESS_LOCAL;
        else if (!ended)
            return PL_PROCESS_RUNNING;
        kill_and_reap(process);
    }
    *ret_end = (struct pl_process_end){process->state, process->status,
                                       pl_buffer_view(&process->output), errors_of(process)};
    return process->state;
}
