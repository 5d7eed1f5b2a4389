/*
 * The law of a flag's store: the state is what the changes in the ledger make of nothing, their versions run
 * from 1 without a gap, and a change that was acknowledged is among them. It holds whoever dies, at whichever
 * operation on the disk, and however many processes change the flag at once. What is expected is kept by a
 * second model of the flag, below. The seed is printed; FLAG_SEED sets another one.
 */
#include "base/rng.h"
#include "gateway/flag_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATH_SIZE            256
#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)
#define CHANGES_MAX          4096
#define STAGES               4
#define FEATURE              "answers"

static const char *const SLICES[] = {"language=hi", "language=sw", "language=hi * plan=free"};
#define SLICES_COUNT 3

/* ---- dying at the n-th operation that changes a file ---- */

enum death { BEFORE, HALF, AFTER, DEATHS };

static int countdown; /* 0: nobody dies */
static enum death death;

/* Whether this is the operation; before it, the process may die here. */
static bool is_the_one(void)
{
    if (countdown == 0 || --countdown > 0)
        return false;
    if (death == BEFORE)
        (void)kill(getpid(), SIGKILL);
    return true;
}

static long then_die(bool it, long result)
{
    if (it)
        (void)kill(getpid(), SIGKILL);
    return result;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    const bool it = is_the_one();

    return then_die(
        it, syscall(SYS_pwrite64, fd, bytes, it && death == HALF ? size / 2 : size, offset));
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    return syscall(SYS_write, fd, bytes, size); /* talk and locks; files are written at a place */
}

int fdatasync(int fd)
{
    const bool it = is_the_one();

    return (int)then_die(it, syscall(SYS_fdatasync, fd));
}

int fsync(int fd)
{
    const bool it = is_the_one();

    return (int)then_die(it, syscall(SYS_fsync, fd));
}

int renameat(int old_folder, const char *from, int new_folder, const char *to)
{
    const bool it = is_the_one();

    return (int)then_die(it, syscall(SYS_renameat2, old_folder, from, new_folder, to, 0));
}

int ftruncate(int fd, off_t size)
{
    const bool it = is_the_one();

    return (int)then_die(it, syscall(SYS_ftruncate, fd, size));
}

/* ---- a folder, and a store in it ---- */

struct place {
    char folder[PATH_SIZE];
    char state[PATH_SIZE + 16];
    char ledger[PATH_SIZE + 16];
    char blocked[PATH_SIZE + 16]; /* a ledger that nobody can open: its parent is a file */
};

static void place_make(struct place *place)
{
    const char *parent = getenv("TMPDIR");
    char file[PATH_SIZE + 16];
    int fd;

    (void)snprintf(place->folder, sizeof place->folder, "%s/plimsoll-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->state, sizeof place->state, "%s/state.db", place->folder);
    (void)snprintf(place->ledger, sizeof place->ledger, "%s/ledger", place->folder);
    (void)snprintf(place->blocked, sizeof place->blocked, "%s/file/ledger", place->folder);
    (void)snprintf(file, sizeof file, "%s/file", place->folder);
    fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
}

static void folder_remove(const char *path)
{
    DIR *folder = opendir(path);

    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char inner[2 * PATH_SIZE];

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR)
            folder_remove(inner);
        else
            assert_int_equal(unlink(inner), 0);
    }
    (void)closedir(folder);
    assert_int_equal(rmdir(path), 0);
}

/* ---- the second model ---- */

struct model {
    bool killed;
    double share; /* 1: none by hand */
    uint32_t stage;
    bool dark[SLICES_COUNT];
    uint64_t version;
    char why[64];
};

static size_t slice_index(struct pl_str slice)
{
    for (size_t i = 0; i < SLICES_COUNT; i++)
        if (pl_str_equal_text(slice, SLICES[i]))
            return i;
    fail_msg("an unknown slice");
    return 0;
}

static void model_apply(struct model *model, const struct pl_flag_change *change)
{
    const char *act = pl_flag_act_name(change->act);

    if (strcmp(act, "off") == 0 || strcmp(act, "on") == 0)
        model->killed = act[1] == 'f';
    if (strcmp(act, "share") == 0)
        model->share = change->share;
    if (strcmp(act, "stage") == 0) {
        model->stage = change->stage;
        model->share = 1.0;
    }
    if (strncmp(act, "slice_", 6) == 0)
        model->dark[slice_index(change->slice)] = strcmp(act, "slice_off") == 0;
    model->version = change->version;
    (void)snprintf(model->why, sizeof model->why, "%.*s", PL_STR_ARG(change->why));
}

