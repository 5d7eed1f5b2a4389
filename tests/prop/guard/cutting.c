/*
 * The law of the filters: what comes of a text does not depend on how it was cut into pieces, and is what a
 * search of the whole text says. Random chains of random patterns over random texts; each text is given at
 * once, byte by byte and in random pieces, and each outcome is compared with one that is worked out here from
 * the ordinary search of src/regex, interpreted, which knows neither of pieces nor of machine code.
 *
 *   cutting CHAINS [SEED]
 */
#include "guard/guard.h"

#include "base/rng.h"
#include "regex/regex.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX   5
#define EVENTS_MAX ((size_t)ROWS_MAX * (LONG_MAX * 4 + 1))
#define LONG_MAX   1500
#define LONG_EVERY 40
#define TEXT_MAX   60
#define TEXTS      12
#define CUTTINGS   6
#define DEPTH_MAX  3
#define OUT_MAX    ((size_t)1 << 16)

struct outcome {
    struct pl_buffer out;
    enum pl_guard_reason reason;
    size_t row;
    size_t start;
    uint64_t hits[ROWS_MAX];
    uint64_t gave_up; /* rows that did, as bits */
};

struct trial {
    struct pl_rng rng;
    struct pl_guard_line rows[ROWS_MAX];
    struct pl_buffer patterns[ROWS_MAX];
    struct pl_regex *plain[ROWS_MAX];
    size_t rows_count;
    size_t hold_bytes_max;
    struct pl_guard_chain *chain;
    struct pl_guard_scratch *scratch;
    struct pl_regex_match *match;
    char text[LONG_MAX * 4];
    size_t text_size;
    bool is_text; /* a byte that is not ASCII may stand where it does not belong */
    uint64_t stops, edits, compared, unknown;
};

static uint64_t below(struct trial *trial, uint64_t bound)
{
    return pl_rng_below(&trial->rng, bound);
}

static void die(const char *what)
{
    (void)fprintf(stderr, "cutting: %s\n", what);
    exit(2);
}

/* ---- random patterns ---- */

static void write_pattern(struct trial *trial, struct pl_buffer *out, int depth);

