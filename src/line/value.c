/* Readers of single values, one for each type of key. Each checks the kind, the text and the bounds
   of a node and stores what it says; each says a fault once and in the words of the line. */
#include "line/reader.h"

#include <math.h>
#include <string.h>

#include "line/units.h"

typedef bool (*value_reader)(struct pl_reader *reader, const struct pl_key *key,
                             const struct pl_node *node, void *target);

/* A bound as a person writes it: whole numbers without an exponent. */
static const char *number_text(struct pl_reader *reader, double value)
{
    const bool is_whole = fabs(value) < 1e16 && floor(value) == value;

    return pl_reader_format(reader, is_whole ? "%.0f" : "%.15g", value).ptr;
}

static bool fault_bounds(struct pl_reader *reader, const struct pl_key *key,
                         const struct pl_node *node)
{
    const struct pl_str text = pl_reader_quote(reader, node->text);
    const char *low = number_text(reader, key->min);
    const char *high = number_text(reader, key->max);

    if (key->min == key->max)
        pl_reader_fault(reader, node, PL_STR(""), "is %s; must be %s", text.ptr, low);
    else if (isinf(key->max))
        pl_reader_fault(reader, node, PL_STR(""), "is %s; must be at least %s", text.ptr, low);
    else if (isinf(key->min))
        pl_reader_fault(reader, node, PL_STR(""), "is %s; must be at most %s", text.ptr, high);
    else
        pl_reader_fault(reader, node, PL_STR(""), "is %s; must be between %s and %s", text.ptr, low,
                        high);
    return false;
}

static bool check_bounds(struct pl_reader *reader, const struct pl_key *key,
                         const struct pl_node *node, double value)
{
    const bool has_bounds = key->min < 0 || key->min > 0 || key->max < 0 || key->max > 0;

    if (has_bounds && (value < key->min || value > key->max))
        return fault_bounds(reader, key, node);
    return true;
}

/* The common start of numbers: a scalar, or a fault that shows the example. */
static bool fault_form(struct pl_reader *reader, const struct pl_key *key,
                       const struct pl_node *node, const char *what)
{
    pl_reader_fault(reader, node, pl_reader_format(reader, "for example `%s`", key->example),
                    "is `%s`; must be %s", pl_reader_quote(reader, node->text).ptr, what);
    return false;
}

static bool read_number(struct pl_reader *reader, const struct pl_key *key,
                        const struct pl_node *node, void *target)
{
    double value = 0;

    if (!pl_reader_expect(reader, node, PL_NODE_SCALAR, key->example))
        return false;
    if (!pl_str_to_double(node->text, &value))
        return fault_form(reader, key, node, "a number");
    if (!check_bounds(reader, key, node, value))
        return false;
    memcpy(target, &value, sizeof value);
    return true;
}

static bool read_share(struct pl_reader *reader, const struct pl_key *key,
                       const struct pl_node *node, void *target)
{
    double value = 0;

    if (!pl_reader_expect(reader, node, PL_NODE_SCALAR, key->example))
        return false;
    if (!pl_units_share(node->text, &value))
        return fault_form(reader, key, node, "a number or a percentage");
    if (!check_bounds(reader, key, node, value))
        return false;
    memcpy(target, &value, sizeof value);
    return true;
}

static void store_integer(const struct pl_key *key, uint64_t value, void *target)
{
    if (key->size_bytes == sizeof(uint64_t))
        memcpy(target, &value, sizeof value);
    else if (key->size_bytes == sizeof(uint32_t))
        memcpy(target, &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
}

static bool read_integer(struct pl_reader *reader, const struct pl_key *key,
                         const struct pl_node *node, void *target)
{
    double number = 0;
    uint64_t value = 0;

    if (!pl_reader_expect(reader, node, PL_NODE_SCALAR, key->example))
        return false;
    if (pl_str_to_double(node->text, &number) && !check_bounds(reader, key, node, number))
        return false;
    if (!pl_str_to_uint64(node->text, &value))
        return fault_form(reader, key, node, "a whole number");
    if (!check_bounds(reader, key, node, (double)value))
        return false;
    store_integer(key, value, target);
    return true;
}

static bool read_rate(struct pl_reader *reader, const struct pl_key *key,
                      const struct pl_node *node, void *target)
{
    double value = 0;

    if (!pl_reader_expect(reader, node, PL_NODE_SCALAR, key->example))
        return false;
    if (!pl_units_rate(node->text, &value))
        return fault_form(reader, key, node,
                          "a number for a `second`, `minute`, `hour`, `day`, `week`, `month` or "
                          "`year`");
    if (!check_bounds(reader, key, node, value))
        return false;
    memcpy(target, &value, sizeof value);
    return true;
}

/* A time as a person writes it: in the largest unit that it is whole in. */
static const char *duration_text(struct pl_reader *reader, double ms)
{
    static const struct {
        const char *name;
        uint64_t worth_ms;
    } UNITS[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}};
    const uint64_t whole = (uint64_t)ms;

    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS && whole > 0; i++)
        if (whole % UNITS[i].worth_ms == 0)
            return pl_reader_format(reader, "%llu%s",
                                    (unsigned long long)(whole / UNITS[i].worth_ms), UNITS[i].name)
                .ptr;
    return pl_reader_format(reader, "%llums", (unsigned long long)whole).ptr;
}

