/*
 * From the keywords of one subschema to its node: bounds, tables of names, divisors, and the steps that
 * apply other schemas to the same value. What a keyword refers to is put into the queue and compiled
 * in its turn, so that schemas which refer to each other end.
 */
#include <math.h>
#include <string.h>

#include "json/compare.h"
#include "schema/build.h"
#include "schema/format.h"

/* Values of enum past this many are looked up by their hash. */
#define LISTED_MAX 8

/* The keywords of one subschema by their number; NULL where it has none, or where it means nothing. */
struct keywords {
    const struct pl_json_value *of[PL_SCHEMA_KEYWORDS_COUNT];
};

static void gather(const struct pl_schema_node *node, struct keywords *ret_keywords)
{
    struct pl_json_walk walk = pl_json_value_walk(node->value);

    *ret_keywords = (struct keywords){0};
    while (pl_json_walk_next(&walk)) {
        const enum pl_schema_keyword keyword = pl_schema_keyword_find(walk.name);

        if (keyword != PL_SCHEMA_KEYWORDS_COUNT &&
            pl_schema_keyword_is_active(node->resource, keyword))
            ret_keywords->of[keyword] = walk.value;
    }
    if (node->resource->dialect == PL_SCHEMA_DRAFT_7 && ret_keywords->of[PL_SCHEMA_REF] != NULL) {
        const struct pl_json_value *reference = ret_keywords->of[PL_SCHEMA_REF];

        *ret_keywords = (struct keywords){.of[PL_SCHEMA_REF] = reference};
    }
}

static bool has_any(const struct keywords *keywords, const enum pl_schema_keyword *list,
                    size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (keywords->of[list[i]] != NULL)
            return true;
    return false;
}

#define HAS_ANY(keywords, ...)                                                                     \
    has_any(keywords, (const enum pl_schema_keyword[]){__VA_ARGS__},                               \
            sizeof((const enum pl_schema_keyword[]){__VA_ARGS__}) /                                \
                sizeof(enum pl_schema_keyword))

/* A count that does not fit is as good as the largest. */
static size_t count_of(const struct pl_json_value *value, size_t otherwise)
{
    uint64_t count = 0;

    if (value == NULL)
        return otherwise;
    return pl_json_value_uint64(value, &count) ? (size_t)count : SIZE_MAX;
}

/* The node of a subschema that was taken in, into the queue. */
static const struct pl_schema_node *below(struct pl_schema_build *build,
                                          const struct pl_json_value *value)
{
    struct pl_schema_node *node = value == NULL ? NULL : pl_schema_find_node(build, value);

    if (node != NULL)
        pl_schema_enqueue(build, node);
    return node;
}

static enum pl_status all_below(struct pl_schema_build *build, const struct pl_json_value *values,
                                struct pl_schema_nodes *ret_nodes)
{
    struct pl_json_walk walk;

    if (values == NULL)
        return PL_OK;
    ret_nodes->items = pl_schema_alloc(build, pl_json_value_count(values), sizeof(void *));
    if (ret_nodes->items == NULL)
        return build->error->status;
    for (walk = pl_json_value_walk(values); pl_json_walk_next(&walk);)
        ret_nodes->items[ret_nodes->count++] = below(build, walk.value);
    return PL_OK;
}

/* --- types and values ------------------------------------------------------------------------- */

static uint8_t type_bits(struct pl_str name)
{
    static const struct {
        const char *name;
        uint8_t bits;
    } TYPES[] = {
        {"null", PL_SCHEMA_NULL},       {"boolean", PL_SCHEMA_BOOL},
        {"integer", PL_SCHEMA_INTEGER}, {"number", PL_SCHEMA_INTEGER | PL_SCHEMA_FRACTION},
        {"string", PL_SCHEMA_STRING},   {"array", PL_SCHEMA_ARRAY},
        {"object", PL_SCHEMA_OBJECT},
    };

    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (pl_str_equal_text(name, TYPES[i].name))
            return TYPES[i].bits;
    return 0;
}

static uint8_t compile_types(const struct pl_json_value *value)
{
    uint8_t bits = 0;

    if (value == NULL)
        return PL_SCHEMA_ALL_TYPES;
    if (pl_json_value_type(value) == PL_JSON_STRING)
        return type_bits(pl_json_value_str(value));
    for (struct pl_json_walk walk = pl_json_value_walk(value); pl_json_walk_next(&walk);)
        bits |= type_bits(pl_json_value_str(walk.value));
    return bits;
}

