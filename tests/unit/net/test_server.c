/* The server against clients that mean harm, are slow, or go away: by real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "net_cases.h"
#include "net_server.h"

static struct test_server test;

static struct pl_server_options options(void)
{
    return test_server_options();
}

static void start(void)
{
    const struct pl_server_options usual = options();

    test_server_start(&test, &usual);
}

/* Sends all, and reads until the server closes. */
static struct pl_buffer ask(const char *text)
{
    const int fd = test_client(&test);
    struct pl_buffer answer;

    pl_buffer_init(&answer, (size_t)1 << 26);
    test_send_text(fd, text);
    assert_true(test_read_all(fd, &answer));
    (void)close(fd);
    assert_non_null(answer.ptr);
    return answer;
}

/* --- What is read ----------------------------------------------------------------------------- */

/* The last answer has the status, as many requests were handed over as there should be, and after a
   refusal the connection is closed in order: the client gets the answer whatever it has sent
   besides. */
static void check_case(const struct test_case *it)
{
    const unsigned status = (unsigned)strtoul(it->columns[0], NULL, 10);
    const unsigned handed = (unsigned)strtoul(it->columns[1], NULL, 10);
    const unsigned before = atomic_load(&test.requests), refused = atomic_load(&test.refused);
    const int fd = test_client(&test);
    struct pl_buffer answers;
    char last[32];

    pl_buffer_init(&answers, 1 << 20);
    (void)snprintf(last, sizeof last, "HTTP/1.1 %u ", status);
    test_send(fd, (struct pl_str){it->bytes, it->bytes_len});
    test_read_times(fd, "HTTP/1.1 ", handed + (status >= 400), &answers);
    if (status >= 400 && !test_read_all(fd, &answers))
        fail_msg("%s: the refusal was reset", it->columns[2]);
    if (test_count(&answers, last) != (status >= 400 ? 1 : handed))
        fail_msg("%s: \"%.500s\"", it->columns[2], answers.ptr);
    if (atomic_load(&test.requests) - before != handed)
        fail_msg("%s: %u requests were handed over in place of %u", it->columns[2],
                 atomic_load(&test.requests) - before, handed);
    assert_int_equal(atomic_load(&test.refused) - refused, status >= 400);
    (void)close(fd);
    pl_buffer_deinit(&answers);
}

static void bytes_that_can_be_read_in_two_ways_are_refused(void **state)
{
    (void)state;
    start();
    assert_true(test_cases_each(PL_CASES "/requests.txt", 4, check_case) > 90);
    test_server_stop(&test);
}

static void a_body_arrives_whole_and_headers_cannot_be_split(void **state)
{
    (void)state;
    start();

    struct pl_buffer answer =
        ask("POST /echo?a=b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n");

    test_expect_begin(&answer, "HTTP/1.1 200 OK\r\n");
    test_expect_count(&answer, "\r\nContent-Length: 24\r\n", 1);
    test_expect_count(&answer, "\r\nConnection: close\r\n", 1);
    test_expect_count(&answer, "\r\nX-Bad", 0);
    test_expect_count(&answer, "\r\n\r\nPOST /echo?a=b 7\nabcdefg", 1);
    pl_buffer_deinit(&answer);
    test_server_stop(&test);
}

static void a_body_of_a_megabyte_in_small_pieces_arrives(void **state)
{
    (void)state;
    const size_t size = (size_t)1 << 20;
    char *body = malloc(size);
    struct pl_buffer answer;

    start();
    assert_non_null(body);
    for (size_t i = 0; i < size; i++)
        body[i] = (char)('a' + i * 31 % 26);

    const int fd = test_client(&test);

    test_send_text(
        fd,
        "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1048576\r\n\r\n");
    for (size_t at = 0; at < size; at += 997)
        test_send(fd, (struct pl_str){body + at, size - at < 997 ? size - at : 997});
    pl_buffer_init(&answer, (size_t)1 << 22);
    assert_true(test_read_all(fd, &answer));
    assert_true(answer.len > size);
    assert_memory_equal(answer.ptr + answer.len - size, body, size);
    (void)close(fd);
    free(body);
    pl_buffer_deinit(&answer);
    test_server_stop(&test);
}