static bool read_duration(struct pl_reader *reader, const struct pl_key *key,
                          const struct pl_node *node, void *target)
{
    uint64_t value = 0;

    if (!pl_reader_expect(reader, node, PL_NODE_SCALAR, key->example))
        return false;
    if (!pl_units_duration(node->text, &value))
        return fault_form(reader, key, node,
                          "a number with the unit `ms`, `s`, `m`, `h`, `d` or `w`");
    if ((double)value < key->min || (double)value > key->max) {
        pl_reader_fault(reader, node, PL_STR(""), "is %s; must be between %s and %s",
                        pl_reader_quote(reader, node->text).ptr, duration_text(reader, key->min),
                        duration_text(reader, key->max));
        return false;
    }
    memcpy(target, &value, sizeof value);
    return true;
}

static bool read_size(struct pl_reader *reader, const struct pl_key *key,
                      const struct pl_node *node, void *target)
{
    uint64_t value = 0;

    if (!pl_reader_expect(reader, node, PL_NODE_SCALAR, key->example))
        return false;
    if (!pl_units_size(node->text, &value))
        return fault_form(reader, key, node,
                          "a number with the unit `B`, `kB`, `MB`, `GB`, `KiB`, `MiB` or `GiB`");
    if (!check_bounds(reader, key, node, (double)value))
        return false;
    memcpy(target, &value, sizeof value);
    return true;
}

static bool read_name(struct pl_reader *reader, const struct pl_key *key,
                      const struct pl_node *node, void *target)
{
    struct pl_str text;

    if (!pl_reader_name(reader, node, key->example, &text))
        return false;
    memcpy(target, &text, sizeof text);
    return true;
}

/* Text of several lines: line breaks and tabs may stand in it, other control characters may not. */
static bool take_text(struct pl_reader *reader, const struct pl_node *node, const char *example,
                      struct pl_str *ret_text)
{
    if (!pl_reader_expect(reader, node, PL_NODE_SCALAR, example))
        return false;

    const struct pl_str text = pl_str_trim(node->text);

    if (text.len == 0) {
        pl_reader_fault(reader, node, PL_STR(""), "is empty");
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];

        if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f) {
            pl_reader_fault(reader, node, PL_STR("remove it"), "holds the control character 0x%02x",
                            c);
            return false;
        }
    }
    *ret_text = text;
    return true;
}

static bool read_text(struct pl_reader *reader, const struct pl_key *key,
                      const struct pl_node *node, void *target)
{
    struct pl_str text;

    if (!take_text(reader, node, key->example, &text))
        return false;
    memcpy(target, &text, sizeof text);
    return true;
}

/* A list, or one value that stands for a list of one. */
static const struct pl_node *first_item(const struct pl_node *node)
{
    return node->kind == PL_NODE_LIST ? node->first : node;
}

static bool expect_list(struct pl_reader *reader, const struct pl_key *key,
                        const struct pl_node *node)
{
    return node->kind == PL_NODE_SCALAR ||
           pl_reader_expect(reader, node, PL_NODE_LIST, key->example);
}

/* The next item of a list; a value that stands alone has none, whatever follows it in its map. */
static const struct pl_node *next_item(const struct pl_node *list, const struct pl_node *item)
{
    return list == item ? NULL : item->next;
}