/* A table for `count` entries, at most half full. */
static uint32_t *make_slots(struct pl_schema_build *build, size_t count, uint32_t *ret_mask)
{
    uint32_t size = 4;

    while (size < 2 * count)
        size *= 2;
    *ret_mask = size - 1;
    return pl_schema_alloc(build, size, sizeof(uint32_t));
}

static void put_slot(uint32_t *slots, uint32_t mask, uint64_t hash, size_t index)
{
    uint32_t at = (uint32_t)hash & mask;

    while (slots[at] != 0)
        at = (at + 1) & mask;
    slots[at] = (uint32_t)index + 1;
}

static enum pl_status hash_values(struct pl_schema_build *build, struct pl_schema_values *values)
{
    uint32_t *slots = make_slots(build, values->count, &values->slots_mask);
    uint64_t *hashes = pl_schema_alloc(build, values->count, sizeof *hashes);

    if (slots == NULL || hashes == NULL)
        return build->error->status;
    for (size_t i = 0; i < values->count; i++) {
        hashes[i] = pl_json_value_hash(values->items[i]);
        put_slot(slots, values->slots_mask, hashes[i], i);
    }
    values->slots = slots;
    values->hashes = hashes;
    return PL_OK;
}

static enum pl_status compile_values(struct pl_schema_build *build,
                                     const struct pl_json_value *value, bool is_const,
                                     const struct pl_schema_values **ret_values)
{
    if (value == NULL)
        return PL_OK;

    const size_t count = is_const ? 1 : pl_json_value_count(value);
    struct pl_schema_values *values = pl_schema_alloc(build, 1, sizeof *values);
    const struct pl_json_value **items = pl_schema_alloc(build, count, sizeof(void *));

    if (values == NULL || items == NULL)
        return build->error->status;
    values->items = items;
    values->is_const = is_const;
    if (is_const)
        items[values->count++] = value;
    else
        for (struct pl_json_walk walk = pl_json_value_walk(value); pl_json_walk_next(&walk);)
            items[values->count++] = walk.value;
    if (values->count > LISTED_MAX)
        PL_RETURN_IF(hash_values(build, values));
    *ret_values = values;
    return PL_OK;
}

/* --- numbers and strings ---------------------------------------------------------------------- */

/* Decimals with this many digits read back from a double as they were. */
#define SURE_DIGITS 15

static enum pl_status compile_divisor(struct pl_schema_build *build,
                                      const struct pl_json_value *value,
                                      const struct pl_schema_divisor **ret_divisor)
{
    struct pl_schema_divisor *divisor = NULL;

    if (value == NULL)
        return PL_OK;
    divisor = pl_schema_alloc(build, 1, sizeof *divisor);
    if (divisor == NULL)
        return build->error->status;
    divisor->value = value;
    pl_json_decimal_of(value, &divisor->decimal);

    const struct pl_json_decimal *decimal = &divisor->decimal;

    if (decimal->exponent >= -SURE_DIGITS && decimal->exponent <= 0 &&
        decimal->count <= SURE_DIGITS) {
        for (uint32_t i = 0; i < decimal->count; i++)
            divisor->digits = divisor->digits * 10 + (decimal->digits[i] - '0');
        divisor->scale = pow(10, (double)-decimal->exponent);
    }
    *ret_divisor = divisor;
    return PL_OK;
}

static enum pl_status compile_numbers(struct pl_schema_build *build, struct pl_schema_node *node,
                                      const struct keywords *keywords)
{
    if (!HAS_ANY(keywords, PL_SCHEMA_MINIMUM, PL_SCHEMA_MAXIMUM, PL_SCHEMA_EXCLUSIVE_MINIMUM,
                 PL_SCHEMA_EXCLUSIVE_MAXIMUM, PL_SCHEMA_MULTIPLE_OF))
        return PL_OK;

    struct pl_schema_numbers *numbers = pl_schema_alloc(build, 1, sizeof *numbers);

    if (numbers == NULL)
        return build->error->status;
    numbers->minimum = keywords->of[PL_SCHEMA_MINIMUM];
    numbers->maximum = keywords->of[PL_SCHEMA_MAXIMUM];
    numbers->above = keywords->of[PL_SCHEMA_EXCLUSIVE_MINIMUM];
    numbers->below = keywords->of[PL_SCHEMA_EXCLUSIVE_MAXIMUM];
    node->numbers = numbers;
    return compile_divisor(build, keywords->of[PL_SCHEMA_MULTIPLE_OF], &numbers->divisor);
}

