/*
 * A model server that costs next to nothing, for `script/bench gateway`: one thread, epoll, keep-alive. It answers
 * every POST with one fixed chat completion of about 1 KB, with usage and logprobs, or with a stream of deltas.
 *
 * What is asked for stands in the model's name: "mock" is answered at once, a stream of it has 64 deltas as fast as
 * they can be sent; "mock-pace-20000x64" streams 64 deltas that are 20,000 µs apart. GET /stats says what was served.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_COUNT      512
#define CONNECTIONS_MAX   60000
#define REQUEST_BYTES_MAX (32u << 20)
#define DELTAS_DEFAULT    64
#define NONE              UINT32_MAX

struct text {
    char *ptr;
    size_t len, size;
};

struct connection {
    int fd;
    struct text in, out; /* what came and is not whole; what could not be sent yet */
    size_t sent;         /* of `out` */
    uint64_t due_ns, period_ns;
    uint32_t deltas_left, heap_at;
    bool streaming, usage;
};

static struct connection *connections[CONNECTIONS_MAX];
static struct connection *heap[CONNECTIONS_MAX]; /* of streams, by what is due first */
static uint32_t heap_count;
static int poller;
static struct text whole, stream_head, delta, stream_end, stream_end_usage;
static struct {
    uint64_t requests, streams, streams_whole, gone, open, open_most;
} counts;

static uint64_t now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static void text_add(struct text *text, const char *ptr, size_t len)
{
    if (text->len + len + 1 > text->size) {
        text->size = (text->len + len + 1) * 2;
        text->ptr = realloc(text->ptr, text->size);
        if (text->ptr == NULL) {
            exit(1);
        }
    }
    memcpy(text->ptr + text->len, ptr, len);
    text->len += len;
    text->ptr[text->len] = '\0';
}

__attribute__((format(printf, 2, 3))) static void text_print(struct text *text, const char *format,
                                                             ...)
{
    char line[4096];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    text_add(text, line, (size_t)len);
}

/* ---- what is answered, made once ---- */

static void make_whole(void)
{
    struct text body = {0};
    text_print(&body,
               "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1700000000,"
               "\"model\":\"mock\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
               "\"content\":\"A ship may be loaded to her line\",\"refusal\":null},"
               "\"logprobs\":{\"content\":[");
    static const char *const TOKENS[] = {"A",       " ship", " may", " be",
                                         " loaded", " to",   " her", " line"};
    for (size_t i = 0; i < 8; i++) {
        text_print(&body,
                   "%s{\"token\":\"%s\",\"logprob\":-0.0%zu,\"bytes\":null,\"top_logprobs\":[]}",
                   i == 0 ? "" : ",", TOKENS[i], i + 1);
    }
    text_print(&body,
               "],\"refusal\":null},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":12,"
               "\"completion_tokens\":8,\"total_tokens\":20,\"prompt_tokens_details\":"
               "{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}}}");
    text_print(&whole,
               "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
               body.len);
    text_add(&whole, body.ptr, body.len);
    free(body.ptr);
}

static void add_event(struct text *text, const char *rest)
{
    struct text event = {0};
    text_print(&event,
               "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\","
               "\"created\":1700000000,\"model\":\"mock\",%s}\n\n",
               rest);
    text_print(text, "%zx\r\n%s\r\n", event.len, event.ptr);
    free(event.ptr);
}

static void make_stream(void)
{
    text_print(&stream_head, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                             "Cache-Control: no-cache\r\nX-Accel-Buffering: no\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n");
    add_event(&stream_head,
              "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
              "\"logprobs\":null,\"finish_reason\":null}]");
    add_event(
        &delta,
        "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" line\"},\"logprobs\":{\"content\":"
        "[{\"token\":\" line\",\"logprob\":-0.01,\"bytes\":null,\"top_logprobs\":[]}]},"
        "\"finish_reason\":null}]");
    add_event(&stream_end, "\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,"
                           "\"finish_reason\":\"stop\"}]");
    text_add(&stream_end_usage, stream_end.ptr, stream_end.len);
    add_event(&stream_end_usage,
              "\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":64,"
              "\"total_tokens\":76}");
    static const char DONE[] = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
    text_add(&stream_end, DONE, sizeof DONE - 1);
    text_add(&stream_end_usage, DONE, sizeof DONE - 1);
}

/* ---- a heap of streams ---- */

static void heap_put(uint32_t at, struct connection *one)
{
    heap[at] = one;
    one->heap_at = at;
}

