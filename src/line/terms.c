/*
 * The terms: what other libraries have as one figure is here a limit with a comparator, and a limit
 * on equalized odds is one on each of its two rates, since the worse of the two decides.
 * docs/fairness.md says which question each answers.
 */
#include "line/terms.h"

#include "line/reader.h"

#define NO_COMPARATOR PL_COMPARATORS_COUNT

#define SELECTION      "selection_rate"
#define TRUE_POSITIVE  "true_positive_rate"
#define FALSE_POSITIVE "false_positive_rate"

#define OF_DIFFERENCE(metric) "{metric: " metric ", max_difference: 0.1, by: race}"
#define OF_RATIO(metric)      "{metric: " metric ", min_ratio: 0.8, by: race}"

static const struct pl_term TERMS[] = {
    {"equalized_odds",
     {TRUE_POSITIVE, FALSE_POSITIVE},
     NO_COMPARATOR,
     NO_COMPARATOR,
     OF_DIFFERENCE("equalized_odds")},
    {"equalized_odds_difference",
     {TRUE_POSITIVE, FALSE_POSITIVE},
     PL_COMPARE_MAX,
     PL_COMPARE_MAX_DIFFERENCE,
     OF_DIFFERENCE("equalized_odds")},
    {"equalized_odds_ratio",
     {TRUE_POSITIVE, FALSE_POSITIVE},
     PL_COMPARE_MIN,
     PL_COMPARE_MIN_RATIO,
     OF_RATIO("equalized_odds")},
    {"impact_ratio", {SELECTION}, PL_COMPARE_MIN, PL_COMPARE_MIN_RATIO, OF_RATIO(SELECTION)},
    {"disparate_impact", {SELECTION}, PL_COMPARE_MIN, PL_COMPARE_MIN_RATIO, OF_RATIO(SELECTION)},
    {"demographic_parity_ratio",
     {SELECTION},
     PL_COMPARE_MIN,
     PL_COMPARE_MIN_RATIO,
     OF_RATIO(SELECTION)},
    {"demographic_parity_difference",
     {SELECTION},
     PL_COMPARE_MAX,
     PL_COMPARE_MAX_DIFFERENCE,
     OF_DIFFERENCE(SELECTION)},
    {"statistical_parity_difference",
     {SELECTION},
     PL_COMPARE_MAX,
     PL_COMPARE_MAX_DIFFERENCE,
     OF_DIFFERENCE(SELECTION)},
    {"equal_opportunity_difference",
     {TRUE_POSITIVE},
     PL_COMPARE_MAX,
     PL_COMPARE_MAX_DIFFERENCE,
     OF_DIFFERENCE(TRUE_POSITIVE)},
    {"equal_opportunity_ratio",
     {TRUE_POSITIVE},
     PL_COMPARE_MIN,
     PL_COMPARE_MIN_RATIO,
     OF_RATIO(TRUE_POSITIVE)},
    {"average_odds_difference",
     {"average_odds"},
     PL_COMPARE_MAX,
     PL_COMPARE_MAX_DIFFERENCE,
     OF_DIFFERENCE("average_odds")},
};

#define TERMS_COUNT (sizeof TERMS / sizeof *TERMS)

size_t pl_terms_count(void)
{
    return TERMS_COUNT;
}

const char *pl_term_name_at(size_t index)
{
    return TERMS[index].name;
}

const struct pl_term *pl_term_find(struct pl_str name)
{
    for (size_t i = 0; i < TERMS_COUNT; i++)
        if (pl_str_equal_text(name, TERMS[i].name))
            return &TERMS[i];
    return NULL;
}

static bool fault(struct pl_reader *reader, const struct pl_node *node, const struct pl_term *term,
                  enum pl_comparator wrong)
{
    const char *name = pl_comparator_name(wrong);
    const struct pl_str hint = pl_reader_format(reader, "write for example `- %s`", term->example);

    for (const struct pl_node *at = node->first; at != NULL; at = at->next)
        if (pl_str_equal_text(at->key, name)) {
            pl_reader_fault_key(reader, at, hint, "does not go with `%s`, which compares groups",
                                term->name);
            return false;
        }
    return false;
}

/* A comparator that goes with the term as it stands: all but the one that it implies, and `min`
   and `max`, which are of one slice. */
static bool fits(const struct pl_term *term, enum pl_comparator comparator)
{
    if (comparator == PL_COMPARE_MIN || comparator == PL_COMPARE_MAX)
        return comparator == term->given;
    return term->given == NO_COMPARATOR || comparator == term->meant;
}

bool pl_term_apply(struct pl_reader *reader, const struct pl_node *node, const struct pl_term *term,
                   struct pl_limit_row *row)
{
    for (int i = 0; i < PL_COMPARATORS_COUNT; i++)
        if (row->compares[i] && !fits(term, (enum pl_comparator)i))
            return fault(reader, node, term, (enum pl_comparator)i);
    row->metric = pl_str_of(term->metrics[0]);
    if (term->given == NO_COMPARATOR || !row->compares[term->given])
        return true;
    row->compares[term->given] = false;
    row->compares[term->meant] = true;
    row->thresholds[term->meant] = row->thresholds[term->given];
    return true;
}
