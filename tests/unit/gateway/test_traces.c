/* Spans on their way: a collector that takes them, one that is busy, one that is not there. */
#include "gateway/traces.h"

#include "../net/net_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define OK        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
#define BUSY      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
#define REFUSED   "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
#define POST_LINE "POST /v1/traces HTTP/1.1\r\n"
#define WAIT_MS   10000

#define PROGRAMS(...)                                                                              \
    (const struct test_step[][TEST_STEPS_MAX])                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static struct pl_loop *loop;
static struct test_peer peer;
static struct pl_traces *traces;
static struct pl_rng rng;

/* `options`: gather_ms and so on; where it is is filled in. */
static void start(const struct test_step (*programs)[TEST_STEPS_MAX], size_t count,
                  struct pl_traces_options options)
{
    struct pl_error error = {0};

    test_peer_init(&peer);
    if (count > 0)
        test_peer_run(&peer, programs, count);
    if (pl_loop_new(&loop, &error) != PL_OK)
        fail_msg("%s", error.message);
    options.loop = loop;
    options.host = "127.0.0.1";
    options.port = peer.port;
    if (pl_traces_new(&options, &traces, &error) != PL_OK)
        fail_msg("%s", error.message);
    pl_rng_init(&rng, 3, 0);
}

/* Afterwards `peer.seen` is complete. */
static void stop(void)
{
    pl_traces_free(traces);
    pl_loop_free(loop);
    if (peer.programs_count > 0)
        test_peer_stop(&peer);
}

static void add(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pl_trace_span span = {.operation = PL_STR("chat"), .begun_ns = 1, .ended_ns = 2};

        pl_trace_begin(&span.trace, (struct pl_str){0}, &rng);
        pl_traces_add(traces, &span);
    }
}

/* ---- running the loop until something is so ---- */

struct until {
    struct pl_timer timer;
    bool (*is_so)(void);
    unsigned waits;
};

static void look(void *context)
{
    struct until *until = context;

    if (until->is_so() || ++until->waits >= WAIT_MS)
        pl_loop_stop(loop);
    else
        pl_timer_start(&until->timer, 1);
}

static void run_until(bool (*is_so)(void))
{
    struct until until = {.is_so = is_so};
    struct pl_error error = {0};

    assert_int_equal(pl_timer_init(&until.timer, loop, look, &until, &error), PL_OK);
    pl_timer_start(&until.timer, 0);
    assert_int_equal(pl_loop_run(loop, &error), PL_OK);
    assert_true(is_so());
    pl_timer_deinit(&until.timer);
}

static bool is_idle(void)
{
    return pl_traces_is_idle(traces);
}

static size_t occurrences(const char *what)
{
    const char *at = peer.seen.ptr == NULL ? "" : peer.seen.ptr;
    size_t count = 0;

    for (; (at = strstr(at, what)) != NULL; at += strlen(what))
        count++;
    return count;
}

/* ---- cases ---- */

static void spans_are_gathered_and_posted_as_one(void **state)
{
    (void)state;
    start(PROGRAMS({{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}, {TEST_WAIT, NULL, 0}}), 1,
          (struct pl_traces_options){.gather_ms = 20});
    add(3);
    assert_false(pl_traces_is_idle(traces));
    run_until(is_idle);
    assert_int_equal(pl_traces_dropped(traces), 0);
    stop();
    assert_int_equal(occurrences(POST_LINE), 1);
    assert_int_equal(occurrences("Content-Type: application/json\r\n"), 1);
    assert_int_equal(occurrences("\"spanId\":"), 3);
    test_peer_deinit(&peer);
}

static void a_batch_that_fills_up_is_posted_before_its_time(void **state)
{
    (void)state;
    start(PROGRAMS({{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}, {TEST_WAIT, NULL, 0}}), 1,
          (struct pl_traces_options){.gather_ms = 3600000, .spans_count_max = 8});
    add(6);
    run_until(is_idle);
    assert_int_equal(pl_traces_dropped(traces), 0);
    stop();
    assert_int_equal(occurrences("\"spanId\":"), 6);
    test_peer_deinit(&peer);
}

