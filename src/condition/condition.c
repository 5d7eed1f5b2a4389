/* What a condition says of one row: the logic of SQL, with true, false and null. Nothing is allocated, and the depth
   of calls is bounded by that of the condition. */
#include "condition/condition.h"

#include <math.h>
#include <strings.h>

#include "condition/node.h"

struct row {
    pl_datum_of of;
    void *context;
};

static struct pl_datum evaluate(const struct pl_condition_node *node, const struct row *row);

/* ---- values ---- */

static struct pl_datum of_truth(bool truth)
{
    return (struct pl_datum){.kind = PL_DATUM_BOOL, .truth = truth};
}

static struct pl_datum of_null(void)
{
    return (struct pl_datum){.kind = PL_DATUM_NULL};
}

/* The texts that an engine takes for true and false. */
static bool text_truth(struct pl_str text, bool *ret_truth)
{
    static const struct {
        const char *word;
        bool truth;
    } WORDS[] = {
        {"true", true},   {"t", true},  {"yes", true}, {"y", true},  {"1", true},
        {"false", false}, {"f", false}, {"no", false}, {"n", false}, {"0", false},
    };

    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        const struct pl_str word = pl_str_of(WORDS[i].word);

        if (text.len != word.len || strncasecmp(text.ptr, word.ptr, word.len) != 0)
            continue;
        *ret_truth = WORDS[i].truth;
        return true;
    }
    return false;
}

/* A number of the datum, of a truth 1 or 0; false when it has none. */
static bool as_number(const struct pl_datum *datum, double *ret_number)
{
    if (datum->kind == PL_DATUM_TEXT)
        return pl_str_to_double(pl_str_trim(datum->text), ret_number);
    *ret_number = datum->kind == PL_DATUM_BOOL ? (datum->truth ? 1 : 0) : datum->number;
    return datum->kind != PL_DATUM_NULL && !isnan(*ret_number);
}

static bool as_truth(const struct pl_datum *datum, bool *ret_truth)
{
    if (datum->kind == PL_DATUM_TEXT)
        return text_truth(datum->text, ret_truth);
    if (datum->kind == PL_DATUM_NUMBER)
        *ret_truth = datum->number < 0 || datum->number > 0;
    else
        *ret_truth = datum->truth;
    return datum->kind != PL_DATUM_NULL &&
           !(datum->kind == PL_DATUM_NUMBER && isnan(datum->number));
}

static int sign_of(double a, double b)
{
    return (a > b) - (a < b);
}

/* Negative, zero or positive; false when the two cannot be compared, which is null. */
static bool compare(const struct pl_datum *a, const struct pl_datum *b, int *ret_order)
{
    const bool is_truth = a->kind != PL_DATUM_NUMBER && b->kind != PL_DATUM_NUMBER;
    double numbers[2];
    bool truths[2];

    if (a->kind == PL_DATUM_NULL || b->kind == PL_DATUM_NULL)
        return false;
    if (a->kind == PL_DATUM_TEXT && b->kind == PL_DATUM_TEXT) {
        *ret_order = pl_str_compare(a->text, b->text);
        return true;
    }
    if (is_truth) {
        if (!as_truth(a, &truths[0]) || !as_truth(b, &truths[1]))
            return false;
        *ret_order = truths[0] - truths[1];
        return true;
    }
    if (!as_number(a, &numbers[0]) || !as_number(b, &numbers[1]))
        return false;
    *ret_order = sign_of(numbers[0], numbers[1]);
    return true;
}

static bool satisfies(enum pl_compare compare, int order)
{
    switch (compare) {
    case PL_COMPARES_EQUAL:
        return order == 0;
    case PL_COMPARES_UNEQUAL:
        return order != 0;
    case PL_COMPARES_LESS:
        return order < 0;
    case PL_COMPARES_AT_MOST:
        return order <= 0;
    case PL_COMPARES_MORE:
        return order > 0;
    case PL_COMPARES_AT_LEAST:
        return order >= 0;
    }
    return false;
}

static struct pl_datum compared(const struct pl_datum *a, enum pl_compare how,
                                const struct pl_datum *b)
{
    int order = 0;

    return compare(a, b, &order) ? of_truth(satisfies(how, order)) : of_null();
}

/* ---- logic ---- */

static struct pl_datum negated(struct pl_datum datum)
{
    bool truth = false;

    return as_truth(&datum, &truth) ? of_truth(!truth) : of_null();
}