static bool read_texts(struct pl_reader *reader, const struct pl_key *key,
                       const struct pl_node *node, void *target)
{
    if (!expect_list(reader, key, node))
        return false;

    const size_t most = node->kind == PL_NODE_LIST ? node->count : 1;
    struct pl_str *items = pl_reader_alloc(reader, most, sizeof *items);
    size_t count = 0;

    if (items == NULL)
        return false;
    for (const struct pl_node *item = first_item(node); item != NULL; item = next_item(node, item))
        count += take_text(reader, item, NULL, &items[count]);
    memcpy(target, &(struct pl_strs){items, count}, sizeof(struct pl_strs));
    return count == most;
}

#define WORDS_MAX 40

/* The word that a node says, or NULL with a fault that names the nearest. */
static const struct pl_word *take_word(struct pl_reader *reader, const struct pl_words *words,
                                       const struct pl_node *node)
{
    const char *names[WORDS_MAX];
    size_t count = 0;

    if (!pl_reader_expect(reader, node, PL_NODE_SCALAR, words->items[0].name))
        return NULL;

    const struct pl_word *word = pl_word_find(words, node->text);

    if (word != NULL)
        return word;
    for (; count < words->count && count < WORDS_MAX; count++)
        names[count] = words->items[count].name;
    pl_reader_fault(reader, node, pl_reader_nearest(reader, node->text, names, count),
                    "is `%s`; must be %s", pl_reader_quote(reader, node->text).ptr,
                    pl_reader_choice(reader, names, count).ptr);
    return NULL;
}

static bool read_word(struct pl_reader *reader, const struct pl_key *key,
                      const struct pl_node *node, void *target)
{
    const struct pl_word *word = take_word(reader, key->words, node);

    if (word == NULL)
        return false;
    memcpy(target, &word->value, sizeof word->value);
    return true;
}

/* The words of a list, as the bits of their positions in the table. */
static bool take_words(struct pl_reader *reader, const struct pl_key *key,
                       const struct pl_node *node, uint32_t *ret_positions)
{
    uint32_t positions = 0;
    bool is_good = true;

    if (!expect_list(reader, key, node))
        return false;
    for (const struct pl_node *item = first_item(node); item != NULL;
         item = next_item(node, item)) {
        const struct pl_word *word = take_word(reader, key->words, item);

        if (word == NULL)
            is_good = false;
        else
            positions |= 1u << (word - key->words->items);
    }
    *ret_positions = positions;
    return is_good;
}

static bool read_switches(struct pl_reader *reader, const struct pl_key *key,
                          const struct pl_node *node, void *target)
{
    bool *switches = target;
    uint32_t positions = 0;

    if (!take_words(reader, key, node, &positions))
        return false;
    for (size_t i = 0; i < key->words->count; i++)
        switches[key->words->items[i].value] = (positions >> i & 1u) != 0;
    return true;
}

static bool read_bits(struct pl_reader *reader, const struct pl_key *key,
                      const struct pl_node *node, void *target)
{
    uint32_t positions = 0;
    uint32_t bits = 0;

    if (!take_words(reader, key, node, &positions))
        return false;
    for (size_t i = 0; i < key->words->count; i++)
        if ((positions >> i & 1u) != 0)
            bits |= key->words->items[i].value;
    memcpy(target, &bits, sizeof bits);
    return true;
}

static bool take_edge(struct pl_reader *reader, const struct pl_node *node, double *ret_value)
{
    if (!pl_reader_expect(reader, node, PL_NODE_SCALAR, "25"))
        return false;
    if (pl_str_to_double(node->text, ret_value))
        return true;
    pl_reader_fault(reader, node, PL_STR(""), "is `%s`; must be a number",
                    pl_reader_quote(reader, node->text).ptr);
    return false;
}

static bool check_ascending(struct pl_reader *reader, const struct pl_node *node,
                            const double *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (values[i] > values[i - 1])
            continue;
        pl_reader_fault(reader, node, PL_STR("write the edges from the smallest up, each once"),
                        "is not ascending: %.15g stands after %.15g", values[i], values[i - 1]);
        return false;
    }
    return true;
}

#define BINS_MAX 1000

static bool read_numbers(struct pl_reader *reader, const struct pl_key *key,
                         const struct pl_node *node, void *target)
{
    if (!pl_reader_expect(reader, node, PL_NODE_LIST, key->example))
        return false;
    if (node->count == 0 || node->count > BINS_MAX) {
        pl_reader_fault(reader, node, pl_reader_format(reader, "for example `%s`", key->example),
                        "has %zu edges; must have 1 to %d", node->count, BINS_MAX);
        return false;
    }

    double *values = pl_reader_alloc(reader, node->count, sizeof *values);
    bool is_good = values != NULL;
    size_t count = 0;

    for (const struct pl_node *item = node->first; item != NULL && values != NULL;
         item = item->next)
        is_good = take_edge(reader, item, &values[count++]) && is_good;
    if (!is_good || !check_ascending(reader, node, values, count))
        return false;
    memcpy(target, &(struct pl_bins){values, count}, sizeof(struct pl_bins));
    return true;
}

