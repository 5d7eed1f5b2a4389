/* The JSON Schema (draft 2020-12) of the line, written from the table of keys: one small writer for
   each type of key, and the few rules of a section that span several of its keys. */
#include "line/schema.h"

#include <math.h>
#include <string.h>

#include "line/keys.h"
#include "line/units.h"

struct schema {
    struct pl_json *json;
    const char *const *metric_names;
    size_t metric_names_count;
};

static void write_section(const struct schema *schema, enum pl_section section);

static void write_pair(struct pl_json *json, const char *key, const char *value)
{
    pl_json_key(json, key);
    pl_json_text(json, value);
}

static void write_number(struct pl_json *json, const char *key, double value)
{
    pl_json_key(json, key);
    pl_json_double(json, value);
}

/* Any scalar but null may stand where text is wanted: `positive: 1`, `title: 2024`. */
static void write_text_type(struct pl_json *json)
{
    pl_json_key(json, "type");
    pl_json_open_array(json);
    pl_json_text(json, "string");
    pl_json_text(json, "number");
    pl_json_text(json, "boolean");
    pl_json_close_array(json);
    write_pair(json, "pattern", "\\S");
}

static void write_text_object(struct pl_json *json)
{
    pl_json_open_object(json);
    write_text_type(json);
    pl_json_close_object(json);
}

static void write_words(struct pl_json *json, const struct pl_words *words)
{
    pl_json_key(json, "enum");
    pl_json_open_array(json);
    for (size_t i = 0; i < words->count; i++)
        pl_json_text(json, words->items[i].name);
    pl_json_close_array(json);
}

static void write_bounds(struct pl_json *json, const struct pl_key *key)
{
    const bool has_bounds = key->min < 0 || key->min > 0 || key->max < 0 || key->max > 0;

    if (has_bounds && isfinite(key->min))
        write_number(json, "minimum", key->min);
    if (has_bounds && isfinite(key->max))
        write_number(json, "maximum", key->max);
}

/* A number as JSON has it, or text that carries `_` or a unit. */
static void write_numeric(struct pl_json *json, const struct pl_key *key, const char *type,
                          const char *pattern)
{
    pl_json_key(json, "anyOf");
    pl_json_open_array(json);
    pl_json_open_object(json);
    write_pair(json, "type", type);
    write_bounds(json, key);
    pl_json_close_object(json);
    pl_json_open_object(json);
    write_pair(json, "type", "string");
    write_pair(json, "pattern", pattern);
    pl_json_close_object(json);
    pl_json_close_array(json);
}

static void write_name(const struct schema *schema, const struct pl_key *key)
{
    (void)key;
    write_text_type(schema->json);
}

static void write_float(const struct schema *schema, const struct pl_key *key)
{
    write_numeric(schema->json, key, "number", PL_PATTERN_NUMBER);
}

static void write_share(const struct schema *schema, const struct pl_key *key)
{
    write_numeric(schema->json, key, "number", PL_PATTERN_SHARE);
}

/* The only value, as a number or in quotes. */
static void write_constant(struct pl_json *json, double value)
{
    char text[32];

    pl_json_format_double(value, text);
    pl_json_key(json, "enum");
    pl_json_open_array(json);
    pl_json_double(json, value);
    pl_json_text(json, text);
    pl_json_close_array(json);
}

static void write_integer(const struct schema *schema, const struct pl_key *key)
{
    if (key->min == key->max)
        write_constant(schema->json, key->min);
    else
        write_numeric(schema->json, key, "integer", PL_PATTERN_INTEGER);
}

static void write_rate(const struct schema *schema, const struct pl_key *key)
{
    (void)key;
    write_pair(schema->json, "type", "string");
    write_pair(schema->json, "pattern", PL_PATTERN_RATE);
}

static void write_duration(const struct schema *schema, const struct pl_key *key)
{
    (void)key;
    write_pair(schema->json, "type", "string");
    write_pair(schema->json, "pattern", PL_PATTERN_DURATION);
}