static void heap_up(uint32_t at)
{
    struct connection *one = heap[at];
    while (at > 0 && heap[(at - 1) / 2]->due_ns > one->due_ns) {
        heap_put(at, heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_put(at, one);
}

static void heap_down(uint32_t at)
{
    struct connection *one = heap[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= heap_count) {
            break;
        }
        if (child + 1 < heap_count && heap[child + 1]->due_ns < heap[child]->due_ns) {
            child++;
        }
        if (heap[child]->due_ns >= one->due_ns) {
            break;
        }
        heap_put(at, heap[child]);
        at = child;
    }
    heap_put(at, one);
}

static void heap_remove(struct connection *one)
{
    uint32_t at = one->heap_at;
    if (at == NONE) {
        return;
    }
    one->heap_at = NONE;
    struct connection *last = heap[--heap_count];
    if (last != one) {
        heap_put(at, last);
        heap_up(at);
        heap_down(last->heap_at);
    }
}

/* ---- connections ---- */

static void drop(struct connection *one)
{
    counts.gone += one->streaming;
    counts.open--;
    heap_remove(one);
    connections[one->fd] = NULL;
    close(one->fd);
    free(one->in.ptr);
    free(one->out.ptr);
    free(one);
}

static void watch(struct connection *one, uint32_t events)
{
    struct epoll_event event = {.events = events | EPOLLRDHUP, .data.fd = one->fd};
    epoll_ctl(poller, EPOLL_CTL_MOD, one->fd, &event);
}

/* Sends, or keeps what the socket does not take; false when the connection is gone. */
static bool put(struct connection *one, const struct text *text)
{
    size_t done = 0;
    if (one->out.len == 0) {
        ssize_t n = send(one->fd, text->ptr, text->len, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) {
            drop(one);
            return false;
        }
        done = n < 0 ? 0 : (size_t)n;
        if (done == text->len) {
            return true;
        }
        watch(one, EPOLLIN | EPOLLOUT);
    }
    text_add(&one->out, text->ptr + done, text->len - done);
    return true;
}

static bool flush(struct connection *one)
{
    ssize_t n = send(one->fd, one->out.ptr + one->sent, one->out.len - one->sent, MSG_NOSIGNAL);
    if (n < 0) {
        return errno == EAGAIN;
    }
    one->sent += (size_t)n;
    if (one->sent == one->out.len) {
        one->sent = one->out.len = 0;
        watch(one, EPOLLIN);
    }
    return true;
}

/* The next delta, or the end; false when the connection is gone. */
static bool stream_step(struct connection *one)
{
    if (one->deltas_left > 0) {
        one->deltas_left--;
        return put(one, &delta);
    }
    heap_remove(one);
    one->streaming = false;
    counts.streams_whole++;
    return put(one, one->usage ? &stream_end_usage : &stream_end);
}

static bool says_true(const char *body, const char *name)
{
    const char *at = strstr(body, name);
    if (at == NULL) {
        return false;
    }
    at += strlen(name);
    at += strspn(at, " :");
    return *at == 't';
}

static bool stream_begin(struct connection *one, const char *body)
{
    uint64_t period_us = 0;
    uint32_t deltas = DELTAS_DEFAULT;
    const char *pace = strstr(body, "mock-pace-");
    if (pace != NULL && sscanf(pace, "mock-pace-%" SCNu64 "x%" SCNu32, &period_us, &deltas) != 2) {
        deltas = DELTAS_DEFAULT;
    }
    counts.streams++;
    one->streaming = true;
    one->deltas_left = deltas;
    one->usage = says_true(body, "\"include_usage\"");
    if (!put(one, &stream_head)) {
        return false;
    }
    if (period_us == 0) {
        while (one->streaming) {
            if (!stream_step(one)) {
                return false;
            }
        }
        return true;
    }
    one->period_ns = period_us * 1000;
    one->due_ns = now_ns() + one->period_ns;
    heap[heap_count++] = one;
    heap_up(heap_count - 1);
    return true;
}

static bool answer_stats(struct connection *one)
{
    char body[512];
    int len = snprintf(body, sizeof body,
                       "{\"requests\":%" PRIu64 ",\"streams\":%" PRIu64
                       ",\"streams_whole\":%" PRIu64 ",\"streams_gone\":%" PRIu64
                       ",\"open\":%" PRIu64 ",\"open_most\":%" PRIu64 ",\"streaming\":%" PRIu32 "}",
                       counts.requests, counts.streams, counts.streams_whole, counts.gone,
                       counts.open, counts.open_most, heap_count);
    struct text reply = {0};
    text_print(&reply,
               "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
               len, body);
    bool stays = put(one, &reply);
    free(reply.ptr);
    return stays;
}

/* The length of the first whole request in the buffer, 0 when there is none; and where its body starts. */
static size_t request_length(const struct text *in, size_t *ret_body)
{
    const char *end = in->len == 0 ? NULL : memmem(in->ptr, in->len, "\r\n\r\n", 4);
    if (end == NULL) {
        return 0;
    }
    size_t head = (size_t)(end - in->ptr) + 4, length = 0;
    *ret_body = head;
    for (const char *line = in->ptr; line < end; line = strchr(line, '\n') + 1) {
        if (strncasecmp(line, "content-length:", 15) == 0) {
            length = strtoul(line + 15, NULL, 10);
        } else if (strncasecmp(line, "transfer-encoding:", 18) == 0) {
            const char *last = memmem(in->ptr + head, in->len - head, "0\r\n\r\n", 5);
            return last == NULL ? 0 : (size_t)(last - in->ptr) + 5;
        }
    }
    return in->len >= head + length ? head + length : 0;
}

/* Answers all whole requests that are there; false when the connection is gone. */
static bool answer(struct connection *one)
{
    size_t body, length;
    while (!one->streaming && (length = request_length(&one->in, &body)) > 0) {
        char after = one->in.ptr[length];
        one->in.ptr[length] = '\0';
        bool stays;
        if (strncmp(one->in.ptr, "GET /stats", 10) == 0) {
            stays = answer_stats(one);
        } else {
            counts.requests++;
            stays = says_true(one->in.ptr + body, "\"stream\"")
                        ? stream_begin(one, one->in.ptr + body)
                        : put(one, &whole);
        }
        if (!stays) {
            return false;
        }
        one->in.ptr[length] = after;
        one->in.len -= length;
        memmove(one->in.ptr, one->in.ptr + length, one->in.len + 1);
    }
    if (one->in.len == 0 && one->in.size > 16384) {
        free(one->in.ptr);
        one->in = (struct text){0};
    }
    return true;
}

static void receive(struct connection *one)
{
    static char buffer[1 << 18];
    ssize_t n = recv(one->fd, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EAGAIN) {
        return;
    }
    if (n <= 0 || one->in.len + (size_t)n > REQUEST_BYTES_MAX) {
        drop(one);
        return;
    }
    text_add(&one->in, buffer, (size_t)n);
    answer(one);
}

static void take_new(int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        struct connection *one = fd < CONNECTIONS_MAX ? calloc(1, sizeof *one) : NULL;
        if (one == NULL) {
            close(fd);
            continue;
        }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        one->fd = fd;
        one->heap_at = NONE;
        connections[fd] = one;
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = fd};
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
        counts.open++;
        counts.open_most = counts.open > counts.open_most ? counts.open : counts.open_most;
    }
}

