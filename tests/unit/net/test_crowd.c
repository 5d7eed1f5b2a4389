/* The server among many clients, and at its end: by real sockets. */
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

static int stream_client(const char *target)
{
    const int fd = test_client(&test);
    char text[128];

    (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    test_send_text(fd, text);
    return fd;
}

/* --- Many ------------------------------------------------------------------------------------- */

static void past_the_limit_the_longest_idle_makes_room_or_the_new_one_is_refused(void **state)
{
    (void)state;
    struct pl_server_options used = options();
    int fds[8];
    struct pl_buffer text;

    used.connections_max = 8;
    test_server_start(&test, &used);
    pl_buffer_init(&text, 1 << 20);
    for (unsigned i = 0; i < 8; i++) {
        fds[i] = stream_client("/hold");
        test_wait_for(&test.requests, i + 1);
    }
    for (int i = 0; i < 100; i++) { /* all are busy */
        const int fd = test_client(&test);

        (void)test_read_all(fd, &text);
        (void)close(fd);
    }
    assert_int_equal(text.len, 0);
    assert_int_equal(test_server_counts(&test).refused, 100);
    assert_int_equal(test_server_counts(&test).open, 8);
    test_server_release(&test);
    for (unsigned i = 0; i < 8; i++) {
        pl_buffer_reset(&text);
        test_read_until(fds[i], "held\n", &text);
    }
    while (test_server_counts(&test).idle < 8)
        test_pause_ms(1);
    assert_int_equal(test_server_counts(&test).idle, 8);

    const int fd = stream_client("/a"); /* the one that is idle longest goes */

    pl_buffer_reset(&text);
    test_read_until(fd, "GET /a? 0\n", &text);
    pl_buffer_reset(&text);
    assert_true(test_read_all(fds[7], &text)); /* answered first */
    assert_int_equal(text.len, 0);
    assert_int_equal(test_server_counts(&test).refused, 100);
    assert_int_equal(test_server_counts(&test).open, 8);
    (void)close(fd);
    for (unsigned i = 0; i < 8; i++)
        (void)close(fds[i]);
    pl_buffer_deinit(&text);
    test_server_stop(&test);
}

/* Requests that never become whole hold every connection there is. */
static void those_who_send_slowly_do_not_keep_the_others_out(void **state)
{
    (void)state;
    struct pl_server_options used = options();
    const char *const halves[] = {"GET /a HTTP/1.1\r\nHost: a\r\n", "G",
                                  "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"};
    int fds[3];
    struct pl_buffer text;

    used.connections_max = 3;
    test_server_start(&test, &used);
    pl_buffer_init(&text, 1 << 20);
    for (size_t i = 0; i < 3; i++) {
        fds[i] = test_client(&test);
        test_send_text(fds[i], halves[i]);
    }
    while (test_server_counts(&test).bytes_in < 78)
        test_pause_ms(1);
    for (int late = 0; late < 3; late++) {
        const int fd = test_client(&test);

        if (late == 0) { /* they have had no time yet */
            assert_true(test_read_all(fd, &text));
            assert_int_equal(text.len, 0);
            test_pause_ms(1100);
        } else {
            pl_buffer_reset(&text);
            test_send_text(fd, "GET /late HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            test_read_until(fd, "GET /late? 0\n", &text);
            pl_buffer_reset(&text);
            assert_true(test_read_all(fd, &text));
        }
        (void)close(fd);
    }
    assert_int_equal(test_server_counts(&test).refused, 1);
    test_send_text(fds[2], "defghi"); /* there was room for the second of them without it */
    test_read_until(fds[2], "POST /a? 9\nabcdefghi", &text);
    for (size_t i = 0; i < 3; i++)
        (void)close(fds[i]);
    pl_buffer_deinit(&text);
    test_server_stop(&test);
}

static int64_t cpu_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The process has no descriptor left: the listener rests, and those who wait are served when there
   is one again. */
static void without_descriptors_it_waits_and_then_goes_on(void **state)
{
    (void)state;
    int clients[20], spare[64];
    size_t spares = 0;
    struct rlimit usual = {0}, few = {0};
    struct pl_buffer text;

    start();
    pl_buffer_init(&text, 1 << 20);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    for (size_t i = 0; i < 20; i++)
        clients[i] = stream_client("/hold"); /* none of them can be closed to make room */
    test_wait_for(&test.requests, 20);
    few = usual;
    few.rlim_cur = 80;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (spares < 64 && (spare[spares] = dup(0)) >= 0)
        spares++;
    assert_true(spares > 0 && spares < 64);
    (void)close(spare[--spares]); /* one for a client, and none for the server's end of it */

    const int64_t cpu = cpu_ms();
    const int late = test_client(&test);

    test_send_text(late, "GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    test_pause_ms(500);
    assert_true(cpu_ms() - cpu < 200); /* it does not spin */
    assert_int_equal(test_server_counts(&test).accepted, 20);
    while (spares > 0)
        (void)close(spare[--spares]);
    test_read_until(late, "GET /late? 0\n", &text);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    (void)close(late);
    for (size_t i = 0; i < 20; i++)
        (void)close(clients[i]);
    pl_buffer_deinit(&text);
    test_server_stop(&test);
}

static void many_attempts_in_a_row_leave_nothing_behind(void **state)
{
    (void)state;
    const struct linger reset = {.l_onoff = 1};

    start();
    for (int i = 0; i < 3000; i++) {
        const int fd = test_client(&test);

        if (i % 3 == 1)
            test_send_text(fd, "GET /");
        if (i % 3 == 2)
            test_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        (void)close(fd);
    }
    for (int i = 0; i < 10000 && test_server_counts(&test).open > 0; i++)
        test_pause_ms(1);
    assert_int_equal(test_server_counts(&test).open, 0);
    assert_int_equal(test_server_counts(&test).idle, 0);
    test_server_stop(&test);
}

static void note(void *context)
{
    (void)atomic_fetch_add((atomic_uint *)context, 1);
}

static atomic_uint drains;

static void drain(void *context)
{
    pl_server_drain(context, note, &drains);
}

static void a_server_that_drains_answers_what_it_has(void **state)
{
    (void)state;
    struct pl_buffer text;

    start();
    atomic_store(&drains, 0);

    const int busy = stream_client("/hold"), idle = test_client(&test);

    test_wait_for(&test.requests, 1);
    while (test_server_counts(&test).open < 2)
        test_pause_ms(1);
    test_server_do(&test, drain, test.server);
    pl_buffer_init(&text, 1 << 20);
    assert_true(test_read_all(idle, &text));
    assert_int_equal(text.len, 0);
    assert_int_equal(atomic_load(&drains), 0);
    test_server_release(&test);
    assert_true(test_read_all(busy, &text));
    test_expect_count(&text, "Connection: close\r\n", 1);
    test_expect_count(&text, "held\n", 1);
    test_wait_for(&drains, 1);
    (void)close(busy);
    (void)close(idle);
    pl_buffer_deinit(&text);
    test_server_stop(&test);
}

struct asked {
    int fds[2];
};

static void connect_and_drain(void *context)
{
    struct asked *asked = context;

    /* All this comes between two looks of the loop at its sockets. */
    test_send_text(asked->fds[0], "GET /kept HTTP/1.1\r\nHost: a\r\n\r\n");
    asked->fds[1] = test_client(&test);
    test_send_text(asked->fds[1], "GET /new HTTP/1.1\r\nHost: a\r\n\r\n");
    pl_server_drain(test.server, note, &drains);
}

static void what_was_asked_before_a_drain_is_answered(void **state)
{
    (void)state;
    struct asked asked = {0};
    struct pl_buffer text;

    start();
    atomic_store(&drains, 0);
    pl_buffer_init(&text, 1 << 20);
    asked.fds[0] = stream_client("/first");
    test_read_until(asked.fds[0], "GET /first? 0\n", &text);
    test_server_do(&test, connect_and_drain, &asked);
    for (int i = 0; i < 2; i++) {
        pl_buffer_reset(&text);
        assert_true(test_read_all(asked.fds[i], &text));
        test_expect_count(&text, i == 0 ? "GET /kept? 0\n" : "GET /new? 0\n", 1);
        test_expect_count(&text, "Connection: close\r\n", 1);
        (void)close(asked.fds[i]);
    }
    test_wait_for(&drains, 1);
    pl_buffer_deinit(&text);
    test_server_stop(&test);
}

static void a_server_can_be_freed_in_the_middle_of_all(void **state)
{
    (void)state;
    start();

    const int fds[] = {stream_client("/hold"), stream_client("/flow?1073741824"),
                       stream_client("/a"), test_client(&test)};

    test_wait_for(&test.requests, 3);
    test_server_stop(&test);
    assert_int_equal(atomic_load(&test.gone), 0);
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        (void)close(fds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(past_the_limit_the_longest_idle_makes_room_or_the_new_one_is_refused),
        cmocka_unit_test(those_who_send_slowly_do_not_keep_the_others_out),
        cmocka_unit_test(without_descriptors_it_waits_and_then_goes_on),
        cmocka_unit_test(many_attempts_in_a_row_leave_nothing_behind),
        cmocka_unit_test(a_server_that_drains_answers_what_it_has),
        cmocka_unit_test(what_was_asked_before_a_drain_is_answered),
        cmocka_unit_test(a_server_can_be_freed_in_the_middle_of_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
