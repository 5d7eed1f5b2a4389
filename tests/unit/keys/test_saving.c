/* Saving what was spent: servers add up, a failure loses nothing, a kill no more than was not saved. */
#include "keys_folder.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define THREADS   4
#define ROUNDS    20000
#define SERVERS   3
#define KILLS     25
#define NANO      1e-9
#define WAITS_MAX 60000

/* Reserves and settles the same; false: refused. */
static bool spend(struct pl_client_key *key, double money, uint64_t tokens)
{
    struct pl_reservation reservation;
    struct pl_key_room room;

    if (pl_keys_reserve(key, (struct pl_key_need){money, tokens}, TEST_NOW_MS, &reservation,
                        &room) != PL_KEY_OK)
        return false;
    pl_keys_settle(&reservation, money, tokens, TEST_NOW_MS);
    return true;
}

static void save(struct pl_keys *keys, struct pl_state *state)
{
    struct pl_error error = {0};

    if (pl_keys_save(keys, state, &error) != PL_OK)
        fail_msg("%s", error.message);
}

/* Another server with the same state. */
static struct test_keys server_beside(const struct test_keys *test)
{
    struct test_keys other = *test;
    struct pl_error error = {0};

    other.keys = NULL;
    assert_int_equal(pl_state_open(test->path, &other.state, &error), PL_OK);
    test_keys_load(&other);
    return other;
}

static void server_end(struct test_keys *other)
{
    pl_keys_unref(other->keys);
    pl_state_close(other->state);
}

/* What the state holds, as somebody who begins now reads it. */
static struct pl_key_spent kept(const struct test_keys *test)
{
    struct test_keys reader = server_beside(test);
    const struct pl_key_spent spent = pl_client_key_spent(reader.key, TEST_NOW_MS);

    server_end(&reader);
    return spent;
}

static void what_was_settled_is_kept_once(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.tokens_max = 1000});

    assert_true(spend(test.key, 0.25, 100));
    save(test.keys, test.state);
    save(test.keys, test.state);
    assert_true(spend(test.key, 0.5, 11));
    save(test.keys, test.state);

    const struct pl_key_spent spent = kept(&test);

    assert_int_equal(spent.tokens, 111);
    assert_int_equal(spent.tokens_total, 111);
    assert_int_equal(spent.requests_total, 2);
    assert_near(spent.money, 0.75, 1e-12);
    assert_int_equal(spent.used_ms, TEST_NOW_MS);
    assert_int_equal(pl_client_key_spent(test.key, TEST_NOW_MS).tokens, 111);
    test_keys_end(&test);
}

static void what_is_reserved_is_not_kept(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.tokens_max = 1000});
    struct pl_reservation reservation;
    struct pl_key_room room;

    assert_int_equal(
        pl_keys_reserve(test.key, (struct pl_key_need){0, 900}, TEST_NOW_MS, &reservation, &room),
        PL_KEY_OK);
    save(test.keys, test.state);
    assert_int_equal(kept(&test).tokens, 0);
    pl_keys_settle(&reservation, 0, 5, TEST_NOW_MS);
    save(test.keys, test.state);
    assert_int_equal(kept(&test).tokens, 5);
    test_keys_end(&test);
}

static void a_reservation_of_the_table_before_is_settled_in_the_next(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.tokens_max = 100});
    struct pl_reservation reservation;
    struct pl_key_room room;

    assert_int_equal(
        pl_keys_reserve(test.key, (struct pl_key_need){0, 100}, TEST_NOW_MS, &reservation, &room),
        PL_KEY_OK);

    struct pl_keys *before = pl_keys_ref(test.keys);

    test_keys_load(&test);
    assert_false(spend(test.key, 0, 1));
    pl_keys_settle(&reservation, 0, 40, TEST_NOW_MS);
    pl_keys_unref(before);
    assert_false(spend(test.key, 0, 61));
    assert_true(spend(test.key, 0, 60));
    save(test.keys, test.state);
    assert_int_equal(kept(&test).tokens, 100);
    test_keys_end(&test);
}