static enum pl_status compile_pattern(struct pl_schema_build *build,
                                      const struct pl_schema_node *node, struct pl_str pattern,
                                      const struct pl_regex **ret_regex)
{
    static const struct pl_regex_options OPTIONS = {.syntax = PL_REGEX_ECMA};
    struct pl_schema_expression *kept = pl_schema_alloc(build, 1, sizeof *kept);
    struct pl_error why = {0};

    if (kept == NULL)
        return build->error->status;
    if (pl_regex_compile(pattern, &OPTIONS, &kept->regex, &why) != PL_OK)
        return pl_error_set(build->error, why.status, "the schema is wrong at %.*s: '%.*s' is %s",
                            PL_STR_ARG(node->location),
                            (int)(pattern.len < 100 ? pattern.len : 100), pattern.ptr, why.message);
    kept->next = build->schema->expressions;
    build->schema->expressions = kept;
    *ret_regex = kept->regex;
    return PL_OK;
}

static void compile_format(const struct pl_schema_build *build, const struct pl_schema_node *node,
                           const struct pl_json_value *value, struct pl_schema_strings *strings)
{
    const bool asserted = build->options->formats_asserted ||
                          (node->resource->vocabularies & PL_SCHEMA_FORMAT_ASSERTION) != 0;
    const struct pl_schema_format_row *row =
        value == NULL || !asserted ? NULL : pl_schema_format_find(pl_json_value_str(value));

    if (row == NULL)
        return;
    strings->format = row->check;
    strings->format_name = row->name;
}

static enum pl_status compile_strings(struct pl_schema_build *build, struct pl_schema_node *node,
                                      const struct keywords *keywords)
{
    const struct pl_json_value *pattern = keywords->of[PL_SCHEMA_PATTERN];

    if (!HAS_ANY(keywords, PL_SCHEMA_MIN_LENGTH, PL_SCHEMA_MAX_LENGTH, PL_SCHEMA_PATTERN,
                 PL_SCHEMA_FORMAT))
        return PL_OK;

    struct pl_schema_strings *strings = pl_schema_alloc(build, 1, sizeof *strings);

    if (strings == NULL)
        return build->error->status;
    strings->length_min = count_of(keywords->of[PL_SCHEMA_MIN_LENGTH], 0);
    strings->length_max = count_of(keywords->of[PL_SCHEMA_MAX_LENGTH], SIZE_MAX);
    compile_format(build, node, keywords->of[PL_SCHEMA_FORMAT], strings);
    node->strings = strings;
    if (pattern == NULL)
        return PL_OK;
    strings->pattern_text = pl_json_value_str(pattern);
    return compile_pattern(build, node, strings->pattern_text, &strings->pattern);
}

/* --- arrays ----------------------------------------------------------------------------------- */

static enum pl_status compile_arrays(struct pl_schema_build *build, struct pl_schema_node *node,
                                     const struct keywords *keywords)
{
    const struct pl_json_value *unique = keywords->of[PL_SCHEMA_UNIQUE_ITEMS];

    if (!HAS_ANY(keywords, PL_SCHEMA_MIN_ITEMS, PL_SCHEMA_MAX_ITEMS, PL_SCHEMA_UNIQUE_ITEMS,
                 PL_SCHEMA_PREFIX_ITEMS, PL_SCHEMA_ITEMS, PL_SCHEMA_CONTAINS))
        return PL_OK;

    struct pl_schema_arrays *arrays = pl_schema_alloc(build, 1, sizeof *arrays);

    if (arrays == NULL)
        return build->error->status;
    arrays->count_min = count_of(keywords->of[PL_SCHEMA_MIN_ITEMS], 0);
    arrays->count_max = count_of(keywords->of[PL_SCHEMA_MAX_ITEMS], SIZE_MAX);
    arrays->contains_min = count_of(keywords->of[PL_SCHEMA_MIN_CONTAINS], 1);
    arrays->contains_max = count_of(keywords->of[PL_SCHEMA_MAX_CONTAINS], SIZE_MAX);
    arrays->rest = below(build, keywords->of[PL_SCHEMA_ITEMS]);
    arrays->contains = below(build, keywords->of[PL_SCHEMA_CONTAINS]);
    arrays->unique = unique != NULL && pl_json_value_bool(unique);
    node->arrays = arrays;
    return all_below(build, keywords->of[PL_SCHEMA_PREFIX_ITEMS], &arrays->prefix);
}

