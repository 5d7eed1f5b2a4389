/* The state: what was committed is there for everybody, what was not never was. */
#include "state/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_SIZE 512
#define PROCESSES 4
#define COUNTS    60
#define KILLS     25
#define WAITS_MAX 60000
#define AREA      "test"

struct fixture {
    char folder[PATH_SIZE / 2], path[PATH_SIZE];
    struct pl_arena arena;
    struct pl_state *state; /* NULL: closed */
};

static struct pl_state *open_good(const struct fixture *fixture)
{
    struct pl_state *state = NULL;
    struct pl_error error = {0};

    if (pl_state_open(fixture->path, &state, &error) != PL_OK)
        fail_msg("%s", error.message);
    return state;
}

/* A folder without a state. */
static struct fixture begin_closed(void)
{
    struct fixture fixture = {0};
    const char *parent = getenv("TMPDIR");

    (void)snprintf(fixture.folder, sizeof fixture.folder, "%s/plimsoll-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    assert_non_null(mkdtemp(fixture.folder));
    (void)snprintf(fixture.path, sizeof fixture.path, "%s/state.db", fixture.folder);
    pl_arena_init(&fixture.arena, (size_t)16 << 20);
    return fixture;
}

static struct fixture begin(void)
{
    struct fixture fixture = begin_closed();