static void assert_is_model(const struct pl_flag_state_now *now, const struct model *model)
{
    bool dark[SLICES_COUNT] = {false};

    for (size_t i = 0; i < now->off_in.count; i++)
        dark[slice_index(now->off_in.items[i])] = true;
    assert_int_equal(now->killed, model->killed);
    assert_true((now->has_share ? now->share : 1.0) == model->share);
    assert_int_equal(now->stage, model->stage);
    assert_memory_equal(dark, model->dark, sizeof dark);
    assert_int_equal(now->version, model->version);
    assert_true(pl_str_equal_text(now->why, model->why));
}

/* What the ledger says happened. */
struct history {
    struct pl_arena *arena;
    struct model model;
    char whys[CHANGES_MAX][24];
    size_t count;
};

static enum pl_status visit(const struct pl_ledger_record *record, void *context,
                            struct pl_error *error)
{
    struct history *history = context;
    struct pl_flag_change change;
    struct pl_str feature;

    PL_RETURN_IF(pl_flag_change_read(record->body, history->arena, &feature, &change, error));
    assert_true(pl_str_equal_text(record->kind, "flag"));
    assert_true(history->count < CHANGES_MAX);
    (void)snprintf(history->whys[history->count++], sizeof history->whys[0], "%.*s",
                   PL_STR_ARG(change.why));
    /* From 1, one by one, in the order of the chain. */
    assert_int_equal(change.version, history->count);
    model_apply(&history->model, &change);
    return PL_OK;
}

static size_t count_of(const struct history *history, const char *why)
{
    size_t count = 0;

    for (size_t i = 0; i < history->count; i++)
        count += strcmp(history->whys[i], why) == 0;
    return count;
}

/* Opens everything anew, as a program does that starts, and holds the law against it. */
static void assert_law(const struct place *place, struct history *ret_history)
{
    struct pl_error error = {0};
    struct pl_ledger_check check = {0};
    struct pl_flag_state_now now, again;
    struct pl_arena arena;
    struct pl_flag_store store = {.ledger_folder = place->ledger, .feature = PL_STR(FEATURE)};

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    *ret_history = (struct history){.arena = &arena, .model = {.share = 1.0}};
    if (pl_state_open(place->state, &store.state, &error) != PL_OK ||
        pl_flag_reconcile(&store, &arena, &now, &error) != PL_OK ||
        pl_flag_store_get(&store, &arena, &again, &error) != PL_OK)
        fail_msg("%s", error.message);
    if (access(place->ledger, F_OK) == 0) {
        assert_int_equal(pl_ledger_verify(place->ledger, NULL, visit, ret_history, &check, &error),
                         PL_OK);
        assert_int_equal(check.bad_block, 0);
    }
    assert_is_model(&now, &ret_history->model);
    assert_is_model(&again, &ret_history->model);
    ret_history->arena = NULL;
    pl_state_close(store.state);
    pl_arena_deinit(&arena);
}

/* ---- changes ---- */

static struct pl_flag_change random_change(struct pl_rng *rng, const char *why)
{
    struct pl_flag_change change = {.act = (enum pl_flag_act)pl_rng_below(rng, 6),
                                    .who = PL_STR("somebody"),
                                    .why = pl_str_of(why)};

    change.share = (double)pl_rng_below(rng, 5) / 4.0;
    change.stage = (uint32_t)pl_rng_below(rng, STAGES);
    change.slice = pl_str_of(SLICES[pl_rng_below(rng, SLICES_COUNT)]);
    return change;
}

/* Makes a change as a command does; in a child, which has nothing open. Returns its status. */
static enum pl_status make(const struct place *place, const char *ledger,
                           const struct pl_flag_change *change, struct pl_error *error)
{
    struct pl_flag_store store = {.ledger_folder = ledger, .feature = PL_STR(FEATURE)};
    struct pl_flag_state_now now;
    struct pl_flag_done done;
    struct pl_arena arena;
    enum pl_status status = pl_state_open(place->state, &store.state, error);
    struct pl_flag_change one = *change;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    if (status == PL_OK && !one.forced)
        status = pl_flag_reconcile(&store, &arena, &now, error);
    if (status == PL_OK) {
        one.version = one.forced ? 0 : now.version + 1;
        status = pl_flag_store_change(&store, &arena, &one, &done, error);
    }
    pl_state_close(store.state);
    pl_arena_deinit(&arena);
    return status;
}

