/*
 * The parts of the line that speak of models and of evals. They live and end with the line
 * (line/line.h), whose `evals` points here.
 */
#ifndef PL_LINE_EVALS_H
#define PL_LINE_EVALS_H

#include "line/line.h"

#define PL_MODELS_MAX  64
#define PL_SUITES_MAX  64
#define PL_SCORERS_MAX 24 /* of one suite */

/* What tokens cost, per million, and what a call costs besides. */
struct pl_price_book {
    bool given;
    bool cached_given;      /* else cached tokens cost what others do */
    bool cache_write_given; /* else tokens written into the cache cost what others do */
    bool reasoning_given;   /* else tokens of reasoning cost what others of the output do */
    double input;
    double cached_input;
    double cache_write;
    double output;
    double reasoning;
    double request; /* of each call; 0 when not given */
};

/* Which part of the API is asked for outputs. Evals ask the first two only. */
enum pl_model_api {
    PL_MODEL_CHAT,
    PL_MODEL_COMPLETIONS,
    PL_MODEL_EMBEDDINGS,
    PL_MODEL_RESPONSES,
    PL_MODEL_DECIDE, /* the endpoint is asked as it is: JSON in, JSON out */
};

/* What a server promises, as bits. */
enum pl_model_can {
    PL_CAN_LOGPROBS = 1 << 0,
    PL_CAN_TOP_LOGPROBS = 1 << 1,
    PL_CAN_TOOLS = 1 << 2,
    PL_CAN_JSON_SCHEMA = 1 << 3,
    PL_CAN_STREAM_USAGE = 1 << 4,
    PL_CAN_SEED = 1 << 5,
    PL_CAN_EMBEDDINGS = 1 << 6,
    PL_CAN_IMAGES = 1 << 7,
};
#define PL_ENDPOINTS_MAX 16 /* of one model */

/* A model behind an address. Numbers that are 0 bound nothing. */
struct pl_model {
    struct pl_str name;
    struct pl_str endpoint;   /* the first of `endpoints` */
    struct pl_strs endpoints; /* all addresses of the model, alike; at least one */
    struct pl_str model;      /* what the server calls it */
    struct pl_str key;        /* the environment variable that holds the key; empty: none */
    enum pl_model_api api;
    struct pl_str parameters; /* a JSON object; empty: none */
    struct pl_str ca_file;    /* a path as written; empty: the system's */
    struct pl_price_book price;
    uint64_t connect_ms;
    uint64_t first_token_ms;
    uint64_t total_ms;
    uint32_t at_once;
    uint32_t attempts;
    uint64_t requests_per_minute;
    uint64_t tokens_per_minute;
    bool stream;
    bool is_private; /* its names may resolve to private addresses */
    bool can_given;  /* else it is taken to be able to do everything, and promises nothing */
    uint32_t can;    /* bits of enum pl_model_can */
    struct pl_place place;
    struct pl_place endpoint_place;
    struct pl_place key_place;
};

enum pl_scorer_kind {
    PL_SCORER_EXACT,
    PL_SCORER_NORMALISED_EXACT,
    PL_SCORER_SQUAD_EXACT,
    PL_SCORER_CONTAINS,
    PL_SCORER_CONTAINS_ALL,
    PL_SCORER_REGEX,
    PL_SCORER_ONE_OF,
    PL_SCORER_NUMERIC,
    PL_SCORER_TOKEN_F1,
    PL_SCORER_JSON,
    PL_SCORER_JSON_SCHEMA,
    PL_SCORER_BLEU,
    PL_SCORER_CHRF,
    PL_SCORER_CHRF_PLUS,
    PL_SCORER_TER,
    PL_SCORER_ROUGE_1,
    PL_SCORER_ROUGE_2,
    PL_SCORER_ROUGE_L,
    PL_SCORER_ROUGE_LSUM,
    PL_SCORER_GLEU,
    PL_SCORER_EDIT_SIMILARITY,
    PL_SCORER_SEMANTIC_SIMILARITY,
    PL_SCORER_CLASSIFICATION,
    PL_SCORER_REFUSAL,
    PL_SCORER_TOOL_CALLS,
    PL_SCORER_LATENCY,
    PL_SCORER_TOKENS,
    PL_SCORER_COST,
    PL_SCORER_LENGTH,
    PL_SCORER_COMMAND,
    PL_SCORER_JUDGE,
    PL_SCORER_ATTACK,
    PL_SCORER_OVER_BLOCKED,
};
#define PL_SCORER_KINDS_COUNT 33