static void send_due(void)
{
    uint64_t now = now_ns();
    while (heap_count > 0 && heap[0]->due_ns <= now) {
        struct connection *one = heap[0];
        one->due_ns += one->period_ns;
        heap_down(0);
        if (stream_step(one) && !one->streaming) {
            answer(one);
        }
    }
}

static void serve(int listener)
{
    struct epoll_event events[EVENTS_COUNT];
    for (;;) {
        struct timespec wait = {0}, *until = NULL;
        if (heap_count > 0) {
            uint64_t now = now_ns(), rest = heap[0]->due_ns > now ? heap[0]->due_ns - now : 0;
            wait.tv_sec = (time_t)(rest / 1000000000u);
            wait.tv_nsec = (long)(rest % 1000000000u);
            until = &wait;
        }
        int n = epoll_pwait2(poller, events, EVENTS_COUNT, until, NULL);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            struct connection *one = fd == listener ? NULL : connections[fd];
            if (fd == listener) {
                take_new(listener);
            } else if (one != NULL && (events[i].events & EPOLLOUT) != 0 && !flush(one)) {
                drop(one);
            } else if (connections[fd] != NULL && (events[i].events & ~(uint32_t)EPOLLOUT) != 0) {
                receive(one);
            }
        }
        send_due();
    }
}

int main(int count, char **arguments)
{
    signal(SIGPIPE, SIG_IGN);
    make_whole();
    make_stream();
    poller = epoll_create1(EPOLL_CLOEXEC);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(count > 1 ? (uint16_t)atoi(arguments[1]) : 0),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 4096) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        perror("gateway_upstream");
        return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    printf("http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    serve(listener);
    return 0;
}