/* Shares from the smallest up, each above 0 and at most 1. */
static bool read_shares(struct pl_reader *reader, const struct pl_key *key,
                        const struct pl_node *node, void *target)
{
    double *values = NULL;
    double before = 0;
    size_t count = 0;

    if (!pl_reader_expect(reader, node, PL_NODE_LIST, key->example))
        return false;
    values = pl_reader_alloc(reader, node->count, sizeof *values);
    if (values == NULL || node->count == 0 || node->count > BINS_MAX) {
        pl_reader_fault(reader, node, pl_reader_format(reader, "for example `%s`", key->example),
                        "has %zu shares; must have 1 to %d", node->count, BINS_MAX);
        return false;
    }
    for (const struct pl_node *item = node->first; item != NULL; item = item->next) {
        if (!read_share(reader, key, item, &values[count]))
            return false;
        if (values[count] <= before) {
            pl_reader_fault(reader, item,
                            PL_STR("write the shares from the smallest up, each once"),
                            "is %s; must be more than %s", pl_reader_quote(reader, item->text).ptr,
                            count == 0 ? "0" : "the share before it");
            return false;
        }
        before = values[count++];
    }
    memcpy(target, &(struct pl_bins){values, count}, sizeof(struct pl_bins));
    return true;
}

static bool read_mappings(struct pl_reader *reader, const struct pl_key *key,
                          const struct pl_node *node, void *target)
{
    if (!pl_reader_expect(reader, node, PL_NODE_MAP, key->example))
        return false;
    if (node->count == 0) {
        pl_reader_fault(reader, node, pl_reader_format(reader, "for example `%s`", key->example),
                        "is empty");
        return false;
    }

    struct pl_mapping *items = pl_reader_alloc(reader, node->count, sizeof *items);
    size_t count = 0;

    if (items == NULL)
        return false;
    for (const struct pl_node *entry = node->first; entry != NULL; entry = entry->next) {
        items[count].from = entry->key;
        if (!entry->repeated && pl_reader_name(reader, entry, NULL, &items[count].to))
            count++;
    }
    memcpy(target, &(struct pl_mappings){items, count}, sizeof(struct pl_mappings));
    return count == node->count;
}

static bool read_costs(struct pl_reader *reader, const struct pl_key *key,
                       const struct pl_node *node, void *target)
{
    (void)target;
    if (!pl_reader_expect(reader, node, PL_NODE_LIST, key->example))
        return false;
    reader->costs_node = node;
    return true;
}

static bool read_baselines(struct pl_reader *reader, const struct pl_key *key,
                           const struct pl_node *node, void *target)
{
    (void)target;
    if (!pl_reader_expect(reader, node, PL_NODE_MAP, key->example))
        return false;
    reader->baselines_node = node;
    return true;
}

static bool read_limits(struct pl_reader *reader, const struct pl_key *key,
                        const struct pl_node *node, void *target)
{
    (void)target;
    if (!pl_reader_expect(reader, node, PL_NODE_LIST, key->example))
        return false;
    reader->limits_node = node;
    return true;
}

static bool read_flag(struct pl_reader *reader, const struct pl_key *key,
                      const struct pl_node *node, void *target)
{
    const bool is_true = pl_str_equal_text(node->text, "true");

    if (!pl_reader_expect(reader, node, PL_NODE_SCALAR, key->example))
        return false;
    if (!is_true && !pl_str_equal_text(node->text, "false"))
        return fault_form(reader, key, node, "`true` or `false`");
    memcpy(target, &is_true, sizeof is_true);
    return true;
}

/* A parser of YAML 1.1 makes `true` of `on`, and writes that back: both are read. */
static bool read_on_off(struct pl_reader *reader, const struct pl_key *key,
                        const struct pl_node *node, void *target)
{
    const bool is_on = pl_str_equal_text(node->text, "on") || pl_str_equal_text(node->text, "true");

    if (!pl_reader_expect(reader, node, PL_NODE_SCALAR, key->example))
        return false;
    if (!is_on && !pl_str_equal_text(node->text, "off") && !pl_str_equal_text(node->text, "false"))
        return fault_form(reader, key, node, "`on` or `off`");
    memcpy(target, &is_on, sizeof is_on);
    return true;
}

