/*
 * The state in SQLite, whose header is included here only. One table of texts by area and name, and
 * one number that triggers count up, so that whoever changes a row (a person with the sqlite3 shell
 * as well) changes the version with it, in the same transaction.
 *
 * Layout n is made from layout n - 1 by step n of LAYOUT_STEPS; PRAGMA user_version says which one a
 * file has, PRAGMA application_id that it is ours. WAL with synchronous=FULL: a commit is one write
 * to the log and one sync; what a crash leaves behind without its commit record is not read.
 */
#include "state/state.h"

#include "base/file.h"
#include "line/line.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_WAIT_MS   5000
#define BUSY_STEP_MS   10
#define APPLICATION_ID "1886152046" /* "plm." */
#define PATH_SIZE      4096
#define OTHERS         (S_IRWXG | S_IRWXO)

static const char *const LAYOUT_STEPS[] = {
    "CREATE TABLE entry (area TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
    "  PRIMARY KEY (area, name)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE change (number INTEGER NOT NULL) STRICT;"
    "INSERT INTO change VALUES (1);"
    "CREATE TRIGGER entry_insert AFTER INSERT ON entry WHEN substr(new.area, 1, 1) <> '~'"
    "  BEGIN UPDATE change SET number = number + 1; END;"
    "CREATE TRIGGER entry_update AFTER UPDATE ON entry WHEN substr(new.area, 1, 1) <> '~'"
    "  BEGIN UPDATE change SET number = number + 1; END;"
    "CREATE TRIGGER entry_delete AFTER DELETE ON entry WHEN substr(old.area, 1, 1) <> '~'"
    "  BEGIN UPDATE change SET number = number + 1; END;",
};

#define LAYOUT ((int)(sizeof LAYOUT_STEPS / sizeof *LAYOUT_STEPS))

enum statement { GET, PUT, DELETE, VERSION, BEGIN, COMMIT, ROLLBACK, STATEMENTS_COUNT };

static const char *const STATEMENTS[STATEMENTS_COUNT] = {
    [GET] = "SELECT value FROM entry WHERE area = ?1 AND name = ?2",
    [PUT] = ("INSERT INTO entry (area, name, value) VALUES (?1, ?2, ?3)"
             " ON CONFLICT (area, name) DO UPDATE SET value = excluded.value"),
    [DELETE] = "DELETE FROM entry WHERE area = ?1 AND name = ?2",
    [VERSION] = "SELECT number FROM change",
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
};

static const char EACH[] = "SELECT name, value FROM entry WHERE area = ?1 ORDER BY name";

/* How every connection is set. */
static const char SETTINGS[] = "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;";

struct pl_state {
    char path[PATH_SIZE];
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS_COUNT];
};

/* ---- errors ---- */

/* What a result of SQLite means, and what may be done about it. */
static const struct failure {
    int code;
    enum pl_status status;
    const char *advice;
} FAILURES[] = {
    {SQLITE_BUSY, PL_E_BUSY, "another process is writing to it; try again"},
    {SQLITE_LOCKED, PL_E_BUSY, "another process is writing to it; try again"},
    {SQLITE_READONLY, PL_E_PERMISSION, "this account may not write to it or to its folder"},
    {SQLITE_CANTOPEN, PL_E_PERMISSION, "this account may not open it or write to its folder"},
    {SQLITE_PERM, PL_E_PERMISSION, "this account may not open it"},
    {SQLITE_AUTH, PL_E_PERMISSION, "this account may not open it"},
    {SQLITE_CORRUPT, PL_E_CORRUPT,
     "it is damaged; put a copy in its place, or move it away and make the keys again"},
    {SQLITE_NOTADB, PL_E_CORRUPT,
     "it is no state of Plimsoll; put a copy in its place, or move it away and make the keys "
     "again"},
    {SQLITE_FULL, PL_E_IO, "the disk is full"},
    {SQLITE_IOERR, PL_E_IO, "reading or writing failed"},
    {SQLITE_NOMEM, PL_E_MEMORY, "there is no memory left"},
    {SQLITE_TOOBIG, PL_E_LIMIT, "the value is too large"},
};

