/*
 * The event loop by libevent; the only file that knows of it. Each callback of the library enters
 * here, calls one owner, and then does the work queued for the moment after (pl_soon), so that no
 * owner's callback is ever called from inside another.
 */
#include "net/inside.h"

#include <event2/event.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "net/wheel.h"

#define SOONS_AT_ONCE_MAX 4096
#define POSTS_ROOM_FIRST  64

struct post {
    pl_loop_work work;
    void *context;
};

struct posts {
    struct post *items;
    size_t count, room;
};

struct pl_loop {
    struct event_base *base;
    struct event *wake;  /* readable: posts wait, or the loop shall stop */
    struct event *again; /* more work of `soon` than is done at once */
    struct event *tick;  /* of the wheel */
    int wake_fd;
    struct pl_soon soon; /* the ring's fixed point */
    struct pl_wheel wheel;
    char *scratch;
    struct posts doing; /* of this thread */

    pthread_mutex_t lock; /* the rest is under it */
    struct posts posts;
    bool woken, stopping;
};

uint64_t pl_net_clock_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* --- Work for the moment after ---------------------------------------------------------------- */

void pl_soon_queue(struct pl_loop *loop, struct pl_soon *soon, pl_loop_work work, void *context)
{
    if (soon->next != NULL)
        return;
    soon->work = work;
    soon->context = context;
    soon->next = &loop->soon;
    soon->prev = loop->soon.prev;
    soon->prev->next = soon;
    loop->soon.prev = soon;
}

void pl_soon_cancel(struct pl_loop *loop, struct pl_soon *soon)
{
    (void)loop;
    if (soon->next == NULL)
        return;
    soon->prev->next = soon->next;
    soon->next->prev = soon->prev;
    soon->next = soon->prev = NULL;
}

static void do_soons(struct pl_loop *loop)
{
    for (size_t i = 0; loop->soon.next != &loop->soon; i++) {
        struct pl_soon *soon = loop->soon.next;

        if (i == SOONS_AT_ONCE_MAX) {
            event_active(loop->again, EV_TIMEOUT, 0);
            return;
        }
        pl_soon_cancel(loop, soon);
        soon->work(soon->context);
    }
}

static void on_again(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    do_soons(context);
}

/* --- Posts from other threads ----------------------------------------------------------------- */

static void on_wake(evutil_socket_t fd, short what, void *context)
{
    struct pl_loop *loop = context;
    struct posts doing = {0};
    uint64_t count = 0;

    (void)what;
    (void)!read(fd, &count, sizeof count);
    (void)pthread_mutex_lock(&loop->lock);
    loop->woken = false;
    doing = loop->posts;
    loop->posts = loop->doing;
    loop->posts.count = 0;
    const bool stopping = loop->stopping;
    loop->stopping = false;
    (void)pthread_mutex_unlock(&loop->lock);

    for (size_t i = 0; i < doing.count; i++) {
        doing.items[i].work(doing.items[i].context);
        do_soons(loop);
    }
    loop->doing = doing;
    if (stopping)
        (void)event_base_loopbreak(loop->base);
}

/* Under the lock. */
static void wake(struct pl_loop *loop)
{
    const uint64_t one = 1;

    if (!loop->woken)
        (void)!write(loop->wake_fd, &one, sizeof one);
    loop->woken = true;
}

void pl_loop_stop(struct pl_loop *loop)
{
    (void)pthread_mutex_lock(&loop->lock);
    loop->stopping = true;
    wake(loop);
    (void)pthread_mutex_unlock(&loop->lock);
}

/* Under the lock. */
static enum pl_status make_room(struct posts *posts, struct pl_error *error)
{
    struct post *items = NULL;

    if (posts->count < posts->room)
        return PL_OK;
    if (posts->count >= PL_LOOP_POSTS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "%d tasks wait for an event loop already",
                            PL_LOOP_POSTS_MAX);

    const size_t room = posts->room == 0 ? POSTS_ROOM_FIRST : posts->room * 2;

