/*
 * How every fallible function reports: a status to branch on, and an error that is complete enough
 * to print as it stands. No memory is owned; safe in any thread (an error belongs to one caller).
 */
#ifndef PL_BASE_ERROR_H
#define PL_BASE_ERROR_H

#include <stdint.h>

/* The closed list. The comment says who causes it, and so who can mend it. */
enum pl_status {
    PL_OK = 0,
    PL_E_USAGE,       /* the person who typed the command: unknown option, missing argument */
    PL_E_LINE,        /* the author of the line: not YAML, an unknown key, a value out of bounds */
    PL_E_DATA,        /* the data: a column, a type, a value that cannot be judged */
    PL_E_NOT_FOUND,   /* a file, folder or record that should be there is not */
    PL_E_EXISTS,      /* something is there that must not be overwritten */
    PL_E_PERMISSION,  /* the operating system says no */
    PL_E_IO,          /* reading or writing failed for another reason, a full disk included */
    PL_E_BUSY,        /* another process holds it; trying again later may work */
    PL_E_LIMIT,       /* a declared maximum was reached; the message names it */
    PL_E_MEMORY,      /* the machine has no more memory to give */
    PL_E_CORRUPT,     /* stored bytes do not say what they said when they were written */
    PL_E_UNSUPPORTED, /* the engine or measure does not offer this */
    PL_E_ENGINE,      /* a library below us failed; its own words are in the message */
    PL_E_INTERRUPTED, /* the person pressed Ctrl-C, or a deadline passed */
};

#define PL_ERROR_MESSAGE_SIZE 1024
#define PL_ERROR_FILE_SIZE    512

/*
 * `line` and `column` count from 1; 0 means the error does not come from text. `file` is empty when
 * there is none. A zeroed struct is a valid "no error".
 */
struct pl_error {
    enum pl_status status;
    uint32_t line;
    uint32_t column;
    char file[PL_ERROR_FILE_SIZE];
    char message[PL_ERROR_MESSAGE_SIZE];
};

#define PL_MUST_CHECK __attribute__((warn_unused_result))
#define PL_FORMAT(format_index, first_index)                                                       \
    __attribute__((format(printf, format_index, first_index)))

/* Leaves the function with the status of `call` when it is not PL_OK. */
#define PL_RETURN_IF(call)                                                                         \
    do {                                                                                           \
        const enum pl_status pl_return_status_ = (call);                                           \
        if (pl_return_status_ != PL_OK)                                                            \
            return pl_return_status_;                                                              \
    } while (0)

/* Runs `function(&variable)` when the variable leaves its scope. */
#define PL_CLEANUP(function) __attribute__((cleanup(function)))

/*
 * Fills `error` (which may be NULL) and returns `status`, so that a caller can write
 * `return pl_error_set(error, PL_E_DATA, "…", …)`. A message that is too long is cut.
 */
enum pl_status pl_error_set(struct pl_error *error, enum pl_status status, const char *format, ...)
    PL_FORMAT(3, 4);

/* As pl_error_set, from errno: ENOENT becomes PL_E_NOT_FOUND and so on; ": <strerror>" is appended. */
enum pl_status pl_error_errno(struct pl_error *error, int errno_value, const char *format, ...)
    PL_FORMAT(3, 4);

/* Says where an error lies: file, and line and column (0 when not known). Returns error->status. */
enum pl_status pl_error_locate(struct pl_error *error, const char *file, uint32_t line,
                               uint32_t column);

/* The stable lower-case name of a status, as in JSON: "line", "data", "not_found". */
const char *pl_status_name(enum pl_status status);

#endif