static enum pl_status fail(const struct pl_state *state, const char *what, struct pl_error *error)
{
    const int code = sqlite3_errcode(state->db) & 0xff;
    const int system_errno = sqlite3_system_errno(state->db);
    const struct failure *found = NULL;

    for (size_t i = 0; i < sizeof FAILURES / sizeof *FAILURES && found == NULL; i++)
        if (FAILURES[i].code == code)
            found = &FAILURES[i];
    if (found == NULL)
        return pl_error_set(error, PL_E_ENGINE, "cannot %s the state %s: SQLite says: %s", what,
                            state->path, sqlite3_errmsg(state->db));
    if (system_errno != 0 && (found->status == PL_E_PERMISSION || found->status == PL_E_IO))
        return pl_error_set(error, found->status, "cannot %s the state %s: %s: %s", what,
                            state->path, found->advice, strerror(system_errno));
    return pl_error_set(error, found->status, "cannot %s the state %s: %s (SQLite says: %s)", what,
                        state->path, found->advice, sqlite3_errmsg(state->db));
}

/* ---- statements ---- */

static enum pl_status execute(struct pl_state *state, const char *sql, const char *what,
                              struct pl_error *error)
{
    return sqlite3_exec(state->db, sql, NULL, NULL, NULL) == SQLITE_OK ? PL_OK
                                                                       : fail(state, what, error);
}

static void reset(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
}

/* Runs a statement without rows. */
static enum pl_status step(struct pl_state *state, enum statement which, const char *what,
                           struct pl_error *error)
{
    sqlite3_stmt *statement = state->statements[which];
    enum pl_status status = PL_OK;

    if (sqlite3_step(statement) != SQLITE_DONE)
        status = fail(state, what, error);
    reset(statement);
    return status;
}

static void bind(sqlite3_stmt *statement, int at, struct pl_str text)
{
    const int result = sqlite3_bind_text(statement, at, text.ptr == NULL ? "" : text.ptr,
                                         (int)text.len, SQLITE_STATIC);

    assert(result == SQLITE_OK); /* SQLITE_STATIC allocates nothing, and sizes were checked */
    (void)result;
}

static struct pl_str column(sqlite3_stmt *statement, int at)
{
    const unsigned char *text = sqlite3_column_text(statement, at);

    return (struct pl_str){(const char *)text, (size_t)sqlite3_column_bytes(statement, at)};
}

/* The whole number that a pragma or a select of one row gives. */
static enum pl_status read_number(struct pl_state *state, const char *sql, int64_t *ret_number,
                                  struct pl_error *error)
{
    sqlite3_stmt *statement = NULL;
    enum pl_status status = PL_OK;

    if (sqlite3_prepare_v2(state->db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        status = fail(state, "read", error);
    else
        *ret_number = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return status;
}

/* ---- the file ---- */

/* The path of a file of the state: its own ("") or one of SQLite's beside it ("-wal"). */
static bool path_beside(const struct pl_state *state, const char *end, char ret_path[PATH_SIZE])
{
    const int length = snprintf(ret_path, PATH_SIZE, "%s%s", state->path, end);

    return length > 0 && length < PATH_SIZE;
}

/* SQLite gives its files the mode of the first, so that one is made before, under another name: to
   close a file that another handle of this process has open would drop that handle's locks. */
static enum pl_status make_file(const struct pl_state *state, struct pl_error *error)
{
    char path[PATH_SIZE];

    if (pl_file_exists(state->path))
        return PL_OK;
    if (!path_beside(state, ".XXXXXX", path))
        return pl_error_set(error, PL_E_LIMIT, "the path of the state is too long: %s",
                            state->path);

    const int fd = mkstemp(path);

    if (fd == -1)
        return pl_error_errno(error, errno, "cannot make the state %s", state->path);
    (void)close(fd);

    const int linked = link(path, state->path);
    const int link_errno = errno;

    (void)unlink(path);
    return linked == 0 || link_errno == EEXIST
               ? PL_OK
               : pl_error_errno(error, link_errno, "cannot make the state %s", state->path);
}

/* Nobody else may read it: it holds the keys' hashes, and what they are made with. */
static enum pl_status close_to_others(const struct pl_state *state, struct pl_error *error)
{
    static const char *const ENDS[] = {"", "-wal", "-shm"};
    char path[PATH_SIZE];
    struct stat about;

    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        if (!path_beside(state, ENDS[i], path) || stat(path, &about) != 0 ||
            (about.st_mode & OTHERS) == 0)
            continue;
        if (chmod(path, about.st_mode & ~(mode_t)OTHERS & 07777) != 0)
            return pl_error_errno(error, errno,
                                  "others may read %s, which holds the hashes of keys, and its "
                                  "mode cannot be changed to 0600",
                                  path);
    }
    return PL_OK;
}

static enum pl_status make_folder(const char *path, struct pl_error *error)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_SIZE];

    if (slash == NULL || slash == path)
        return PL_OK;
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    return pl_folder_make(folder, error);
}