    items = realloc(posts->items, room * sizeof *items);
    if (items == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the tasks of an event loop");
    posts->items = items;
    posts->room = room;
    return PL_OK;
}

enum pl_status pl_loop_post(struct pl_loop *loop, pl_loop_work work, void *context,
                            struct pl_error *error)
{
    (void)pthread_mutex_lock(&loop->lock);

    const enum pl_status status = make_room(&loop->posts, error);

    if (status == PL_OK) {
        loop->posts.items[loop->posts.count++] = (struct post){work, context};
        wake(loop);
    }
    (void)pthread_mutex_unlock(&loop->lock);
    return status;
}

/* --- Timers ----------------------------------------------------------------------------------- */

static struct timeval time_of(uint64_t ms)
{
    const uint64_t ms_max = (uint64_t)365 * 24 * 3600 * 1000;

    if (ms > ms_max)
        ms = ms_max;
    return (struct timeval){.tv_sec = (time_t)(ms / 1000),
                            .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    struct pl_timer *timer = context;
    struct pl_loop *loop = timer->loop;

    (void)fd;
    (void)what;
    timer->fire(timer->context);
    do_soons(loop);
}

enum pl_status pl_timer_init(struct pl_timer *timer, struct pl_loop *loop, pl_loop_work fire,
                             void *context, struct pl_error *error)
{
    struct event *event = event_new(loop->base, -1, 0, on_timer, timer);

    if (event == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a timer");
    *timer = (struct pl_timer){.loop = loop, .fire = fire, .context = context, .event = event};
    return PL_OK;
}

void pl_timer_start(struct pl_timer *timer, uint64_t delay_ms)
{
    const struct timeval delay = time_of(delay_ms);

    (void)event_add(timer->event, &delay);
}

void pl_timer_stop(struct pl_timer *timer)
{
    if (timer->event != NULL)
        (void)event_del(timer->event);
}

void pl_timer_deinit(struct pl_timer *timer)
{
    if (timer->event != NULL)
        event_free(timer->event);
    timer->event = NULL;
}

/* --- Deadlines -------------------------------------------------------------------------------- */

static void arm(struct pl_loop *loop)
{
    uint64_t delay_ms = 0;

    if (!pl_wheel_next(&loop->wheel, pl_net_clock_ns() / 1000000, &delay_ms))
        return;

    const struct timeval delay = time_of(delay_ms);

    (void)event_add(loop->tick, &delay);
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
    struct pl_loop *loop = context;

    (void)fd;
    (void)what;
    pl_wheel_turn(&loop->wheel, pl_net_clock_ns() / 1000000);
    arm(loop);
    do_soons(loop);
}

void pl_deadline_set(struct pl_loop *loop, struct pl_deadline *deadline, uint64_t delay_ms)
{
    if (pl_wheel_set(&loop->wheel, deadline, pl_net_clock_ns() / 1000000, delay_ms))
        arm(loop);
}

void pl_deadline_stop(struct pl_loop *loop, struct pl_deadline *deadline)
{
    pl_wheel_remove(&loop->wheel, deadline);
}

/* --- Descriptors ------------------------------------------------------------------------------ */

/* Two events of the library for one descriptor, so that to ask for writing is one change. */
struct events {
    struct event *read, *write;
};

static void on_ready(evutil_socket_t fd, short what, void *context)
{
    struct pl_fd_watch *watch = context;
    struct pl_loop *loop = watch->loop;

    (void)fd;
    watch->work((what & EV_WRITE) != 0 ? PL_READY_WRITE : PL_READY_READ, watch->context);
    do_soons(loop);
}

enum pl_status pl_watch_init(struct pl_fd_watch *watch, struct pl_loop *loop, int fd,
                             pl_watch_work work, void *context, struct pl_error *error)
{
    struct events *events = calloc(1, sizeof *events);

    if (events != NULL) {
        events->read = event_new(loop->base, fd, EV_READ | EV_PERSIST, on_ready, watch);
        events->write = event_new(loop->base, fd, EV_WRITE | EV_PERSIST, on_ready, watch);
    }
    if (events == NULL || events->read == NULL || events->write == NULL) {
        if (events != NULL && events->read != NULL)
            event_free(events->read);
        if (events != NULL && events->write != NULL)
            event_free(events->write);
        free(events);
        return pl_error_set(error, PL_E_MEMORY, "no memory left to watch a descriptor");
    }
    *watch = (struct pl_fd_watch){
        .loop = loop, .fd = fd, .work = work, .context = context, .event = events};
    return PL_OK;
}

static void set_one(struct event *event, bool wanted)
{
    if (wanted)
        (void)event_add(event, NULL);
    else
        (void)event_del(event);
}

void pl_watch_set(struct pl_fd_watch *watch, uint32_t wanted)
{
    const struct events *events = watch->event;
    const uint32_t changed = watch->wanted ^ wanted;

    if ((changed & PL_READY_READ) != 0)
        set_one(events->read, (wanted & PL_READY_READ) != 0);
    if ((changed & PL_READY_WRITE) != 0)
        set_one(events->write, (wanted & PL_READY_WRITE) != 0);
    watch->wanted = wanted;
}

void pl_watch_deinit(struct pl_fd_watch *watch)
{
    struct events *events = watch->event;

    if (events == NULL)
        return;
    event_free(events->read);
    event_free(events->write);
    free(events);
    watch->event = NULL;
    watch->wanted = 0;
}

/* --- The loop --------------------------------------------------------------------------------- */

char *pl_loop_scratch(struct pl_loop *loop)
{
    return loop->scratch;
}

/* A peer that is gone is an error of the write, not the end of the process. */
static void ignore_broken_pipes(void)
{
    struct sigaction now = {0};

    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
        now.sa_handler = SIG_IGN;
        (void)sigaction(SIGPIPE, &now, NULL);
    }
}

static bool make_events(struct pl_loop *loop)
{
    struct event_config *config = event_config_new();

    if (config == NULL)
        return false;
    (void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    (void)event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
    loop->base = event_base_new_with_config(config);
    event_config_free(config);
    if (loop->base == NULL || loop->wake_fd < 0)
        return false;
    loop->wake = event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake, loop);
    loop->again = event_new(loop->base, -1, 0, on_again, loop);
    loop->tick = event_new(loop->base, -1, 0, on_tick, loop);
    return loop->wake != NULL && loop->again != NULL && loop->tick != NULL &&
           event_add(loop->wake, NULL) == 0;
}

enum pl_status pl_loop_new(struct pl_loop **ret_loop, struct pl_error *error)
{
    struct pl_loop *loop = calloc(1, sizeof *loop);

