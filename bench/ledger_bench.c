/*
 * How fast the ledger takes records that are committed in groups, every sync included. Prints one
 * JSON line; the numbers mean something only together with the disk that FOLDER lies on.
 *
 *   ledger_bench FOLDER [RECORDS [RECORDS_PER_BLOCK [SEGMENT_BYTES_MAX]]]
 *   ledger_bench --verify FOLDER    how fast it is read and checked, and whether it holds
 */
#include "base/file.h"
#include "ledger/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Four numbers at most, in the order of the command line. */
struct plan {
    const char *folder;
    uint64_t records;
    uint64_t records_per_block;
    uint64_t segment_size_bytes_max;
};

static int fail(const char *what, const struct pl_error *error)
{
    (void)fprintf(stderr, "ledger_bench: %s: %s\n", what, error->message);
    return 1;
}

static bool read_plan(int count, char **arguments, struct plan *plan)
{
    uint64_t *const numbers[] = {&plan->records, &plan->records_per_block,
                                 &plan->segment_size_bytes_max};

    if (count < 2 || count > 5)
        return false;
    plan->folder = arguments[1];
    for (int i = 2; i < count; i++)
        if (!pl_str_to_uint64(pl_str_of(arguments[i]), numbers[i - 2]))
            return false;
    return plan->records_per_block > 0;
}

/* A decision of about 300 bytes, as a record line. */
static size_t write_body(uint64_t number, char ret_body[512])
{
    return (size_t)snprintf(
        ret_body, 512,
        "{\"decision\":\"d-%012" PRIu64 "\",\"feature\":\"support-answers\",\"model\":\"small-8b\","
        "\"confidence\":0.%04" PRIu64 ",\"latency_ms\":%" PRIu64 ",\"tokens\":{\"input\":%" PRIu64
        ",\"output\":%" PRIu64 "},\"segments\":{\"language\":\"%s\",\"plan\":\"free\"},"
        "\"prediction\":1,\"tier\":\"small\",\"delivered\":true}",
        number, number * 7919 % 10000, 80 + number % 400, 100 + number % 900, 20 + number % 300,
        number % 3 == 0 ? "hi" : "en");
}

static enum pl_status append_all(struct pl_ledger_writer *writer, const struct plan *plan,
                                 uint64_t *ret_bytes, struct pl_error *error)
{
    uint64_t bytes = 0;

    for (uint64_t i = 0; i < plan->records; i++) {
        char body[512];
        const struct pl_str text = {body, write_body(i, body)};

        PL_RETURN_IF(pl_ledger_append(writer, "decision", 1700000000000u + i, text, error));
        bytes += text.len;
        if ((i + 1) % plan->records_per_block == 0)
            PL_RETURN_IF(pl_ledger_commit(writer, NULL, error));
    }
    PL_RETURN_IF(pl_ledger_commit(writer, NULL, error));
    *ret_bytes = bytes;
    return PL_OK;
}

static int verify(const char *folder)
{
    struct pl_ledger_check check;
    struct pl_error error = {0};
    const uint64_t start = pl_clock_monotonic_ns();

    if (pl_ledger_verify(folder, NULL, NULL, NULL, &check, &error) != PL_OK)
        return fail("verify", &error);

    const double seconds = (double)(pl_clock_monotonic_ns() - start) / 1e9;

    (void)printf(
        "{\"records\":%" PRIu64 ",\"blocks\":%" PRIu64
        ",\"seconds\":%.6f,\"records_per_second\":%.0f,\"hash\":\"%s\",\"bad_block\":%" PRIu64
        "}\n",
        check.records, check.blocks, seconds, (double)check.records / seconds, check.hash,
        check.bad_block);
    return check.bad_block == 0 ? 0 : 1;
}

static int write_records(const struct plan *plan)
{
    const struct pl_ledger_options options = {.segment_size_bytes_max =
                                                  plan->segment_size_bytes_max};
    struct pl_ledger_writer *writer = NULL;
    struct pl_error error = {0};
    uint64_t bytes = 0;

    if (pl_ledger_open(plan->folder, &options, &writer, &error) != PL_OK)
        return fail("open", &error);

    const uint64_t start = pl_clock_monotonic_ns();
    const enum pl_status status = append_all(writer, plan, &bytes, &error);
    const double seconds = (double)(pl_clock_monotonic_ns() - start) / 1e9;

    pl_ledger_close(writer);
    if (status != PL_OK)
        return fail("append", &error);
    (void)printf("{\"records\":%" PRIu64 ",\"seconds\":%.6f,\"records_per_second\":%.0f,"
                 "\"records_per_block\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n",
                 plan->records, seconds, (double)plan->records / seconds, plan->records_per_block,
                 bytes);
    return 0;
}

int main(int count, char **arguments)
{
    struct plan plan = {.records = 500000, .records_per_block = 4000};

    if (count == 3 && strcmp(arguments[1], "--verify") == 0)
        return verify(arguments[2]);
    if (read_plan(count, arguments, &plan))
        return write_records(&plan);
    (void)fprintf(stderr, "usage: ledger_bench FOLDER [RECORDS [RECORDS_PER_BLOCK "
                          "[SEGMENT_BYTES_MAX]]]\n       ledger_bench --verify FOLDER\n");
    return 2;
}
