/* `plimsoll eval`: runs suites of golden cases, judges their results, records what came of it. */
#include "base/file.h"
#include "cli/commands.h"
#include "cli/eval_run.h"
#include "cli/eval_suite.h"
#include "cli/record.h"
#include "cli/screen.h"
#include "ledger/ledger.h"
#include "measure/run.h"
#include "report/evals.h"

#include <stddef.h>
#include <string.h>

#define ARENA_SIZE_BYTES_MAX  ((size_t)64 << 30)
#define RECORD_SIZE_BYTES_MAX ((size_t)768 << 10)
#define LIMIT_MAX             1e12
#define THREADS_MAX           256

struct eval_settings {
    const char *line;
    struct pl_texts suites;
    const char *filter;
    uint64_t limit;
    bool resume;
    const char *replay;
    bool no_cache;
    const char *compare;
    uint32_t format;
    uint64_t threads;
    bool no_record;
};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "LINE",
        .initial = PL_LINE_FILE,
        .offset = offsetof(struct eval_settings, line),
        .help = "The line whose evals are run. Default: plimsoll.yaml.",
    },
    {0},
};

static const char *const FORMATS[] = {"text", "json", "markdown", "junit", "sarif", "csv", NULL};

static const pl_evals_write WRITERS[] = {
    pl_evals_text, pl_evals_json, pl_evals_markdown, pl_evals_junit, pl_evals_sarif, pl_evals_csv,
};

static const struct pl_option OPTIONS[] = {
    {
        .name = "suite",
        .letter = 's',
        .type = PL_OPTION_TEXTS,
        .argument = "SUITE",
        .offset = offsetof(struct eval_settings, suites),
        .help = "Run this suite only; may be given several times.",
    },
    {
        .name = "filter",
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN=VALUE",
        .offset = offsetof(struct eval_settings, filter),
        .help = "Only cases that have this value in this column. Such a run does not count for "
                "the gate.",
    },
    {
        .name = "limit",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .maximum = LIMIT_MAX,
        .initial = "0",
        .offset = offsetof(struct eval_settings, limit),
        .help = "Only the first N cases; 0 is all. Such a run does not count for the gate.",
    },
    {
        .name = "resume",
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct eval_settings, resume),
        .help = "Go on with the newest run that was broken off. What was paid for is not asked "
                "again.",
    },
    {
        .name = "replay",
        .type = PL_OPTION_TEXT,
        .argument = "RUN",
        .implied = "latest",
        .offset = offsetof(struct eval_settings, replay),
        .help = "Make a run's results again from the record of its calls, without a network: "
                "`--replay=RUN`; the newest when none is named.",
    },
    {
        .name = "no-cache",
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct eval_settings, no_cache),
        .help = "Ask everything anew, also what earlier runs have asked in the same words.",
    },
    {
        .name = "compare",
        .type = PL_OPTION_TEXT,
        .argument = "BASELINE",
        .implied = "previous",
        .offset = offsetof(struct eval_settings, compare),
        .help = "Compare with another run of the same cases: `--compare=RUN`, `SUITE` (its newest "
                "complete run) or `SUITE/RUN`; the complete run before this one when none is "
                "named.",
    },
    {
        .name = "format",
        .letter = 'f',
        .type = PL_OPTION_CHOICE,
        .argument = "FORMAT",
        .choices = FORMATS,
        .initial = "text",
        .offset = offsetof(struct eval_settings, format),
        .help = "How the results are written: text, json, markdown (for a pull request), junit or "
                "sarif (for a build server), or csv (a row for each measure and slice).",
    },
    {
        .name = "json",
        .type = PL_OPTION_ALIAS,
        .initial = "format=json",
        .help = "Short for --format json.",
    },
    {
        .name = "threads",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .maximum = THREADS_MAX,
        .initial = "0",
        .offset = offsetof(struct eval_settings, threads),
        .help =
            "Threads to measure with; 0 is one for a suite, which reads its results no slower so, "
            "and one for each processor where runs are compared. The figures do not depend on "
            "it.",
    },
    {
        .name = "no-record",
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct eval_settings, no_record),
        .help = "Do not write to the ledger; the gate then does not take the run.",
    },
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "Every limit of every suite is clear, or unproven where the line lets that pass."},
    {1, "A limit is crossed or unproven, or a run proves nothing: too many outputs failed, or it "
        "was stopped."},
    {2, "The line or the cases cannot be read, or a run cannot be made, recorded or shown."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll eval", "Run all suites of the line:"},
    {"plimsoll eval --suite golden --limit 20", "A quick look:"},
    {"plimsoll eval --resume", "Go on after Ctrl-C:"},
    {NULL, NULL},
};