    fixture.state = open_good(&fixture);
    return fixture;
}

static void end(struct fixture *fixture)
{
    static const char *const ENDS[] = {"", "-wal", "-shm"};
    char path[PATH_SIZE + 8];

    pl_state_close(fixture->state);
    pl_arena_deinit(&fixture->arena);
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        (void)snprintf(path, sizeof path, "%s%s", fixture->path, ENDS[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(fixture->folder), 0);
}

static void put(struct pl_state *state, const char *area, const char *name, struct pl_str value)
{
    struct pl_error error = {0};

    if (pl_state_put(state, area, pl_str_of(name), value, &error) != PL_OK)
        fail_msg("%s", error.message);
}

static struct pl_str get(struct fixture *fixture, const char *name)
{
    struct pl_error error = {0};
    struct pl_str value = {0};

    if (pl_state_get(fixture->state, AREA, pl_str_of(name), &fixture->arena, &value, &error) !=
        PL_OK)
        fail_msg("%s", error.message);
    return value;
}

static uint64_t version(struct pl_state *state)
{
    struct pl_error error = {0};
    uint64_t number = 0;

    assert_int_equal(pl_state_version(state, &number, &error), PL_OK);
    return number;
}

static void what_was_put_is_there_until_it_is_deleted(void **state)
{
    (void)state;
    struct fixture fixture = begin();
    struct pl_error error = {0};
    const struct pl_str odd = PL_STR("{\"a\": \"\xc3\xa9'\"}\0; DROP TABLE entry");
    bool was_there = false;

    assert_null(get(&fixture, "a").ptr);
    put(fixture.state, AREA, "a", odd);
    assert_true(pl_str_equal(get(&fixture, "a"), odd));
    put(fixture.state, AREA, "a", PL_STR(""));
    assert_non_null(get(&fixture, "a").ptr);
    assert_int_equal(get(&fixture, "a").len, 0);
    put(fixture.state, "other", "a", PL_STR("x"));
    assert_int_equal(pl_state_delete(fixture.state, AREA, PL_STR("a"), &was_there, &error), PL_OK);
    assert_true(was_there);
    assert_int_equal(pl_state_delete(fixture.state, AREA, PL_STR("a"), &was_there, &error), PL_OK);
    assert_false(was_there);
    assert_null(get(&fixture, "a").ptr);
    end(&fixture);
}

static enum pl_status add_name(struct pl_str name, struct pl_str value, void *context,
                               struct pl_error *error)
{
    char *names = context;

    (void)value;
    if (pl_str_equal_text(name, "stop"))
        return pl_error_set(error, PL_E_DATA, "stopped");
    (void)snprintf(names + strlen(names), PATH_SIZE - strlen(names), "%.*s ", PL_STR_ARG(name));
    return PL_OK;
}

static void all_of_an_area_are_visited_in_order(void **state)
{
    (void)state;
    struct fixture fixture = begin();
    struct pl_error error = {0};
    char names[PATH_SIZE] = "";

    put(fixture.state, AREA, "b", PL_STR("1"));
    put(fixture.state, AREA, "\xc3\xa9", PL_STR("1"));
    put(fixture.state, AREA, "B", PL_STR("1"));
    put(fixture.state, "another", "c", PL_STR("1"));
    put(fixture.state, AREA, "a", PL_STR("1"));
    assert_int_equal(pl_state_each(fixture.state, AREA, add_name, names, &error), PL_OK);
    assert_string_equal(names, "B a b \xc3\xa9 ");
    put(fixture.state, AREA, "stop", PL_STR("1"));
    names[0] = '\0';
    assert_int_equal(pl_state_each(fixture.state, AREA, add_name, names, &error), PL_E_DATA);
    assert_string_equal(names, "B a b ");
    /* It can be written again after that. */
    put(fixture.state, AREA, "d", PL_STR("1"));
    end(&fixture);
}

static void too_long_names_and_values_are_refused(void **state)
{
    (void)state;
    struct fixture fixture = begin();
    struct pl_error error = {0};
    char *large = calloc(1, PL_STATE_VALUE_SIZE_BYTES_MAX + 1);

    assert_non_null(large);
    memset(large, 'x', PL_STATE_VALUE_SIZE_BYTES_MAX + 1);
    put(fixture.state, AREA, "a", (struct pl_str){large, PL_STATE_VALUE_SIZE_BYTES_MAX});
    assert_int_equal(get(&fixture, "a").len, PL_STATE_VALUE_SIZE_BYTES_MAX);
    assert_int_equal(pl_state_put(fixture.state, AREA, PL_STR("a"),
                                  (struct pl_str){large, PL_STATE_VALUE_SIZE_BYTES_MAX + 1},
                                  &error),
                     PL_E_LIMIT);
    assert_int_equal(pl_state_put(fixture.state, AREA,
                                  (struct pl_str){large, PL_STATE_NAME_SIZE_BYTES_MAX + 1},
                                  PL_STR("1"), &error),
                     PL_E_LIMIT);
    free(large);
    end(&fixture);
}

static void the_version_grows_with_every_change_but_quiet_ones(void **state)
{
    (void)state;
    struct fixture fixture = begin();
    struct pl_state *other = open_good(&fixture);
    struct pl_error error = {0};
    bool was_there = false;
    uint64_t last = version(other);

    put(fixture.state, AREA, "a", PL_STR("1"));
    assert_true(version(other) > last);
    assert_int_equal(version(other), version(fixture.state));
    last = version(other);
    put(fixture.state, AREA, "a", PL_STR("2"));
    assert_true(version(other) > last);
    last = version(other);
    put(fixture.state, "~quiet", "a", PL_STR("2"));
    assert_int_equal(pl_state_delete(fixture.state, AREA, PL_STR("none"), &was_there, &error),
                     PL_OK);
    assert_int_equal(version(other), last);
    assert_int_equal(pl_state_delete(fixture.state, AREA, PL_STR("a"), &was_there, &error), PL_OK);
    assert_true(version(other) > last);
    pl_state_close(other);
    end(&fixture);
}

static void changes_are_seen_when_they_are_committed_and_all_at_once(void **state)
{
    (void)state;
    struct fixture fixture = begin();
    struct fixture reader = {.state = open_good(&fixture)};
    struct pl_error error = {0};

    pl_arena_init(&reader.arena, (size_t)16 << 20);
    put(fixture.state, AREA, "a", PL_STR("1"));

    const uint64_t before = version(reader.state);

    assert_int_equal(pl_state_begin(fixture.state, &error), PL_OK);
    put(fixture.state, AREA, "a", PL_STR("2"));
    put(fixture.state, AREA, "b", PL_STR("2"));
    assert_true(pl_str_equal_text(get(&fixture, "a"), "2"));
    assert_true(pl_str_equal_text(get(&reader, "a"), "1"));
    assert_int_equal(version(reader.state), before);
    pl_state_rollback(fixture.state);
    assert_true(pl_str_equal_text(get(&fixture, "a"), "1"));
    assert_int_equal(version(fixture.state), before);
    pl_state_rollback(fixture.state); /* nothing was begun */
    assert_int_equal(pl_state_begin(fixture.state, &error), PL_OK);
    put(fixture.state, AREA, "a", PL_STR("3"));
    put(fixture.state, AREA, "b", PL_STR("3"));
    assert_int_equal(pl_state_commit(fixture.state, &error), PL_OK);
    assert_true(pl_str_equal_text(get(&reader, "a"), "3"));
    assert_true(pl_str_equal_text(get(&reader, "b"), "3"));
    assert_true(version(reader.state) > before);
    pl_state_close(reader.state);
    pl_arena_deinit(&reader.arena);
    end(&fixture);
}

static void it_is_for_its_owner_only(void **state)
{
    (void)state;
    struct fixture fixture = begin();
    struct stat about;

    assert_int_equal(stat(fixture.path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    pl_state_close(fixture.state);
    assert_int_equal(chmod(fixture.path, 0644), 0);
    fixture.state = open_good(&fixture);
    assert_int_equal(stat(fixture.path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    end(&fixture);
}

/* ---- files that are none ---- */

/* Opens it, expects that to fail, and that the error names the file. */
static void expect_failure(const struct fixture *fixture, enum pl_status expected,
                           const char *words)
{
    struct pl_state *state = NULL;
    struct pl_error error = {0};

    assert_int_equal(pl_state_open(fixture->path, &state, &error), expected);
    assert_null(state);
    if (strstr(error.message, words) == NULL || strstr(error.message, fixture->path) == NULL)
        fail_msg("not about %s: %s", words, error.message);
}

/* Writes over a part of the file. */
static void overwrite(const struct fixture *fixture, off_t at, const void *bytes, size_t size)
{
    const int fd = open(fixture->path, O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, size, at), size);
    assert_int_equal(close(fd), 0);
}

static void what_is_no_state_is_refused_and_left_alone(void **state)
{
    (void)state;
    struct fixture fixture = begin_closed();
    static const char TEXT[] = "This is a text, and no state at all. It is long enough to be read "
                               "as the head of a database, which has a hundred bytes.";
    char again[sizeof TEXT] = "";

    overwrite(&fixture, 0, TEXT, sizeof TEXT);
    expect_failure(&fixture, PL_E_CORRUPT, "no state of Plimsoll");

    const int fd = open(fixture.path, O_RDONLY);

    assert_int_equal(read(fd, again, sizeof again), sizeof TEXT);
    assert_int_equal(close(fd), 0);
    assert_string_equal(again, TEXT);
    end(&fixture);
}

/* The head of a file of SQLite: the version of the schema at 60, the application at 68, big-endian. */
static void states_of_a_newer_plimsoll_and_of_other_programs_are_refused(void **state)
{
    (void)state;
    struct fixture fixture = begin();

    put(fixture.state, AREA, "a", PL_STR("1"));
    pl_state_close(fixture.state);
    fixture.state = NULL;
    overwrite(&fixture, 60, "\0\0\0\x63", 4);
    expect_failure(&fixture, PL_E_UNSUPPORTED, "layout 99");
    overwrite(&fixture, 60, "\0\0\0\x01", 4);
    overwrite(&fixture, 68, "abcd", 4);
    expect_failure(&fixture, PL_E_CORRUPT, "another program");
    end(&fixture);
}

static void a_damaged_page_is_noticed_when_it_is_opened(void **state)
{
    (void)state;
    struct fixture fixture = begin();
    static const char RUBBISH[64] = "rubbish";

    put(fixture.state, AREA, "a", PL_STR("1"));
    pl_state_close(fixture.state);
    fixture.state = NULL;
    overwrite(&fixture, 4096, RUBBISH, sizeof RUBBISH); /* the second page */
    expect_failure(&fixture, PL_E_CORRUPT, "damaged");
    end(&fixture);
}

/* ---- several processes ---- */

struct board {
    atomic_uint_fast64_t commits;
};

static struct board *board_new(void)
{
    struct board *board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(board != MAP_FAILED);
    return board;
}

/* Adds one to two values, as one change; false: something failed. */
static bool count_both(struct pl_state *state, struct pl_arena *arena)
{
    static const char *const NAMES[] = {"first", "second"};
    struct pl_error error = {0};

    if (pl_state_begin(state, &error) != PL_OK)
        return false;
    for (size_t i = 0; i < 2; i++) {
        struct pl_str value = {0};
        uint64_t count = 0;
        char text[32];

        if (pl_state_get(state, AREA, pl_str_of(NAMES[i]), arena, &value, &error) != PL_OK ||
            (value.ptr != NULL && !pl_str_to_uint64(value, &count)))
            return false;
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)count + 1);
        if (pl_state_put(state, AREA, pl_str_of(NAMES[i]), pl_str_of(text), &error) != PL_OK)
            return false;
    }
    return pl_state_commit(state, &error) == PL_OK;
}

/* In a process of its own; `counts` 0: without end. */
_Noreturn static void count_up(const struct fixture *fixture, struct board *board, uint64_t counts)
{
    struct pl_state *state = NULL;
    struct pl_error error = {0};

    if (pl_state_open(fixture->path, &state, &error) != PL_OK)
        _exit(2);
    for (uint64_t i = 0; counts == 0 || i < counts; i++) {
        struct pl_arena arena;

        pl_arena_init(&arena, 1 << 20);
        if (!count_both(state, &arena))
            _exit(3);
        pl_arena_deinit(&arena);
        (void)atomic_fetch_add(&board->commits, 1);
    }
    pl_state_close(state);
    _exit(0);
}

static pid_t begin_counting(const struct fixture *fixture, struct board *board, uint64_t counts)
{
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        count_up(fixture, board, counts);
    return child;
}

/* Both values; they must be the same. */
static uint64_t counted(struct fixture *fixture)
{
    uint64_t first = 0, second = 0;

    fixture->state = open_good(fixture);

    const struct pl_str texts[] = {get(fixture, "first"), get(fixture, "second")};

    pl_state_close(fixture->state);
    fixture->state = NULL;
    if (texts[0].ptr == NULL && texts[1].ptr == NULL)
        return 0;
    assert_true(pl_str_to_uint64(texts[0], &first));
    assert_true(pl_str_to_uint64(texts[1], &second));
    assert_int_equal(first, second);
    return first;
}

/* They begin where there is no file yet, so that they also make it at the same time. */
static void processes_that_change_the_same_lose_nothing(void **state)
{
    (void)state;
    struct fixture fixture = begin_closed();
    struct board *board = board_new();
    pid_t children[PROCESSES];

    for (size_t i = 0; i < PROCESSES; i++)
        children[i] = begin_counting(&fixture, board, COUNTS);
    for (size_t i = 0; i < PROCESSES; i++) {
        int status = 0;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    assert_int_equal(counted(&fixture), PROCESSES * COUNTS);
    (void)munmap(board, sizeof *board);
    end(&fixture);
}

static void a_kill_leaves_what_was_committed_and_no_half_of_a_change(void **state)
{
    (void)state;
    struct fixture fixture = begin_closed();
    struct board *board = board_new();
    uint64_t before = 0;

    for (uint64_t round = 0; round < KILLS; round++) {
        atomic_store(&board->commits, 0);

        const pid_t child = begin_counting(&fixture, board, 0);
        int status = 0;

        for (int waits = 0; atomic_load(&board->commits) < round % 5 && waits < WAITS_MAX; waits++)
            (void)usleep(1000);
        for (volatile uint64_t turns = 0; turns < round * 40000; turns++)
            ;
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));

        const uint64_t now = counted(&fixture), commits = atomic_load(&board->commits);

        assert_true(commits >= round % 5);
        assert_true(now == before + commits || now == before + commits + 1);
        before = now;
    }
    assert_true(before > 0);
    (void)munmap(board, sizeof *board);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_there_until_it_is_deleted),
        cmocka_unit_test(all_of_an_area_are_visited_in_order),
        cmocka_unit_test(too_long_names_and_values_are_refused),
        cmocka_unit_test(the_version_grows_with_every_change_but_quiet_ones),
        cmocka_unit_test(changes_are_seen_when_they_are_committed_and_all_at_once),
        cmocka_unit_test(it_is_for_its_owner_only),
        cmocka_unit_test(what_is_no_state_is_refused_and_left_alone),
        cmocka_unit_test(states_of_a_newer_plimsoll_and_of_other_programs_are_refused),
        cmocka_unit_test(a_damaged_page_is_noticed_when_it_is_opened),
        cmocka_unit_test(processes_that_change_the_same_lose_nothing),
        cmocka_unit_test(a_kill_leaves_what_was_committed_and_no_half_of_a_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
