/*
 * Which definitions of fairness there are, and what each compares. docs/fairness.md says which
 * question each answers; docs/conventions.md where libraries differ in them.
 */
#include "fairness/definitions.h"

static const struct pl_fairness_definition DEFINITIONS[] = {
    {
        .name = "demographic_parity",
        .measures = {"selection_rate"},
        .question = "Is a yes as likely in every group?",
        .source = "Dwork et al., ITCS 2012; Feldman et al., KDD 2015",
        .libraries = "Fairlearn demographic_parity_difference, _ratio; AIF360 "
                     "statistical_parity_difference, disparate_impact; Clarify DPPL, DI",
    },
    {
        .name = "impact_ratio",
        .measures = {"selection_rate"},
        .ratio_only = true,
        .question = "How often is a group chosen, against the group chosen most?",
        .source = "29 CFR 1607.4 (four fifths); NYC 6 RCNY 5-301",
        .libraries = "Fairlearn demographic_parity_ratio; AIF360 disparate_impact",
    },
    {
        .name = "scoring_rate_parity",
        .measures = {"scoring_rate"},
        .question = "Is a score above the median of all as likely in every group?",
        .source = "NYC 6 RCNY 5-301 (Local Law 144)",
        .libraries = "none",
    },
    {
        .name = "equal_opportunity",
        .measures = {"true_positive_rate"},
        .question = "Are those who should get a yes found as often in every group?",
        .source = "Hardt, Price & Srebro, NIPS 2016",
        .libraries = "Fairlearn equal_opportunity_difference, _ratio; AIF360 "
                     "equal_opportunity_difference; Clarify RD",
    },
    {
        .name = "predictive_equality",
        .measures = {"false_positive_rate"},
        .question = "Do those who should get a no get a yes as often in every group?",
        .source = "Corbett-Davies et al., KDD 2017",
        .libraries = "Fairlearn false_positive_rate_difference; AIF360 "
                     "false_positive_rate_difference, _ratio; Clarify SD, of specificity",
    },
    {
        .name = "equalized_odds",
        .measures = {"true_positive_rate", "false_positive_rate"},
        .combine = PL_FAIRNESS_WORST,
        .question = "Both of the above: the worse of the two.",
        .source = "Hardt, Price & Srebro, NIPS 2016",
        .libraries = "Fairlearn equalized_odds_difference, _ratio; AIF360 "
                     "equalized_odds_difference",
    },
    {
        .name = "equalized_odds_mean",
        .measures = {"true_positive_rate", "false_positive_rate"},
        .combine = PL_FAIRNESS_MEAN,
        .question = "Both of the above: the mean of the two, without their signs.",
        .source = "Fairlearn, agg=\"mean\"",
        .libraries = "Fairlearn equalized_odds_difference(agg=\"mean\"); AIF360 "
                     "average_abs_odds_difference",
    },
    {
        .name = "average_odds",
        .measures = {"average_odds"},
        .question = "The mean of both rates, in which opposite signs cancel.",
        .source = "AIF360",
        .libraries = "AIF360 average_odds_difference",
    },
    {
        .name = "predictive_parity",
        .measures = {"precision"},
        .question = "Does a yes mean the same in every group?",
        .source = "Chouldechova, Big Data 5 (2017)",
        .libraries = "Fairlearn precision_score_difference; AIF360 "
                     "false_discovery_rate_difference; Clarify DAR",
    },
    {
        .name = "false_omission_parity",
        .measures = {"false_omission_rate"},
        .question = "Does a no mean the same in every group?",
        .source = "Berk et al., Sociol. Methods Res. 50 (2021)",
        .libraries = "AIF360 false_omission_rate_difference; Aequitas FOR; Clarify DRR, of NPV",
    },
    {
        .name = "accuracy_equality",
        .measures = {"accuracy"},
        .question = "Is the feature right as often in every group?",
        .source = "Berk et al., Sociol. Methods Res. 50 (2021)",
        .libraries =
            "Fairlearn accuracy_score_difference; AIF360 error_rate_difference; Clarify AD",
    },
    {
        .name = "treatment_equality",
        .measures = {"treatment_equality"},
        .question = "Do errors fall the same way, misses against false alarms?",
        .source = "Berk et al., Sociol. Methods Res. 50 (2021)",
        .libraries = "Clarify TE",
    },
};

#define DEFINITIONS_COUNT (sizeof DEFINITIONS / sizeof *DEFINITIONS)

_Static_assert(DEFINITIONS_COUNT <= PL_FAIRNESS_DEFINITIONS_MAX, "more definitions than have room");

size_t pl_fairness_definitions_count(void)
{
    return DEFINITIONS_COUNT;
}

const struct pl_fairness_definition *pl_fairness_definition_at(size_t index)
{
    return &DEFINITIONS[index];
}

const struct pl_fairness_definition *pl_fairness_definition_find(struct pl_str name)
{
    for (size_t i = 0; i < DEFINITIONS_COUNT; i++)
        if (pl_str_equal_text(name, DEFINITIONS[i].name))
            return &DEFINITIONS[i];
    return NULL;
}

const char *pl_fairness_combine_name(enum pl_fairness_combine combine)
{
    static const char *const NAMES[] = {
        [PL_FAIRNESS_SINGLE] = "single",
        [PL_FAIRNESS_WORST] = "worst",
        [PL_FAIRNESS_MEAN] = "mean",
    };

    return NAMES[combine];
}
