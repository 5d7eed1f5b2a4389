/*
 * Load for script/bench gateway: one thread, epoll, HTTP/1.1 with keep-alive. Prints one JSON object.
 *
 * Closed loop: each of N connections asks again as soon as it has its answer. Open loop (--rate): requests are due at
 * fixed times whatever the server does, and a latency counts from the time at which the request was due, not from when a
 * connection was free to send it (coordinated omission); what was due and could not be sent in the time is counted in
 * `unsent`. Streams: the time to the first event and the gaps between events. --connects only opens connections.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "gateway_histogram.h"

#define EVENTS_COUNT    512
#define HEAD_BYTES_MAX  16384
#define LINE_BYTES_KEPT 16
#define SECOND_NS       1000000000ull

enum part {
    PART_HEAD,
    PART_LENGTH,
    PART_CHUNK_SIZE,
    PART_CHUNK,
    PART_CHUNK_END,
    PART_TRAILER,
    PART_CLOSE
};
enum work { WORK_CONNECTING, WORK_IDLE, WORK_BUSY };

struct asker {
    int fd;
    enum work work;
    enum part part;
    uint64_t due_ns, first_ns, event_ns;
    size_t sent, head_len, left, line_len;
    char *head;
    char line[LINE_BYTES_KEPT]; /* how the current line of a stream begins */
    uint32_t status;
    bool closes, events, ended, failed;
};

static struct {
    struct sockaddr_in address;
    const char *host, *path, *body_file;
    char headers[8192];
    uint32_t concurrency, port;
    uint64_t connects;
    double rate, seconds, warm_seconds, ramp_seconds, grace_seconds;
    bool stream;
} options = {.path = "/v1/chat/completions",
             .concurrency = 1,
             .seconds = 2,
             .warm_seconds = 0.5,
             .grace_seconds = 5};

static struct histogram latency, first_event, gap;
static struct {
    uint64_t asked, requests, ok, status_bad, connects_failed, broken, streams_unfinished,
        stream_errors, events, bytes, unsent, unanswered, busy_most;
} counts;
static struct asker *askers;
static char *request;
static size_t request_len;
static uint32_t busy, *idle, idle_count;
static uint64_t start_ns, count_from_ns, end_ns, next_due_index;
static int poller;
static uint32_t last_bad_status;
static char last_bad_text[256];

static uint64_t now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * SECOND_NS + (uint64_t)at.tv_nsec;
}

static uint64_t ns_of(double seconds)
{
    return (uint64_t)(seconds * 1e9);
}