static uint64_t the_seed(void)
{
    const char *text = getenv("FLAG_SEED");

    return text == NULL ? 20260101 : strtoull(text, NULL, 10);
}

/* Whether the child came to its end; else it died as it was to. */
static bool ended(pid_t child)
{
    int status = 0;

    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGKILL);
        return false;
    }
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}

/* ---- the laws ---- */

/* All changes in a row, each in a process that dies at its n-th operation, n = 1, 2, … until one lives. */
static void a_crash_at_any_operation_leaves_all_of_a_change_or_nothing(void **state)
{
    static struct history before, after;
    struct pl_rng rng;

    (void)state;
    pl_rng_init(&rng, the_seed(), 1);
    for (int d = 0; d < DEATHS; d++) {
        struct place place;
        bool lived = false;
        int n = 0;

        place_make(&place);
        assert_law(&place, &before);
        while (!lived) {
            char why[24];
            const int length = snprintf(why, sizeof why, "%d.%d", d, ++n);
            struct pl_flag_change change = random_change(&rng, why);

            assert_true(length > 0 && n < 1000);
            const pid_t child = fork();

            assert_true(child >= 0);
            if (child == 0) {
                death = (enum death)d;
                countdown = n;
                _exit(make(&place, place.ledger, &change, NULL) == PL_OK ? 0 : 1);
            }
            lived = ended(child);
            assert_law(&place, &after);
            assert_in_range(after.count, before.count + lived, before.count + 1);
            assert_int_equal(count_of(&after, why), after.count - before.count);
            before = after;
        }
        /* Two commits of the state and one of the ledger are more than a handful. */
        assert_true(n > 10);
        print_message("died at %d operations, way %d\n", n - 1, d);
        folder_remove(place.folder);
    }
}

/* The same of a kill that is forced where the ledger cannot be opened, after a change that was left half
   done wherever it was: both are on the record in the end, and the flag is killed. */
static void a_forced_kill_is_never_lost(void **state)
{
    static struct history history;
    struct pl_rng rng;
    bool lived = false;

    (void)state;
    pl_rng_init(&rng, the_seed(), 2);
    for (int n = 1; !lived; n++) {
        struct pl_flag_change first = random_change(&rng, "first");
        const struct pl_flag_change forced = {.act = PL_FLAG_ACT_OFF,
                                              .who = PL_STR("somebody"),
                                              .why = PL_STR("forced"),
                                              .forced = true};
        struct pl_error error = {0};
        struct place place;
        pid_t child;

        place_make(&place);
        child = fork();
        if (child == 0) {
            death = AFTER;
            countdown = n;
            _exit(make(&place, place.ledger, &first, NULL) == PL_OK ? 0 : 1);
        }
        lived = ended(child);
        assert_int_equal(make(&place, place.blocked, &forced, &error), PL_OK);
        /* Not twice: the first is to be recorded yet, and the flag is killed. */
        assert_int_equal(make(&place, place.blocked, &forced, &error), PL_E_BUSY);
        assert_law(&place, &history);
        assert_true(history.model.killed);
        assert_int_equal(count_of(&history, "forced"), 1);
        assert_in_range(count_of(&history, "first"), lived, 1);
        folder_remove(place.folder);
    }
}

/* One process of many: changes until its time is up, and tells each that was acknowledged. */
static void change_and_tell(const struct place *place, uint64_t stream, int changes, int fd)
{
    struct pl_rng rng;

    pl_rng_init(&rng, the_seed(), stream);
    for (int i = 0; i < changes; i++) {
        struct pl_error error = {0};
        char why[24] = "";
        const int length = snprintf(why, sizeof why, "%llu.%d", (unsigned long long)stream, i);
        struct pl_flag_change change = random_change(&rng, why);
        const bool past = pl_rng_below(&rng, 8) == 0;
        enum pl_status status;

        if (length <= 0)
            _exit(4);
        if (past) {
            change.act = PL_FLAG_ACT_OFF;
            change.forced = true;
        }
        status = make(place, past ? place->blocked : place->ledger, &change, &error);
        if (status != PL_OK && status != PL_E_BUSY) {
            (void)fprintf(stderr, "%s\n", error.message);
            _exit(3);
        }
        if (status == PL_OK && write(fd, why, sizeof why) != (ssize_t)sizeof why)
            _exit(5);
    }
    _exit(0);
}

