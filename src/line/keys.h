/*
 * The table of keys: one row for each key of the line. Parsing, checking, the defaults, the JSON
 * Schema and the reference page all come from these rows and from nothing else, so that a new key
 * is one new row. The tables are constant; any thread may read them.
 */
#ifndef PL_LINE_KEYS_H
#define PL_LINE_KEYS_H

#include "line/line.h"

/* A group of keys that stand together in one map. */
enum pl_section {
    PL_SECTION_TOP,
    PL_SECTION_PURPOSE,
    PL_SECTION_RISK,
    PL_SECTION_DATA,
    PL_SECTION_COLUMNS,
    PL_SECTION_SEGMENT, /* one entry of data.segments, in its long form */
    PL_SECTION_COSTS,
    PL_SECTION_COST_SLICE,       /* one entry of costs.slices */
    PL_SECTION_BASELINE,         /* one entry of baselines */
    PL_SECTION_BASELINE_COLUMNS, /* its columns */
    PL_SECTION_LIMIT,            /* one entry of limits */
    PL_SECTION_EVIDENCE,
    PL_SECTION_RELEASE,
    PL_SECTION_LAUNCH,
    PL_SECTION_WATCH,
    PL_SECTION_MODEL, /* one entry of models */
    PL_SECTION_PRICE,
    PL_SECTION_TIMEOUT,
    PL_SECTION_SUITE, /* one entry of evals */
    PL_SECTION_SUITE_COLUMNS,
    PL_SECTION_OUTPUT,
    PL_SECTION_SCORER, /* one entry of a suite's scorers */
    PL_SECTION_ROUTE,
    PL_SECTION_TIER, /* one entry of route.tiers */
    PL_SECTION_CONFIDENCE,
    PL_SECTION_FALLBACK,
    PL_SECTION_RULE, /* one entry of route.rules */
    PL_SECTION_HOLD_BACK,
    PL_SECTION_PREFERENCE,
    PL_SECTION_FLAG,
    PL_SECTION_SHADOW,
    PL_SECTION_EXPERIMENT,
    PL_SECTION_ARM, /* one entry of an experiment's arms, in its long form */
    PL_SECTION_GUARD,
    PL_SECTION_FILTER, /* one entry of guard.input or guard.output */
    PL_SECTION_SERVE,
    PL_SECTION_TLS,
};
#define PL_SECTIONS_COUNT 37

/* What may stand after the colon, and what it becomes in memory. */
enum pl_key_type {
    PL_KEY_SECTION,  /* a map of the keys of section `opens` */
    PL_KEY_NAME,     /* one line of text -> struct pl_str */
    PL_KEY_TEXT,     /* any text -> struct pl_str */
    PL_KEY_SQL,      /* an SQL expression -> struct pl_str */
    PL_KEY_PATH,     /* a path, glob or address -> struct pl_str */
    PL_KEY_TEXTS,    /* a list of texts, or one -> struct pl_strs */
    PL_KEY_NUMBER,   /* -> double */
    PL_KEY_SHARE,    /* a number or a percentage -> double */
    PL_KEY_INTEGER,  /* -> uint32_t or uint64_t, by size_bytes */
    PL_KEY_RATE,     /* a quantity for a period -> double, a year */
    PL_KEY_DURATION, /* -> uint64_t, milliseconds */
    PL_KEY_FLAG,     /* true or false -> bool */
    PL_KEY_WORD,     /* one of `words` -> an enum */
    PL_KEY_SWITCHES, /* a list of `words` -> an array of bool, one for each word */
    PL_KEY_BITS,     /* a list of `words` -> uint32_t */
    PL_KEY_NUMBERS,  /* an ascending list of numbers -> struct pl_bins */
    PL_KEY_MAPPINGS, /* a map of names to names -> struct pl_mappings */
    PL_KEY_SEGMENTS, /* a map of segments -> data.segments */
    PL_KEY_COSTS,    /* the list of costs of slices -> kept until the segments are known */
    PL_KEY_BASELINE, /* a map of baselines -> kept until the whole line is read */
    PL_KEY_NAMED,    /* a map of names to maps of `opens` -> the node, kept for later */
    PL_KEY_LISTED,   /* a list of maps of `opens` -> the node, kept for later */
    PL_KEY_JSON,     /* a map or list of any depth -> struct pl_str, as JSON */
    PL_KEY_LIMITS,   /* the list of limits -> kept until the whole line is read */
    PL_KEY_METRIC,   /* the name of a measure -> struct pl_str; measure/ knows which there are */
    PL_KEY_BY,       /* segments and crossings -> the node, kept until the whole line is read */
    PL_KEY_PART,     /* a map of the keys of section `opens`, read once the models are known */
    PL_KEY_PARTS,    /* the same, or a list of such maps */
    PL_KEY_ARMS,   /* a map of names to shares, or to maps of `opens` -> the node, kept for later */
    PL_KEY_GROUPS, /* a map of segments to one group or a list of them -> the node */
    PL_KEY_SHARES, /* an ascending list of shares -> struct pl_bins */
    PL_KEY_SIZE,   /* an amount of bytes -> uint64_t */
    PL_KEY_ON_OFF, /* on or off; true and false are the same -> bool */
};