static void write_word(const struct schema *schema, const struct pl_key *key)
{
    write_words(schema->json, key->words);
}

/* What is in `items` of a list, or stands alone for a list of one. */
static void write_item(const struct schema *schema, const struct pl_key *key)
{
    pl_json_open_object(schema->json);
    if (key->words != NULL)
        write_words(schema->json, key->words);
    else
        write_text_type(schema->json);
    pl_json_close_object(schema->json);
}

static void write_list(const struct schema *schema, const struct pl_key *key)
{
    struct pl_json *json = schema->json;

    pl_json_key(json, "anyOf");
    pl_json_open_array(json);
    write_item(schema, key);
    pl_json_open_object(json);
    write_pair(json, "type", "array");
    pl_json_key(json, "items");
    write_item(schema, key);
    pl_json_close_object(json);
    pl_json_close_array(json);
}

static void write_numbers(const struct schema *schema, const struct pl_key *key)
{
    struct pl_json *json = schema->json;

    write_pair(json, "type", "array");
    write_number(json, "minItems", 1);
    pl_json_key(json, "items");
    pl_json_open_object(json);
    write_numeric(json, key, "number", PL_PATTERN_NUMBER);
    pl_json_close_object(json);
}

static void write_mappings(const struct schema *schema, const struct pl_key *key)
{
    (void)key;
    write_pair(schema->json, "type", "object");
    write_number(schema->json, "minProperties", 1);
    pl_json_key(schema->json, "additionalProperties");
    write_text_object(schema->json);
}

static void write_segments(const struct schema *schema, const struct pl_key *key)
{
    struct pl_json *json = schema->json;

    (void)key;
    write_pair(json, "type", "object");
    write_number(json, "maxProperties", PL_SEGMENTS_MAX);
    pl_json_key(json, "propertyNames");
    pl_json_open_object(json);
    write_pair(json, "pattern", "^[^*,=]+$");
    pl_json_close_object(json);
    pl_json_key(json, "additionalProperties");
    pl_json_open_object(json);
    pl_json_key(json, "anyOf");
    pl_json_open_array(json);
    write_text_object(json);
    pl_json_open_object(json);
    write_section(schema, PL_SECTION_SEGMENT);
    pl_json_close_object(json);
    pl_json_close_array(json);
    pl_json_close_object(json);
}

static void write_costs(const struct schema *schema, const struct pl_key *key)
{
    struct pl_json *json = schema->json;

    (void)key;
    write_pair(json, "type", "array");
    write_number(json, "maxItems", PL_COST_SLICES_MAX);
    pl_json_key(json, "items");
    pl_json_open_object(json);
    write_section(schema, PL_SECTION_COST_SLICE);
    pl_json_close_object(json);
}

static void write_baselines(const struct schema *schema, const struct pl_key *key)
{
    struct pl_json *json = schema->json;

    (void)key;
    write_pair(json, "type", "object");
    write_number(json, "maxProperties", PL_BASELINES_MAX);
    pl_json_key(json, "additionalProperties");
    pl_json_open_object(json);
    write_section(schema, PL_SECTION_BASELINE);
    pl_json_close_object(json);
}

static void write_limits(const struct schema *schema, const struct pl_key *key)
{
    struct pl_json *json = schema->json;

    (void)key;
    write_pair(json, "type", "array");
    write_number(json, "maxItems", PL_LIMITS_MAX);
    pl_json_key(json, "items");
    pl_json_open_object(json);
    write_section(schema, PL_SECTION_LIMIT);
    pl_json_close_object(json);
}

static void write_metric_names(const struct schema *schema)
{
    pl_json_open_object(schema->json);
    pl_json_key(schema->json, "enum");
    pl_json_open_array(schema->json);
    for (size_t i = 0; i < schema->metric_names_count; i++)
        if (strchr(schema->metric_names[i], '(') == NULL)
            pl_json_text(schema->json, schema->metric_names[i]);
    pl_json_close_array(schema->json);
    pl_json_close_object(schema->json);
}

