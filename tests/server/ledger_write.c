/*
 * Writes records into a ledger, for tests that need traffic without a server:
 *
 *     ledger_write FOLDER [RECORDS_IN_A_BLOCK [SEGMENT_SIZE_BYTES]] < RECORDS
 *
 * Each line of the input is `KIND TIME_MS BODY`. A block is committed after so many records (1000), and at the end.
 */
#include "ledger/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum pl_status append(struct pl_ledger_writer *writer, char *line, size_t length,
                             struct pl_error *error)
{
    char *time = memchr(line, ' ', length);
    char *body = time == NULL ? NULL : strchr(time + 1, ' ');

    if (body == NULL)
        return pl_error_set(error, PL_E_USAGE, "a line is not KIND TIME_MS BODY: %.80s", line);
    *time = '\0';
    body++;
    length -= (size_t)(body - line);
    if (length > 0 && body[length - 1] == '\n')
        length--;
    return pl_ledger_append(writer, line, strtoull(time + 1, NULL, 10),
                            (struct pl_str){body, length}, error);
}

static enum pl_status write_all(struct pl_ledger_writer *writer, long block, struct pl_error *error)
{
    char *line = NULL;
    size_t size = 0;
    long count = 0;
    enum pl_status status = PL_OK;

    for (ssize_t length; status == PL_OK && (length = getline(&line, &size, stdin)) > 0;) {
        status = append(writer, line, (size_t)length, error);
        if (status == PL_OK && ++count % block == 0)
            status = pl_ledger_commit(writer, NULL, error);
    }
    free(line);
    if (status == PL_OK && count % block != 0)
        status = pl_ledger_commit(writer, NULL, error);
    return status;
}

int main(int argc, char **argv)
{
    const struct pl_ledger_options options = {
        .lock_wait_ms = 10000,
        .segment_size_bytes_max = argc > 3 ? strtoull(argv[3], NULL, 10) : 0,
    };
    struct pl_ledger_writer *writer = NULL;
    struct pl_error error = {0};

    if (argc < 2)
        return 2;

    enum pl_status status = pl_ledger_open(argv[1], &options, &writer, &error);

    if (status == PL_OK)
        status = write_all(writer, argc > 2 ? strtol(argv[2], NULL, 10) : 1000, &error);
    pl_ledger_close(writer);
    if (status != PL_OK)
        (void)fprintf(stderr, "ledger_write: %s\n", error.message);
    return status == PL_OK ? 0 : 1;
}
