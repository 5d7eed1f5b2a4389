/* Exchanges with servers that stall, lie, break off and go away: by real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "net_cases.h"
#include "net_peer.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

#define PROGRAMS(...)                                                                              \
    (const struct test_step[][TEST_STEPS_MAX])                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static struct pl_loop *loop;
static struct test_peer peer;
static struct pl_upstream *upstream;
static struct test_course course;

static void start(const struct test_step (*programs)[TEST_STEPS_MAX], size_t count,
                  struct pl_upstream_options options)
{
    struct pl_error error = {0};

    test_peer_init(&peer);
    if (count > 0)
        test_peer_run(&peer, programs, count);
    if (options.host == NULL)
        options.host = "127.0.0.1";
    options.port = peer.port;
    if (pl_loop_new(&loop, &error) != PL_OK ||
        pl_upstream_new(loop, &options, &upstream, &error) != PL_OK)
        fail_msg("%s", error.message);
    test_course_init(&course, loop);
}

static void finish(void)
{
    pl_upstream_free(upstream);
    pl_loop_free(loop);
    if (peer.programs_count > 0)
        test_peer_stop(&peer);
    test_course_deinit(&course);
    test_peer_deinit(&peer);
}

static void ask(const char *body)
{
    const struct pl_exchange_request request = test_request(body);

    test_course_deinit(&course);
    test_course_init(&course, loop);
    test_course_start(&course, upstream, &request);
    test_run(loop, 1, 0);
}

static void expect_end(enum pl_exchange_end end)
{
    if (course.end != end || course.ends != 1)
        fail_msg("it ended %u times as %s (%s) in place of %s", course.ends,
                 pl_exchange_end_name(course.end), course.why, pl_exchange_end_name(end));
}

static void pause_ms(long ms)
{
    const struct timespec moment = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    (void)nanosleep(&moment, NULL);
}

/* --- What is read ----------------------------------------------------------------------------- */

static void check_case(const struct test_case *it)
{
    const struct test_step program[1][TEST_STEPS_MAX] = {
        {{TEST_READ, NULL, 0},
         {it->bytes_len > 0 ? TEST_SEND : TEST_OVER, it->bytes, it->bytes_len}}};

    start(program, 1, (struct pl_upstream_options){0});
    ask("body");
    if (strcmp(pl_exchange_end_name(course.end), it->columns[0]) != 0 ||
        course.status != strtoul(it->columns[1], NULL, 10) ||
        course.body.len != strtoul(it->columns[2], NULL, 10))
        fail_msg("%s: %s, %u, %zu bytes (%s)", it->columns[3], pl_exchange_end_name(course.end),
                 course.status, course.body.len, course.why);
    finish();
}

static void answers_of_all_kinds_end_as_what_they_are(void **state)
{
    (void)state;
    assert_true(test_cases_each(PL_CASES "/responses.txt", 5, check_case) > 40);
}

static void a_request_goes_out_whole_and_cannot_be_split(void **state)
{
    (void)state;
    const struct pl_http_header headers[] = {
        {PL_STR("Authorization"), PL_STR("Bearer a\r\nX-Bad: b")},
        {PL_STR("host"), PL_STR("other")},
        {PL_STR("Content-Length"), PL_STR("7")},
        {PL_STR("transfer-encoding"), PL_STR("chunked")},
        {PL_STR("Connection"), PL_STR("close")},
        {PL_STR("X-Good"), PL_STR("c")},
    };
    struct pl_exchange_request request = test_request("body");
    char wanted[256];

    start(PROGRAMS({{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}}), 1, (struct pl_upstream_options){0});
    request.headers = headers;
    request.headers_count = sizeof headers / sizeof headers[0];
    test_course_start(&course, upstream, &request);
    test_run(loop, 1, 0);
    expect_end(PL_EXCHANGE_DONE);
    test_peer_stop(&peer);
    peer.programs_count = 0;
    (void)snprintf(wanted, sizeof wanted,
                   "POST /a HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Length: 4\r\n"
                   "Authorization: Bearer a  X-Bad: b\r\nX-Good: c\r\n\r\nbody",
                   peer.port);
    assert_string_equal(peer.seen.ptr, wanted);
    assert_true(course.times.sent_ns >= course.times.connected_ns);
    assert_true(course.times.first_byte_ns >= course.times.sent_ns);
    finish();
}