/* Evals under way. All but the measured arrays lives in the arena. */
struct eval_call {
    const struct eval_settings *settings;
    struct pl_arena arena;
    struct pl_line *line;
    char line_hash[PL_LEDGER_HASH_TEXT_SIZE];
    const struct pl_suite *suites[PL_SUITES_MAX];
    struct pl_suite_judged *judged[PL_SUITES_MAX];
    size_t suites_count;
    size_t judged_count;
    struct pl_ledger_head head;
    uint64_t started_ns;
};

static enum pl_status add_suite(struct eval_call *eval, const char *name, struct pl_error *error)
{
    const struct pl_suite *suite = NULL;

    PL_RETURN_IF(pl_eval_suite_find(eval->line->evals, eval->settings->line, name, &eval->arena,
                                    &suite, error));
    if (eval->suites_count == PL_SUITES_MAX)
        return pl_error_set(error, PL_E_LIMIT, "more than %d suites", PL_SUITES_MAX);
    eval->suites[eval->suites_count++] = suite;
    return PL_OK;
}

static enum pl_status choose_suites(struct eval_call *eval, struct pl_error *error)
{
    const struct pl_evals *evals = eval->line->evals;

    if (evals == NULL || evals->suites_count == 0)
        return pl_error_set(error, PL_E_LINE,
                            "%s has no section `evals`; docs/evals.md shows what goes into it",
                            eval->settings->line);
    for (size_t i = 0; i < eval->settings->suites.count; i++)
        PL_RETURN_IF(add_suite(eval, eval->settings->suites.items[i], error));
    for (size_t i = 0; i < evals->suites_count && eval->settings->suites.count == 0; i++)
        eval->suites[eval->suites_count++] = &evals->suites[i];
    return PL_OK;
}

/* The run that a suite is compared with. */
static enum pl_status find_baseline(struct eval_call *eval, const struct pl_suite_judged *judged,
                                    struct pl_compare_request *request, struct pl_error *error)
{
    const struct pl_str wanted = pl_str_of(eval->settings->compare);
    const char *slash = memchr(wanted.ptr, '/', wanted.len);
    const struct pl_str first = {wanted.ptr,
                                 slash == NULL ? wanted.len : (size_t)(slash - wanted.ptr)};
    const struct pl_suite *named = pl_suite_find(eval->line->evals, first);
    const struct pl_suite *suite = named == NULL ? judged->suite : named;
    struct pl_run *run = NULL;

    request->baseline_suite = suite->name;
    if (named != NULL && slash == NULL)
        PL_RETURN_IF(pl_run_find_before(suite, judged->run, &eval->arena, &run, error));
    else if (named == NULL && pl_str_equal_text(wanted, "previous"))
        PL_RETURN_IF(pl_run_find_before(suite, judged->run, &eval->arena, &run, error));
    else
        PL_RETURN_IF(pl_run_read(
            suite, slash == NULL ? wanted : (struct pl_str){slash + 1, wanted.len - first.len - 1},
            &eval->arena, &run, error));
    if (run == NULL)
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "the suite `%.*s` has no complete run to compare with",
                            PL_STR_ARG(suite->name));
    request->baseline = run;
    return PL_OK;
}

static enum pl_status compare(struct eval_call *eval, struct pl_suite_judged *judged,
                              struct pl_error *error)
{
    struct pl_compare_request request = {
        .suite = judged->suite,
        .run = judged->run,
        .confidence = eval->line->evidence.confidence,
        .threads = eval->settings->threads == 0 ? pl_processors_count()
                                                : (uint32_t)eval->settings->threads,
    };

    PL_RETURN_IF(find_baseline(eval, judged, &request, error));
    return pl_runs_compare(&request, &eval->arena, &judged->comparison, error);
}

static enum pl_status run_suite(struct eval_call *eval, const struct pl_suite *suite,
                                struct pl_error *error)
{
    const struct eval_settings *settings = eval->settings;
    const struct pl_eval_request request = {
        .suite = suite,
        .limit = settings->limit,
        .filter = settings->filter,
        .replay = settings->replay,
        .resume = settings->resume,
        .no_cache = settings->no_cache,
    };
    struct pl_run *run = NULL;