static void write_atom(struct trial *trial, struct pl_buffer *out, int depth)
{
    static const char *const ATOMS[] = {
        "a",     "b",     "a",     "b",   "c",   "\xc3\xa9",    "\\x{1F600}", ".",   "[ab]",
        "[^a]",  "\\w",   "\\s",   " ",   "\\d", "\\b",         "\\B",        "^",   "$",
        "\\z",   "\\Z",   "\\R",   "\\X", "\\1", "\\n",         "\\W",        "ab",  "(?i)B",
        "(?s).", "(?m)^", "(?m)$", "\\K", "\\h", "[[:punct:]]", "\\p{L}",     "\\A",
    };
    static const char *const OPENS[] = {
        "(", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?|"};

    if (depth >= DEPTH_MAX || below(trial, 3) > 0) {
        pl_buffer_add_text(out, ATOMS[below(trial, sizeof ATOMS / sizeof *ATOMS)]);
        return;
    }
    pl_buffer_add_text(out, OPENS[below(trial, sizeof OPENS / sizeof *OPENS)]);
    write_pattern(trial, out, depth + 1);
    pl_buffer_add_char(out, ')');
}

static void write_pattern(struct trial *trial, struct pl_buffer *out, int depth)
{
    static const char *const COUNTS[] = {"",   "",   "",   "",   "",   "*",   "+",     "?",
                                         "*?", "+?", "??", "*+", "++", "{2}", "{1,3}", "{2,}"};
    const uint64_t ways = below(trial, 4) == 0 ? 2 : 1;

    for (uint64_t way = 0; way < ways; way++) {
        if (way > 0)
            pl_buffer_add_char(out, '|');
        for (uint64_t left = 1 + below(trial, 4); left > 0; left--) {
            write_atom(trial, out, depth);
            pl_buffer_add_text(out, COUNTS[below(trial, sizeof COUNTS / sizeof *COUNTS)]);
        }
    }
}

/* A pattern that a chain takes, and the same interpreted for the ordinary search. */
static void make_pattern(struct trial *trial, size_t index)
{
    struct pl_guard_line *row = &trial->rows[index];
    struct pl_regex_options options = {.in_parts = true};
    struct pl_guard_chain *chain = NULL;
    struct pl_buffer plain;
    struct pl_error error = {0};

    for (;;) {
        pl_buffer_reset(&trial->patterns[index]);
        write_pattern(trial, &trial->patterns[index], 0);
        row->pattern = pl_buffer_view(&trial->patterns[index]);
        row->ignore_case = options.caseless = below(trial, 4) == 0;
        if (pl_guard_chain_new(row, 1, &chain, &error) == PL_OK)
            break;
    }
    pl_guard_chain_free(chain);
    pl_regex_free(trial->plain[index]);
    trial->plain[index] = NULL;
    pl_buffer_init(&plain, PL_REGEX_PATTERN_BYTES_MAX);
    pl_buffer_add_text(&plain, "(*NO_JIT)");
    pl_buffer_add(&plain, row->pattern);
    if (pl_regex_compile(pl_buffer_view(&plain), &options, &trial->plain[index], &error) != PL_OK)
        die(error.message);
    pl_buffer_deinit(&plain);
}

static void make_chain(struct trial *trial)
{
    static const enum pl_guard_do ACTS[] = {PL_GUARD_MASK, PL_GUARD_MASK,  PL_GUARD_MASK,
                                            PL_GUARD_NOTE, PL_GUARD_BLOCK, PL_GUARD_RETRY};
    struct pl_error error = {0};

    trial->rows_count = 1 + below(trial, ROWS_MAX);
    /* Little at times, so that much is given up. */
    trial->hold_bytes_max = below(trial, 4) == 0 ? 1 + below(trial, 40) : 0;
    for (size_t i = 0; i < trial->rows_count; i++) {
        struct pl_guard_line *row = &trial->rows[i];

        *row = (struct pl_guard_line){.filter = PL_GUARD_DENY, .name = PL_STR("row")};
        row->act = ACTS[below(trial, sizeof ACTS / sizeof *ACTS)];
        if (below(trial, 8) == 0) {
            row->filter = PL_GUARD_SIZE;
            row->size_bytes_max = 1 + below(trial, TEXT_MAX);
            row->act = row->act == PL_GUARD_MASK ? PL_GUARD_NOTE : row->act;
        } else {
            make_pattern(trial, i);
        }
    }
    if (pl_guard_chain_new(trial->rows, trial->rows_count, &trial->chain, &error) != PL_OK)
        die(error.message);
}

static void make_text(struct trial *trial)
{
    static const char *const PARTS[] = {
        "a",        "a", "a", "b",  "b",    "B", "c", "\xc3\xa9",
        "\xc3\x89", " ", "1", "\n", "\r\n", "-", "A", "\xf0\x9f\x98\x80"};
    const uint64_t parts = below(trial, below(trial, LONG_EVERY) == 0 ? LONG_MAX : TEXT_MAX);

    trial->text_size = 0;
    for (uint64_t i = 0; i < parts; i++) {
        const char *part = PARTS[below(trial, sizeof PARTS / sizeof *PARTS)];

        memcpy(trial->text + trial->text_size, part, strlen(part));
        trial->text_size += strlen(part);
    }
    trial->is_text = trial->text_size == 0 || below(trial, 20) > 0;
    if (!trial->is_text)
        trial->text[below(trial, trial->text_size)] = (char)(0x80 + below(trial, 0x80));
}

/* ---- what must come of it ---- */

struct event {
    size_t start, end, row;
};

static int compare_events(const void *a, const void *b)
{
    const struct event *one = a, *other = b;

    if (one->start != other->start)
        return one->start < other->start ? -1 : 1;
    return one->row < other->row ? -1 : one->row > other->row;
}

static size_t events_of_pattern(struct trial *trial, size_t row, struct event *events)
{
    const struct pl_str text = {trial->text, trial->text_size};
    struct pl_error error = {0};
    bool found = false;
    size_t count = 0;

    if (pl_regex_search(trial->plain[row], trial->match, text, &found, &error) != PL_OK)
        return SIZE_MAX;
    while (found && count < EVENTS_MAX / ROWS_MAX) {
        const struct pl_str all = pl_regex_match_group(trial->match, 0);
        const size_t start = (size_t)(all.ptr - trial->text);

        events[count++] = (struct event){start, start + all.len, row};
        /* The next search begins at the end, also of a match that \K has made empty. */
        if (all.len == 0)
            return SIZE_MAX;
        if (pl_regex_search_next(trial->plain[row], trial->match, &found, &error) != PL_OK)
            return SIZE_MAX;
    }
    return count;
}

static size_t event_of_size(struct trial *trial, size_t row, struct event *events)
{
    size_t at = (size_t)trial->rows[row].size_bytes_max;

    if (trial->text_size <= at)
        return 0;
    while (((unsigned char)trial->text[at] & 0xc0) == 0x80)
        at--;
    events[0] = (struct event){at, trial->text_size, row};
    return 1;
}

/* Text up to `end` with the masks in place; one mask for those that lie over each other. */
static void write_masked(struct trial *trial, const bool *hidden, const bool *begins, size_t end,
                         struct pl_buffer *out)
{
    for (size_t i = 0; i < end; i++) {
        if (begins[i])
            pl_buffer_add_text(out, "***");
        if (!hidden[i])
            pl_buffer_add_char(out, trial->text[i]);
    }
}

/*
 * False: the ordinary search cannot say. It has a match that is empty by \K, after which it goes on
 * differently, or takes too many steps, which it counts over more than one place.
 */
static bool expect(struct trial *trial, struct outcome *outcome)
{
    static struct event events[EVENTS_MAX];
    bool hidden[sizeof trial->text + 1] = {false}, begins[sizeof trial->text + 1] = {false};
    size_t count = 0, end = trial->text_size, run_start = 0, run_end = 0;

    for (size_t i = 0; i < trial->rows_count; i++) {
        const size_t more = trial->rows[i].filter == PL_GUARD_SIZE
                                ? event_of_size(trial, i, events + count)
                                : events_of_pattern(trial, i, events + count);

        if (more == SIZE_MAX)
            return false;
        count += more;
    }
    qsort(events, count, sizeof *events, compare_events);
    for (size_t i = 0; i < count && outcome->reason == PL_GUARD_PASSES; i++) {
        const struct event *event = &events[i];
        const enum pl_guard_do act = trial->rows[event->row].act;

        outcome->hits[event->row]++;
        if (act == PL_GUARD_MASK) {
            if (event->start >= run_end) {
                begins[event->start] = true;
                run_start = event->start;
            }
            run_end = event->end > run_end ? event->end : run_end;
            memset(hidden + event->start, true, event->end - event->start);
        } else if (act != PL_GUARD_NOTE) {
            outcome->reason = PL_GUARD_FOUND;
            outcome->row = event->row;
            outcome->start = end = event->start;
            if (run_start < end && end < run_end)
                end = run_start;
        }
    }
    write_masked(trial, hidden, begins, end, &outcome->out);
    return true;
}

/* ---- what comes of it ---- */

/* Takes what has become settled, at times in two parts. */
static void release(struct trial *trial, const struct pl_guard_pass *pass, size_t *released,
                    struct outcome *outcome)
{
    if (pass->settled < *released)
        die("text was taken back");

    const size_t middle = *released + below(trial, pass->settled - *released + 1);

    pl_guard_pass_rewrite(pass, *released, middle, &outcome->out);
    pl_guard_pass_rewrite(pass, middle, pass->settled, &outcome->out);
    *released = pass->settled;
}

/* `piece_max` 0: all at once. */
static void pass_text(struct trial *trial, size_t piece_max, struct outcome *outcome)
{
    const struct pl_guard_options options = {
        .chain = trial->chain,
        .scratch = trial->scratch,
        .hold_bytes_max = trial->hold_bytes_max,
        /* Time is the one thing that differs from run to run. */
        .search_ms_max = 600000,
    };
    struct pl_guard_pass pass;
    struct pl_guard_hits hits;
    struct pl_error error = {0};
    size_t released = 0;

    if (pl_guard_pass_init(&pass, &options, &error) != PL_OK)
        die(error.message);
    for (size_t at = 0; at < trial->text_size;) {
        const size_t left = trial->text_size - at;
        const size_t wanted = piece_max == 0 ? left : 1 + below(trial, piece_max);
        const size_t size = wanted < left ? wanted : left;

        if (pl_guard_pass_feed(&pass, (struct pl_str){trial->text + at, size}, &error) != PL_OK)
            die(error.message);
        release(trial, &pass, &released, outcome);
        at += size;
    }
    if (pl_guard_pass_finish(&pass, &error) != PL_OK)
        die(error.message);
    release(trial, &pass, &released, outcome);
    outcome->reason = pass.stopped.reason;
    outcome->start = pass.stopped.start;
    for (size_t i = 0; pl_guard_pass_hits(&pass, i, &hits); i++) {
        outcome->hits[i] = hits.count;
        outcome->gave_up |= (uint64_t)hits.gave_up << i;
        if (pass.stopped.row == hits.row)
            outcome->row = i;
    }
    trial->edits += pass.edits_count;
    trial->stops += pass.stopped.reason != PL_GUARD_PASSES;
    pl_guard_pass_deinit(&pass);
}

static bool is_same(const struct outcome *a, const struct outcome *b)
{
    return pl_str_equal(pl_buffer_view(&a->out), pl_buffer_view(&b->out)) &&
           a->reason == b->reason && a->row == b->row && a->start == b->start &&
           a->gave_up == b->gave_up && memcmp(a->hits, b->hits, sizeof a->hits) == 0;
}

static void show(const char *what, const struct outcome *outcome)
{
    (void)fprintf(stderr, "  %s: %s row %zu at %zu, hits", what,
                  pl_guard_reason_name(outcome->reason), outcome->row, outcome->start);
    for (size_t i = 0; i < ROWS_MAX; i++)
        (void)fprintf(stderr, " %" PRIu64, outcome->hits[i]);
    (void)fprintf(stderr, ", out: %.*s\n", PL_STR_ARG(pl_buffer_view(&outcome->out)));
}

static void complain(const struct trial *trial, const struct outcome *expected,
                     const struct outcome *given)
{
    for (size_t i = 0; i < trial->rows_count; i++)
        (void)fprintf(stderr, "  row %zu: filter %d, do %d, max %" PRIu64 ", caseless %d: %.*s\n",
                      i, (int)trial->rows[i].filter, (int)trial->rows[i].act,
                      trial->rows[i].size_bytes_max, trial->rows[i].ignore_case,
                      PL_STR_ARG(trial->rows[i].pattern));
    (void)fprintf(stderr, "  text: %.*s|\n", (int)trial->text_size, trial->text);
    show("expected", expected);
    show("given", given);
}

static struct outcome empty_outcome(void)
{
    struct outcome outcome = {.row = SIZE_MAX};

    pl_buffer_init(&outcome.out, OUT_MAX);
    return outcome;
}

/* One text in all its cuttings; false when one differs. */
static bool try_text(struct trial *trial)
{
    static const size_t PIECES[CUTTINGS] = {0, 1, 2, 3, 8, 20};
    struct outcome expected = empty_outcome(), whole = empty_outcome();
    bool same = true;

    make_text(trial);
    pass_text(trial, 0, &whole);
    /* A chain gives up sooner than the ordinary search, and stops at what is no text. */
    if (!trial->is_text || !expect(trial, &expected) || whole.gave_up != 0) {
        pl_buffer_deinit(&expected.out);
        expected = whole;
        trial->unknown++;
    } else {
        pl_buffer_deinit(&whole.out);
    }
    for (size_t i = 0; i < CUTTINGS && same; i++) {
        struct outcome given = empty_outcome();

        pass_text(trial, PIECES[i], &given);
        same = is_same(&expected, &given);
        if (!same) {
            (void)fprintf(stderr, "in pieces of at most %zu bytes (0: all at once):\n", PIECES[i]);
            complain(trial, &expected, &given);
        }
        pl_buffer_deinit(&given.out);
    }
    trial->compared++;
    pl_buffer_deinit(&expected.out);
    return same;
}

int main(int argc, char **argv)
{
    static struct trial trial;
    struct pl_error error = {0};
    const uint64_t chains = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 20260721;
    bool same = true;

    if (pl_guard_scratch_new(&trial.scratch, &error) != PL_OK ||
        pl_regex_match_new(0, &trial.match, &error) != PL_OK)
        die(error.message);
    for (size_t i = 0; i < ROWS_MAX; i++)
        pl_buffer_init(&trial.patterns[i], 4096);
    for (uint64_t i = 0; i < chains && same; i++) {
        pl_rng_init(&trial.rng, seed, i);
        make_chain(&trial);
        for (int j = 0; j < TEXTS && same; j++)
            same = try_text(&trial);
        if (!same)
            (void)fprintf(stderr, "seed %" PRIu64 ", chain %" PRIu64 "\n", seed, i);
        pl_guard_chain_free(trial.chain);
        trial.chain = NULL;
    }
    for (size_t i = 0; i < ROWS_MAX; i++) {
        pl_buffer_deinit(&trial.patterns[i]);
        pl_regex_free(trial.plain[i]);
    }
    pl_guard_scratch_free(trial.scratch);
    pl_regex_match_free(trial.match);
    printf("seed %" PRIu64 ": %" PRIu64 " texts in %d cuttings, %" PRIu64 " stops, %" PRIu64
           " edits; %" PRIu64 " compared among themselves only\n",
           seed, trial.compared, CUTTINGS, trial.stops, trial.edits, trial.unknown);
    /* A run in which hardly anything was found would prove nothing. */
    return same && trial.stops > chains && trial.edits > chains ? 0 : 1;
}