/* Of many headers, and of a first line without an end. */
static void heads_that_are_too_large_end_it(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pl_buffer head;

        pl_buffer_init(&head, (size_t)1 << 20);
        pl_buffer_add_text(&head, i == 0 ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 200 ");
        while (head.len < 200000)
            pl_buffer_add_text(&head, i == 0 ? "X-Header: of some length\r\n" : "and so on ");

        const struct test_step program[1][TEST_STEPS_MAX] = {
            {{TEST_READ, NULL, 0}, {TEST_SEND, head.ptr, 0}, {TEST_WAIT, NULL, 0}}};

        start(program, 1, (struct pl_upstream_options){0});
        ask("body");
        expect_end(PL_EXCHANGE_TOO_LARGE);
        finish();
        pl_buffer_deinit(&head);
    }
}

static void an_answer_before_the_whole_request_was_read_is_an_answer(void **state)
{
    (void)state;
    const size_t size = (size_t)16 << 20;
    struct pl_exchange_request request = test_request("body");
    char *body = calloc(1, size);

    assert_non_null(body);
    start(PROGRAMS({{TEST_HEAD, NULL, 0},
                    {TEST_SEND, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno", 0},
                    {TEST_PAUSE, NULL, 200},
                    {TEST_WAIT, NULL, 0}},
                   {{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}}),
          2, (struct pl_upstream_options){0});
    request.body = (struct pl_str){body, size};
    test_course_start(&course, upstream, &request);
    test_run(loop, 1, 0);
    expect_end(PL_EXCHANGE_DONE);
    assert_int_equal(course.status, 413);
    ask("body"); /* not over the same connection, in whose middle the first still is */
    expect_end(PL_EXCHANGE_DONE);
    assert_false(course.times.reused);
    finish();
    free(body);
}

/* --- Time ------------------------------------------------------------------------------------- */

static void stalls_end_it_each_as_what_it_is(void **state)
{
    (void)state;
    const struct {
        struct test_step step;
        enum pl_exchange_end end;
    } cases[] = {
        {{TEST_WAIT, NULL, 0}, PL_EXCHANGE_SLOW},
        {{TEST_SEND, "HTTP/1.1 200", 0}, PL_EXCHANGE_STALLED},
        {{TEST_SEND, "HTTP/1.1 200 OK\r\n\r\n", 0}, PL_EXCHANGE_STALLED},
        {{TEST_SEND, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", 0}, PL_EXCHANGE_STALLED},
        {{TEST_TRICKLE,
          "HTTP/1.1 200 "
          "OK\r\n\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "aaa"
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "aaaaaaaaaaaaaaaaaa",
          0},
         PL_EXCHANGE_TIMEOUT},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pl_exchange_request request = test_request("body");

        start(PROGRAMS({{TEST_READ, NULL, 0}, cases[i].step, {TEST_WAIT, NULL, 0}}), 1,
              (struct pl_upstream_options){0});
        request.first_byte_ms = 60;
        request.stall_ms = 60;
        request.total_ms = 300;
        test_course_start(&course, upstream, &request);
        test_run(loop, 1, 0);
        expect_end(cases[i].end);
        test_peer_stop(&peer);
        peer.programs_count = 0;
        assert_true(atomic_load(&peer.closed) > 0); /* the server sees that nobody waits any more */
        finish();
    }
}

static void a_server_that_does_not_accept_is_unreachable(void **state)
{
    (void)state;
    struct pl_exchange_request request = test_request("body");
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fds[4];

    start(NULL, 0, (struct pl_upstream_options){0});
    assert_int_equal(listen(peer.fd, 0), 0);
    address.sin_port = htons(peer.port);
    assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &address.sin_addr), 1);
    for (size_t i = 0; i < 4; i++) { /* they fill the queue */
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fds[i], (struct sockaddr *)&address, sizeof address);
    }
    request.connect_ms = 60;
    test_course_start(&course, upstream, &request);
    test_run(loop, 1, 0);
    expect_end(PL_EXCHANGE_UNREACHABLE);
    assert_int_equal(course.times.connected_ns, 0);
    for (size_t i = 0; i < 4; i++)
        (void)close(fds[i]);
    (void)close(peer.fd);
    peer.fd = -1;
    ask("body"); /* now it refuses */
    expect_end(PL_EXCHANGE_UNREACHABLE);
    assert_non_null(strstr(course.why, "refused"));
    finish();
}

