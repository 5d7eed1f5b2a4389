/*
 * How fast records go through the spool into the ledger, every sync included; how long a put takes
 * (begin and end of a decision), how long until its record is durable, and how much of a processor
 * the keeper needs for it. Prints one JSON line; the numbers mean something only together with the
 * disk that FOLDER lies on.
 *
 *   spool_bench FOLDER [SECONDS [RECORDS_PER_SECOND [LANES [BODY_BYTES]]]]
 *
 * RECORDS_PER_SECOND 0 is as fast as the keeper takes them: a lane that is full is tried again.
 */
#include "base/file.h"
#include "spool/lane.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LANES_MAX 64
/* Latencies in nanoseconds, in a histogram of 32 steps to each doubling. */
#define STEPS      32
#define LATENCIES  (64 * STEPS)
#define FOLDER_MAX 400
#define TIMES_MAX  ((uint64_t)1 << 17) /* of records that wait, for each lane */

struct latencies {
    uint64_t count[LATENCIES];
};

struct plan {
    char folder[FOLDER_MAX];
    uint64_t seconds;
    uint64_t records_per_second;
    uint64_t lanes;
    uint64_t body_size_bytes;
};

struct producer {
    pthread_t thread;
    struct pl_lane *lane;
    const struct plan *plan;
    uint64_t first_number;
    uint64_t put, full;
    struct latencies puts;    /* the producer's */
    struct latencies durable; /* the keeper's */
    uint64_t noted;           /* records that are in `durable` */
    uint64_t times_ns[TIMES_MAX];
};

static struct producer producers[LANES_MAX];

/* The keeper's time on a processor, as it said last. */
static struct {
    uint64_t commits;
    uint64_t processor_ns;
} keeper;

static int fail(const char *what, const struct pl_error *error)
{
    (void)fprintf(stderr, "spool_bench: %s: %s\n", what, error->message);
    return 1;
}

static size_t step_of(uint64_t ns)
{
    const int doubling = ns < 2 ? 0 : 63 - __builtin_clzll(ns);
    const uint64_t within = doubling < 5 ? 0 : (ns >> (doubling - 5)) & (STEPS - 1);

    return (size_t)doubling * STEPS + (size_t)within;
}

static uint64_t step_ns(size_t step)
{
    const uint64_t start = (uint64_t)1 << (step / STEPS);

    return start + start * (step % STEPS) / STEPS;
}

/* Facts of about 200 bytes and a body of the size asked for, whose number changes. */
struct texts {
    char facts[512];
    char body[65536];
    struct pl_str facts_text, body_text;
    size_t number_at;
};

static void write_texts(struct texts *texts, size_t body_size)
{
    static const char START[] = "{\"id\":\"d_0000000000000000\",\"feature\":\"support-answers\"";
    int length = snprintf(texts->facts, sizeof texts->facts,
                          "%s,\"api\":\"chat\",\"key\":\"key-17\",\"subject\":\"customer-123456\","
                          "\"segments\":{\"language\":\"en\"},\"config\":\"0123456789ab\"}",
                          START);

    texts->facts_text = (struct pl_str){texts->facts, (size_t)length};
    texts->number_at = strlen("{\"id\":\"d_");
    length = snprintf(texts->body, sizeof texts->body, "%s,\"pad\":\"", START);
    for (; (size_t)length + 2 < body_size; length++)
        texts->body[length] = (char)('a' + length % 26);
    texts->body[length++] = '"';
    texts->body[length++] = '}';
    texts->body_text = (struct pl_str){texts->body, (size_t)length};
}

static void write_number(struct texts *texts, uint64_t number)
{
    static const char DIGITS[] = "0123456789abcdef";

    for (int i = 15; i >= 0; i--, number >>= 4)
        texts->facts[texts->number_at + (size_t)i] = texts->body[texts->number_at + (size_t)i] =
            DIGITS[number & 15];
}

static void wait_ns(uint64_t ns)
{
    const struct timespec pause = {.tv_nsec = (long)ns};

    (void)nanosleep(&pause, NULL);
}

static bool put(struct producer *producer, struct texts *texts, uint64_t time_ms)
{
    uint64_t begun, end_ns;

    write_number(texts, producer->first_number + producer->put);

    const uint64_t start_ns = pl_clock_monotonic_ns();

    producer->times_ns[producer->put % TIMES_MAX] = start_ns;
    begun = pl_lane_begin(producer->lane, time_ms, texts->facts_text);
    if (!pl_lane_end(producer->lane, begun, "decision", time_ms, texts->body_text))
        return false;
    end_ns = pl_clock_monotonic_ns();
    producer->puts.count[step_of(end_ns - start_ns)]++;
    producer->put++;
    return true;
}