enum pl_judge_form { PL_JUDGE_PASS_FAIL, PL_JUDGE_SCALE, PL_JUDGE_PAIRWISE };

/* How outputs are scored. What a scorer does not use stays empty. */
struct pl_scorer {
    enum pl_scorer_kind kind;
    struct pl_str name;     /* of its measure; one word, unlike all others of the suite */
    struct pl_str of;       /* the part of a JSON output that is scored */
    struct pl_str expected; /* the column of the right answer; the suite's when not given */
    struct pl_strs values;
    struct pl_str pattern;
    bool ignore_case;
    double tolerance;
    bool relative;
    struct pl_str file;
    struct pl_mappings options; /* of a text metric */
    struct pl_strs command;
    struct pl_str model_name;
    const struct pl_model *model; /* NULL: none is named */
    struct pl_str rubric;
    enum pl_judge_form form;
    uint32_t scale;
    struct pl_str against;
    uint32_t votes;
    struct pl_str human;
    double bar;
    struct pl_str positive;
    double min;
    double max;
    bool min_given;
    bool max_given;
    bool invert;
    struct pl_place place;
    struct pl_place file_place;
    struct pl_place model_place;
    struct pl_place rubric_place;
};

/* Which column of the cases is what; empty: there is none. */
struct pl_suite_columns {
    struct pl_str id;
    struct pl_str input;
    struct pl_str expected;
    struct pl_str latency_ms;
    struct pl_str cost;
    struct pl_str input_tokens;
    struct pl_str output_tokens;
};

/* Golden cases, where outputs come from, how they are scored and what must hold. Exactly one of `model`,
   `command` and `output_column` says where outputs come from. */
struct pl_suite {
    struct pl_str name;
    struct pl_str cases; /* a path or glob as written, or "redteam" */
    struct pl_suite_columns columns;
    struct pl_str prompt; /* a path as written; empty: the input as it is */
    const struct pl_model *model;
    struct pl_str model_name;
    struct pl_strs command;
    struct pl_str output_column;
    struct pl_str output_file; /* empty: the outputs stand beside the cases */
    struct pl_str output_id;
    uint64_t command_ms;
    uint32_t at_once;
    uint32_t repeats;
    struct pl_str group; /* the column whose cases are not independent; empty: none */
    double failures;     /* the share that may fail */
    double unparsed;     /* the share of verdicts that may be unreadable */
    uint64_t seed;
    uint32_t attacks; /* of the built-in suite: how many */
    const struct pl_scorer *scorers;
    size_t scorers_count;
    /* The suite as a line of its own, for the measuring and the judging of its results: its segments,
       its limits, the evidence and the risk of the whole. `data.decisions` is empty: the results of a
       run are put there. */
    const struct pl_line *line;
    struct pl_place place;
    struct pl_place cases_place;
    struct pl_place prompt_place;
    struct pl_place model_place;
    struct pl_place file_place;
};

struct pl_evals {
    const struct pl_model *models;
    size_t models_count;
    const struct pl_suite *suites;
    size_t suites_count;
};

/* The suite or model of that name; NULL when there is none. */
const struct pl_suite *pl_suite_find(const struct pl_evals *evals, struct pl_str name);
const struct pl_model *pl_model_find(const struct pl_evals *evals, struct pl_str name);

/* A judge of pass or fail with labels of people: its figures are corrected by them. */
bool pl_scorer_is_measured(const struct pl_scorer *scorer);

/* The scorer whose label and prediction stand in the results: a classification, or a judge that is
   measured; NULL when there is none. */
const struct pl_scorer *pl_suite_labelled(const struct pl_suite *suite);

/* "exact", "chrf++": as it stands in the line. */
const char *pl_scorer_kind_name(enum pl_scorer_kind kind);

/* The cases are those that the program makes itself. */
bool pl_suite_is_builtin(const struct pl_suite *suite);

/* Whether there is anything to judge: decisions, or suites of evals. A line may also only serve. */
bool pl_line_is_judged(const struct pl_line *line);

#endif
