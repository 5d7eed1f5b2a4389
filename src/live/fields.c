/* The tables of the warehouse, column by column. */
#include "live/fields.h"

#define FIELDS(array) (array), sizeof(array) / sizeof *(array)

static const struct pl_live_field DECISION[] = {
    {"id", "id", NULL, PL_LIVE_TEXT},
    {"time", "time_ms", NULL, PL_LIVE_TIME},
    {"feature", "feature", NULL, PL_LIVE_TEXT},
    {"api", "api", NULL, PL_LIVE_TEXT},
    {"status", "status", NULL, PL_LIVE_TEXT},
    {"http", "http", NULL, PL_LIVE_INTEGER},
    {"error", "error", NULL, PL_LIVE_TEXT},
    {"stream", "stream", NULL, PL_LIVE_TRUTH},
    {"key", "key", NULL, PL_LIVE_TEXT},
    {"subject", "subject", NULL, PL_LIVE_TEXT},
    {"segments", "segments", NULL, PL_LIVE_NAMES},
    {"config", "config", NULL, PL_LIVE_TEXT},
    {"model", "model", NULL, PL_LIVE_TEXT},
    {"tier", "tier", NULL, PL_LIVE_INTEGER},
    {"confidence", "confidence", NULL, PL_LIVE_REAL},
    {"signal", "signal", NULL, PL_LIVE_REAL},
    {"threshold", "threshold", NULL, PL_LIVE_REAL},
    {"experiments", "experiments", NULL, PL_LIVE_NAMES},
    {"rule", "rule", NULL, PL_LIVE_INTEGER},
    {"preference", "preference", NULL, PL_LIVE_TEXT},
    {"prompt_tokens", "prompt", "tokens", PL_LIVE_INTEGER},
    {"cached_tokens", "cached", "tokens", PL_LIVE_INTEGER},
    {"completion_tokens", "completion", "tokens", PL_LIVE_INTEGER},
    {"reasoning_tokens", "reasoning", "tokens", PL_LIVE_INTEGER},
    {"cost", "cost", NULL, PL_LIVE_REAL},
    {"queue_ms", "queue_ms", NULL, PL_LIVE_REAL},
    {"upstream_ms", "upstream_ms", NULL, PL_LIVE_REAL},
    {"own_ms", "own_ms", NULL, PL_LIVE_REAL},
    {"first_ms", "first_ms", NULL, PL_LIVE_REAL},
    {"total_ms", "total_ms", NULL, PL_LIVE_REAL},
    {"guards", "guards", NULL, PL_LIVE_JSON},
    {"input_hash", "input_hash", NULL, PL_LIVE_TEXT},
    {"output_hash", "output_hash", NULL, PL_LIVE_TEXT},
    {"input", "input", NULL, PL_LIVE_TEXT},
    {"output", "output", NULL, PL_LIVE_TEXT},
    {"score", "score", NULL, PL_LIVE_REAL},
    {"prediction", "prediction", NULL, PL_LIVE_VALUE},
    {"label", "label", NULL, PL_LIVE_VALUE},
};

/* One row for each item of a decision's `attempts`; `seq` is the decision's. */
static const struct pl_live_field ATTEMPT[] = {
    {"attempt", NULL, NULL, PL_LIVE_INTEGER}, /* from 0 */
    {"tier", "tier", NULL, PL_LIVE_INTEGER},
    {"model", "model", NULL, PL_LIVE_TEXT},
    {"purpose", "purpose", NULL, PL_LIVE_TEXT},
    {"end", "end", NULL, PL_LIVE_TEXT},
    {"http", "http", NULL, PL_LIVE_INTEGER},
    {"signal", "signal", NULL, PL_LIVE_REAL},
    {"confidence", "confidence", NULL, PL_LIVE_REAL},
    {"prompt_tokens", "prompt", "tokens", PL_LIVE_INTEGER},
    {"cached_tokens", "cached", "tokens", PL_LIVE_INTEGER},
    {"completion_tokens", "completion", "tokens", PL_LIVE_INTEGER},
    {"reasoning_tokens", "reasoning", "tokens", PL_LIVE_INTEGER},
    {"cost", "cost", NULL, PL_LIVE_REAL},
    {"ms", "ms", NULL, PL_LIVE_REAL},
    {"first_ms", "first_ms", NULL, PL_LIVE_REAL},
};

static const struct pl_live_field FEEDBACK[] = {
    {"decision", "decision", NULL, PL_LIVE_TEXT},
    {"time", "time_ms", NULL, PL_LIVE_TIME},
    {"name", "name", NULL, PL_LIVE_TEXT},
    {"value", "value", NULL, PL_LIVE_VALUE},
    {"id", "id", NULL, PL_LIVE_TEXT},
    {"key", "key", NULL, PL_LIVE_TEXT},
};