static void
while_a_request_is_under_way_the_next_gather_and_no_more_than_there_is_room(void **state)
{
    (void)state;
    start(PROGRAMS({{TEST_READ, NULL, 0},
                    {TEST_SEND, OK, 0},
                    {TEST_READ, NULL, 0},
                    {TEST_SEND, OK, 0},
                    {TEST_WAIT, NULL, 0}}),
          1, (struct pl_traces_options){.gather_ms = 1, .spans_count_max = 4});
    add(2);
    pl_traces_flush(traces);
    add(5);
    assert_int_equal(pl_traces_dropped(traces), 1);
    run_until(is_idle);
    assert_int_equal(pl_traces_dropped(traces), 1);
    stop();
    assert_int_equal(occurrences(POST_LINE), 2);
    assert_int_equal(occurrences("\"spanId\":"), 6);
    test_peer_deinit(&peer);
}

static void a_busy_collector_is_asked_again_with_the_same(void **state)
{
    (void)state;
    start(PROGRAMS({{TEST_READ, NULL, 0},
                    {TEST_SEND, BUSY, 0},
                    {TEST_READ, NULL, 0},
                    {TEST_RESET, NULL, 0}},
                   {{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}, {TEST_WAIT, NULL, 0}}),
          2, (struct pl_traces_options){.gather_ms = 1, .retry_ms = 1});
    add(1);
    run_until(is_idle);
    assert_int_equal(pl_traces_dropped(traces), 0);
    stop();

    const char *first = strstr(peer.seen.ptr, "\"spanId\":\"");

    assert_non_null(first);
    assert_int_equal(occurrences(POST_LINE), 3);
    for (const char *at = first; at != NULL; at = strstr(at + 1, "\"spanId\":\""))
        assert_memory_equal(at, first, 28);
    test_peer_deinit(&peer);
}

static void after_three_attempts_the_spans_are_lost_and_the_next_are_sent(void **state)
{
    (void)state;
    start(PROGRAMS({{TEST_READ, NULL, 0},
                    {TEST_SEND, BUSY, 0},
                    {TEST_READ, NULL, 0},
                    {TEST_SEND, BUSY, 0},
                    {TEST_READ, NULL, 0},
                    {TEST_SEND, BUSY, 0}},
                   {{TEST_READ, NULL, 0}, {TEST_SEND, OK, 0}, {TEST_WAIT, NULL, 0}}),
          2, (struct pl_traces_options){.gather_ms = 1, .retry_ms = 1});
    add(2);
    run_until(is_idle);
    assert_int_equal(pl_traces_dropped(traces), 2);
    add(1);
    run_until(is_idle);
    assert_int_equal(pl_traces_dropped(traces), 2);
    stop();
    assert_int_equal(occurrences(POST_LINE), 4);
    test_peer_deinit(&peer);
}

static void what_is_refused_is_not_sent_again(void **state)
{
    (void)state;
    start(PROGRAMS({{TEST_READ, NULL, 0}, {TEST_SEND, REFUSED, 0}, {TEST_WAIT, NULL, 0}}), 1,
          (struct pl_traces_options){.gather_ms = 1, .retry_ms = 1});
    add(2);
    run_until(is_idle);
    assert_int_equal(pl_traces_dropped(traces), 2);
    stop();
    assert_int_equal(occurrences(POST_LINE), 1);
    test_peer_deinit(&peer);
}

static void a_collector_that_stalls_is_given_up_in_time(void **state)
{
    (void)state;
    start(PROGRAMS({{TEST_READ, NULL, 0}, {TEST_WAIT, NULL, 0}},
                   {{TEST_READ, NULL, 0}, {TEST_WAIT, NULL, 0}},
                   {{TEST_READ, NULL, 0}, {TEST_WAIT, NULL, 0}}),
          3, (struct pl_traces_options){.gather_ms = 1, .retry_ms = 1, .total_ms = 30});
    add(1);
    run_until(is_idle);
    assert_int_equal(pl_traces_dropped(traces), 1);
    stop();
    test_peer_deinit(&peer);
}