/* `and` is false as soon as one is, `or` true; else null as soon as one is. */
static struct pl_datum joined(const struct pl_condition_node *node, const struct row *row,
                              bool deciding)
{
    bool is_null = false;

    for (const struct pl_condition_node *part = node->first; part != NULL; part = part->next) {
        const struct pl_datum datum = evaluate(part, row);
        bool truth = false;

        if (!as_truth(&datum, &truth))
            is_null = true;
        else if (truth == deciding)
            return of_truth(deciding);
    }
    return is_null ? of_null() : of_truth(!deciding);
}

/* ---- tests ---- */

static struct pl_datum is_in(const struct pl_condition_node *node, const struct row *row)
{
    const struct pl_datum wanted = evaluate(node->first, row);
    bool is_null = false;

    for (const struct pl_condition_node *item = node->first->next; item != NULL;
         item = item->next) {
        const struct pl_datum datum = evaluate(item, row);
        int order = 0;

        if (!compare(&wanted, &datum, &order))
            is_null = true;
        else if (order == 0)
            return of_truth(true);
    }
    return is_null ? of_null() : of_truth(false);
}

static struct pl_datum is_between(const struct pl_condition_node *node, const struct row *row)
{
    const struct pl_datum value = evaluate(node->first, row);
    const struct pl_datum low = evaluate(node->first->next, row);
    const struct pl_datum high = evaluate(node->first->next->next, row);
    const struct pl_datum above = compared(&value, PL_COMPARES_AT_LEAST, &low);
    const struct pl_datum below = compared(&value, PL_COMPARES_AT_MOST, &high);

    if ((above.kind == PL_DATUM_BOOL && !above.truth) ||
        (below.kind == PL_DATUM_BOOL && !below.truth))
        return of_truth(false);
    return above.kind == PL_DATUM_NULL || below.kind == PL_DATUM_NULL ? of_null() : of_truth(true);
}

/* Only texts have patterns; of anything else it is null. */
static struct pl_datum is_like(const struct pl_condition_node *node, const struct row *row)
{
    const struct pl_datum datum = evaluate(node->first, row);

    return datum.kind == PL_DATUM_TEXT ? of_truth(pl_like_matches(node->like, datum.text))
                                       : of_null();
}

static struct pl_datum is_null(const struct pl_condition_node *node, const struct row *row)
{
    return of_truth(evaluate(node->first, row).kind == PL_DATUM_NULL);
}

static struct pl_datum is_compared(const struct pl_condition_node *node, const struct row *row)
{
    const struct pl_datum left = evaluate(node->first, row);
    const struct pl_datum right = evaluate(node->first->next, row);

    return compared(&left, node->compare, &right);
}

/* `not`, once or many times over. */
static struct pl_datum is_not(const struct pl_condition_node *node, const struct row *row)
{
    const struct pl_datum opposite = negated(evaluate(node->first, row));

    return node->negated ? opposite : negated(opposite);
}

static struct pl_datum tested(const struct pl_condition_node *node, const struct row *row)
{
    switch (node->sort) {
    case PL_SORT_LITERAL:
        return node->literal;
    case PL_SORT_COLUMN:
        return row->of(node->column, row->context);
    case PL_SORT_COMPARE:
        return is_compared(node, row);
    case PL_SORT_IN:
        return is_in(node, row);
    case PL_SORT_BETWEEN:
        return is_between(node, row);
    case PL_SORT_LIKE:
        return is_like(node, row);
    case PL_SORT_IS_NULL:
        return is_null(node, row);
    case PL_SORT_AND:
        return joined(node, row, false);
    case PL_SORT_OR:
        return joined(node, row, true);
    case PL_SORT_NOT:
        return is_not(node, row);
    }
    return of_null();
}

static struct pl_datum evaluate(const struct pl_condition_node *node, const struct row *row)
{
    const struct pl_datum datum = tested(node, row);

    return node->negated && node->sort != PL_SORT_NOT ? negated(datum) : datum;
}

/* ---- the whole ---- */

bool pl_condition_holds(const struct pl_condition *condition, pl_datum_of of, void *context)
{
    const struct row row = {of, context};
    const struct pl_datum datum = evaluate(condition->root, &row);
    bool truth = false;

    return as_truth(&datum, &truth) && truth;
}

const struct pl_str *pl_condition_columns(const struct pl_condition *condition, size_t *ret_count)
{
    *ret_count = condition->columns_count;
    return condition->columns;
}
