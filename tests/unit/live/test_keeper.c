/* Loading beside a server. The loader is a script, so that it does what the test says; what it did is in a file. */
#include "ledger_folder.h"

#include "live/keeper.h"

#include <pthread.h>

#define EVERY_MS     5
#define WAIT_SECONDS 60 /* for what must happen */

struct keeping {
    char folder[TEST_PATH_SIZE / 2];
    char script[TEST_PATH_SIZE];
    struct pl_live_keeper *keeper;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int loads;
    int failures;
    char message[PL_ERROR_MESSAGE_SIZE];
};

static void on_load(const struct pl_error *failure, void *context)
{
    struct keeping *keeping = context;

    (void)pthread_mutex_lock(&keeping->mutex);
    keeping->loads++;
    keeping->failures += failure != NULL;
    (void)snprintf(keeping->message, sizeof keeping->message, "%s",
                   failure == NULL ? "" : failure->message);
    (void)pthread_cond_signal(&keeping->changed);
    (void)pthread_mutex_unlock(&keeping->mutex);
}

static void wait_for(struct keeping *keeping, int loads)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_SECONDS;
    (void)pthread_mutex_lock(&keeping->mutex);
    while (keeping->loads < loads)
        assert_int_equal(pthread_cond_timedwait(&keeping->changed, &keeping->mutex, &until), 0);
    (void)pthread_mutex_unlock(&keeping->mutex);
}

static void begin(struct keeping *keeping, const char *script)
{
    struct test_file file = {.name = "loader.sh", .mode = 0700};
    char text[1024];

    *keeping = (struct keeping){0};
    (void)pthread_mutex_init(&keeping->mutex, NULL);
    (void)pthread_cond_init(&keeping->changed, NULL);
    test_folder_make(keeping->folder);
    (void)snprintf(text, sizeof text, "#!/bin/sh\ncd '%s' || exit 9\n%s\n", keeping->folder,
                   script);
    file.bytes = text;
    file.len = strlen(text);
    test_file_write(keeping->folder, &file);
    (void)snprintf(keeping->script, sizeof keeping->script, "%s/loader.sh", keeping->folder);
}

static void start(struct keeping *keeping)
{
    const struct pl_live_keeper_options options = {
        .program = keeping->script,
        .line = "the line.yaml",
        .ledger = keeping->folder,
        .every_ms = EVERY_MS,
        .on_load = on_load,
        .context = keeping,
    };
    struct pl_error error = {0};

    assert_int_equal(pl_live_keeper_start(&options, &keeping->keeper, &error), PL_OK);
}

static void end(struct keeping *keeping)
{
    pl_live_keeper_stop(keeping->keeper);
    test_folder_remove(keeping->folder);
    (void)pthread_cond_destroy(&keeping->changed);
    (void)pthread_mutex_destroy(&keeping->mutex);
}

static void assert_file(const struct keeping *keeping, const char *name, const char *text)
{
    struct test_file file;

    test_file_read(keeping->folder, name, &file);
    file.bytes[file.len] = '\0';
    assert_string_equal(file.bytes, text);
    free(file.bytes);
}

static void sleep_ms(long ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    (void)nanosleep(&pause, NULL);
}

static void it_loads_when_the_ledger_has_grown_and_only_then(void **state)
{
    struct keeping keeping;

    (void)state;
    begin(&keeping, "echo \"$1 $2 $3\" >>did");
    test_ledger_write(keeping.folder, 0, 1, 1);
    start(&keeping);
    wait_for(&keeping, 1);
    sleep_ms(20 * EVERY_MS); /* a load too many would be one within this time */
    assert_file(&keeping, "did", "ledger load the line.yaml\n");
    test_ledger_write(keeping.folder, 0, 1, 1);
    wait_for(&keeping, 2);
    assert_int_equal(keeping.failures, 0);
    pl_live_keeper_stop(keeping.keeper);
    keeping.keeper = NULL;
    assert_file(&keeping, "did", "ledger load the line.yaml\nledger load the line.yaml\n");
    end(&keeping);
}

static void an_empty_ledger_is_not_loaded(void **state)
{
    struct keeping keeping;

    (void)state;
    begin(&keeping, "echo x >>did");
    start(&keeping);
    sleep_ms(20 * EVERY_MS);
    pl_live_keeper_stop(keeping.keeper);
    keeping.keeper = NULL;
    assert_int_equal(keeping.loads, 0);
    end(&keeping);
}

static void a_load_that_fails_is_said_in_its_own_words_and_tried_again(void **state)
{
    struct keeping keeping;

    (void)state;
    begin(&keeping, "test -e did && exit 0\necho x >did\n"
                    "echo 'plimsoll: the disk\nis full' >&2\nexit 2");
    test_ledger_write(keeping.folder, 0, 1, 1);
    start(&keeping);
    wait_for(&keeping, 2);
    pl_live_keeper_stop(keeping.keeper);
    keeping.keeper = NULL;
    assert_int_equal(keeping.failures, 1);
    assert_int_equal(keeping.loads, 2);
    end(&keeping);
}

static void what_a_load_says_is_kept_as_far_as_an_error_goes(void **state)
{
    struct keeping keeping;

    (void)state;
    begin(&keeping, "echo 'plimsoll: the disk\nis full' >&2\n"
                    "i=0; while [ $i -lt 20000 ]; do echo more; i=$((i+1)); done >&2\nexit 2");
    test_ledger_write(keeping.folder, 0, 1, 1);
    start(&keeping);
    wait_for(&keeping, 1);
    pl_live_keeper_stop(keeping.keeper);
    keeping.keeper = NULL;
    assert_non_null(strstr(keeping.message, "was not loaded: plimsoll: the disk is full more"));
    end(&keeping);
}

static void a_program_that_is_not_there_is_a_failure(void **state)
{
    struct keeping keeping;

    (void)state;
    begin(&keeping, "exit 0");
    test_ledger_write(keeping.folder, 0, 1, 1);
    (void)strcat(keeping.script, ".not");
    start(&keeping);
    wait_for(&keeping, 1);
    pl_live_keeper_stop(keeping.keeper);
    keeping.keeper = NULL;
    assert_non_null(strstr(keeping.message, "cannot run"));
    end(&keeping);
}

static void stopping_ends_a_load_that_hangs(void **state)
{
    struct keeping keeping;
    char path[TEST_PATH_SIZE + 8];

    (void)state;
    begin(&keeping, "echo x >did\nexec sleep 1000");
    test_ledger_write(keeping.folder, 0, 1, 1);
    start(&keeping);
    (void)snprintf(path, sizeof path, "%.300s/did", keeping.folder);
    for (int i = 0; i < 1000 * WAIT_SECONDS && access(path, F_OK) != 0; i++)
        sleep_ms(1);
    assert_int_equal(access(path, F_OK), 0);
    pl_live_keeper_stop(keeping.keeper);
    keeping.keeper = NULL;
    assert_int_equal(keeping.loads, 0);
    end(&keeping);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_loads_when_the_ledger_has_grown_and_only_then),
        cmocka_unit_test(an_empty_ledger_is_not_loaded),
        cmocka_unit_test(a_load_that_fails_is_said_in_its_own_words_and_tried_again),
        cmocka_unit_test(what_a_load_says_is_kept_as_far_as_an_error_goes),
        cmocka_unit_test(a_program_that_is_not_there_is_a_failure),
        cmocka_unit_test(stopping_ends_a_load_that_hangs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
