/* Both sides of TLS against each other, and against those who cannot or must not be trusted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/tls.h"
#include "net_peer.h"
#include "net_server.h"

static char folder[] = "/tmp/plimsoll-tls-XXXXXX";
static struct test_server test;
static struct pl_tls_server *server_tls;
static struct pl_tls_client *client_tls;
static struct pl_loop *loop;
static struct pl_upstream *upstream;
static struct test_course course;

static char *path(const char *name, const char *kind)
{
    char *text = NULL;

    assert_true(asprintf(&text, "%s/%s.%s", folder, name, kind) > 0);
    return text;
}

/* A certificate that signs itself, for an address or a name. */
static void make_certificate(const char *name, const char *names)
{
    char command[1024];

    (void)snprintf(command, sizeof command,
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
                   "-days 2 -subj /CN=test "
                   "-addext subjectAltName=%s -keyout %s/%s.key -out %s/%s.crt 2>%s/log",
                   names, folder, name, folder, name, folder);
    assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    make_certificate("good", "IP:127.0.0.1,DNS:localhost");
    make_certificate("other", "DNS:other.example");
    return 0;
}

static int tear_down(void **state)
{
    char command[256];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* The server shows the certificate `shown`, the client trusts `trusted`, or the system's where that
   is NULL. */
static void start(const char *shown, const char *trusted, struct pl_server_options options)
{
    char *certificate = path(shown, "crt"), *key = path(shown, "key");
    char *authority = trusted == NULL ? NULL : path(trusted, "crt");
    struct pl_error error = {0};

    if (pl_tls_server_new(certificate, key, &server_tls, &error) != PL_OK ||
        pl_tls_client_new(authority, &client_tls, &error) != PL_OK ||
        pl_loop_new(&loop, &error) != PL_OK)
        fail_msg("%s", error.message);
    options.tls = server_tls;
    test_server_start(&test, &options);

    const struct pl_upstream_options to = {
        .host = "127.0.0.1", .port = pl_server_port(test.server), .tls = client_tls};

    assert_int_equal(pl_upstream_new(loop, &to, &upstream, &error), PL_OK);
    test_course_init(&course, loop);
    free(certificate);
    free(key);
    free(authority);
}

static void finish(void)
{
    pl_upstream_free(upstream);
    pl_loop_free(loop);
    test_server_stop(&test);
    pl_tls_server_unref(server_tls);
    pl_tls_client_unref(client_tls);
    test_course_deinit(&course);
}

static void ask(const char *target, struct pl_str body)
{
    struct pl_exchange_request request = test_request(body.len > 0 ? "body" : "");

    request.target = pl_str_of(target);
    request.body = body;
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

static void what_is_trusted_carries_bodies_and_streams(void **state)
{
    (void)state;
    const size_t size = (size_t)1 << 20;
    char *body = malloc(size);

    assert_non_null(body);
    for (size_t i = 0; i < size; i++)
        body[i] = (char)(i * 7 + i / 251);
    start("good", "good", test_server_options());
    for (int i = 0; i < 3; i++) {
        ask("/echo", (struct pl_str){body, size});
        expect_end(PL_EXCHANGE_DONE);
        assert_int_equal(course.times.reused, i > 0);
        assert_true(course.body.len > size);
        assert_memory_equal(course.body.ptr + course.body.len - size, body, size);
    }
    ask("/flow?25165824", (struct pl_str){"", 0});
    expect_end(PL_EXCHANGE_DONE);
    assert_int_equal(course.body.len, 25165824);
    ask("/pieces", (struct pl_str){"", 0});
    assert_string_equal(course.body.ptr, "onetwothree");
    ask("/abort", (struct pl_str){"", 0});
    expect_end(PL_EXCHANGE_CUT);
    finish();
    free(body);
}

static struct pl_timer go_on;

static void resume(void *context)
{
    const struct test_course *it = context;

    pl_exchange_resume(it->exchange);
}

static void pause_a_while(struct test_course *it)
{
    if (it->pieces % 5 != 0)
        return;
    pl_exchange_pause(it->exchange);
    pl_timer_start(&go_on, it->pieces == 5 ? 100 : 0);
}

/* What the library holds decrypted is told by no event of the socket. */
static void a_paused_stream_under_tls_goes_on(void **state)
{
    (void)state;
    struct pl_exchange_request request = test_request("");

    start("good", "good", test_server_options());
    assert_int_equal(pl_timer_init(&go_on, loop, resume, &course, NULL), PL_OK);
    course.at_piece = pause_a_while;
    request.target = PL_STR("/flow?8388608");
    test_course_start(&course, upstream, &request);
    test_run(loop, 1, 0);
    expect_end(PL_EXCHANGE_DONE);
    assert_int_equal(course.body.len, 8388608);
    pl_timer_deinit(&go_on);
    finish();
}

static void a_client_that_goes_away_under_tls_is_told_of(void **state)
{
    (void)state;
    const struct pl_exchange_request request = test_request("");
    struct pl_exchange_request held = request;

    start("good", "good", test_server_options());
    held.target = PL_STR("/hold");
    test_course_start(&course, upstream, &held);
    test_run(loop, 1, 200);
    test_wait_for(&test.requests, 1);
    pl_exchange_cancel(course.exchange);
    test_run(loop, 1, 10);
    test_wait_for(&test.gone, 1);
    assert_int_equal(course.ends, 0);
    finish();
}

static void who_cannot_be_trusted_is_not_asked(void **state)
{
    (void)state;
    const struct {
        const char *shown, *trusted;
    } cases[] = {{"good", NULL}, {"good", "other"}, {"other", "other"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start(cases[i].shown, cases[i].trusted, test_server_options());
        ask("/echo", PL_STR("secret"));
        expect_end(PL_EXCHANGE_UNTRUSTED);
        assert_non_null(strstr(course.why, i == 2 ? "mismatch" : "certificate"));
        assert_int_equal(atomic_load(&test.requests), 0);
        finish();
    }
}

static void a_name_must_be_that_of_the_certificate(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct pl_exchange_request request = test_request("secret");
        struct pl_upstream *by_name = NULL;

        start(i == 0 ? "good" : "other", i == 0 ? "good" : "other", test_server_options());

        const struct pl_upstream_options to = {.host = "localhost",
                                               .port = pl_server_port(test.server),
                                               .tls = client_tls,
                                               .private_allowed = true};

        assert_int_equal(pl_upstream_new(loop, &to, &by_name, NULL), PL_OK);
        test_course_start(&course, by_name, &request);
        test_run(loop, 1, 0);
        expect_end(i == 0 ? PL_EXCHANGE_DONE : PL_EXCHANGE_UNTRUSTED);
        assert_int_equal(atomic_load(&test.requests), i == 0);
        pl_upstream_free(by_name);
        finish();
    }
}

/* Plain HTTP, noise, and silence, where a greeting should come. */
static void who_does_not_shake_hands_is_closed(void **state)
{
    (void)state;
    const char *const texts[] = {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\xff\xff\x01",
                                 ""};
    struct pl_server_options options = test_server_options();
    struct pl_buffer text;

    options.head_ms = 100;
    start("good", "good", options);
    pl_buffer_init(&text, 1 << 16);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const int fd = test_client(&test);

        test_send_text(fd, texts[i]);
        (void)test_read_all(fd, &text);
        (void)close(fd);
    }
    assert_int_equal(test_count(&text, "HTTP/"), 0);
    assert_int_equal(test_server_counts(&test).handshakes_failed, 3);
    assert_int_equal(test_server_counts(&test).open, 0);
    assert_int_equal(atomic_load(&test.requests), 0);
    pl_buffer_deinit(&text);
    finish();
}

static void a_server_without_tls_is_told_from_one_with_it(void **state)
{
    (void)state;
    const struct pl_server_options options = test_server_options();
    struct test_server plain;
    struct pl_upstream *to_plain = NULL;

    start("good", "good", test_server_options());
    test_server_start(&plain, &options);

    const struct pl_upstream_options to = {
        .host = "127.0.0.1", .port = pl_server_port(plain.server), .tls = client_tls};
    const struct pl_exchange_request request = test_request("");

    assert_int_equal(pl_upstream_new(loop, &to, &to_plain, NULL), PL_OK);
    test_course_start(&course, to_plain, &request);
    test_run(loop, 1, 0);
    expect_end(PL_EXCHANGE_UNTRUSTED);
    pl_upstream_free(to_plain);
    test_server_stop(&plain);
    finish();
}

static void files_that_are_no_certificates_are_named(void **state)
{
    (void)state;
    struct pl_error error = {0};
    char *certificate = path("good", "crt"), *key = path("other", "key");
    struct pl_tls_server *tls = NULL;
    struct pl_tls_client *client = NULL;

    assert_int_not_equal(pl_tls_server_new(certificate, key, &tls, &error), PL_OK);
    assert_non_null(strstr(error.message, key));
    assert_int_not_equal(pl_tls_server_new("/no/such.crt", key, &tls, &error), PL_OK);
    assert_non_null(strstr(error.message, "/no/such.crt"));
    assert_int_not_equal(pl_tls_client_new("/no/such.crt", &client, &error), PL_OK);
    assert_non_null(strstr(error.message, "/no/such.crt"));
    assert_null(tls);
    assert_null(client);
    free(certificate);
    free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_trusted_carries_bodies_and_streams),
        cmocka_unit_test(a_paused_stream_under_tls_goes_on),
        cmocka_unit_test(a_client_that_goes_away_under_tls_is_told_of),
        cmocka_unit_test(who_cannot_be_trusted_is_not_asked),
        cmocka_unit_test(a_name_must_be_that_of_the_certificate),
        cmocka_unit_test(who_does_not_shake_hands_is_closed),
        cmocka_unit_test(a_server_without_tls_is_told_from_one_with_it),
        cmocka_unit_test(files_that_are_no_certificates_are_named),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
