/*
 * A gate and an audit made by hand, small enough to read and with what is hard to write: a group
 * with markup and control characters in its name, an undefined estimate, a bound that does not
 * exist, a slice that is too small, and a finding without any case.
 */
#ifndef TESTS_REPORT_SAMPLE_H
#define TESTS_REPORT_SAMPLE_H

#include "report/report.h"

#include <math.h>

#define HOSTILE "</x>|\"&\x1b[31m\x01"

static const struct pl_str GROUP_NAMES[] = {{"A", 1}, {HOSTILE, sizeof HOSTILE - 1}};
static const struct pl_groups GROUPS[] = {
    {.segment = {"race", 4}, .names = GROUP_NAMES, .count = 2}};
static const struct pl_metric METRICS[] = {
    {.name = {"false_positive_rate", 19}, .column = -1},
    {.name = {"roc_auc", 7}, .column = -1},
};
static const struct pl_crossing BY_RACE = {.segments = {0}, .count = 1};

static const struct pl_estimate OVERALL[] = {
    {.value = 0.323, .low = 0.309, .high = 0.338, .n = 4000},
    {.value = 0.702, .low = 0.69, .high = 0.714, .n = 7000},
};
static const struct pl_estimate OF_A[] = {
    {.value = 0.448, .low = 0.426, .high = 0.472, .n = 1795},
    {.status = PL_ESTIMATE_UNDEFINED, .reason = PL_UNDEFINED_NO_SCORES, .n = 0},
};
static const struct pl_estimate OF_HOSTILE[] = {
    {.value = 0.148, .low = 0.109, .high = 0.197, .n = 12, .status = PL_ESTIMATE_TOO_SMALL},
    {.value = 0.6, .low = 0.5, .high = HUGE_VAL, .n = 12, .status = PL_ESTIMATE_TOO_SMALL},
};
static const struct pl_slice SLICES[] = {
    {.crossing = &BY_RACE, .groups = {0}, .n = 3696, .unlabelled = 3, .estimates = OF_A},
    {.crossing = &BY_RACE, .groups = {1}, .n = 12, .too_small = true, .estimates = OF_HOSTILE},
};
static const struct pl_grouping GROUPINGS[] = {
    {.crossing = {.segments = {0}, .count = 1}, .slices = SLICES, .slices_count = 2}};
static const struct pl_cells CELLS = {
    .segments = GROUPS,
    .segments_count = 1,
    .decisions = 7214,
    .unlabelled = 3,
    .rows = 414,
    .source = {"decisions.csv", 13},
};
static const struct pl_measured MEASURED = {
    .cells = &CELLS,
    .metrics = METRICS,
    .metrics_count = 2,
    .overall = {.n = 7214, .unlabelled = 3, .estimates = OVERALL},
    .groupings = GROUPINGS,
    .groupings_count = 1,
    .confidence = 0.95,
    .smallest_slice = 30,
    .seed = 42,
};

static const struct pl_limit LIMITS[] = {
    {
        .text = {"false_positive_rate at most 0.1 apart by race", 45},
        .comparator = PL_COMPARE_MAX_DIFFERENCE,
        .threshold = 0.1,
        .confidence = 0.95,
    },
    {
        .text = {"roc_auc at least 0.65", 21},
        .comparator = PL_COMPARE_MIN,
        .threshold = 0.65,
        .confidence = 0.99,
        .judge = PL_JUDGE_POINT,
    },
    {
        .text = {"roc_auc at most 2 times overall, by race", 40},
        .comparator = PL_COMPARE_MAX_RATIO_TO_OVERALL,
        .threshold = 2,
        .confidence = 0.95,
    },
};

static const struct pl_case CASES_APART[] = {
    {
        .slice = &SLICES[0],
        .against = &SLICES[1],
        .state = PL_STATE_BREACH,
        .judged = true,
        .value = 0.3,
        .low = 0.206,
        .high = 0.342,
        .p_value = 1e-9,
        .n = 1795,
    },
    {
        .slice = &SLICES[1],
        .against = &MEASURED.overall,
        .state = PL_STATE_UNPROVEN,
        .value = 0.1,
        .low = 0,
        .high = HUGE_VAL,
        .p_value = 0.5,
        .n = 12,
    },
};
static const struct pl_case CASES_AUC[] = {
    {
        .slice = &MEASURED.overall,
        .state = PL_STATE_UNPROVEN,
        .judged = true,
        .reason = PL_UNDEFINED_NO_LABELLED_POSITIVES,
        .p_value = 1,
        .n = 0,
    },
};
static const struct pl_finding FINDINGS[] = {
    {
        .limit = &LIMITS[0],
        .metric_index = 0,
        .state = PL_STATE_BREACH,
        .deciding = &CASES_APART[0],
        .cases = CASES_APART,
        .cases_count = 2,
        .judged_count = 1,
        .small_count = 1,
    },
    {
        .limit = &LIMITS[1],
        .metric_index = 1,
        .state = PL_STATE_UNPROVEN,
        .deciding = &CASES_AUC[0],
        .cases = CASES_AUC,
        .cases_count = 1,
        .judged_count = 1,
    },
    {.limit = &LIMITS[2], .metric_index = 1, .state = PL_STATE_UNPROVEN},
};
static const struct pl_reason REASONS[] = {
    {PL_REASON_BREACH, PL_VERDICT_NO_SHIP, {"It differs by 30.0 points.", 26}, &FINDINGS[0], false},
    {PL_REASON_UNPROVEN, PL_VERDICT_HOLD, {"No data.", 8}, &FINDINGS[1], false},
    {PL_REASON_NEED, PL_VERDICT_HOLD, {"There is no owner.", 18}, NULL, false},
};
static const struct pl_judgement JUDGEMENT = {
    .verdict = PL_VERDICT_NO_SHIP,
    .reasons = REASONS,
    .reasons_count = 3,
    .findings = FINDINGS,
    .findings_count = 3,
    .family_size = 3,
};
static const struct pl_line LINE = {
    .file = "plimsoll.yaml",
    .feature = {"score", 5},
    .title = {"A score & more", 14},
    .evidence = {.confidence = 0.95},
};

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const struct pl_gate_result GATE = {
    .line = &LINE,
    .line_hash = HASH,
    .measured = &MEASURED,
    .judgement = &JUDGEMENT,
    .data = {.files = 1, .size_bytes = 14694, .hash = HASH, .whole = true},
    .version = "1.2.3",
    .ledger_block = 7,
    .ledger_hash = HASH,
    .elapsed_seconds = 0.25,
};

static const struct pl_between BETWEENS[] = {
    {
        .grouping = GROUPINGS,
        .metric_index = 0,
        .difference = {.value = 0.3, .low = 0.2, .high = 0.4, .n = 1807},
        .ratio = {.value = 0.33, .low = 0.2, .high = 0.5, .n = 1807},
        .largest = &SLICES[0],
        .smallest = &SLICES[1],
    },
    {
        .grouping = GROUPINGS,
        .metric_index = 1,
        .difference = {.status = PL_ESTIMATE_UNDEFINED, .reason = PL_UNDEFINED_ONE_GROUP},
        .ratio = {.status = PL_ESTIMATE_UNDEFINED, .reason = PL_UNDEFINED_ONE_GROUP},
    },
};
static const struct pl_audit_result AUDIT = {
    .measured = &MEASURED,
    .betweens = BETWEENS,
    .betweens_count = 2,
    .data = {.files = 0},
    .version = "1.2.3",
};

#endif