struct pl_word {
    const char *name;
    uint32_t value; /* of the enum; for PL_KEY_BITS the bit */
    const char *help;
};

struct pl_words {
    const struct pl_word *items;
    size_t count;
};

/*
 * A row. Offsets count from struct pl_line, but in PL_SECTION_SEGMENT from struct pl_segment_row, in
 * PL_SECTION_COST_SLICE from struct pl_cost_row, in PL_SECTION_MODEL and those it opens from struct
 * pl_model, in PL_SECTION_SUITE and those it opens from struct pl_suite_row, in PL_SECTION_SCORER from
 * struct pl_scorer, in PL_SECTION_BASELINE and its columns from struct
 * pl_baseline_row, and in PL_SECTION_LIMIT from struct pl_limit_row (reader.h); those of live traffic
 * from the rows in serving_rows.h. `min` and `max` both 0: no bounds; one-sided bounds have an infinity
 * on the other side.
 */
struct pl_key {
    enum pl_section section;
    const char *name;
    enum pl_key_type type;
    bool required;
    enum pl_section opens; /* PL_KEY_SECTION, NAMED, LISTED, PART, PARTS, ARMS */
    double min;
    double max;
    const char *fallback;         /* the default as it would be written; NULL when there is none */
    const struct pl_words *words; /* WORD, SWITCHES, BITS */
    size_t offset;
    size_t size_bytes;
    size_t given_offset; /* a bool that is set when the key is there; 0: none */
    size_t place_offset; /* a struct pl_place of the value; 0: none */
    const char *help;    /* one plain sentence */
    const char *example;
};

struct pl_section_help {
    const char *path; /* "data.columns", "limits[]"; empty for the top */
    const char *help; /* one or two plain sentences */
};

size_t pl_keys_count(void);
const struct pl_key *pl_key_at(size_t index);

/* The row of a key, or NULL. */
const struct pl_key *pl_key_find(enum pl_section section, struct pl_str name);

/* The names of a section's keys, in the order of the table; at most `names_max` are written. */
size_t pl_key_names(enum pl_section section, const char **ret_names, size_t names_max);
#define PL_SECTION_KEYS_MAX 32

const struct pl_section_help *pl_section_help_at(enum pl_section section);

/* The words that stand in the line, each with what it means. */
extern const struct pl_words PL_WORDS_VERDICT;
extern const struct pl_words PL_WORDS_SEVERITY;
extern const struct pl_words PL_WORDS_REVERSIBILITY;
extern const struct pl_words PL_WORDS_USERS;
extern const struct pl_words PL_WORDS_NEED;
extern const struct pl_words PL_WORDS_TASK;
extern const struct pl_words PL_WORDS_SMALL;
extern const struct pl_words PL_WORDS_UNPROVEN;
extern const struct pl_words PL_WORDS_MISSING;
extern const struct pl_words PL_WORDS_DECIDES;
extern const struct pl_words PL_WORDS_INTERVAL;
extern const struct pl_words PL_WORDS_JUDGE;
extern const struct pl_words PL_WORDS_WATCHED;
extern const struct pl_words PL_WORDS_BETTER;
extern const struct pl_words PL_WORDS_MODEL_API;
extern const struct pl_words PL_WORDS_SCORER;
extern const struct pl_words PL_WORDS_JUDGE_FORM;
extern const struct pl_words PL_WORDS_MODEL_CAN;
extern const struct pl_words PL_WORDS_CONFIDENCE_FROM;
extern const struct pl_words PL_WORDS_CONFIDENCE_SIGNAL;
extern const struct pl_words PL_WORDS_GUARD_FILTER;
extern const struct pl_words PL_WORDS_GUARD_DO;
extern const struct pl_words PL_WORDS_KEYS;
extern const struct pl_words PL_WORDS_UNLOGGED;
extern const struct pl_words PL_WORDS_PAYLOADS;

/* The row whose name is `text`, or NULL. */
const struct pl_word *pl_word_find(const struct pl_words *words, struct pl_str text);

/* The name of the row with `value`; the value must be in the table. */
const char *pl_word_name(const struct pl_words *words, uint32_t value);

/* What that word means, as it stands in the reference; no full stop at its end. */
const char *pl_word_meaning(const struct pl_words *words, uint32_t value);

#endif
