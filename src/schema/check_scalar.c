/* What a schema says of numbers, strings, and single values. */
#include <math.h>

#include "json/compare.h"
#include "schema/check.h"

/* --- numbers ---------------------------------------------------------------------------------- */

/* The largest product that is still exact where it is an integer. */
#define SURE_MAX 1e15

/*
 * Whether a number is a multiple, the quick way; false in `ret_sure` when it cannot tell. The number
 * times 10^places is rounded to an integer r; when r divided by 10^places, correctly rounded, is the
 * number again, then r × 10^-places is its shortest decimal, for r has 15 digits or fewer.
 */
static bool is_multiple_quick(const struct pl_schema_divisor *divisor, double number,
                              bool *ret_sure)
{
    const double scaled = number * divisor->scale;
    const double rounded = nearbyint(scaled);

    *ret_sure = divisor->scale > 0 && fabs(scaled) < SURE_MAX;
    return *ret_sure && rounded / divisor->scale == number &&
           (int64_t)rounded % divisor->digits == 0;
}

static bool is_multiple(const struct pl_schema_divisor *divisor, const struct pl_json_value *value)
{
    struct pl_json_decimal decimal;
    bool sure = false;

    if (pl_json_value_number(value) != PL_JSON_BIG) {
        const bool multiple = is_multiple_quick(divisor, pl_json_value_double(value), &sure);

        if (sure)
            return multiple;
    }
    pl_json_decimal_of(value, &decimal);
    return pl_json_decimal_is_multiple(&decimal, &divisor->decimal);
}

/* A bound: which way the comparison with it may come out. */
struct bound {
    const struct pl_json_value *value;
    const char *keyword, *words;
    int wrong_order; /* of the number to the bound */
    bool equal_is_wrong;
};

static bool check_bound(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                        const struct pl_schema_subject *subject, const struct bound *bound)
{
    const int order = pl_json_number_compare(subject->value, bound->value);

    if (!((order > 0) - (order < 0) == bound->wrong_order || (order == 0 && bound->equal_is_wrong)))
        return true;
    return pl_schema_fault_add(checker, (struct pl_schema_where){node, bound->keyword, subject},
                               "must be %s %s, and is %s", bound->words,
                               pl_schema_show(checker, bound->value),
                               pl_schema_show(checker, subject->value));
}

bool pl_schema_check_number(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                            const struct pl_schema_subject *subject)
{
    const struct pl_schema_numbers *numbers = node->numbers;
    const struct bound bounds[] = {
        {numbers->minimum, "minimum", "at least", -1, false},
        {numbers->maximum, "maximum", "at most", 1, false},
        {numbers->above, "exclusiveMinimum", "greater than", -1, true},
        {numbers->below, "exclusiveMaximum", "less than", 1, true},
    };
    bool ok = true;

    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        if (bounds[i].value != NULL &&
            pl_schema_is_over(checker, check_bound(checker, node, subject, &bounds[i]), &ok))
            return false;
    if (numbers->divisor == NULL || is_multiple(numbers->divisor, subject->value))
        return ok;
    return pl_schema_fault_add(checker, (struct pl_schema_where){node, "multipleOf", subject},
                               "must be a multiple of %s, and is %s",
                               pl_schema_show(checker, numbers->divisor->value),
                               pl_schema_show(checker, subject->value));
}

/* --- strings ---------------------------------------------------------------------------------- */

static size_t characters_count(struct pl_str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return count;
}

static bool check_length(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                         const struct pl_schema_subject *subject)
{
    const struct pl_schema_strings *strings = node->strings;
    const struct pl_str text = pl_json_value_str(subject->value);

    /* A character has one to four bytes, so most texts need no counting. */
    if (text.len / 4 >= strings->length_min && text.len <= strings->length_max)
        return true;

    const size_t count = characters_count(text);

    if (count < strings->length_min)
        return pl_schema_fault_add(checker, (struct pl_schema_where){node, "minLength", subject},
                                   "must have at least %zu characters, and has %zu",
                                   strings->length_min, count);
    if (count > strings->length_max)
        return pl_schema_fault_add(checker, (struct pl_schema_where){node, "maxLength", subject},
                                   "must have at most %zu characters, and has %zu",
                                   strings->length_max, count);
    return true;
}

static bool check_pattern(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                          const struct pl_schema_subject *subject)
{
    const struct pl_schema_strings *strings = node->strings;
    bool found = false;

    if (strings->pattern == NULL)
        return true;
    if (pl_regex_search(strings->pattern, checker->match, pl_json_value_str(subject->value), &found,
                        &checker->error) != PL_OK)
        return pl_schema_give_up(checker, checker->error.status, NULL);
    if (found)
        return true;
    return pl_schema_fault_add(checker, (struct pl_schema_where){node, "pattern", subject},
                               "must match '%.*s', and is %s", PL_STR_ARG(strings->pattern_text),
                               pl_schema_show(checker, subject->value));
}

bool pl_schema_check_string(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                            const struct pl_schema_subject *subject)
{
    const struct pl_schema_strings *strings = node->strings;
    bool ok = true;

    if (pl_schema_is_over(checker, check_length(checker, node, subject), &ok) ||
        pl_schema_is_over(checker, check_pattern(checker, node, subject), &ok))
        return false;
    if (strings->format == NULL || strings->format(pl_json_value_str(subject->value)))
        return ok;
    return pl_schema_fault_add(checker, (struct pl_schema_where){node, "format", subject},
                               "must have the format %s, and is %s", strings->format_name,
                               pl_schema_show(checker, subject->value));
}

/* --- const and enum --------------------------------------------------------------------------- */

static bool is_among(const struct pl_schema_values *values, const struct pl_json_value *value)
{
    if (values->slots == NULL) {
        for (size_t i = 0; i < values->count; i++)
            if (pl_json_value_equal(values->items[i], value))
                return true;
        return false;
    }

    const uint64_t hash = pl_json_value_hash(value);
    uint32_t at = (uint32_t)hash & values->slots_mask;

    for (; values->slots[at] != 0; at = (at + 1) & values->slots_mask) {
        const uint32_t index = values->slots[at] - 1;

        if (values->hashes[index] == hash && pl_json_value_equal(values->items[index], value))
            return true;
    }
    return false;
}

bool pl_schema_check_values(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                            const struct pl_schema_subject *subject)
{
    if (node->fixed != NULL && !is_among(node->fixed, subject->value))
        return pl_schema_fault_add(checker, (struct pl_schema_where){node, "const", subject},
                                   "must be %s, and is %s",
                                   pl_schema_show(checker, node->fixed->items[0]),
                                   pl_schema_show(checker, subject->value));
    if (node->listed != NULL && !is_among(node->listed, subject->value))
        return pl_schema_fault_add(checker, (struct pl_schema_where){node, "enum", subject},
                                   "must be one of the %zu values that are listed, and is %s",
                                   node->listed->count, pl_schema_show(checker, subject->value));
    return true;
}