static void sleep_us(uint64_t us)
{
    const struct timespec time = {.tv_sec = (time_t)(us / 1000000),
                                  .tv_nsec = (long)(us % 1000000) * 1000};

    (void)nanosleep(&time, NULL);
}

/* Every change that was told is there once, and no change is there twice. */
static size_t assert_told(const struct history *history, int fd)
{
    char why[24];
    size_t told = 0;

    for (; read(fd, why, sizeof why) == (ssize_t)sizeof why; told++)
        assert_int_equal(count_of(history, why), 1);
    for (size_t i = 0; i < history->count; i++)
        assert_int_equal(count_of(history, history->whys[i]), 1);
    return told;
}

static void any_interleaving_of_processes_keeps_the_law(bool with_deaths)
{
    enum { PROCESSES = 4, CHANGES = 12, ROUNDS = 3 };
    static struct history history;
    struct place place;
    struct pl_rng rng;
    uint64_t stream = with_deaths ? 1000 : 100;
    int told[2];

    pl_rng_init(&rng, the_seed(), stream);
    place_make(&place);
    assert_int_equal(pipe(told), 0);
    for (int round = 0; round < ROUNDS; round++) {
        pid_t children[PROCESSES];

        for (int i = 0; i < PROCESSES; i++) {
            children[i] = fork();
            assert_true(children[i] >= 0);
            stream++;
            if (children[i] == 0)
                change_and_tell(&place, stream, CHANGES, told[1]);
        }
        for (int i = 0; with_deaths && i < PROCESSES; i++) {
            sleep_us(pl_rng_below(&rng, 100000));
            (void)kill(children[i], SIGKILL);
        }
        for (int i = 0; i < PROCESSES; i++)
            assert_true(ended(children[i]) || with_deaths);
        assert_law(&place, &history);
    }
    (void)close(told[1]);
    print_message("%zu changes, of which %zu were acknowledged\n", history.count,
                  assert_told(&history, told[0]));
    assert_true(history.count > (with_deaths ? 0 : PROCESSES * CHANGES));
    (void)close(told[0]);
    folder_remove(place.folder);
}

static void processes_at_once_keep_the_law(void **state)
{
    (void)state;
    any_interleaving_of_processes_keeps_the_law(false);
}

static void processes_that_are_killed_keep_the_law(void **state)
{
    (void)state;
    any_interleaving_of_processes_keeps_the_law(true);
}

/* Who polls the version sees one step for a change, and none for what comes before it is in force. */
static void the_version_of_the_state_counts_changes(void **state)
{
    const struct pl_flag_change change = {
        .act = PL_FLAG_ACT_OFF, .who = PL_STR("somebody"), .why = PL_STR("why")};
    struct pl_error error = {0};
    struct pl_state *open_state = NULL;
    struct place place;
    uint64_t before, after;

    (void)state;
    place_make(&place);
    assert_int_equal(pl_state_open(place.state, &open_state, &error), PL_OK);
    assert_int_equal(make(&place, place.ledger, &change, &error), PL_OK);
    assert_int_equal(pl_state_version(open_state, &before, &error), PL_OK);
    assert_int_equal(make(&place, place.ledger, &change, &error), PL_OK);
    assert_int_equal(pl_state_version(open_state, &after, &error), PL_OK);
    assert_int_equal(after, before + 1);
    pl_state_close(open_state);
    folder_remove(place.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_at_any_operation_leaves_all_of_a_change_or_nothing),
        cmocka_unit_test(a_forced_kill_is_never_lost),
        cmocka_unit_test(processes_at_once_keep_the_law),
        cmocka_unit_test(processes_that_are_killed_keep_the_law),
        cmocka_unit_test(the_version_of_the_state_counts_changes),
    };

    print_message("seed %llu\n", (unsigned long long)the_seed());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