/* What was committed has been durable since now. */
static void note_commit(uint64_t records, const struct pl_error *failure, void *context)
{
    const struct plan *plan = context;
    const uint64_t now_ns = pl_clock_monotonic_ns();
    struct timespec used;

    (void)records;
    if (failure != NULL)
        (void)fprintf(stderr, "spool_bench: %s\n", failure->message);
    for (uint64_t i = 0; i < plan->lanes; i++) {
        struct producer *producer = &producers[i];
        const uint64_t taken = producer->lane == NULL ? 0 : atomic_load(&producer->lane->taken);

        for (; producer->noted < taken; producer->noted++)
            producer->durable
                .count[step_of(now_ns - producer->times_ns[producer->noted % TIMES_MAX])]++;
    }
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    keeper.processor_ns = (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
    keeper.commits++;
}

static void *produce(void *context)
{
    struct producer *producer = context;
    const struct plan *plan = producer->plan;
    const uint64_t start_ns = pl_clock_monotonic_ns();
    const uint64_t time_ms = pl_clock_unix_ms();
    struct texts *texts = malloc(sizeof *texts);

    if (texts == NULL)
        return NULL;
    write_texts(texts, plan->body_size_bytes);
    for (uint64_t now_ns;
         (now_ns = pl_clock_monotonic_ns() - start_ns) < plan->seconds * 1000000000u;) {
        const uint64_t due = plan->records_per_second == 0
                                 ? producer->put + 64
                                 : (uint64_t)((double)plan->records_per_second /
                                              (double)plan->lanes * ((double)now_ns / 1e9));

        if (producer->put >= due)
            wait_ns(1000000);
        while (producer->put < due)
            if (!put(producer, texts, time_ms)) {
                producer->full++;
                wait_ns(1000000);
                break;
            }
    }
    free(texts);
    return NULL;
}

static void add(struct latencies *sum, const struct latencies *part)
{
    for (size_t step = 0; step < LATENCIES; step++)
        sum->count[step] += part->count[step];
}

/* The latency that this share of all stays under. */
static uint64_t percentile(const struct latencies *latencies, double share)
{
    uint64_t total = 0, below = 0;

    for (size_t step = 0; step < LATENCIES; step++)
        total += latencies->count[step];
    for (size_t step = 0; step < LATENCIES; step++) {
        below += latencies->count[step];
        if ((double)below >= share * (double)total)
            return step_ns(step);
    }
    return 0;
}

static void print_latencies(const char *name, const struct latencies *latencies)
{
    (void)printf(",\"%s\":{\"p50\":%" PRIu64 ",\"p99\":%" PRIu64 ",\"p999\":%" PRIu64
                 ",\"max\":%" PRIu64 "}",
                 name, percentile(latencies, 0.5), percentile(latencies, 0.99),
                 percentile(latencies, 0.999), percentile(latencies, 1));
}

static int report(const struct plan *plan, uint64_t start_ns, struct pl_spool *spool)
{
    static struct latencies puts, durable;
    struct pl_error error = {0};
    uint64_t put = 0, full = 0;

    while (pl_spool_counts(spool).waiting > 0)
        wait_ns(1000000);

    const double seconds = (double)(pl_clock_monotonic_ns() - start_ns) / 1e9;
    const struct pl_spool_counts counts = pl_spool_counts(spool);

    if (pl_spool_close(spool, &error) != PL_OK)
        return fail("close", &error);
    for (uint64_t i = 0; i < plan->lanes; i++) {
        put += producers[i].put;
        full += producers[i].full;
        add(&puts, &producers[i].puts);
        add(&durable, &producers[i].durable);
    }
    (void)printf("{\"records\":%" PRIu64 ",\"seconds\":%.3f,\"records_per_second\":%.0f,"
                 "\"lanes\":%" PRIu64 ",\"body_bytes\":%" PRIu64 ",\"full\":%" PRIu64
                 ",\"commits\":%" PRIu64 ",\"keeper_ns_per_record\":%.0f",
                 counts.committed, seconds, (double)counts.committed / seconds, plan->lanes,
                 plan->body_size_bytes, full, keeper.commits,
                 (double)keeper.processor_ns / (double)counts.committed);
    print_latencies("put_ns", &puts);
    print_latencies("durable_ns", &durable);
    (void)printf("}\n");
    return counts.committed == put ? 0 : 1;
}

static int run(const struct plan *plan)
{
    char spool_folder[FOLDER_MAX + 8], ledger_folder[FOLDER_MAX + 8];
    struct plan kept = *plan;
    const struct pl_spool_options options = {
        .folder = spool_folder,
        .ledger_folder = ledger_folder,
        .lanes_count = (uint32_t)plan->lanes,
        .spill_size_bytes_max = 1,
        .on_commit = note_commit,
        .context = &kept,
    };
    struct pl_spool *spool = NULL;
    struct pl_error error = {0};

    (void)snprintf(spool_folder, sizeof spool_folder, "%s/spool", plan->folder);
    (void)snprintf(ledger_folder, sizeof ledger_folder, "%s/ledger", plan->folder);
    if (pl_spool_open(&options, &spool, &error) != PL_OK)
        return fail("open", &error);

    const uint64_t start_ns = pl_clock_monotonic_ns();

    for (uint64_t i = 0; i < plan->lanes; i++) {
        producers[i].lane = pl_spool_lane(spool, (uint32_t)i);
        producers[i].plan = plan;
        producers[i].first_number = i << 48;
        if (pthread_create(&producers[i].thread, NULL, produce, &producers[i]) != 0)
            return 1;
    }
    for (uint64_t i = 0; i < plan->lanes; i++)
        (void)pthread_join(producers[i].thread, NULL);
    return report(plan, start_ns, spool);
}

int main(int count, char **arguments)
{
    struct plan plan = {.seconds = 5, .lanes = 2, .body_size_bytes = 600};
    uint64_t *const numbers[] = {&plan.seconds, &plan.records_per_second, &plan.lanes,
                                 &plan.body_size_bytes};
    bool good = count >= 2 && count <= 6 && strlen(arguments[1]) < FOLDER_MAX;

    for (int i = 2; good && i < count; i++)
        good = pl_str_to_uint64(pl_str_of(arguments[i]), numbers[i - 2]);
    if (!good || plan.lanes == 0 || plan.lanes > LANES_MAX || plan.body_size_bytes > 60000) {
        (void)fprintf(stderr, "usage: spool_bench FOLDER [SECONDS [RECORDS_PER_SECOND [LANES "
                              "[BODY_BYTES]]]]\n");
        return 2;
    }
    (void)snprintf(plan.folder, sizeof plan.folder, "%s", arguments[1]);
    return run(&plan);
}