/* The address is taken and nobody accepts; then the server ends. */
static void a_collector_that_is_not_there_loses_spans_and_nothing_else(void **state)
{
    (void)state;
    start(NULL, 0, (struct pl_traces_options){.gather_ms = 1, .retry_ms = 1, .total_ms = 30});
    add(3);
    run_until(is_idle);
    assert_int_equal(pl_traces_dropped(traces), 3);
    stop();
    test_peer_deinit(&peer);
}

static unsigned ends;

static void note_end(void *context)
{
    (void)context;
    ends++;
}

static bool has_ended(void)
{
    return ends > 0;
}

/* Also while a request is under way. */
static void at_the_end_all_that_waits_is_sent(void **state)
{
    (void)state;
    ends = 0;
    start(PROGRAMS({{TEST_READ, NULL, 0},
                    {TEST_SEND, OK, 0},
                    {TEST_READ, NULL, 0},
                    {TEST_SEND, OK, 0},
                    {TEST_WAIT, NULL, 0}}),
          1, (struct pl_traces_options){.gather_ms = 3600000});
    add(2);
    pl_traces_flush(traces);
    add(2);
    pl_traces_end(traces, note_end, NULL);
    assert_int_equal(ends, 0);
    run_until(has_ended);
    assert_int_equal(ends, 1);
    assert_int_equal(pl_traces_dropped(traces), 0);
    stop();
    assert_int_equal(occurrences("\"spanId\":"), 4);
    test_peer_deinit(&peer);
}

static void an_end_with_nothing_to_send_is_told_at_once(void **state)
{
    (void)state;
    ends = 0;
    start(NULL, 0, (struct pl_traces_options){0});
    pl_traces_end(traces, note_end, NULL);
    assert_int_equal(ends, 1);
    stop();
    test_peer_deinit(&peer);
}

static void the_end_waits_for_no_collector_that_stalls_or_is_busy(void **state)
{
    (void)state;
    ends = 0;
    start(PROGRAMS({{TEST_READ, NULL, 0},
                    {TEST_SEND, BUSY, 0},
                    {TEST_READ, NULL, 0},
                    {TEST_WAIT, NULL, 0}}),
          1, (struct pl_traces_options){.gather_ms = 3600000, .retry_ms = 3600000});
    add(2);
    pl_traces_flush(traces);
    add(3);
    pl_traces_end(traces, note_end, NULL);
    run_until(has_ended); /* after two seconds, not ten */
    assert_int_equal(ends, 1);
    assert_int_equal(pl_traces_dropped(traces), 5);
    assert_true(pl_traces_is_idle(traces));
    stop();
    assert_int_equal(occurrences(POST_LINE), 2);
    test_peer_deinit(&peer);
}

/* Whether it is gathered or on its way. */
static void what_waits_is_let_go_with_it_and_counted(void **state)
{
    (void)state;
    atomic_uint_fast64_t lost = 0;

    start(NULL, 0,
          (struct pl_traces_options){.gather_ms = 3600000, .spans_count_max = 4, .lost = &lost});
    add(2);
    pl_traces_flush(traces);
    add(5);
    assert_int_equal(atomic_load(&lost), 1);
    stop();
    assert_int_equal(atomic_load(&lost), 7);
    test_peer_deinit(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_gathered_and_posted_as_one),
        cmocka_unit_test(a_batch_that_fills_up_is_posted_before_its_time),
        cmocka_unit_test(
            while_a_request_is_under_way_the_next_gather_and_no_more_than_there_is_room),
        cmocka_unit_test(a_busy_collector_is_asked_again_with_the_same),
        cmocka_unit_test(after_three_attempts_the_spans_are_lost_and_the_next_are_sent),
        cmocka_unit_test(what_is_refused_is_not_sent_again),
        cmocka_unit_test(a_collector_that_stalls_is_given_up_in_time),
        cmocka_unit_test(a_collector_that_is_not_there_loses_spans_and_nothing_else),
        cmocka_unit_test(at_the_end_all_that_waits_is_sent),
        cmocka_unit_test(an_end_with_nothing_to_send_is_told_at_once),
        cmocka_unit_test(the_end_waits_for_no_collector_that_stalls_or_is_busy),
        cmocka_unit_test(what_waits_is_let_go_with_it_and_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
