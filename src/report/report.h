/*
 * What is shown of a gate or an audit, in every format. The results are gathered in one struct, and
 * one writer for each format turns it into bytes in a buffer. Writers are pure: they round for the
 * eye and change nothing. A new format is a new file and a row of the table in formats.c.
 */
#ifndef PL_REPORT_REPORT_H
#define PL_REPORT_REPORT_H

#include "base/buffer.h"
#include "eval/judged.h"
#include "judge/judge.h"
#include "launch/launch.h"
#include "line/line.h"
#include "measure/confusions.h"
#include "measure/measure.h"
#include "measure/reliability.h"
#include "fairness/fairness.h"
#include "mix/mix.h"
#include "report/page.h"
#include "search/search.h"

/* What the data was when it was measured. */
struct pl_data_print {
    uint64_t files;        /* 0: not files, or none was found by the pattern */
    uint64_t size_bytes;   /* of all files */
    const char *hash;      /* lower-case hex, or NULL when there is none */
    bool whole;            /* the hash is of all bytes; false: of the sizes and ends of the files */
    uint64_t ledger_block; /* of live traffic: the last block with data; 0: files */
    uint64_t since_ms;     /* of live traffic: its window in Unix time; 0: no bound */
    uint64_t until_ms;
};

/* What a baseline's data were. */
struct pl_baseline_print {
    const struct pl_baseline *baseline;
    struct pl_data_print data;
};

/* All that a gate has to say. Nothing is owned. */
struct pl_gate_result {
    const struct pl_line *line;
    const char *line_hash; /* of the line's bytes, lower-case hex */
    const struct pl_measured *measured;
    const struct pl_judgement *judgement;
    const struct pl_launch *launch;        /* NULL: the line has none */
    const struct pl_launch_slice *slice;   /* the slice that was asked for; NULL: all decisions */
    struct pl_suite_judged *const *suites; /* of evals, that have a run */
    size_t suites_count;
    struct pl_data_print data;
    const struct pl_baseline_print *baselines; /* of those that limits name, and perhaps others */
    size_t baselines_count;
    const char *version;
    const char *figures_hash; /* of pl_gate_figures, and of the program; for the record only */
    const char *binary_hash;
    uint64_t ledger_block;   /* where the verdict is recorded */
    const char *ledger_hash; /* of that block; NULL when it was not recorded */
    double elapsed_seconds;  /* not in the JSON, which is the same for the same input */
};

/* Whether the gate passes: by the slice that was asked for, by the launch, or by all decisions. */
bool pl_gate_passes(const struct pl_gate_result *result);

/* All that an audit has to say. Nothing is owned. */
struct pl_audit_result {
    const char *line; /* the path of the line that the data are of; NULL: of none */
    const struct pl_measured *measured;
    const struct pl_between *betweens;
    size_t betweens_count;
    const struct pl_search *search;     /* NULL: none was asked for */
    const struct pl_fairness *fairness; /* NULL: it was not asked for */
    bool measures_asked; /* the measures were named: with fairness, tables show only then */
    const struct pl_reliabilities *calibration; /* NULL: it was not asked for */
    const struct pl_mixes *mixes;               /* gaps split within strata; NULL: none were made */
    const struct pl_confusions *confusions;     /* NULL: the task has no classes */
    struct pl_data_print data;
    const char *version;
    double elapsed_seconds;
};

typedef void (*pl_gate_write)(const struct pl_gate_result *result, struct pl_style style,
                              struct pl_buffer *out);
typedef void (*pl_audit_write)(const struct pl_audit_result *result, struct pl_style style,
                               struct pl_buffer *out);

/* One format. `style` matters to text only. */
struct pl_report_format {
    const char *name;
    pl_gate_write gate;
    pl_audit_write audit; /* NULL when an audit has no such format */
};

/* The table of formats; the first is the default. */
extern const struct pl_report_format PL_REPORT_FORMATS[];
extern const size_t PL_REPORT_FORMATS_COUNT;

/* The row of that name; NULL when there is none. */
const struct pl_report_format *pl_report_format_find(const char *name);

/* The writers. pl_buffer_check says afterwards whether everything fitted. */
void pl_gate_text(const struct pl_gate_result *result, struct pl_style style,
                  struct pl_buffer *out);
void pl_gate_json(const struct pl_gate_result *result, struct pl_style style,
                  struct pl_buffer *out);
void pl_gate_markdown(const struct pl_gate_result *result, struct pl_style style,
                      struct pl_buffer *out);
void pl_gate_junit(const struct pl_gate_result *result, struct pl_style style,
                   struct pl_buffer *out);
void pl_audit_text(const struct pl_audit_result *result, struct pl_style style,
                   struct pl_buffer *out);
void pl_audit_json(const struct pl_audit_result *result, struct pl_style style,
                   struct pl_buffer *out);
void pl_audit_markdown(const struct pl_audit_result *result, struct pl_style style,
                       struct pl_buffer *out);

/*
 * All that was measured, and of what, on one line; nothing of it depends on the ledger. Its hash
 * says whether two verdicts are about the same figures.
 */
void pl_gate_figures(const struct pl_gate_result *result, struct pl_buffer *out);

/*
 * The body of the record of a verdict: the gate's JSON on one line without the cases behind each
 * finding, which can be measured again. Always below `size_bytes_max`: slices stand in it as far as
 * they fit, those of one segment first, and "slices_omitted" counts the others; when the limits
 * alone are too many, the last are left out and their number is said in "findings_omitted".
 */
void pl_gate_record(const struct pl_gate_result *result, size_t size_bytes_max,
                    struct pl_buffer *out);

#endif
