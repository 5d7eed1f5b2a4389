/* From the path of a line to a verdict with all that it rests on, for the commands that show one. */
#ifndef PL_CLI_JUDGING_H
#define PL_CLI_JUDGING_H

#include "cli/facts.h"
#include "cli/live.h"
#include "cli/suites.h"
#include "ledger/ledger.h"
#include "report/report.h"

struct pl_judging_request {
    const char *line;  /* the path */
    const char *slice; /* of the launch; NULL: all decisions */
    struct pl_live_window window;
    uint64_t threads; /* 0: one for each processor */
    bool no_record;
    bool with_scores; /* for the HTML report, which shows how scores are spread */
};

/* A verdict on its way. All but the measured arrays lives in the arena. */
struct pl_judging {
    struct pl_judging_request request;
    struct pl_arena arena;
    struct pl_line *line;
    char line_hash[PL_LEDGER_HASH_TEXT_SIZE];
    struct pl_str ledger; /* the folder */
    struct pl_facts facts;
    struct pl_live_use live;
    struct pl_data_print data;
    char figures_hash[PL_LEDGER_HASH_TEXT_SIZE]; /* of all that was measured */
    char binary_hash[PL_LEDGER_HASH_TEXT_SIZE];  /* of this program */
    struct pl_baseline_print *baselines;
    struct pl_suites suites;
    struct pl_measured *measured;
    struct pl_judgement *judgement;
    struct pl_launch *launch;            /* NULL: the line has none */
    const struct pl_launch_slice *slice; /* NULL: none was asked for */
    struct pl_ledger_head head;
    uint64_t started_ns;
};

/* Reads, measures, judges, and unless told otherwise records. Call pl_judging_deinit in any case. */
PL_MUST_CHECK enum pl_status pl_judging_run(const struct pl_judging_request *request,
                                            struct pl_judging *judging, struct pl_error *error);
void pl_judging_deinit(struct pl_judging *judging);

/* The verdict for all decisions, and what is shown: of a slice that was asked for as if it were the
   whole. Both point into `judging`. */
struct pl_gate_result pl_judging_result(const struct pl_judging *judging);
struct pl_gate_result pl_judging_shown(const struct pl_judging *judging);

/* Writes the HTML report of what is shown to a file. */
PL_MUST_CHECK enum pl_status pl_judging_write_html(struct pl_judging *judging, const char *path,
                                                   struct pl_error *error);

#endif
