/*
 * The note while measuring. A thread waits for a second or for the end, whichever is first; what it
 * wrote is erased, so that nothing of it stays above the result.
 */
#include "cli/progress.h"

#include "base/buffer.h"
#include "base/file.h"
#include "report/page.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NOTE_SIZE_BYTES_MAX 1024
#define WAIT_SECONDS        1

struct pl_progress {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t ended_changed;
    bool ended;
    bool shown;
    struct pl_buffer note;
};

/* The note is a courtesy: when the terminal does not take it, the work still goes on. */
static bool say(struct pl_str text)
{
    return pl_fd_write(STDERR_FILENO, text, "standard error", NULL) == PL_OK;
}

static void *wait_and_say(void *context)
{
    struct pl_progress *progress = context;
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_SECONDS;
    (void)pthread_mutex_lock(&progress->mutex);
    while (!progress->ended)
        if (pthread_cond_timedwait(&progress->ended_changed, &progress->mutex, &until) != 0)
            break;
    if (!progress->ended)
        progress->shown = say(pl_buffer_view(&progress->note));
    (void)pthread_mutex_unlock(&progress->mutex);
    return NULL;
}

static void progress_free(struct pl_progress *progress)
{
    (void)pthread_cond_destroy(&progress->ended_changed);
    (void)pthread_mutex_destroy(&progress->mutex);
    pl_buffer_deinit(&progress->note);
    free(progress);
}

struct pl_progress *pl_progress_start(struct pl_str text)
{
    struct pl_progress *progress = NULL;

    if (isatty(STDERR_FILENO) != 1)
        return NULL;
    progress = calloc(1, sizeof *progress);
    if (progress == NULL)
        return NULL;
    pl_buffer_init(&progress->note, NOTE_SIZE_BYTES_MAX);
    pl_text_fold(&progress->note, text, false);
    (void)pthread_mutex_init(&progress->mutex, NULL);
    (void)pthread_cond_init(&progress->ended_changed, NULL);
    if (pthread_create(&progress->thread, NULL, wait_and_say, progress) != 0) {
        progress_free(progress);
        return NULL;
    }
    return progress;
}

void pl_progress_stop(struct pl_progress *progress)
{
    if (progress == NULL)
        return;
    (void)pthread_mutex_lock(&progress->mutex);
    progress->ended = true;
    (void)pthread_cond_signal(&progress->ended_changed);
    (void)pthread_mutex_unlock(&progress->mutex);
    (void)pthread_join(progress->thread, NULL);
    if (progress->shown)
        (void)say(PL_STR("\r\x1b[K"));
    progress_free(progress);
}

#define LINE_EVERY_NS 100000000u

struct pl_progress_line {
    uint64_t shown_ns; /* 0: never */
    struct pl_buffer text;
};

struct pl_progress_line *pl_progress_line_start(void)
{
    struct pl_progress_line *line = NULL;

    if (isatty(STDERR_FILENO) != 1)
        return NULL;
    line = calloc(1, sizeof *line);
    if (line != NULL)
        pl_buffer_init(&line->text, NOTE_SIZE_BYTES_MAX);
    return line;
}

void pl_progress_line_set(struct pl_progress_line *line, struct pl_str text)
{
    const uint64_t now = pl_clock_monotonic_ns();

    if (line == NULL || (line->shown_ns > 0 && now - line->shown_ns < LINE_EVERY_NS))
        return;
    pl_buffer_reset(&line->text);
    pl_buffer_add_text(&line->text, "\r\x1b[K");
    pl_text_fold(&line->text, text, false);
    (void)say(pl_buffer_view(&line->text));
    line->shown_ns = now;
}

void pl_progress_line_stop(struct pl_progress_line *line)
{
    if (line == NULL)
        return;
    if (line->shown_ns > 0)
        (void)say(PL_STR("\r\x1b[K"));
    pl_buffer_deinit(&line->text);
    free(line);
}