/* ---- opening ---- */

/* To change the way of writing, SQLite asks for the whole file, and does not wait for it. */
static enum pl_status set_wal(struct pl_state *state, struct pl_error *error)
{
    for (int waited_ms = 0;; waited_ms += BUSY_STEP_MS) {
        sqlite3_stmt *statement = NULL;
        int result =
            sqlite3_prepare_v2(state->db, "PRAGMA journal_mode = WAL", -1, &statement, NULL);

        if (result == SQLITE_OK)
            result = sqlite3_step(statement);

        const bool is_wal = result == SQLITE_ROW && pl_str_equal_text(column(statement, 0), "wal");

        (void)sqlite3_finalize(statement);
        if (is_wal)
            return PL_OK;
        if (result == SQLITE_ROW)
            return pl_error_set(error, PL_E_UNSUPPORTED,
                                "the file system of %s cannot share memory between processes, "
                                "which the state needs; keep it on a local disk",
                                state->path);
        if ((result & 0xff) != SQLITE_BUSY || waited_ms >= BUSY_WAIT_MS)
            return fail(state, "open", error);
        (void)sqlite3_sleep(BUSY_STEP_MS);
    }
}

static enum pl_status check_owner(struct pl_state *state, int64_t layout, struct pl_error *error)
{
    int64_t application = 0, tables = 0;

    PL_RETURN_IF(read_number(state, "PRAGMA application_id", &application, error));
    PL_RETURN_IF(read_number(state, "SELECT count(*) FROM sqlite_schema", &tables, error));
    if (application != strtoll(APPLICATION_ID, NULL, 10) && (layout != 0 || tables != 0))
        return pl_error_set(error, PL_E_CORRUPT,
                            "%s is no state of Plimsoll but a database of another program; move it "
                            "away, or name another file",
                            state->path);
    if (layout < 0 || layout > LAYOUT)
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "the state %s has layout %lld, and this plimsoll knows those up to %d; "
                            "use the newer plimsoll that made it",
                            state->path, (long long)layout, LAYOUT);
    return PL_OK;
}

/* Inside a transaction, so that of several processes one upgrades and the others find it done. */
static enum pl_status upgrade_steps(struct pl_state *state, struct pl_error *error)
{
    char pragma[64];
    int64_t layout = 0;

    PL_RETURN_IF(read_number(state, "PRAGMA user_version", &layout, error));
    PL_RETURN_IF(check_owner(state, layout, error));
    for (int64_t at = layout; at < LAYOUT; at++)
        PL_RETURN_IF(execute(state, LAYOUT_STEPS[at], "upgrade", error));
    (void)snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", LAYOUT);
    PL_RETURN_IF(execute(state, "PRAGMA application_id = " APPLICATION_ID, "upgrade", error));
    return execute(state, pragma, "upgrade", error);
}

static enum pl_status upgrade(struct pl_state *state, struct pl_error *error)
{
    int64_t layout = 0;