    PL_RETURN_IF(pl_eval_suite(&request, &eval->arena, &run, error));
    PL_RETURN_IF(pl_suite_judge(suite, run, (uint32_t)settings->threads, &eval->arena,
                                &eval->judged[eval->judged_count], error));
    eval->judged_count++;
    if (settings->compare == NULL)
        return PL_OK;
    return compare(eval, eval->judged[eval->judged_count - 1], error);
}

static struct pl_evals_result result_of(const struct eval_call *eval)
{
    return (struct pl_evals_result){
        .line = eval->line,
        .line_hash = eval->line_hash,
        .suites = eval->judged,
        .suites_count = eval->judged_count,
        .version = PL_VERSION,
        .ledger_block = eval->head.block,
        .ledger_hash = eval->head.block > 0 ? eval->head.hash : NULL,
        .elapsed_seconds = (double)(pl_clock_monotonic_ns() - eval->started_ns) / 1e9,
    };
}

/* One record for each suite, so that none is too large for the ledger. */
static enum pl_status record(struct eval_call *eval, struct pl_error *error)
{
    const struct pl_str ledger = pl_line_path(eval->line, PL_STR(PL_LEDGER_FOLDER), &eval->arena);

    if (ledger.ptr == NULL)
        return pl_arena_error(&eval->arena, "the path of the ledger", error);
    for (size_t i = 0; i < eval->judged_count; i++) {
        PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
        struct pl_json json;

        pl_buffer_init(&body, RECORD_SIZE_BYTES_MAX);
        pl_json_init(&json, &body, false);
        pl_json_suite_record(&json, eval->judged[i], eval->line_hash);
        PL_RETURN_IF(pl_buffer_check(&body, "the record of a run", error));
        PL_RETURN_IF(
            pl_record_write(ledger.ptr, "eval", pl_buffer_view(&body), &eval->head, error));
    }
    return PL_OK;
}

static enum pl_status run_all(struct eval_call *eval, struct pl_error *error)
{
    PL_RETURN_IF(pl_measure_read(eval->settings->line, &eval->arena, &eval->line, error));
    pl_hash_bytes(eval->line->text, eval->line_hash);
    PL_RETURN_IF(choose_suites(eval, error));
    for (size_t i = 0; i < eval->suites_count; i++) {
        PL_RETURN_IF(run_suite(eval, eval->suites[i], error));
        if (eval->judged[i]->run->state != PL_RUN_COMPLETE)
            break;
    }
    return eval->settings->no_record || eval->settings->replay != NULL ? PL_OK
                                                                       : record(eval, error);
}

static int show(const struct eval_call *eval, struct pl_style style)
{
    const struct pl_evals_result result = result_of(eval);
    struct pl_buffer out;
    int exit_code = PL_EXIT_NO;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    WRITERS[eval->settings->format](&result, style, &out);
    exit_code = pl_screen_finish(&out, pl_evals_pass(&result) ? PL_EXIT_YES : PL_EXIT_NO);
    pl_buffer_deinit(&out);
    return exit_code;
}

static int run(const struct pl_call *call)
{
    struct eval_call eval = {.settings = call->settings, .started_ns = pl_clock_monotonic_ns()};
    struct pl_error error = {0};

    pl_arena_init(&eval.arena, ARENA_SIZE_BYTES_MAX);

    const int exit_code =
        run_all(&eval, &error) == PL_OK ? show(&eval, call->style) : pl_screen_fail(&error);

    for (size_t i = 0; i < eval.judged_count; i++)
        pl_suite_judged_deinit(eval.judged[i]);
    pl_arena_deinit(&eval.arena);
    return exit_code;
}

const struct pl_command PL_COMMAND_EVAL = {
    .name = "eval",
    .summary = "Run golden cases, score and judge them: is it good enough, and did it get worse?",
    .about = "Runs the suites of the line's `evals`: asks every case, scores every output, and "
             "judges the suite's limits with their uncertainty. Every call is kept in the run's "
             "record under .plimsoll/evals beside the line; what was asked before in the same "
             "words is taken from there and not paid for again.\n\n"
             "Ctrl-C stops: answers under way are still taken, and `--resume` goes on. The gate "
             "takes the newest complete run of each suite as it stands.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};