/* --- objects ---------------------------------------------------------------------------------- */

struct property_table {
    struct pl_schema_property *items;
    uint32_t *slots;
    uint32_t mask;
    size_t count;
};

static struct pl_schema_property *find_or_add(struct property_table *table, struct pl_str name)
{
    const uint32_t hash = pl_schema_name_hash(name);

    for (uint32_t at = hash & table->mask; table->slots[at] != 0; at = (at + 1) & table->mask)
        if (pl_str_equal(table->items[table->slots[at] - 1].name, name))
            return &table->items[table->slots[at] - 1];

    struct pl_schema_property *added = &table->items[table->count];

    *added = (struct pl_schema_property){.name = name, .required = -1};
    put_slot(table->slots, table->mask, hash, table->count++);
    return added;
}

static enum pl_status compile_properties(struct pl_schema_build *build,
                                         const struct keywords *keywords,
                                         struct pl_schema_objects *objects)
{
    const struct pl_json_value *properties = keywords->of[PL_SCHEMA_PROPERTIES];
    const struct pl_json_value *required = keywords->of[PL_SCHEMA_REQUIRED];
    const size_t most = (properties == NULL ? 0 : pl_json_value_count(properties)) +
                        (required == NULL ? 0 : pl_json_value_count(required));
    struct property_table table = {.items = pl_schema_alloc(build, most, sizeof *table.items)};

    table.slots = make_slots(build, most, &table.mask);
    if (table.items == NULL || table.slots == NULL)
        return build->error->status;
    if (properties != NULL)
        for (struct pl_json_walk walk = pl_json_value_walk(properties); pl_json_walk_next(&walk);)
            find_or_add(&table, walk.name)->node = below(build, walk.value);
    if (required != NULL) {
        for (struct pl_json_walk walk = pl_json_value_walk(required); pl_json_walk_next(&walk);) {
            struct pl_schema_property *found = find_or_add(&table, pl_json_value_str(walk.value));

            if (found->required < 0)
                found->required = (int32_t)objects->required_count++;
        }
    }
    objects->properties = table.items;
    objects->properties_count = table.count;
    objects->slots = table.slots;
    objects->slots_mask = table.mask;
    return PL_OK;
}

static enum pl_status compile_patterns(struct pl_schema_build *build,
                                       const struct pl_schema_node *node,
                                       const struct pl_json_value *map,
                                       struct pl_schema_objects *objects)
{
    if (map == NULL)
        return PL_OK;

    struct pl_schema_pattern_property *patterns =
        pl_schema_alloc(build, pl_json_value_count(map), sizeof *patterns);

    if (patterns == NULL)
        return build->error->status;
    objects->patterns = patterns;
    for (struct pl_json_walk walk = pl_json_value_walk(map); pl_json_walk_next(&walk);) {
        struct pl_schema_pattern_property *pattern = &patterns[objects->patterns_count++];

        pattern->node = below(build, walk.value);
        PL_RETURN_IF(compile_pattern(build, node, walk.name, &pattern->pattern));
    }
    return PL_OK;
}

static enum pl_status compile_dependency(struct pl_schema_build *build,
                                         const struct pl_json_walk *entry,
                                         struct pl_schema_dependency *ret_dependency)
{
    struct pl_str *names = NULL;

    ret_dependency->name = entry->name;
    ret_dependency->node = below(build, entry->value);
    if (pl_json_value_type(entry->value) != PL_JSON_ARRAY)
        return PL_OK;
    names = pl_schema_alloc(build, pl_json_value_count(entry->value), sizeof *names);
    if (names == NULL)
        return build->error->status;
    for (struct pl_json_walk walk = pl_json_value_walk(entry->value); pl_json_walk_next(&walk);)
        names[ret_dependency->names_count++] = pl_json_value_str(walk.value);
    ret_dependency->names = names;
    return PL_OK;
}

static enum pl_status compile_dependencies(struct pl_schema_build *build,
                                           const struct keywords *keywords,
                                           struct pl_schema_objects *objects)
{
    static const enum pl_schema_keyword KEYWORDS[] = {
        PL_SCHEMA_DEPENDENT_REQUIRED, PL_SCHEMA_DEPENDENT_SCHEMAS, PL_SCHEMA_DEPENDENCIES};
    struct pl_schema_dependency *dependencies = NULL;
    size_t count = 0;