static void write_metric(const struct schema *schema, const struct pl_key *key)
{
    static const char *const PATTERNS[] = {
        "^(mean|rate|sum)\\(.+\\)$",
        "^quantile\\(.+, *[0-9.]+%?\\)$",
    };

    if (schema->metric_names_count == 0) {
        write_name(schema, key);
        return;
    }
    pl_json_key(schema->json, "anyOf");
    pl_json_open_array(schema->json);
    write_metric_names(schema);
    for (size_t i = 0; i < sizeof PATTERNS / sizeof *PATTERNS; i++) {
        pl_json_open_object(schema->json);
        write_pair(schema->json, "type", "string");
        write_pair(schema->json, "pattern", PATTERNS[i]);
        pl_json_close_object(schema->json);
    }
    pl_json_close_array(schema->json);
}

static void write_opened(const struct schema *schema, const struct pl_key *key)
{
    write_section(schema, key->opens);
}

static void write_flag(const struct schema *schema, const struct pl_key *key)
{
    (void)key;
    write_pair(schema->json, "type", "boolean");
}

static void write_section_object(const struct schema *schema, enum pl_section section)
{
    pl_json_open_object(schema->json);
    write_section(schema, section);
    pl_json_close_object(schema->json);
}

static void write_named(const struct schema *schema, const struct pl_key *key)
{
    write_pair(schema->json, "type", "object");
    pl_json_key(schema->json, "additionalProperties");
    write_section_object(schema, key->opens);
}

static void write_listed(const struct schema *schema, const struct pl_key *key)
{
    write_pair(schema->json, "type", "array");
    write_number(schema->json, "minItems", 1);
    pl_json_key(schema->json, "items");
    write_section_object(schema, key->opens);
}

/* One map of the keys of the section, or a list of them. */
static void write_parts(const struct schema *schema, const struct pl_key *key)
{
    struct pl_json *json = schema->json;

    pl_json_key(json, "anyOf");
    pl_json_open_array(json);
    write_section_object(schema, key->opens);
    pl_json_open_object(json);
    write_listed(schema, key);
    pl_json_close_object(json);
    pl_json_close_array(json);
}

static void write_share_object(const struct schema *schema, const struct pl_key *key)
{
    pl_json_open_object(schema->json);
    write_share(schema, key);
    pl_json_close_object(schema->json);
}

static void write_arms(const struct schema *schema, const struct pl_key *key)
{
    static const struct pl_key SHARE = {.min = 0, .max = 1};
    struct pl_json *json = schema->json;

    write_pair(json, "type", "object");
    write_number(json, "minProperties", 2);
    pl_json_key(json, "additionalProperties");
    pl_json_open_object(json);
    pl_json_key(json, "anyOf");
    pl_json_open_array(json);
    write_share_object(schema, &SHARE);
    write_section_object(schema, key->opens);
    pl_json_close_array(json);
    pl_json_close_object(json);
}

static void write_groups(const struct schema *schema, const struct pl_key *key)
{
    struct pl_json *json = schema->json;

    write_pair(json, "type", "object");
    write_number(json, "minProperties", 1);
    pl_json_key(json, "additionalProperties");
    pl_json_open_object(json);
    write_list(schema, key);
    pl_json_close_object(json);
}

static void write_shares(const struct schema *schema, const struct pl_key *key)
{
    write_pair(schema->json, "type", "array");
    write_number(schema->json, "minItems", 1);
    pl_json_key(schema->json, "items");
    write_share_object(schema, key);
}

static void write_size(const struct schema *schema, const struct pl_key *key)
{
    (void)key;
    write_pair(schema->json, "type", "string");
    write_pair(schema->json, "pattern", PL_PATTERN_SIZE);
}