/* --- Ends ------------------------------------------------------------------------------------- */

static void resets_are_told_from_whole_answers(void **state)
{
    (void)state;
    const char *const before[] = {
        "HTTP/1.1 200", "HTTP/1.1 200 OK\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"};

    for (size_t i = 0; i <= sizeof before / sizeof before[0]; i++) {
        const struct test_step program[1][TEST_STEPS_MAX] = {
            {{TEST_READ, NULL, 0},
             {i > 0 ? TEST_SEND : TEST_PAUSE, i > 0 ? before[i - 1] : NULL, 0},
             {TEST_PAUSE, NULL, 20},
             {TEST_RESET, NULL, 0}}};

        start(program, 1, (struct pl_upstream_options){0});
        ask("body");
        expect_end(PL_EXCHANGE_CUT);
        finish();
    }
}

static void connections_are_used_again_in_turn(void **state)
{
    (void)state;
    start(PROGRAMS({{TEST_READ, NULL, 0},
                    {TEST_SEND, OK, 0},
                    {TEST_READ, NULL, 0},
                    {TEST_SEND,
                     "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 0},
                    {TEST_WAIT, NULL, 0}},
                   {{TEST_READ, NULL, 0},
                    {TEST_SEND, OK "more than was asked for", 0},
                    {TEST_WAIT, NULL, 0}},
                   {{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}, {TEST_WAIT, NULL, 0}}),
          3, (struct pl_upstream_options){.idle_ms = 50});
    for (unsigned i = 0; i < 4; i++) {
        ask("body");
        expect_end(PL_EXCHANGE_DONE);
        assert_string_equal(course.body.ptr, "ok");
        assert_int_equal(course.times.reused, i == 1);
    }
    assert_int_equal(atomic_load(&peer.accepted), 3);
    assert_int_equal(atomic_load(&peer.closed), 2); /* the third is kept */
    test_run(loop, 1, 200);
    test_peer_stop(&peer);
    peer.programs_count = 0;
    assert_int_equal(atomic_load(&peer.closed), 3);
    finish();
}

/* The server closes a connection that is kept, and this side has not seen it when the next request
   is due. */
static void a_kept_connection_that_is_gone_is_replaced(void **state)
{
    (void)state;
    for (int seen = 0; seen < 2; seen++) {
        start(PROGRAMS({{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}},
                       {{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}}),
              2, (struct pl_upstream_options){0});
        ask("body");
        expect_end(PL_EXCHANGE_DONE);
        pause_ms(50);
        if (seen)
            test_run(loop, 1, 20);
        ask("body");
        expect_end(PL_EXCHANGE_DONE);
        assert_false(course.times.reused);
        test_peer_stop(&peer);
        peer.programs_count = 0;
        assert_int_equal(atomic_load(&peer.requests), 2);
        finish();
    }
}

/* The server had the whole request when the connection broke: it may have been carried out. */
static void a_request_that_was_taken_is_not_sent_twice(void **state)
{
    (void)state;
    start(PROGRAMS({{TEST_READ, NULL, 0},
                    {TEST_SEND, OK, 0},
                    {TEST_READ, NULL, 0},
                    {TEST_PAUSE, NULL, 50}},
                   {{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}}),
          2, (struct pl_upstream_options){0});
    ask("body");
    ask("body");
    expect_end(PL_EXCHANGE_CUT);
    assert_int_equal(atomic_load(&peer.requests), 2);
    ask("body"); /* the program of the second connection */
    expect_end(PL_EXCHANGE_DONE);
    finish();
}

static void a_get_that_was_taken_is_sent_once_more_and_not_for_ever(void **state)
{
    (void)state;
    start(PROGRAMS({{TEST_READ, NULL, 0},
                    {TEST_SEND, OK, 0},
                    {TEST_READ, NULL, 0},
                    {TEST_PAUSE, NULL, 20}},
                   {{TEST_READ, NULL, 0}}),
          2, (struct pl_upstream_options){0});
    ask("body");
    ask("");
    expect_end(PL_EXCHANGE_CUT);
    test_peer_stop(&peer);
    peer.programs_count = 0;
    assert_int_equal(atomic_load(&peer.requests), 3);
    finish();
}

/* A byte of the response came: whatever the method, it is not tried again. */
static void after_the_first_byte_nothing_is_replaced(void **state)
{
    (void)state;
    start(PROGRAMS({{TEST_READ, NULL, 0},
                    {TEST_SEND, OK, 0},
                    {TEST_READ, NULL, 0},
                    {TEST_SEND, "H", 0},
                    {TEST_PAUSE, NULL, 50},
                    {TEST_RESET, NULL, 0}}),
          1, (struct pl_upstream_options){0});
    ask("body");
    ask("");
    expect_end(PL_EXCHANGE_CUT);
    finish();
}

/* --- Cancelled -------------------------------------------------------------------------------- */

static void cancel(struct test_course *it)
{
    pl_exchange_cancel(it->exchange);
    pl_loop_stop(it->loop);
}

static void cancel_now(void *context)
{
    cancel(context);
}

/* At the head, at a piece, and so many milliseconds after its beginning. */
static void an_exchange_can_be_cancelled_at_any_moment(void **state)
{
    (void)state;
    for (int moment = 0; moment < 14; moment++) {
        const struct pl_exchange_request request = test_request("body");
        struct pl_timer timer = {0};

        start(
            PROGRAMS(
                {{TEST_READ, NULL, 0},
                 {TEST_PAUSE, NULL, 5},
                 {TEST_TRICKLE,
                  "HTTP/1.1 200 OK\r\n\r\nabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", 0},
                 {TEST_WAIT, NULL, 0}}),
            1, (struct pl_upstream_options){0});
        assert_int_equal(pl_timer_init(&timer, loop, cancel_now, &course, NULL), PL_OK);
        course.at_head = moment == 0 ? cancel : NULL;
        course.at_piece = moment == 1 ? cancel : NULL;
        test_course_start(&course, upstream, &request);
        if (moment > 1)
            pl_timer_start(&timer, (uint64_t)(moment - 2) * (uint64_t)(moment - 2));
        test_run(loop, 1, 2000);
        assert_int_equal(course.ends, 0);
        if (moment < 2)
            assert_int_equal(course.pieces, moment);
        test_run(loop, 1, 10); /* nothing comes of it later */
        assert_int_equal(course.ends, 0);
        test_peer_stop(&peer);
        peer.programs_count = 0;
        assert_true(atomic_load(&peer.closed) > 0);
        pl_timer_deinit(&timer);
        finish();
    }
}

static void an_exchange_that_is_cancelled_at_once_sends_nothing_more(void **state)
{
    (void)state;
    const struct pl_exchange_request request = test_request("body");

    start(PROGRAMS({{TEST_READ, NULL, 0}, {TEST_WAIT, NULL, 0}}), 1,
          (struct pl_upstream_options){0});
    test_course_start(&course, upstream, &request);
    pl_exchange_cancel(course.exchange);
    test_run(loop, 1, 20);
    assert_int_equal(course.ends, 0);
    finish();
}

static struct test_course second;

static void start_second(struct test_course *it)
{
    const struct pl_exchange_request request = test_request("again");

    (void)it;
    test_course_start(&second, upstream, &request);
}

static void the_next_exchange_may_begin_at_the_end_of_one(void **state)
{
    (void)state;
    start(PROGRAMS(
              {{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}, {TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}}),
          1, (struct pl_upstream_options){0});
    test_course_init(&second, loop);
    course.at_end = start_second;

    const struct pl_exchange_request request = test_request("body");

    test_course_start(&course, upstream, &request);
    test_run(loop, 2, 0);
    assert_int_equal(second.end, PL_EXCHANGE_DONE);
    assert_true(second.times.reused);
    finish();
    test_course_deinit(&second);
}

static void an_upstream_can_be_freed_in_the_middle_of_all(void **state)
{
    (void)state;
    const struct pl_exchange_request request = test_request("body");

    start(PROGRAMS({{TEST_READ, NULL, 0},
                    {TEST_SEND, "HTTP/1.1 200 OK\r\n\r\nabc", 0},
                    {TEST_WAIT, NULL, 0}}),
          1, (struct pl_upstream_options){0});
    test_course_start(&course, upstream, &request);
    test_run(loop, 1, 50);
    test_course_init(&second, loop);
    test_course_start(&second, upstream, &request);
    finish();
    assert_int_equal(course.ends + second.ends, 0);
    test_course_deinit(&second);
}

/* --- Flow ------------------------------------------------------------------------------------- */

static struct pl_timer go_on;

static void resume(void *context)
{
    const struct test_course *it = context;

    pl_exchange_resume(it->exchange);
}

static void pause_a_while(struct test_course *it)
{
    pl_exchange_pause(it->exchange);
    pl_timer_start(&go_on, it->pieces == 3 ? 200 : 0);
}

/* What is not read stays with the server: at most what the sockets take, and it is not stalled for
   that. */
static void a_paused_exchange_holds_the_server_back(void **state)
{
    (void)state;
    const size_t size = (size_t)32 << 20;
    struct pl_exchange_request request = test_request("body");

    start(PROGRAMS({{TEST_READ, NULL, 0},
                    {TEST_SEND, "HTTP/1.1 200 OK\r\nContent-Length: 33554432\r\n\r\n", 0},
                    {TEST_FLOOD, NULL, (size_t)32 << 20}}),
          1, (struct pl_upstream_options){0});
    request.stall_ms = 100;
    assert_int_equal(pl_timer_init(&go_on, loop, resume, &course, NULL), PL_OK);
    course.at_piece = pause_a_while;
    test_course_start(&course, upstream, &request);
    test_run(loop, 1, 120);
    assert_int_equal(course.ends, 0);
    assert_int_equal(course.pieces, 3);
    assert_true(atomic_load(&peer.sent) < size / 2);
    test_run(loop, 1, 0);
    expect_end(PL_EXCHANGE_DONE);
    assert_int_equal(course.body.len, size);
    pl_timer_deinit(&go_on);
    finish();
}

static void past_the_limit_of_connections_an_exchange_is_told_so(void **state)
{
    (void)state;
    const struct pl_exchange_request request = test_request("body");
    struct test_course more[3];

    start(PROGRAMS({{TEST_READ, NULL, 0}, {TEST_WAIT, NULL, 0}},
                   {{TEST_READ, NULL, 0}, {TEST_WAIT, NULL, 0}}),
          2, (struct pl_upstream_options){.connections_max = 2});
    for (size_t i = 0; i < 3; i++) {
        test_course_init(&more[i], loop);
        test_course_start(&more[i], upstream, &request);
    }
    test_run(loop, 1, 0);
    assert_int_equal(more[2].ends, 1);
    assert_int_equal(more[2].end, PL_EXCHANGE_FULL);
    assert_int_equal(more[0].ends + more[1].ends, 0);
    finish();
    for (size_t i = 0; i < 3; i++)
        test_course_deinit(&more[i]);
}

/* It is not the server's fault, and no other server would do. */
static void without_descriptors_it_is_this_side_that_fails(void **state)
{
    (void)state;
    struct rlimit usual = {0}, none = {0};
    const struct pl_exchange_request request = test_request("body");

    start(PROGRAMS({{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}}), 1, (struct pl_upstream_options){0});
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    none = usual;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    test_course_start(&course, upstream, &request);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    test_run(loop, 1, 0);
    expect_end(PL_EXCHANGE_LOCAL);
    assert_non_null(strstr(course.why, "Too many open files"));
    ask("body");
    expect_end(PL_EXCHANGE_DONE);
    finish();
}

/* --- Names ------------------------------------------------------------------------------------ */

static void a_name_of_this_machine_is_reached_only_when_that_is_allowed(void **state)
{
    (void)state;
    start(NULL, 0, (struct pl_upstream_options){.host = "localhost"});
    ask("body");
    expect_end(PL_EXCHANGE_FORBIDDEN);
    finish();

    start(PROGRAMS({{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}}), 1,
          (struct pl_upstream_options){.host = "localhost", .private_allowed = true});
    ask("body");
    expect_end(PL_EXCHANGE_DONE);
    finish();
}

static void a_name_that_is_none_is_unreachable(void **state)
{
    (void)state;
    struct pl_exchange_request request = test_request("body");

    start(NULL, 0, (struct pl_upstream_options){.host = "no-such-name.invalid"});
    request.connect_ms = 3000;
    test_course_start(&course, upstream, &request);
    test_run(loop, 1, 0);
    expect_end(PL_EXCHANGE_UNREACHABLE);
    test_course_deinit(&course);
    test_course_init(&course, loop);
    test_course_start(&course, upstream, &request);
    pl_exchange_cancel(course.exchange); /* during the look-up */
    test_run(loop, 1, 10);
    assert_int_equal(course.ends, 0);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_all_kinds_end_as_what_they_are),
        cmocka_unit_test(a_request_goes_out_whole_and_cannot_be_split),
        cmocka_unit_test(heads_that_are_too_large_end_it),
        cmocka_unit_test(an_answer_before_the_whole_request_was_read_is_an_answer),
        cmocka_unit_test(stalls_end_it_each_as_what_it_is),
        cmocka_unit_test(a_server_that_does_not_accept_is_unreachable),
        cmocka_unit_test(resets_are_told_from_whole_answers),
        cmocka_unit_test(connections_are_used_again_in_turn),
        cmocka_unit_test(a_kept_connection_that_is_gone_is_replaced),
        cmocka_unit_test(a_request_that_was_taken_is_not_sent_twice),
        cmocka_unit_test(a_get_that_was_taken_is_sent_once_more_and_not_for_ever),
        cmocka_unit_test(after_the_first_byte_nothing_is_replaced),
        cmocka_unit_test(an_exchange_can_be_cancelled_at_any_moment),
        cmocka_unit_test(an_exchange_that_is_cancelled_at_once_sends_nothing_more),
        cmocka_unit_test(the_next_exchange_may_begin_at_the_end_of_one),
        cmocka_unit_test(an_upstream_can_be_freed_in_the_middle_of_all),
        cmocka_unit_test(a_paused_exchange_holds_the_server_back),
        cmocka_unit_test(past_the_limit_of_connections_an_exchange_is_told_so),
        cmocka_unit_test(without_descriptors_it_is_this_side_that_fails),
        cmocka_unit_test(a_name_of_this_machine_is_reached_only_when_that_is_allowed),
        cmocka_unit_test(a_name_that_is_none_is_unreachable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