    PL_RETURN_IF(read_number(state, "PRAGMA user_version", &layout, error));
    PL_RETURN_IF(check_owner(state, layout, error));
    if (layout == LAYOUT)
        return PL_OK;
    PL_RETURN_IF(execute(state, "BEGIN IMMEDIATE", "upgrade", error));

    enum pl_status status = upgrade_steps(state, error);

    if (status == PL_OK)
        status = execute(state, "COMMIT", "upgrade", error);
    if (status != PL_OK)
        (void)sqlite3_exec(state->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* Pages that do not fit together are found now, and not in the middle of the night. */
static enum pl_status check_pages(struct pl_state *state, struct pl_error *error)
{
    sqlite3_stmt *statement = NULL;
    enum pl_status status = PL_OK;

    if (sqlite3_prepare_v2(state->db, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        status = fail(state, "read", error);
    else if (!pl_str_equal_text(column(statement, 0), "ok"))
        status = pl_error_set(error, PL_E_CORRUPT,
                              "the state %s is damaged; put a copy in its place, or move it away "
                              "and make the keys again (SQLite says: %.300s)",
                              state->path, column(statement, 0).ptr);
    (void)sqlite3_finalize(statement);
    return status;
}

static enum pl_status prepare(struct pl_state *state, struct pl_error *error)
{
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        if (sqlite3_prepare_v3(state->db, STATEMENTS[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &state->statements[i], NULL) != SQLITE_OK)
            return fail(state, "read", error);
    return PL_OK;
}

static enum pl_status open_database(struct pl_state *state, struct pl_error *error)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

    if (sqlite3_open_v2(state->path, &state->db, flags, NULL) != SQLITE_OK)
        return state->db == NULL ? pl_error_set(error, PL_E_MEMORY, "no memory left for the state")
                                 : fail(state, "open", error);
    (void)sqlite3_busy_timeout(state->db, BUSY_WAIT_MS);
    (void)sqlite3_limit(state->db, SQLITE_LIMIT_LENGTH, 2 * (int)PL_STATE_VALUE_SIZE_BYTES_MAX);
    PL_RETURN_IF(execute(state, SETTINGS, "open", error));
    PL_RETURN_IF(set_wal(state, error));
    PL_RETURN_IF(upgrade(state, error));
    PL_RETURN_IF(check_pages(state, error));
    return prepare(state, error);
}

static enum pl_status open_state(struct pl_state *state, struct pl_error *error)
{
    PL_RETURN_IF(make_folder(state->path, error));
    PL_RETURN_IF(make_file(state, error));
    PL_RETURN_IF(close_to_others(state, error));
    return open_database(state, error);
}

struct pl_str pl_state_file(const struct pl_line *line, struct pl_arena *arena)
{
    return pl_line_path(line, PL_STR(PL_STATE_FILE), arena);
}

enum pl_status pl_state_open(const char *path, struct pl_state **ret_state, struct pl_error *error)
{
    struct pl_state *state = NULL;

    if (strlen(path) >= sizeof state->path)
        return pl_error_set(error, PL_E_LIMIT, "the path of the state is too long: %.200s", path);
    state = calloc(1, sizeof *state);
    if (state == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the state");
    memcpy(state->path, path, strlen(path) + 1);

    const enum pl_status status = open_state(state, error);

    if (status != PL_OK)
        pl_state_close(state);
    else
        *ret_state = state;
    return status;
}

void pl_state_close(struct pl_state *state)
{
    if (state == NULL)
        return;
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        (void)sqlite3_finalize(state->statements[i]);
    (void)sqlite3_close(state->db);
    free(state);
}

/* ---- values ---- */

static enum pl_status check_place(const char *area, struct pl_str name, struct pl_error *error)
{
    assert(area[0] != '\0' && strlen(area) <= PL_STATE_AREA_LENGTH_MAX);
    if (name.len > PL_STATE_NAME_SIZE_BYTES_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "a name of %zu bytes is too long for the state, whose limit is %d",
                            name.len, PL_STATE_NAME_SIZE_BYTES_MAX);
    return PL_OK;
}

static sqlite3_stmt *statement_at(struct pl_state *state, enum statement which, const char *area,
                                  struct pl_str name)
{
    sqlite3_stmt *statement = state->statements[which];

    bind(statement, 1, pl_str_of(area));
    bind(statement, 2, name);
    return statement;
}

enum pl_status pl_state_get(struct pl_state *state, const char *area, struct pl_str name,
                            struct pl_arena *arena, struct pl_str *ret_value,
                            struct pl_error *error)
{
    PL_RETURN_IF(check_place(area, name, error));

    sqlite3_stmt *statement = statement_at(state, GET, area, name);
    const int result = sqlite3_step(statement);
    struct pl_str value = {0};
    enum pl_status status = PL_OK;

    if (result == SQLITE_ROW) {
        value = pl_arena_copy(arena, column(statement, 0));
        if (value.ptr == NULL)
            status = pl_arena_error(arena, "a value of the state", error);
    } else if (result != SQLITE_DONE) {
        status = fail(state, "read", error);
    }
    reset(statement);
    if (status == PL_OK)
        *ret_value = value;
    return status;
}

enum pl_status pl_state_put(struct pl_state *state, const char *area, struct pl_str name,
                            struct pl_str value, struct pl_error *error)
{
    PL_RETURN_IF(check_place(area, name, error));
    if (value.len > PL_STATE_VALUE_SIZE_BYTES_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "a value of %zu bytes is too large for the state, whose limit is %zu",
                            value.len, PL_STATE_VALUE_SIZE_BYTES_MAX);
    bind(statement_at(state, PUT, area, name), 3, value);
    return step(state, PUT, "write to", error);
}

enum pl_status pl_state_delete(struct pl_state *state, const char *area, struct pl_str name,
                               bool *ret_was_there, struct pl_error *error)
{
    PL_RETURN_IF(check_place(area, name, error));
    (void)statement_at(state, DELETE, area, name);
    PL_RETURN_IF(step(state, DELETE, "write to", error));
    *ret_was_there = sqlite3_changes(state->db) > 0;
    return PL_OK;
}

enum pl_status pl_state_each(struct pl_state *state, const char *area, pl_state_visit visit,
                             void *context, struct pl_error *error)
{
    enum pl_status status = PL_OK;
    sqlite3_stmt *statement = NULL;
    int result = SQLITE_DONE;

    /* A statement of its own for each call: a visit may ask for another area. */
    if (sqlite3_prepare_v2(state->db, EACH, -1, &statement, NULL) != SQLITE_OK)
        return fail(state, "read", error);
    bind(statement, 1, pl_str_of(area));
    while (status == PL_OK && (result = sqlite3_step(statement)) == SQLITE_ROW)
        status = visit(column(statement, 0), column(statement, 1), context, error);
    if (status == PL_OK && result != SQLITE_DONE)
        status = fail(state, "read", error);
    (void)sqlite3_finalize(statement);
    return status;
}

enum pl_status pl_state_version(struct pl_state *state, uint64_t *ret_version,
                                struct pl_error *error)
{
    sqlite3_stmt *statement = state->statements[VERSION];
    enum pl_status status = PL_OK;

    if (sqlite3_step(statement) == SQLITE_ROW)
        *ret_version = (uint64_t)sqlite3_column_int64(statement, 0);
    else
        status = fail(state, "read", error);
    reset(statement);
    return status;
}

/* ---- several changes as one ---- */

enum pl_status pl_state_begin(struct pl_state *state, struct pl_error *error)
{
    assert(sqlite3_get_autocommit(state->db));
    return step(state, BEGIN, "write to", error);
}

enum pl_status pl_state_commit(struct pl_state *state, struct pl_error *error)
{
    const enum pl_status status = step(state, COMMIT, "write to", error);

    if (status != PL_OK)
        pl_state_rollback(state);
    return status;
}

void pl_state_rollback(struct pl_state *state)
{
    if (!sqlite3_get_autocommit(state->db))
        (void)step(state, ROLLBACK, "write to", NULL);
}