    for (size_t i = 0; i < sizeof KEYWORDS / sizeof *KEYWORDS; i++)
        if (keywords->of[KEYWORDS[i]] != NULL)
            count += pl_json_value_count(keywords->of[KEYWORDS[i]]);
    dependencies = pl_schema_alloc(build, count, sizeof *dependencies);
    if (dependencies == NULL)
        return build->error->status;
    objects->dependencies = dependencies;
    for (size_t i = 0; i < sizeof KEYWORDS / sizeof *KEYWORDS; i++) {
        if (keywords->of[KEYWORDS[i]] == NULL)
            continue;
        for (struct pl_json_walk walk = pl_json_value_walk(keywords->of[KEYWORDS[i]]);
             pl_json_walk_next(&walk);) {
            struct pl_schema_dependency *added = &dependencies[objects->dependencies_count++];

            added->keyword = KEYWORDS[i];
            PL_RETURN_IF(compile_dependency(build, &walk, added));
        }
    }
    return PL_OK;
}

static enum pl_status compile_objects(struct pl_schema_build *build, struct pl_schema_node *node,
                                      const struct keywords *keywords)
{
    if (!HAS_ANY(keywords, PL_SCHEMA_PROPERTIES, PL_SCHEMA_REQUIRED, PL_SCHEMA_PATTERN_PROPERTIES,
                 PL_SCHEMA_ADDITIONAL_PROPERTIES, PL_SCHEMA_PROPERTY_NAMES,
                 PL_SCHEMA_MIN_PROPERTIES, PL_SCHEMA_MAX_PROPERTIES, PL_SCHEMA_DEPENDENT_REQUIRED,
                 PL_SCHEMA_DEPENDENT_SCHEMAS, PL_SCHEMA_DEPENDENCIES))
        return PL_OK;

    struct pl_schema_objects *objects = pl_schema_alloc(build, 1, sizeof *objects);

    if (objects == NULL)
        return build->error->status;
    objects->count_min = count_of(keywords->of[PL_SCHEMA_MIN_PROPERTIES], 0);
    objects->count_max = count_of(keywords->of[PL_SCHEMA_MAX_PROPERTIES], SIZE_MAX);
    objects->rest = below(build, keywords->of[PL_SCHEMA_ADDITIONAL_PROPERTIES]);
    objects->names = below(build, keywords->of[PL_SCHEMA_PROPERTY_NAMES]);
    node->objects = objects;
    PL_RETURN_IF(compile_properties(build, keywords, objects));
    PL_RETURN_IF(
        compile_patterns(build, node, keywords->of[PL_SCHEMA_PATTERN_PROPERTIES], objects));
    return compile_dependencies(build, keywords, objects);
}

/* --- steps ------------------------------------------------------------------------------------ */

#define STEPS_MAX 8

struct steps {
    struct pl_schema_step items[STEPS_MAX];
    size_t count;
};

static enum pl_status add_reference(struct pl_schema_build *build,
                                    const struct pl_schema_node *node,
                                    const struct keywords *keywords, enum pl_schema_keyword keyword,
                                    struct steps *steps)
{
    struct pl_schema_step *step = &steps->items[steps->count];
    const struct pl_schema_anchor *anchor = NULL;
    struct pl_schema_node *target = NULL;

    if (keywords->of[keyword] == NULL)
        return PL_OK;
    PL_RETURN_IF(
        pl_schema_resolve(build, node, pl_json_value_str(keywords->of[keyword]), &target, &anchor));
    *step = (struct pl_schema_step){.kind = PL_SCHEMA_STEP_ALL, .keyword = keyword};
    if (keyword == PL_SCHEMA_DYNAMIC_REF && anchor != NULL && anchor->dynamic) {
        step->kind = PL_SCHEMA_STEP_DYNAMIC;
        step->anchor = anchor->number;
        build->schema->has_dynamic = true;
    }
    step->nodes.items = pl_schema_alloc(build, 1, sizeof(void *));
    if (step->nodes.items == NULL)
        return build->error->status;
    step->nodes.items[step->nodes.count++] = target;
    steps->count++;
    return PL_OK;
}

static enum pl_status add_list(struct pl_schema_build *build, const struct pl_json_value *values,
                               struct pl_schema_step step, struct steps *steps)
{
    if (values == NULL)
        return PL_OK;
    PL_RETURN_IF(all_below(build, values, &step.nodes));
    steps->items[steps->count++] = step;
    return PL_OK;
}