static void what_other_servers_spent_counts_here(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.tokens_max = 100});
    struct test_keys other = server_beside(&test);

    assert_true(spend(other.key, 0, 60));
    save(other.keys, other.state);
    assert_true(spend(test.key, 0, 10));
    save(test.keys, test.state);
    assert_false(spend(test.key, 0, 31));
    save(other.keys, other.state);
    assert_false(spend(other.key, 0, 31));
    assert_true(spend(other.key, 0, 30));
    save(other.keys, other.state);
    save(test.keys, test.state);
    assert_false(spend(test.key, 0, 1));
    assert_int_equal(kept(&test).tokens, 100);
    server_end(&other);
    test_keys_end(&test);
}

static void a_revoked_key_leaves_nothing_behind(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){0});
    struct pl_error error = {0};
    struct pl_arena arena;
    struct pl_str value = {0};

    assert_true(spend(test.key, 0, 60));
    assert_int_equal(pl_key_revoke(test.state, pl_str_of(test.id), &error), PL_OK);
    save(test.keys, test.state);
    pl_arena_init(&arena, 1 << 20);
    assert_int_equal(
        pl_state_get(test.state, "~key-spent", pl_str_of(test.id), &arena, &value, &error), PL_OK);
    assert_null(value.ptr);
    pl_arena_deinit(&arena);
    test_keys_end(&test);
}

/* Somebody holds the state: it is said, and the next time all of it is there. */
static void what_cannot_be_saved_is_saved_the_next_time(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.tokens_max = 100});
    struct test_keys other = server_beside(&test);
    struct pl_error error = {0};

    assert_true(spend(test.key, 0.5, 60));
    assert_int_equal(pl_state_begin(other.state, &error), PL_OK);
    assert_int_equal(pl_keys_save(test.keys, test.state, &error), PL_E_BUSY);
    pl_state_rollback(other.state);
    assert_int_equal(pl_client_key_spent(test.key, TEST_NOW_MS).tokens, 60);
    assert_true(spend(test.key, 0.25, 30));
    save(test.keys, test.state);

    const struct pl_key_spent spent = kept(&test);

    assert_int_equal(spent.tokens, 90);
    assert_int_equal(spent.tokens_total, 90);
    assert_int_equal(spent.requests_total, 2);
    assert_near(spent.money, 0.75, 1e-12);
    assert_near(spent.money_total, 0.75, 1e-12);
    server_end(&other);
    test_keys_end(&test);
}

/* ---- threads ---- */

struct spending {
    struct pl_client_key *key;
    atomic_uint *running, *refused;
};

static void *spend_much(void *context)
{
    const struct spending *spending = context;

    for (int i = 0; i < ROUNDS; i++)
        if (!spend(spending->key, 3 * NANO, 2))
            atomic_fetch_add(spending->refused, 1);
    atomic_fetch_sub(spending->running, 1);
    return NULL;
}

/* Meanwhile one thread saves and reads the keys anew, as a server does. */
static void nothing_is_lost_while_it_is_spent_and_saved_and_read_anew(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.money_max = 1});
    struct pl_keys *first = pl_keys_ref(test.keys);
    atomic_uint running = THREADS, refused = 0;
    struct spending spending = {test.key, &running, &refused};
    pthread_t threads[THREADS];
    uint64_t saves = 0;

    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, spend_much, &spending), 0);
    do {
        save(test.keys, test.state);
        test_keys_load(&test);
        saves++;
    } while (atomic_load(&running) > 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    save(test.keys, test.state);

    const struct pl_key_spent spent = kept(&test);

    assert_true(saves > 0);
    assert_int_equal(atomic_load(&refused), 0);
    assert_int_equal(spent.requests_total, THREADS * ROUNDS);
    assert_int_equal(spent.tokens, 2 * THREADS * ROUNDS);
    assert_near(spent.money, 3 * NANO * THREADS * ROUNDS, NANO / 2);
    pl_keys_unref(first);
    test_keys_end(&test);
}

/* ---- processes ---- */

/* Shared with children. */
struct board {
    atomic_uint_fast64_t settled, saves;
    atomic_uint_fast64_t saved; /* settled for certain when the last save began */
};

static struct board *board_new(void)
{
    struct board *board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(board != MAP_FAILED);
    return board;
}

/* A server in a process of its own: spends, and saves now and then; ends when it has spent `tokens` (0:
   never). A failure ends it with another code. */