/* Nodes that are read once the rest of the line is known. */
static bool keep_node(struct pl_reader *reader, const struct pl_key *key,
                      const struct pl_node *node, void *target)
{
    const enum pl_node_kind kind = key->type == PL_KEY_LISTED ? PL_NODE_LIST : PL_NODE_MAP;

    if (!pl_reader_expect(reader, node, kind, key->example))
        return false;
    memcpy(target, &node, sizeof node);
    return true;
}

/* The two maps at the top are kept with the reader. */
static bool read_named(struct pl_reader *reader, const struct pl_key *key,
                       const struct pl_node *node, void *target)
{
    (void)target;
    return keep_node(reader, key, node,
                     key->opens == PL_SECTION_MODEL ? &reader->models_node : &reader->evals_node);
}

/* Sections of live traffic are found again from the top once the models are known. */
static bool check_part(struct pl_reader *reader, const struct pl_key *key,
                       const struct pl_node *node, void *target)
{
    (void)target;
    return (key->type == PL_KEY_PARTS && node->kind == PL_NODE_LIST) ||
           pl_reader_expect(reader, node, PL_NODE_MAP, key->example);
}

static bool read_json(struct pl_reader *reader, const struct pl_key *key,
                      const struct pl_node *node, void *target)
{
    const struct pl_str text = pl_node_json(node, reader->arena);

    (void)key;
    if (text.ptr == NULL) {
        pl_reader_fault(reader, node, PL_STR(""), "is too large");
        return false;
    }
    memcpy(target, &text, sizeof text);
    return true;
}

static bool read_by(struct pl_reader *reader, const struct pl_key *key, const struct pl_node *node,
                    void *target)
{
    if (node->kind != PL_NODE_LIST && !pl_reader_expect(reader, node, PL_NODE_SCALAR, key->example))
        return false;
    memcpy(target, &node, sizeof node);
    return true;
}

static bool read_segments(struct pl_reader *reader, const struct pl_key *key,
                          const struct pl_node *node, void *target)
{
    (void)target;
    return pl_reader_expect(reader, node, PL_NODE_MAP, key->example) &&
           pl_segments_read(reader, node);
}

static const value_reader READERS[] = {
    [PL_KEY_NAME] = read_name,
    [PL_KEY_TEXT] = read_text,
    [PL_KEY_SQL] = read_text,
    [PL_KEY_PATH] = read_name,
    [PL_KEY_TEXTS] = read_texts,
    [PL_KEY_NUMBER] = read_number,
    [PL_KEY_SHARE] = read_share,
    [PL_KEY_INTEGER] = read_integer,
    [PL_KEY_RATE] = read_rate,
    [PL_KEY_DURATION] = read_duration,
    [PL_KEY_WORD] = read_word,
    [PL_KEY_SWITCHES] = read_switches,
    [PL_KEY_BITS] = read_bits,
    [PL_KEY_NUMBERS] = read_numbers,
    [PL_KEY_MAPPINGS] = read_mappings,
    [PL_KEY_SEGMENTS] = read_segments,
    [PL_KEY_BASELINE] = read_baselines,
    [PL_KEY_COSTS] = read_costs,
    [PL_KEY_LIMITS] = read_limits,
    [PL_KEY_METRIC] = read_name,
    [PL_KEY_BY] = read_by,
    [PL_KEY_FLAG] = read_flag,
    [PL_KEY_NAMED] = read_named,
    [PL_KEY_LISTED] = keep_node,
    [PL_KEY_JSON] = read_json,
    [PL_KEY_PART] = check_part,
    [PL_KEY_PARTS] = check_part,
    [PL_KEY_ARMS] = keep_node,
    [PL_KEY_GROUPS] = keep_node,
    [PL_KEY_SHARES] = read_shares,
    [PL_KEY_SIZE] = read_size,
    [PL_KEY_ON_OFF] = read_on_off,
};

bool pl_value_read(struct pl_reader *reader, const struct pl_key *key, const struct pl_node *node,
                   void *base)
{
    if (key->type == PL_KEY_SECTION)
        return pl_section_read(reader, key->opens, node, base);
    return READERS[key->type](reader, key, node, (char *)base + key->offset);
}
