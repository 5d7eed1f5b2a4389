/*
 * What a chain of five patterns costs: an answer of 2 kB in which nothing is found, whole and in pieces of a
 * few bytes as a stream brings it. Prints one JSON line with microseconds for the answer, and nanoseconds for
 * a piece, each the median of all rounds.
 *
 *   guard_bench [ROUNDS]
 */
#include "base/file.h"
#include "guard/guard.h"

#include <stdio.h>
#include <stdlib.h>

#define ANSWER_SIZE 2048
#define PIECE_SIZE  5
#define ROUNDS      5000
#define ROUNDS_MAX  1000000

static const struct pl_guard_line ROWS[] = {
    {.filter = PL_GUARD_DENY,
     .act = PL_GUARD_BLOCK,
     .pattern = {"internal-\\d+", 13},
     .name = {"a", 1}},
    {.filter = PL_GUARD_DENY,
     .act = PL_GUARD_MASK,
     .pattern = {"\\b\\d{4}[ -]?\\d{4}[ -]?\\d{4}[ -]?\\d{4}\\b", 40},
     .name = {"b", 1}},
    {.filter = PL_GUARD_DENY,
     .act = PL_GUARD_MASK,
     .pattern = {"[\\w.+-]{1,64}@[\\w-]+\\.[\\w.-]+", 29},
     .name = {"c", 1}},
    {.filter = PL_GUARD_DENY,
     .act = PL_GUARD_BLOCK,
     .pattern = {"\\b(?:blackbird|northwind|project orion)\\b", 41},
     .ignore_case = true,
     .name = {"d", 1}},
    {.filter = PL_GUARD_DENY,
     .act = PL_GUARD_NOTE,
     .pattern = {"(?:AKIA|ASIA)[A-Z0-9]{16}", 25},
     .name = {"e", 1}},
};

static int compare(const void *a, const void *b)
{
    const uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return one < other ? -1 : one > other;
}

static int fail(const struct pl_error *error)
{
    (void)fprintf(stderr, "guard_bench: %s\n", error->message);
    return 1;
}

static enum pl_status answer(const struct pl_guard_options *options, struct pl_str text,
                             size_t piece, struct pl_error *error)
{
    struct pl_guard_pass pass;
    enum pl_status status = pl_guard_pass_init(&pass, options, error);

    for (size_t at = 0; status == PL_OK && at < text.len; at += piece) {
        const size_t size = piece < text.len - at ? piece : text.len - at;

        status = pl_guard_pass_feed(&pass, (struct pl_str){text.ptr + at, size}, error);
    }
    if (status == PL_OK)
        status = pl_guard_pass_finish(&pass, error);
    if (status == PL_OK && pass.settled != text.len)
        status = pl_error_set(error, PL_E_DATA, "the answer did not pass");
    pl_guard_pass_deinit(&pass);
    return status;
}

int main(int argc, char **argv)
{
    static const char WORDS[] =
        "Your order 4711 left our stock on Tuesday and should reach you by Friday. ";
    static const size_t PIECES[] = {ANSWER_SIZE, PIECE_SIZE};
    static char text[ANSWER_SIZE];
    const unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : ROUNDS;
    PL_CLEANUP(pl_guard_chain_cleanup) struct pl_guard_chain *chain = NULL;
    PL_CLEANUP(pl_guard_scratch_cleanup) struct pl_guard_scratch *scratch = NULL;
    struct pl_error error = {0};
    double us[2] = {0};

    if (rounds == 0 || rounds > ROUNDS_MAX)
        return 2;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = WORDS[i % (sizeof WORDS - 1)];
    if (pl_guard_chain_new(ROWS, sizeof ROWS / sizeof *ROWS, &chain, &error) != PL_OK ||
        pl_guard_scratch_new(&scratch, &error) != PL_OK)
        return fail(&error);

    const struct pl_guard_options options = {.chain = chain, .scratch = scratch};
    uint64_t *times = calloc(rounds, sizeof *times);

    for (size_t way = 0; way < 2 && times != NULL; way++) {
        for (unsigned long i = 0; i < rounds; i++) {
            const uint64_t start = pl_clock_monotonic_ns();

            if (answer(&options, (struct pl_str){text, sizeof text}, PIECES[way], &error) != PL_OK)
                return fail(&error);
            times[i] = pl_clock_monotonic_ns() - start;
        }
        qsort(times, rounds, sizeof *times, compare);
        us[way] = (double)times[rounds / 2] / 1e3;
    }
    free(times);
    printf(
        "{\"answer_bytes\": %d, \"whole_us\": %.2f, \"in_pieces_us\": %.2f, \"piece_ns\": %.0f}\n",
        ANSWER_SIZE, us[0], us[1], us[1] * 1e3 * PIECE_SIZE / ANSWER_SIZE);
    return 0;
}