    if (loop == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for an event loop");
    ignore_broken_pipes();
    loop->soon.next = loop->soon.prev = &loop->soon;
    (void)pthread_mutex_init(&loop->lock, NULL);
    pl_wheel_init(&loop->wheel, pl_net_clock_ns() / 1000000);
    loop->scratch = malloc(PL_SCRATCH_SIZE_BYTES);
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->scratch == NULL || !make_events(loop)) {
        const int cause = errno;

        pl_loop_free(loop);
        return pl_error_errno(error, cause, "cannot set up an event loop");
    }
    *ret_loop = loop;
    return PL_OK;
}

static void free_event(struct event *event)
{
    if (event != NULL)
        event_free(event);
}

void pl_loop_free(struct pl_loop *loop)
{
    if (loop == NULL)
        return;
    /* What was freed outside of a callback waits here to be let go. */
    while (loop->soon.next != &loop->soon) {
        struct pl_soon *soon = loop->soon.next;

        pl_soon_cancel(loop, soon);
        soon->work(soon->context);
    }
    free_event(loop->wake);
    free_event(loop->again);
    free_event(loop->tick);
    if (loop->base != NULL)
        event_base_free(loop->base);
    if (loop->wake_fd >= 0)
        (void)close(loop->wake_fd);
    (void)pthread_mutex_destroy(&loop->lock);
    free(loop->posts.items);
    free(loop->doing.items);
    free(loop->scratch);
    free(loop);
}

enum pl_status pl_loop_run(struct pl_loop *loop, struct pl_error *error)
{
    do_soons(loop);
    if (event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
        return pl_error_errno(error, errno, "the event loop cannot wait for its descriptors");
    return PL_OK;
}