static const struct pl_live_field EXPOSURE[] = {
    {"time", "time_ms", NULL, PL_LIVE_TIME},          {"feature", "feature", NULL, PL_LIVE_TEXT},
    {"experiment", "experiment", NULL, PL_LIVE_TEXT}, {"arm", "arm", NULL, PL_LIVE_TEXT},
    {"subject", "subject", NULL, PL_LIVE_TEXT},       {"decision", "decision", NULL, PL_LIVE_TEXT},
};

static const struct pl_live_field FLAG[] = {
    {"time", "time_ms", NULL, PL_LIVE_TIME},
    {"feature", "feature", NULL, PL_LIVE_TEXT},
    {"change", "change", NULL, PL_LIVE_TEXT},
    {"share", "share", NULL, PL_LIVE_REAL},
    {"stage", "stage", NULL, PL_LIVE_INTEGER},
    {"slice", "slice", NULL, PL_LIVE_JSON},
    {"who", "who", NULL, PL_LIVE_TEXT},
    {"why", "why", NULL, PL_LIVE_TEXT},
    {"version", "version", NULL, PL_LIVE_INTEGER},
};

static const struct pl_live_field VERDICT[] = {
    {"time", "time_ms", NULL, PL_LIVE_TIME},     {"feature", "feature", NULL, PL_LIVE_TEXT},
    {"verdict", "verdict", NULL, PL_LIVE_TEXT},  {"allowed", "allowed", NULL, PL_LIVE_TRUTH},
    {"line_hash", "hash", "line", PL_LIVE_TEXT}, {"data_hash", "hash", "data", PL_LIVE_TEXT},
};

static const struct pl_live_field SHADOW[] = {
    {"decision", "decision", NULL, PL_LIVE_TEXT},
    {"time", "time_ms", NULL, PL_LIVE_TIME},
    {"feature", "feature", NULL, PL_LIVE_TEXT},
    {"champion", "champion", NULL, PL_LIVE_TEXT},
    {"model", "model", "attempt", PL_LIVE_TEXT},
    {"end", "end", "attempt", PL_LIVE_TEXT},
    {"http", "http", "attempt", PL_LIVE_INTEGER},
    {"cost", "cost", "attempt", PL_LIVE_REAL},
    {"ms", "ms", "attempt", PL_LIVE_REAL},
    {"same", "same", NULL, PL_LIVE_TRUTH},
    {"champion_hash", "champion_hash", NULL, PL_LIVE_TEXT},
    {"output_hash", "output_hash", NULL, PL_LIVE_TEXT},
    {"input", "input", NULL, PL_LIVE_TEXT},
    {"champion_output", "champion_output", NULL, PL_LIVE_TEXT},
    {"output", "output", NULL, PL_LIVE_TEXT},
};

const struct pl_live_table PL_LIVE_TABLES[PL_LIVE_TABLES_COUNT] = {
    [PL_LIVE_DECISIONS] = {"decisions", "decision", FIELDS(DECISION)},
    [PL_LIVE_ATTEMPTS] = {"attempts", NULL, FIELDS(ATTEMPT)},
    [PL_LIVE_FEEDBACK] = {"feedback", "feedback", FIELDS(FEEDBACK)},
    [PL_LIVE_EXPOSURES] = {"exposures", "exposure", FIELDS(EXPOSURE)},
    [PL_LIVE_FLAGS] = {"flags", "flag", FIELDS(FLAG)},
    [PL_LIVE_VERDICTS] = {"verdicts", "verdict", FIELDS(VERDICT)},
    [PL_LIVE_SHADOWS] = {"shadows", "shadow", FIELDS(SHADOW)},
};

const char *pl_live_staged_type(enum pl_live_type type)
{
    switch (type) {
    case PL_LIVE_INTEGER:
    case PL_LIVE_TRUTH:
    case PL_LIVE_TIME:
        return "BIGINT";
    case PL_LIVE_REAL:
        return "DOUBLE";
    case PL_LIVE_TEXT:
    case PL_LIVE_JSON:
    case PL_LIVE_NAMES:
    case PL_LIVE_VALUE:
        break;
    }
    return "VARCHAR";
}

const char *pl_live_stored_type(enum pl_live_type type)
{
    switch (type) {
    case PL_LIVE_TRUTH:
        return "BOOLEAN";
    case PL_LIVE_TIME:
        return "TIMESTAMPTZ";
    case PL_LIVE_NAMES:
        return "MAP(VARCHAR, VARCHAR)";
    case PL_LIVE_INTEGER:
    case PL_LIVE_REAL:
    case PL_LIVE_TEXT:
    case PL_LIVE_JSON:
    case PL_LIVE_VALUE:
        break;
    }
    return pl_live_staged_type(type);
}