static void fail(const char *what)
{
    fprintf(stderr, "gateway_load: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* ---- connections ---- */

static void watch(struct asker *asker, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u32 = (uint32_t)(asker - askers)};
    if (epoll_ctl(poller, operation, asker->fd, &event) != 0) {
        fail("epoll_ctl");
    }
}

static void dial(struct asker *asker)
{
    int on = 1;
    asker->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (asker->fd < 0) {
        fail("socket");
    }
    setsockopt(asker->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    asker->work = WORK_CONNECTING;
    if (connect(asker->fd, (struct sockaddr *)&options.address, sizeof options.address) != 0 &&
        errno != EINPROGRESS) {
        fail("connect");
    }
    watch(asker, EPOLL_CTL_ADD, EPOLLOUT);
}

static void redial(struct asker *asker)
{
    struct linger now = {.l_onoff = 1};
    setsockopt(asker->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(asker->fd);
    dial(asker);
}

static void rest(struct asker *asker)
{
    if (asker->work == WORK_BUSY) {
        busy--;
    }
    asker->work = WORK_IDLE;
    idle[idle_count++] = (uint32_t)(asker - askers);
}

static void push(struct asker *asker)
{
    while (asker->sent < request_len) {
        ssize_t n = send(asker->fd, request + asker->sent, request_len - asker->sent, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EAGAIN) {
                watch(asker, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            }
            return; /* anything else is seen when it is read */
        }
        asker->sent += (size_t)n;
    }
}

static void ask(struct asker *asker, uint64_t due_ns)
{
    asker->work = WORK_BUSY;
    asker->part = PART_HEAD;
    asker->due_ns = due_ns;
    asker->first_ns = asker->event_ns = 0;
    asker->sent = asker->head_len = asker->left = asker->line_len = 0;
    asker->closes = asker->events = asker->ended = asker->failed = false;
    busy++;
    counts.asked++;
    counts.busy_most = busy > counts.busy_most ? busy : counts.busy_most;
    push(asker);
}

/* Gives the idle ones what is due. */
static void ask_due(uint64_t now)
{
    while (idle_count > 0 && now < end_ns) {
        uint64_t due = now;
        if (options.rate > 0) {
            due = start_ns + (uint64_t)((double)next_due_index * 1e9 / options.rate);
            if (due > now) {
                return;
            }
            next_due_index++;
        }
        ask(&askers[idle[--idle_count]], due);
    }
}

/* ---- answers ---- */

static void finish(struct asker *asker, uint64_t now)
{
    bool whole = !options.stream || (asker->events && asker->ended && !asker->failed);
    if (asker->due_ns >= count_from_ns && asker->due_ns < end_ns) {
        counts.requests++;
        counts.status_bad += asker->status != 200;
        counts.streams_unfinished += asker->status == 200 && !whole;
        if (asker->status == 200 && whole) {
            counts.ok++;
            histogram_add(&latency, now - asker->due_ns);
            if (asker->first_ns != 0) {
                histogram_add(&first_event, asker->first_ns - asker->due_ns);
            }
        }
    }
    if (asker->closes) {
        busy--;
        redial(asker);
    } else {
        rest(asker);
    }
}

static void broke(struct asker *asker)
{
    if (asker->work == WORK_BUSY) {
        if (asker->due_ns >= count_from_ns && asker->due_ns < end_ns) {
            counts.requests++;
            counts.broken++;
        }
        busy--;
    } else if (asker->work == WORK_IDLE) { /* the server closes what idles: no fault */
        for (uint32_t i = 0; i < idle_count; i++) {
            if (idle[i] == (uint32_t)(asker - askers)) {
                idle[i] = idle[--idle_count];
                break;
            }
        }
    } else {
        counts.connects_failed++;
    }
    redial(asker);
}

/* A line of a stream has ended; its beginning is kept. */
static void take_line(struct asker *asker, uint64_t now)
{
    if (asker->line_len < 6 || memcmp(asker->line, "data:", 5) != 0) {
        return;
    }
    if (memmem(asker->line, asker->line_len, "[DONE]", 6) != NULL) {
        asker->ended = true;
        return;
    }
    if (memmem(asker->line, asker->line_len, "{\"error\"", 8) != NULL) {
        asker->failed = true;
        counts.stream_errors++;
    }
    counts.events++;
    if (asker->first_ns == 0) {
        asker->first_ns = now;
    } else if (asker->due_ns >= count_from_ns) {
        histogram_add(&gap, now - asker->event_ns);
    }
    asker->event_ns = now;
}

static void take_body(struct asker *asker, const char *data, size_t len, uint64_t now)
{
    counts.bytes += len;
    if (asker->status != 200) {
        last_bad_status = asker->status;
        size_t kept = len < sizeof last_bad_text - 1 ? len : sizeof last_bad_text - 1;
        memcpy(last_bad_text, data, kept);
        last_bad_text[kept] = '\0';
    }
    if (!asker->events) {
        return;
    }
    while (len > 0) {
        const char *end = memchr(data, '\n', len);
        size_t part = end == NULL ? len : (size_t)(end - data),
               room = LINE_BYTES_KEPT - asker->line_len;
        memcpy(asker->line + asker->line_len, data, part < room ? part : room);
        asker->line_len += part < room ? part : room;
        if (end == NULL) {
            return;
        }
        take_line(asker, now);
        asker->line_len = 0;
        data += part + 1;
        len -= part + 1;
    }
}

static void take_header(struct asker *asker, const char *line)
{
    if (strncasecmp(line, "content-length:", 15) == 0) {
        asker->part = PART_LENGTH;
        asker->left = strtoul(line + 15, NULL, 10);
    } else if (strncasecmp(line, "transfer-encoding:", 18) == 0) {
        asker->part = PART_CHUNK_SIZE;
        asker->left = 0;
    } else if (strncasecmp(line, "connection: close", 17) == 0) {
        asker->closes = true;
    } else if (strncasecmp(line, "content-type:", 13) == 0) {
        const char *end = strchr(line, '\n');
        asker->events = memmem(line, (size_t)(end - line), "event-stream", 12) != NULL;
    }
}

/* Takes bytes of the head; how many. */
static size_t take_head(struct asker *asker, const char *data, size_t len)
{
    size_t had = asker->head_len;
    size_t part = len < HEAD_BYTES_MAX - 1 - had ? len : HEAD_BYTES_MAX - 1 - had;
    memcpy(asker->head + had, data, part);
    asker->head_len += part;
    asker->head[asker->head_len] = '\0';
    const char *end = strstr(asker->head, "\r\n\r\n");
    if (end == NULL) {
        if (asker->head_len == HEAD_BYTES_MAX - 1) {
            fail("a head of an answer is too large");
        }
        return part;
    }
    asker->status = (uint32_t)atoi(asker->head + 9);
    asker->part = PART_CLOSE;
    for (const char *line = strchr(asker->head, '\n') + 1; line < end + 2;
         line = strchr(line, '\n') + 1) {
        take_header(asker, line);
    }
    if (asker->part == PART_CLOSE) {
        asker->closes = true;
    }
    return (size_t)(end - asker->head) + 4 - had;
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of the framing of chunks; whether the answer is whole. */
static bool take_framing(struct asker *asker, char c)
{
    if (asker->part == PART_CHUNK_SIZE) {
        if (hex_of(c) >= 0) {
            asker->left = asker->left * 16 + (size_t)hex_of(c);
        } else if (c == '\n') {
            asker->part = asker->left > 0 ? PART_CHUNK : PART_TRAILER;
            asker->head_len = 0;
        }
    } else if (asker->part == PART_CHUNK_END) {
        if (c == '\n') {
            asker->part = PART_CHUNK_SIZE;
        }
    } else if (c == '\n') { /* the trailer ends with an empty line */
        if (asker->head_len == 0) {
            return true;
        }
        asker->head_len = 0;
    } else if (c != '\r') {
        asker->head_len++;
    }
    return false;
}

/* Whether the answer is whole. */
static bool take(struct asker *asker, const char *data, size_t len, uint64_t now)
{
    while (len > 0 || (asker->part == PART_LENGTH && asker->left == 0)) {
        size_t part = 1;
        if (asker->part == PART_HEAD) {
            part = take_head(asker, data, len);
        } else if (asker->part == PART_LENGTH || asker->part == PART_CHUNK) {
            part = len < asker->left ? len : asker->left;
            take_body(asker, data, part, now);
            asker->left -= part;
            if (asker->left == 0) {
                if (asker->part == PART_LENGTH) {
                    return true;
                }
                asker->part = PART_CHUNK_END;
            }
        } else if (asker->part == PART_CLOSE) {
            part = len;
            take_body(asker, data, part, now);
        } else if (take_framing(asker, *data)) {
            return true;
        }
        data += part;
        len -= part;
    }
    return false;
}

static void receive(struct asker *asker)
{
    static char buffer[1 << 18];
    ssize_t n = recv(asker->fd, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EAGAIN) {
        return;
    }
    uint64_t now = now_ns();
    if (n <= 0) {
        if (n == 0 && asker->work == WORK_BUSY && asker->part == PART_CLOSE) {
            finish(asker, now);
        } else {
            broke(asker);
        }
        return;
    }
    if (asker->work == WORK_BUSY && take(asker, buffer, (size_t)n, now)) {
        finish(asker, now);
    }
}

static void handle(struct asker *asker, uint32_t events)
{
    if (asker->work == WORK_CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(asker->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            counts.connects_failed++;
            struct timespec pause = {.tv_nsec = 1000000};
            nanosleep(&pause, NULL);
            redial(asker);
            return;
        }
        watch(asker, EPOLL_CTL_MOD, EPOLLIN);
        rest(asker);
        return;
    }
    if ((events & EPOLLOUT) != 0 && asker->work == WORK_BUSY) {
        push(asker);
        if (asker->sent == request_len) {
            watch(asker, EPOLL_CTL_MOD, EPOLLIN);
        }
    }
    if ((events & ~(uint32_t)EPOLLOUT) != 0) {
        receive(asker);
    }
}

/* ---- the run ---- */

/* Until something is due, or `until`. */
static struct timespec wait_of(uint64_t now, uint64_t until)
{
    if (options.rate > 0 && now < end_ns && idle_count > 0) {
        uint64_t due = start_ns + (uint64_t)((double)next_due_index * 1e9 / options.rate);
        until = due < until ? due : until;
    }
    uint64_t left = until > now ? until - now : 0;
    return (struct timespec){.tv_sec = (time_t)(left / SECOND_NS),
                             .tv_nsec = (long)(left % SECOND_NS)};
}

static void run(void)
{
    struct epoll_event events[EVENTS_COUNT];
    uint32_t dialled = 0;
    start_ns = now_ns();
    count_from_ns = start_ns + ns_of(options.warm_seconds);
    end_ns = count_from_ns + ns_of(options.seconds);
    uint64_t stop_ns = end_ns + ns_of(options.grace_seconds), now;
    while ((now = now_ns()) < stop_ns && (now < end_ns || busy > 0)) {
        double share = options.ramp_seconds > 0
                           ? (double)(now - start_ns) / (options.ramp_seconds * 1e9)
                           : 1.0;
        uint32_t wanted =
            share >= 1.0 ? options.concurrency : 1 + (uint32_t)(share * options.concurrency);
        while (dialled < wanted && dialled < options.concurrency) {
            dial(&askers[dialled++]);
        }
        ask_due(now);
        uint64_t until = now < end_ns ? end_ns : stop_ns;
        if (dialled < options.concurrency && until > now + 2000000) {
            until = now + 2000000;
        }
        struct timespec wait = wait_of(now, until);
        int n = epoll_pwait2(poller, events, EVENTS_COUNT, &wait, NULL);
        for (int i = 0; i < n; i++) {
            handle(&askers[events[i].data.u32], events[i].events);
        }
    }
    counts.unanswered = busy;
    if (options.rate > 0) {
        uint64_t due_in_all = (uint64_t)((double)(end_ns - start_ns) / 1e9 * options.rate);
        counts.unsent = due_in_all > next_due_index ? due_in_all - next_due_index : 0;
    }
}

static void print_results(void)
{
    double seconds = options.seconds;
    printf("{\"concurrency\":%u,\"rate\":%.1f,\"seconds\":%.3f,\"asked\":%" PRIu64
           ",\"requests\":%" PRIu64 ",\"ok\":%" PRIu64,
           options.concurrency, options.rate, seconds, counts.asked, counts.requests, counts.ok);
    printf(",\"ok_per_second\":%.1f,\"status_bad\":%" PRIu64 ",\"connects_failed\":%" PRIu64
           ",\"broken\":%" PRIu64 ",\"streams_unfinished\":%" PRIu64 ",\"stream_errors\":%" PRIu64,
           (double)counts.ok / seconds, counts.status_bad, counts.connects_failed, counts.broken,
           counts.streams_unfinished, counts.stream_errors);
    printf(",\"unsent\":%" PRIu64 ",\"unanswered\":%" PRIu64 ",\"busy_most\":%" PRIu64
           ",\"events\":%" PRIu64 ",\"bytes\":%" PRIu64,
           counts.unsent, counts.unanswered, counts.busy_most, counts.events, counts.bytes);
    histogram_print(&latency, "latency_us");
    if (options.stream) {
        histogram_print(&first_event, "first_event_us");
        histogram_print(&gap, "gap_us");
    }
    printf("}\n");
    if (last_bad_status != 0) {
        fprintf(stderr, "gateway_load: an answer was %u: %s\n", last_bad_status, last_bad_text);
    }
}

/* Opens connections and resets them at once, `concurrency` at a time. */
static void run_connects(void)
{
    struct epoll_event events[EVENTS_COUNT];
    uint64_t begun = 0, done = 0, failed = 0, start = now_ns();
    for (uint32_t i = 0; i < options.concurrency && begun < options.connects; i++, begun++) {
        dial(&askers[i]);
    }
    while (done + failed < options.connects && now_ns() - start < 120 * SECOND_NS) {
        int n = epoll_wait(poller, events, EVENTS_COUNT, 1000);
        for (int i = 0; i < n; i++) {
            struct asker *asker = &askers[events[i].data.u32];
            int error = 0;
            socklen_t size = sizeof error;
            getsockopt(asker->fd, SOL_SOCKET, SO_ERROR, &error, &size);
            *(error == 0 ? &done : &failed) += 1;
            if (begun < options.connects) {
                begun++;
                redial(asker);
            } else {
                close(asker->fd);
            }
        }
    }
    printf("{\"connects\":%" PRIu64 ",\"done\":%" PRIu64 ",\"failed\":%" PRIu64
           ",\"seconds\":%.3f}\n",
           options.connects, done, failed, (double)(now_ns() - start) / 1e9);
}

/* ---- options ---- */

static char *file_text(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        fail(path);
    }
    *ret_len = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*ret_len + 1);
    if (text == NULL || fread(text, 1, *ret_len, file) != *ret_len) {
        fail(path);
    }
    fclose(file);
    return text;
}

static void make_request(void)
{
    size_t len = 0;
    char *body = options.body_file == NULL ? NULL : file_text(options.body_file, &len);
    request = malloc(len + sizeof options.headers + 1024);
    if (request == NULL) {
        fail("memory");
    }
    int head = sprintf(request,
                       "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n%s\r\n",
                       options.path, options.host, len, options.headers);
    if (len > 0) {
        memcpy(request + head, body, len);
    }
    request_len = (size_t)head + len;
    free(body);
}

static const struct option LONG[] = {
    {"host", required_argument, NULL, 'h'},
    {"path", required_argument, NULL, 'p'},
    {"body", required_argument, NULL, 'b'},
    {"header", required_argument, NULL, 'H'},
    {"concurrency", required_argument, NULL, 'c'},
    {"rate", required_argument, NULL, 'r'},
    {"seconds", required_argument, NULL, 's'},
    {"warm", required_argument, NULL, 'w'},
    {"ramp", required_argument, NULL, 'R'},
    {"grace", required_argument, NULL, 'g'},
    {"connects", required_argument, NULL, 'n'},
    {"stream", no_argument, NULL, 'S'},
    {NULL, 0, NULL, 0},
};

static void set_option(int name, const char *value)
{
    switch (name) {
    case 'h':
        options.host = value;
        break;
    case 'p':
        options.path = value;
        break;
    case 'b':
        options.body_file = value;
        break;
    case 'c':
        options.concurrency = (uint32_t)atoi(value);
        break;
    case 'r':
        options.rate = atof(value);
        break;
    case 's':
        options.seconds = atof(value);
        break;
    case 'w':
        options.warm_seconds = atof(value);
        break;
    case 'R':
        options.ramp_seconds = atof(value);
        break;
    case 'g':
        options.grace_seconds = atof(value);
        break;
    case 'n':
        options.connects = (uint64_t)atoll(value);
        break;
    case 'S':
        options.stream = true;
        break;
    case 'H':
        if (strlen(options.headers) + strlen(value) + 3 < sizeof options.headers) {
            strcat(strcat(options.headers, value), "\r\n");
        }
        break;
    default:
        exit(2);
    }
}

int main(int count, char **arguments)
{
    signal(SIGPIPE, SIG_IGN);
    int name;
    while ((name = getopt_long(count, arguments, "", LONG, NULL)) != -1) {
        set_option(name, optarg);
    }
    const char *colon = options.host == NULL ? NULL : strchr(options.host, ':');
    if (colon == NULL || options.concurrency == 0) {
        fprintf(stderr,
                "gateway_load: --host 127.0.0.1:PORT is needed, and --concurrency above 0\n");
        return 2;
    }
    options.address = (struct sockaddr_in){.sin_family = AF_INET,
                                           .sin_port = htons((uint16_t)atoi(colon + 1)),
                                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    askers = calloc(options.concurrency, sizeof *askers);
    idle = calloc(options.concurrency, sizeof *idle);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (askers == NULL || idle == NULL || poller < 0) {
        fail("set-up");
    }
    if (options.connects > 0) {
        run_connects();
        return 0;
    }
    for (uint32_t i = 0; i < options.concurrency; i++) {
        askers[i].head = malloc(HEAD_BYTES_MAX);
        if (askers[i].head == NULL) {
            fail("memory");
        }
    }
    make_request();
    run();
    print_results();
    return 0;
}