/* Parsers of YAML 1.1 see `on` and `off` as true and false. */
static void write_on_off(const struct schema *schema, const struct pl_key *key)
{
    (void)key;
    pl_json_key(schema->json, "enum");
    pl_json_open_array(schema->json);
    pl_json_text(schema->json, "on");
    pl_json_text(schema->json, "off");
    pl_json_bool(schema->json, true);
    pl_json_bool(schema->json, false);
    pl_json_close_array(schema->json);
}

static void write_json(const struct schema *schema, const struct pl_key *key)
{
    (void)key;
    write_pair(schema->json, "type", "object");
}

typedef void (*type_writer)(const struct schema *schema, const struct pl_key *key);

static const type_writer WRITERS[] = {
    [PL_KEY_SECTION] = write_opened,     [PL_KEY_NAME] = write_name,
    [PL_KEY_TEXT] = write_name,          [PL_KEY_SQL] = write_name,
    [PL_KEY_PATH] = write_name,          [PL_KEY_TEXTS] = write_list,
    [PL_KEY_NUMBER] = write_float,       [PL_KEY_SHARE] = write_share,
    [PL_KEY_INTEGER] = write_integer,    [PL_KEY_RATE] = write_rate,
    [PL_KEY_DURATION] = write_duration,  [PL_KEY_WORD] = write_word,
    [PL_KEY_SWITCHES] = write_list,      [PL_KEY_BITS] = write_list,
    [PL_KEY_NUMBERS] = write_numbers,    [PL_KEY_MAPPINGS] = write_mappings,
    [PL_KEY_SEGMENTS] = write_segments,  [PL_KEY_LIMITS] = write_limits,
    [PL_KEY_METRIC] = write_metric,      [PL_KEY_BY] = write_list,
    [PL_KEY_FLAG] = write_flag,          [PL_KEY_NAMED] = write_named,
    [PL_KEY_LISTED] = write_listed,      [PL_KEY_JSON] = write_json,
    [PL_KEY_BASELINE] = write_baselines, [PL_KEY_COSTS] = write_costs,
    [PL_KEY_PART] = write_opened,        [PL_KEY_PARTS] = write_parts,
    [PL_KEY_ARMS] = write_arms,          [PL_KEY_GROUPS] = write_groups,
    [PL_KEY_SHARES] = write_shares,      [PL_KEY_SIZE] = write_size,
    [PL_KEY_ON_OFF] = write_on_off,
};

/* Lists are not written: an editor that fills them in would only repeat what holds anyway. */
static void write_default(struct pl_json *json, const struct pl_key *key)
{
    double number = 0;

    if (key->fallback == NULL || key->fallback[0] == '[')
        return;
    pl_json_key(json, "default");
    if (key->type == PL_KEY_FLAG)
        pl_json_bool(json, key->fallback[0] == 't');
    else if (pl_str_to_double(pl_str_of(key->fallback), &number))
        pl_json_double(json, number);
    else
        pl_json_text(json, key->fallback);
}

static void write_property(const struct schema *schema, const struct pl_key *key)
{
    pl_json_key(schema->json, key->name);
    pl_json_open_object(schema->json);
    write_pair(schema->json, "description", key->help);
    WRITERS[key->type](schema, key);
    write_default(schema->json, key);
    pl_json_close_object(schema->json);
}

/* Whether the section has a required key at all: an empty list would be noise. */
static bool has_required(enum pl_section section)
{
    for (size_t i = 0; i < pl_keys_count(); i++)
        if (pl_key_at(i)->section == section && pl_key_at(i)->required)
            return true;
    return false;
}

static void write_required(struct pl_json *json, enum pl_section section)
{
    if (!has_required(section))
        return;
    pl_json_key(json, "required");
    pl_json_open_array(json);
    for (size_t i = 0; i < pl_keys_count(); i++)
        if (pl_key_at(i)->section == section && pl_key_at(i)->required)
            pl_json_text(json, pl_key_at(i)->name);
    pl_json_close_array(json);
}