_Noreturn static void serve(const struct test_keys *test, struct board *board, uint64_t tokens)
{
    struct pl_state *state = NULL;
    struct pl_keys *keys = NULL;
    struct pl_client_key *key = NULL;
    struct pl_error error = {0};

    if (pl_state_open(test->path, &state, &error) != PL_OK ||
        pl_keys_load(state, NULL, &keys, &error) != PL_OK ||
        pl_keys_check(keys, pl_str_of(test->text), 0, 0, &key) != PL_KEY_OK)
        _exit(2);
    for (uint64_t i = 1; tokens == 0 || i <= tokens; i++) {
        if (!spend(key, NANO, 1))
            _exit(3);
        (void)atomic_fetch_add(&board->settled, 1);
        if (i % 16 != 0 && i != tokens)
            continue;

        const uint64_t settled = atomic_load(&board->settled);

        if (pl_keys_save(keys, state, &error) != PL_OK)
            _exit(4);
        atomic_store(&board->saved, settled);
        (void)atomic_fetch_add(&board->saves, 1);
    }
    pl_keys_unref(keys);
    pl_state_close(state);
    _exit(0);
}

static pid_t begin_server(const struct test_keys *test, struct board *board, uint64_t tokens)
{
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        serve(test, board, tokens);
    return child;
}

/* A state with a key, and nobody who has it open: a handle does not survive a fork. */
static struct test_keys test_keys_closed(void)
{
    struct test_keys test = test_keys_with((struct pl_key_terms){0});

    pl_keys_unref(test.keys);
    pl_state_close(test.state);
    test.keys = NULL;
    test.state = NULL;
    return test;
}

static void servers_in_several_processes_add_up(void **state)
{
    (void)state;
    struct test_keys test = test_keys_closed();
    struct board *board = board_new();
    pid_t servers[SERVERS];

    for (size_t i = 0; i < SERVERS; i++)
        servers[i] = begin_server(&test, board, 500 + 100 * i);
    for (size_t i = 0; i < SERVERS; i++) {
        int status = 0;

        assert_int_equal(waitpid(servers[i], &status, 0), servers[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }

    const struct pl_key_spent spent = kept(&test);

    assert_int_equal(spent.tokens_total, 500 + 600 + 700);
    assert_int_equal(spent.requests_total, 500 + 600 + 700);
    assert_near(spent.money_total, 1800 * NANO, NANO / 2);
    (void)munmap(board, sizeof *board);
    test_keys_end(&test);
}

/* Killed wherever it just is, most likely within a save: what was saved is there, what was not may be. */
static void a_kill_loses_what_was_not_saved_and_never_a_key(void **state)
{
    (void)state;
    struct test_keys test = test_keys_closed();
    struct board *board = board_new();
    uint64_t before = 0;

    for (uint64_t round = 1; round <= KILLS; round++) {
        atomic_store(&board->settled, before);
        atomic_store(&board->saved, before);
        atomic_store(&board->saves, 0);

        const pid_t server = begin_server(&test, board, 0);
        int status = 0;

        for (int waits = 0; atomic_load(&board->saves) < round % 7 && waits < WAITS_MAX; waits++)
            (void)usleep(1000);
        for (volatile uint64_t turns = 0; turns < round * 40000; turns++)
            ;
        assert_int_equal(kill(server, SIGKILL), 0);
        assert_int_equal(waitpid(server, &status, 0), server);
        assert_true(WIFSIGNALED(status)); /* and it had not ended with a failure */
        assert_true(atomic_load(&board->saves) >= round % 7);

        const struct pl_key_spent spent = kept(&test);

        assert_true(spent.tokens_total >= atomic_load(&board->saved));
        /* One more may have been settled, and saved, than was noted before the kill. */
        assert_true(spent.tokens_total <= atomic_load(&board->settled) + 1);
        assert_int_equal(spent.requests_total, spent.tokens_total);
        before = spent.tokens_total;
    }
    assert_true(before > 0);
    (void)munmap(board, sizeof *board);
    test_keys_end(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_settled_is_kept_once),
        cmocka_unit_test(what_is_reserved_is_not_kept),
        cmocka_unit_test(a_reservation_of_the_table_before_is_settled_in_the_next),
        cmocka_unit_test(what_other_servers_spent_counts_here),
        cmocka_unit_test(a_revoked_key_leaves_nothing_behind),
        cmocka_unit_test(what_cannot_be_saved_is_saved_the_next_time),
        cmocka_unit_test(nothing_is_lost_while_it_is_spent_and_saved_and_read_anew),
        cmocka_unit_test(servers_in_several_processes_add_up),
        cmocka_unit_test(a_kill_loses_what_was_not_saved_and_never_a_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