/* Up to three schemas of their own keywords: not, or if, then, else. */
static enum pl_status add_fixed(struct pl_schema_build *build, const struct keywords *keywords,
                                struct pl_schema_step step, const enum pl_schema_keyword *list,
                                struct steps *steps)
{
    const size_t count = step.kind == PL_SCHEMA_STEP_IF ? 3 : 1;

    if (keywords->of[list[0]] == NULL)
        return PL_OK;
    step.nodes.items = pl_schema_alloc(build, count, sizeof(void *));
    if (step.nodes.items == NULL)
        return build->error->status;
    for (; step.nodes.count < count; step.nodes.count++)
        step.nodes.items[step.nodes.count] = below(build, keywords->of[list[step.nodes.count]]);
    steps->items[steps->count++] = step;
    return PL_OK;
}

static enum pl_status compile_steps(struct pl_schema_build *build, struct pl_schema_node *node,
                                    const struct keywords *keywords)
{
    static const enum pl_schema_keyword NOT[] = {PL_SCHEMA_NOT};
    static const enum pl_schema_keyword IF[] = {PL_SCHEMA_IF, PL_SCHEMA_THEN, PL_SCHEMA_ELSE};
    struct steps steps = {0};
    struct pl_schema_step *kept = NULL;

    PL_RETURN_IF(add_reference(build, node, keywords, PL_SCHEMA_REF, &steps));
    PL_RETURN_IF(add_reference(build, node, keywords, PL_SCHEMA_DYNAMIC_REF, &steps));
    PL_RETURN_IF(add_list(build, keywords->of[PL_SCHEMA_ALL_OF],
                          (struct pl_schema_step){PL_SCHEMA_STEP_ALL, PL_SCHEMA_ALL_OF, {0}, 0},
                          &steps));
    PL_RETURN_IF(add_list(build, keywords->of[PL_SCHEMA_ANY_OF],
                          (struct pl_schema_step){PL_SCHEMA_STEP_ANY, PL_SCHEMA_ANY_OF, {0}, 0},
                          &steps));
    PL_RETURN_IF(add_list(build, keywords->of[PL_SCHEMA_ONE_OF],
                          (struct pl_schema_step){PL_SCHEMA_STEP_ONE, PL_SCHEMA_ONE_OF, {0}, 0},
                          &steps));
    PL_RETURN_IF(add_fixed(build, keywords,
                           (struct pl_schema_step){PL_SCHEMA_STEP_NOT, PL_SCHEMA_NOT, {0}, 0}, NOT,
                           &steps));
    PL_RETURN_IF(add_fixed(build, keywords,
                           (struct pl_schema_step){PL_SCHEMA_STEP_IF, PL_SCHEMA_IF, {0}, 0}, IF,
                           &steps));
    kept = pl_schema_alloc(build, steps.count, sizeof *kept);
    if (kept == NULL)
        return build->error->status;
    memcpy(kept, steps.items, steps.count * sizeof *kept);
    node->steps = kept;
    node->steps_count = steps.count;
    return PL_OK;
}

enum pl_status pl_schema_compile_node(struct pl_schema_build *build, struct pl_schema_node *node)
{
    struct keywords keywords;

    node->types = PL_SCHEMA_ALL_TYPES;
    if (pl_json_value_type(node->value) == PL_JSON_BOOL) {
        node->never = !pl_json_value_bool(node->value);
        return PL_OK;
    }
    gather(node, &keywords);
    node->types = compile_types(keywords.of[PL_SCHEMA_TYPE]);
    node->unevaluated_items = below(build, keywords.of[PL_SCHEMA_UNEVALUATED_ITEMS]);
    node->unevaluated_properties = below(build, keywords.of[PL_SCHEMA_UNEVALUATED_PROPERTIES]);
    PL_RETURN_IF(compile_values(build, keywords.of[PL_SCHEMA_CONST], true, &node->fixed));
    PL_RETURN_IF(compile_values(build, keywords.of[PL_SCHEMA_ENUM], false, &node->listed));
    PL_RETURN_IF(compile_numbers(build, node, &keywords));
    PL_RETURN_IF(compile_strings(build, node, &keywords));
    PL_RETURN_IF(compile_arrays(build, node, &keywords));
    PL_RETURN_IF(compile_objects(build, node, &keywords));
    return compile_steps(build, node, &keywords);
}