/* Twenty times over the limit, all of it sent before the answer is read. */
static void a_body_over_the_limit_is_told_to_a_client_that_sends_it_all(void **state)
{
    (void)state;
    static char piece[65536];
    const char *const heads[] = {
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20971520\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1400000\r\n",
    };

    start();
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        const int fd = test_client(&test);
        struct pl_buffer answer;

        pl_buffer_init(&answer, 1 << 20);
        test_send_text(fd, heads[i]);
        for (int sent = 0; sent < 320; sent++)
            test_send(fd, (struct pl_str){piece, sizeof piece});
        assert_true(shutdown(fd, SHUT_WR) == 0);
        assert_true(test_read_all(fd, &answer));
        test_expect_begin(&answer, "HTTP/1.1 413 Content Too Large\r\n");
        pl_buffer_deinit(&answer);
        (void)close(fd);
    }
    assert_int_equal(atomic_load(&test.requests), 0);
    test_server_stop(&test);
}

static void a_client_that_waits_for_a_continue_gets_one(void **state)
{
    (void)state;
    start();

    const int fd = test_client(&test);
    struct pl_buffer answer;

    pl_buffer_init(&answer, 1 << 20);
    test_send_text(fd,
                   "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n"
                   "Expect: 100-continue\r\n\r\n");
    test_read_until(fd, "\r\n\r\n", &answer);
    assert_string_equal(answer.ptr, "HTTP/1.1 100 Continue\r\n\r\n");
    test_send_text(fd, "abc");
    assert_true(test_read_all(fd, &answer));
    test_expect_count(&answer, "POST /echo? 3\nabc", 1);
    (void)close(fd);
    pl_buffer_deinit(&answer);

    answer = ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: "
                 "100-continue\r\n\r\n");
    test_expect_begin(&answer, "HTTP/1.1 413 ");
    pl_buffer_deinit(&answer);
    test_server_stop(&test);
}

static void head_gets_a_head(void **state)
{
    (void)state;
    start();

    struct pl_buffer answer =
        ask("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\nHEAD /pieces HTTP/1.1\r\nHost: a\r\n\r\n"
            "GET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    test_expect_count(&answer, "HTTP/1.1 200 OK\r\n", 3);
    test_expect_count(&answer, "Content-Length: 14\r\n", 1);
    test_expect_count(&answer, "HEAD", 0);
    test_expect_count(&answer, "one", 0);
    test_expect_count(&answer, "\r\n\r\nGET /b? 0\n", 1);
    pl_buffer_deinit(&answer);
    test_server_stop(&test);
}

static void requests_in_a_row_are_answered_in_their_order(void **state)
{
    (void)state;
    struct pl_buffer requests, answers;

    start();

    const int fd = test_client(&test);

    pl_buffer_init(&requests, 1 << 20);
    pl_buffer_init(&answers, 1 << 22);
    for (int i = 0; i < 2000; i++)
        pl_buffer_add_format(&requests,
                             "POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", i);
    pl_buffer_add_text(&requests,
                       "GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /last HTTP/1.1\r\nHost: a\r\n"
                       "Connection: close\r\n\r\n");
    test_send(fd, pl_buffer_view(&requests));
    test_wait_for(&test.requests, 2001);
    test_server_release(&test);
    assert_true(test_read_all(fd, &answers));
    test_expect_count(&answers, "HTTP/1.1 200 OK\r\n", 2002);

    const char *at = answers.ptr;

    for (int i = 0; i < 2000; i++) {
        char wanted[64];

        (void)snprintf(wanted, sizeof wanted, "\nPOST /%d? 1\nx", i);
        at = strstr(at, wanted);
        assert_non_null(at);
    }
    assert_non_null(strstr(at, "GET /last?"));
    (void)close(fd);
    pl_buffer_deinit(&requests);
    pl_buffer_deinit(&answers);
    test_server_stop(&test);
}

/* More than the server keeps of requests to come, behind one that is not answered: it stops
   reading. */
static void what_is_sent_behind_an_unanswered_request_is_bounded(void **state)
{
    (void)state;
    static char noise[65536];
    const struct timeval patience = {.tv_usec = 300000};
    size_t sent = 0;

    start();

    const int fd = test_client(&test);

    memset(noise, 'G', sizeof noise);
    test_send_text(fd, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), 0);
    while (sent < (size_t)256 << 20) {
        const ssize_t count = send(fd, noise, sizeof noise, MSG_NOSIGNAL);

        if (count < 0)
            break;
        sent += (size_t)count;
    }
    assert_true(sent < (size_t)64 << 20); /* what the system's own buffers take */
    assert_true(test_server_counts(&test).bytes_in < 200 * 1024);
    test_server_release(&test);

    struct pl_buffer answer;

    pl_buffer_init(&answer, 1 << 20);
    test_read_until(fd, "held\n", &answer);
    test_read_until(fd, "HTTP/1.1 4", &answer);
    (void)close(fd);
    pl_buffer_deinit(&answer);
    test_server_stop(&test);
}