/* "one of these keys must be there", as `anyOf` or `oneOf` over required. */
static void write_one_of(struct pl_json *json, const char *keyword, const char *const *names,
                         size_t count)
{
    pl_json_key(json, keyword);
    pl_json_open_array(json);
    for (size_t i = 0; i < count; i++) {
        pl_json_open_object(json);
        pl_json_key(json, "required");
        pl_json_open_array(json);
        pl_json_text(json, names[i]);
        pl_json_close_array(json);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

/* Keys that say nothing unless another stands beside them. */
static void write_dependents(struct pl_json *json, const char *const (*pairs)[2], size_t count)
{
    pl_json_key(json, "dependentRequired");
    pl_json_open_object(json);
    for (size_t i = 0; i < count; i++) {
        pl_json_key(json, pairs[i][0]);
        pl_json_open_array(json);
        pl_json_text(json, pairs[i][1]);
        pl_json_close_array(json);
    }
    pl_json_close_object(json);
}

static void write_segment_rules(struct pl_json *json)
{
    static const char *const SOURCES[] = {"column", "sql"};
    static const char *const PAIRS[][2] = {{"bins", "column"}, {"map", "column"}, {"other", "map"}};

    write_one_of(json, "oneOf", SOURCES, sizeof SOURCES / sizeof *SOURCES);
    write_dependents(json, PAIRS, sizeof PAIRS / sizeof *PAIRS);
}

static void write_limit_rules(struct pl_json *json)
{
    static const char *const PAIRS[][2] = {
        {"min_ratio", "by"},
        {"max_ratio", "by"},
        {"max_difference", "by"},
        {"max_ratio_to_overall", "by"},
        {"max_difference_to_overall", "by"},
        {"reference", "by"},
    };
    const char *names[PL_COMPARATORS_COUNT];

    for (int i = 0; i < PL_COMPARATORS_COUNT; i++)
        names[i] = pl_comparator_name((enum pl_comparator)i);
    write_one_of(json, "anyOf", names, PL_COMPARATORS_COUNT);
    write_dependents(json, PAIRS, sizeof PAIRS / sizeof *PAIRS);
}

/* What a line may judge or serve: it needs one of them. */
static const char *const JUDGED[] = {"data", "evals", "route", "flag", "serve"};

/* Where a model is: at one address, or at several. */
static const char *const ADDRESSES[] = {"endpoint", "endpoints"};

/* The inside of an object schema; the caller opens and closes it. */
static void write_section(const struct schema *schema, enum pl_section section)
{
    struct pl_json *json = schema->json;

    write_pair(json, "type", "object");
    pl_json_key(json, "properties");
    pl_json_open_object(json);
    for (size_t i = 0; i < pl_keys_count(); i++)
        if (pl_key_at(i)->section == section)
            write_property(schema, pl_key_at(i));
    pl_json_close_object(json);
    write_required(json, section);
    if (section == PL_SECTION_SEGMENT)
        write_segment_rules(json);
    if (section == PL_SECTION_LIMIT)
        write_limit_rules(json);
    if (section == PL_SECTION_MODEL)
        write_one_of(json, "oneOf", ADDRESSES, sizeof ADDRESSES / sizeof *ADDRESSES);
    if (section == PL_SECTION_TOP)
        write_one_of(json, "anyOf", JUDGED, sizeof JUDGED / sizeof *JUDGED);
    pl_json_key(json, "additionalProperties");
    pl_json_bool(json, false);
}

void pl_line_schema(struct pl_json *json, const char *const *metric_names, size_t count)
{
    const struct schema schema = {json, metric_names, count};

    pl_json_open_object(json);
    write_pair(json, "$schema", "https://json-schema.org/draft/2020-12/schema");
    write_pair(json, "title", "plimsoll.yaml");
    write_pair(json, "description", "The line of an AI feature: what must hold for it to ship.");
    write_section(&schema, PL_SECTION_TOP);
    pl_json_close_object(json);
}