/* --- Time ------------------------------------------------------------------------------------- */

static void expect_408_within(int fd, int64_t least_ms, int64_t from_ms)
{
    struct pl_buffer answer;

    pl_buffer_init(&answer, 1 << 20);
    assert_true(test_read_all(fd, &answer));
    test_expect_begin(&answer, "HTTP/1.1 408 Request Timeout\r\n");
    assert_true(test_now_ms() - from_ms >= least_ms);
    pl_buffer_deinit(&answer);
    (void)close(fd);
}

/* Each byte comes well within the time, all of them do not. */
static void trickle(int fd, const char *text)
{
    for (; *text != '\0'; text++) {
        if (!test_try_to_send(fd, (struct pl_str){text, 1}))
            return;
        test_pause_ms(20);
        char c = 0;
        if (recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
            return;
    }
    fail_msg("all of it was taken, however slow it came");
}

static void a_head_that_trickles_is_refused_when_its_time_is_over(void **state)
{
    (void)state;
    struct pl_server_options used = options();
    int64_t from = 0;

    used.head_ms = 200;
    test_server_start(&test, &used);

    const int fd = test_client(&test);

    from = test_now_ms();
    trickle(fd, "GET "
                "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "aaaaaaaaaaaa");
    expect_408_within(fd, 200, from);
    assert_int_equal(atomic_load(&test.requests), 0);
    test_server_stop(&test);
}

static void a_body_that_trickles_is_refused_when_its_time_is_over(void **state)
{
    (void)state;
    const char *const heads[] = {
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n",
    };
    struct pl_server_options used = options();

    used.body_ms = 200;
    test_server_start(&test, &used);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        const int fd = test_client(&test);
        const int64_t from = test_now_ms();
        struct pl_buffer said;

        pl_buffer_init(&said, 1 << 10);
        test_send_text(fd, heads[i]);
        if (i == 2)
            test_read_until(fd, "100 Continue\r\n\r\n", &said);
        pl_buffer_deinit(&said);
        trickle(fd, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                    "aaaaaaaaaaaaa");
        expect_408_within(fd, 200, from);
    }
    assert_int_equal(atomic_load(&test.requests), 0);
    test_server_stop(&test);
}

static void a_client_that_says_nothing_is_closed_without_a_word(void **state)
{
    (void)state;
    struct pl_server_options used = options();

    used.head_ms = 100;
    used.idle_ms = 150;
    test_server_start(&test, &used);

    const int silent = test_client(&test);
    struct pl_buffer text;

    pl_buffer_init(&text, 1 << 20);
    assert_true(test_read_all(silent, &text));
    assert_int_equal(text.len, 0);
    (void)close(silent);

    const int kept = test_client(&test);
    const int64_t from = test_now_ms();

    test_send_text(kept, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(test_read_all(kept, &text));
    assert_true(test_now_ms() - from >= 150);
    test_expect_count(&text, "HTTP/1.1 ", 1);
    (void)close(kept);
    pl_buffer_deinit(&text);
    test_server_stop(&test);
}

/* --- Clients that do not read, or go away ----------------------------------------------------- */

static int stream_client(const char *target)
{
    const int fd = test_client(&test);
    char text[128];

    (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    test_send_text(fd, text);
    return fd;
}

static void a_stream_waits_for_a_slow_client(void **state)
{
    (void)state;
    const size_t size = (size_t)24 << 20;
    struct pl_buffer text;

    start();

    const int fd = stream_client("/flow?25165824");

    test_wait_for(&test.drained, 1);
    test_pause_ms(100);
    assert_int_equal(atomic_load(&test.gone), 0);
    pl_buffer_init(&text, (size_t)64 << 20);
    test_read_until(fd, "\r\n0\r\n\r\n", &text);
    assert_true(text.len > size);
    assert_true(atomic_load(&test.pending_max) < 128 * 1024);
    assert_true(atomic_load(&test.drained) > 10);
    (void)close(fd);
    pl_buffer_deinit(&text);
    test_server_stop(&test);
}

static void a_stream_that_nobody_reads_ends_when_its_time_is_over(void **state)
{
    (void)state;
    struct pl_server_options used = options();

    used.write_ms = 200;
    test_server_start(&test, &used);

    const int fd = stream_client("/flow?1073741824");

    test_wait_for(&test.gone, 1);
    assert_int_equal(test_server_counts(&test).open, 0);
    (void)close(fd);
    test_server_stop(&test);
}

static void a_stream_that_does_not_wait_is_aborted_at_its_bound(void **state)
{
    (void)state;
    start();

    const int fd = stream_client("/flood");

    test_wait_for(&test.gone, 1);
    assert_true(atomic_load(&test.pending_max) <= ((size_t)1 << 20) + 16384);
    assert_int_equal(test_server_counts(&test).open, 0);
    (void)close(fd);
    test_server_stop(&test);
}

static void a_client_that_goes_away_is_told_of_once(void **state)
{
    (void)state;
    const struct linger reset = {.l_onoff = 1};

    start();
    for (unsigned i = 0; i < 3; i++) {
        const int fd = stream_client(i == 2 ? "/flood" : "/hold");

        test_wait_for(&test.requests, i + 1);
        if (i == 1)
            assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
        (void)close(fd);
        test_wait_for(&test.gone, i + 1);
    }
    test_server_release(&test);
    assert_int_equal(test_server_counts(&test).open, 0);
    assert_int_equal(atomic_load(&test.gone), 3);
    test_server_stop(&test);
}

static void a_client_that_closes_its_side_before_its_answer_is_gone(void **state)
{
    (void)state;
    struct pl_buffer text;

    start();

    const int fd = stream_client("/hold");

    test_wait_for(&test.requests, 1);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    pl_buffer_init(&text, 1 << 20);
    assert_true(test_read_all(fd, &text));
    assert_int_equal(text.len, 0);
    test_wait_for(&test.gone, 1);
    (void)close(fd);
    pl_buffer_deinit(&text);
    test_server_stop(&test);
}

/* The answer is whole, and more than the sockets take at once. */
static void a_client_that_closes_its_side_during_its_answer_gets_it(void **state)
{
    (void)state;
    const size_t size = (size_t)24 << 20;
    struct pl_server_options used = options();
    struct pl_buffer text, body;

    used.body_size_bytes_max = size;
    test_server_start(&test, &used);

    const int fd = test_client(&test);

    pl_buffer_init(&body, size + 1);
    while (body.len < size)
        pl_buffer_add(&body, PL_STR("0123456789abcdef"));
    test_send_text(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 25165824\r\n\r\n");
    test_send(fd, pl_buffer_view(&body));
    test_wait_for(&test.requests, 1);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    test_pause_ms(50);
    assert_int_equal(test_server_counts(&test).open, 1);
    pl_buffer_init(&text, (size_t)1 << 26);
    assert_true(test_read_all(fd, &text));
    assert_true(text.len > size);
    assert_memory_equal(text.ptr + text.len - size, body.ptr, size);
    (void)close(fd);
    pl_buffer_deinit(&text);
    pl_buffer_deinit(&body);
    test_server_stop(&test);
}

static void half_a_request_and_a_close_is_no_request(void **state)
{
    (void)state;
    const char *const halves[] = {"GET /a HT",
                                  "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab"};
    struct pl_buffer text;

    start();
    pl_buffer_init(&text, 1 << 20);
    for (size_t i = 0; i < 2; i++) {
        const int fd = test_client(&test);

        test_send_text(fd, halves[i]);
        assert_int_equal(shutdown(fd, SHUT_WR), 0);
        assert_true(test_read_all(fd, &text));
        (void)close(fd);
    }
    assert_int_equal(text.len, 0);
    assert_int_equal(atomic_load(&test.requests), 0);
    pl_buffer_deinit(&text);
    test_server_stop(&test);
}

/* --- Streams ---------------------------------------------------------------------------------- */

static void pieces_come_as_chunks_and_end_only_when_whole(void **state)
{
    (void)state;
    start();

    struct pl_buffer text = ask("GET /pieces HTTP/1.1\r\nHost: a\r\n\r\nGET /pieces "
                                "HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    test_expect_count(&text, "Transfer-Encoding: chunked\r\n", 2);
    test_expect_count(&text, "3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n", 2);
    pl_buffer_deinit(&text);

    text = ask("GET /abort HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    test_expect_count(&text, "5\r\nbegun\r\n", 1);
    test_expect_count(&text, "0\r\n\r\n", 0);
    test_expect_count(&text, "HTTP/1.1", 1);
    pl_buffer_deinit(&text);

    text = ask("GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    test_expect_count(&text, "chunked", 0);
    test_expect_count(&text, "\r\n\r\nonetwothree", 1);
    pl_buffer_deinit(&text);
    test_server_stop(&test);
}

/* Where only the end of the connection ends a body, an aborted one must not look whole. */
static void an_aborted_answer_of_http_1_0_is_reset(void **state)
{
    (void)state;
    struct pl_buffer text;

    start();

    const int fd = test_client(&test);

    pl_buffer_init(&text, 1 << 20);
    test_send_text(fd, "GET /abort HTTP/1.0\r\n\r\n");
    assert_false(test_read_all(fd, &text));
    (void)close(fd);
    pl_buffer_deinit(&text);
    test_server_stop(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_can_be_read_in_two_ways_are_refused),
        cmocka_unit_test(a_body_arrives_whole_and_headers_cannot_be_split),
        cmocka_unit_test(a_body_of_a_megabyte_in_small_pieces_arrives),
        cmocka_unit_test(a_body_over_the_limit_is_told_to_a_client_that_sends_it_all),
        cmocka_unit_test(a_client_that_waits_for_a_continue_gets_one),
        cmocka_unit_test(head_gets_a_head),
        cmocka_unit_test(requests_in_a_row_are_answered_in_their_order),
        cmocka_unit_test(what_is_sent_behind_an_unanswered_request_is_bounded),
        cmocka_unit_test(a_head_that_trickles_is_refused_when_its_time_is_over),
        cmocka_unit_test(a_body_that_trickles_is_refused_when_its_time_is_over),
        cmocka_unit_test(a_client_that_says_nothing_is_closed_without_a_word),
        cmocka_unit_test(a_stream_waits_for_a_slow_client),
        cmocka_unit_test(a_stream_that_nobody_reads_ends_when_its_time_is_over),
        cmocka_unit_test(a_stream_that_does_not_wait_is_aborted_at_its_bound),
        cmocka_unit_test(a_client_that_goes_away_is_told_of_once),
        cmocka_unit_test(a_client_that_closes_its_side_before_its_answer_is_gone),
        cmocka_unit_test(a_client_that_closes_its_side_during_its_answer_gets_it),
        cmocka_unit_test(half_a_request_and_a_close_is_no_request),
        cmocka_unit_test(pieces_come_as_chunks_and_end_only_when_whole),
        cmocka_unit_test(an_aborted_answer_of_http_1_0_is_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
