/*
 * From measures to a verdict: each limit becomes a finding, the findings and the risk of the feature
 * become one verdict, and every reason for it is kept.
 */
#ifndef PL_JUDGE_JUDGE_H
#define PL_JUDGE_JUDGE_H

#include "line/line.h"
#include "measure/measure.h"
#include "mix/mix.h"

enum pl_state { PL_STATE_CLEAR, PL_STATE_UNPROVEN, PL_STATE_BREACH };

/* "clear", "unproven", "breach". */
const char *pl_state_name(enum pl_state state);

/*
 * One limit judged in one slice, or between two. `value`, `low` and `high` may be read only while
 * `reason` is PL_DEFINED. For an upper limit `high` is the one-sided upper bound at the limit's
 * confidence (it decides clear) and `low` the one-sided lower bound at the level that Holm's
 * procedure gave this case (it decides breach); for a lower limit the other way round.
 */
struct pl_case {
    const struct pl_slice *slice;   /* never NULL; the overall slice for an overall limit */
    const struct pl_slice *against; /* the other group, the overall slice, or NULL */
    const struct pl_sides *sides;   /* the measure here and in the baseline; NULL without one */
    enum pl_state state;
    bool judged; /* false: too small to judge, listed only */
    bool
        beside; /* of a launch: the slices are among all decisions, not those of the slice judged */
    enum pl_undefined reason;
    double value; /* the measure, the difference, the ratio, or the gain over the baseline: as the
                     comparator asks */
    double low;
    double high;
    double p_value; /* of the one-sided test that the limit is crossed; 1 when undefined */
    uint64_t n;
    bool
        needed_in_both; /* as the other side grows in proportion; alone no number would settle it */
    uint64_t needed; /* unproven: more decisions in this slice that would settle it at the present
                        estimate; 0: not known, or no number would (it lies on the limit) */
};

/* A limit judged. `deciding` is the case that makes the state: the worst breach, else the least
   proven, else the nearest to the limit. NULL only when there was no case at all. */
struct pl_finding {
    const struct pl_limit *limit;
    size_t metric_index;
    enum pl_state state;
    const struct pl_case *deciding;
    const struct pl_case *cases; /* worst first */
    size_t cases_count;
    size_t judged_count;
    size_t small_count;        /* cases listed, not judged */
    const struct pl_mix *note; /* a gap between groups that turns round inside strata, or NULL */
};

/* Its limit is between groups, or of groups with all. */
bool pl_finding_compares_groups(const struct pl_finding *finding);

enum pl_reason_kind {
    PL_REASON_BREACH,
    PL_REASON_UNPROVEN,
    PL_REASON_SMALL,
    PL_REASON_MISSING, /* a slice of a launch whose group is not known */
    PL_REASON_NEED,
    PL_REASON_RISK,
    PL_REASON_CLEAR,
};

/* Why the verdict is not better than `verdict`, in plain words. */
struct pl_reason {
    enum pl_reason_kind kind;
    enum pl_verdict verdict;          /* the best verdict that this reason allows */
    struct pl_str text;               /* a whole sentence */
    const struct pl_finding *finding; /* NULL unless it comes from a limit */
    bool for_card;                    /* it is the want of a current card */
};

struct pl_judgement {
    enum pl_verdict verdict;
    enum pl_verdict but_for_card;    /* what it is, or would be, with a current card */
    bool card_met;                   /* a card shows these figures and `but_for_card` */
    bool allowed;                    /* by release.allow: `gate` exits 0 */
    const struct pl_reason *reasons; /* strictest first */
    size_t reasons_count;
    const struct pl_finding *findings; /* in the order of the line's limits */
    size_t findings_count;
    size_t family_size; /* limits x slices that Holm's procedure corrected for */
};

/* How far the card on the record is about what is judged; each takes in the one before. */
enum pl_card_match {
    PL_CARD_NONE,    /* there is no card of the feature */
    PL_CARD_LINE,    /* the line has changed since */
    PL_CARD_DATA,    /* the data have changed since */
    PL_CARD_FIGURES, /* same line and data, and other figures: another version, another baseline */
    PL_CARD_SAME, /* it shows the figures that are judged; whether the verdict too, the judge says */
};

/* What the record says that a judgement depends on. */
/* What a suite of evals says: a finding that is not clear, or why it proves nothing. */
struct pl_eval_fact {
    struct pl_str suite;
    enum pl_state state;
    bool missing;           /* there is no run of the suite as it stands */
    struct pl_str sentence; /* empty: the suite is clear */
};

struct pl_record_facts {
    enum pl_card_match card;
    enum pl_verdict card_verdict; /* the one it shows, but for the want of a card */
    uint64_t card_block;          /* where it is recorded; 0: there is none */
    bool card_met;                /* of a slice of a launch: it is current for all decisions */
    bool signed_executive;
    bool signed_legal;
    const struct pl_eval_fact *evals; /* at least one for each suite with limits */
    size_t evals_count;
    bool evals_compare_groups; /* some limit of a suite compares groups */
    bool evals_groups_clear;   /* and all that do are clear */
};

/* Several segments and crossings. */
struct pl_crossings {
    const struct pl_crossing *items;
    size_t count;
};

/*
 * A slice of a launch beside the others. Its measures are of its own decisions; limits between groups of
 * the launch, and of groups against the overall figure, are judged by where it stands among all of them.
 * Where the measure has a better end (by pl_metric_better, or else by the line) only a slice on the worse
 * side crosses such a limit.
 */
struct pl_judge_beside {
    const struct pl_measured *whole; /* all decisions */
    const struct pl_slice *slice;    /* of the launch, in `whole` */
    const struct pl_crossings
        *crossings; /* for each limit of the line those of the launch's segments
                                             only, of which `whole` has the groupings */
    const enum pl_better
        *better;         /* for each limit, what the line says of measures that do not say it */
    size_t slices_count; /* that are judged: the level of a breach is divided among them */
};

struct pl_judge_request {
    const struct pl_line *line;
    const struct pl_measured *measured;
    const struct pl_record_facts *facts;
    const struct pl_judge_beside *beside; /* NULL: it is no slice of a launch */
};

/* Judges; the result lives in `arena` and points into what the request names. */
PL_MUST_CHECK enum pl_status pl_judge_request(const struct pl_judge_request *request,
                                              struct pl_arena *arena,
                                              struct pl_judgement **ret_judgement,
                                              struct pl_error *error);

/* Judges all decisions; the result lives in `arena` and points into `line` and `measured`. */
PL_MUST_CHECK enum pl_status pl_judge(const struct pl_line *line,
                                      const struct pl_measured *measured,
                                      const struct pl_record_facts *facts, struct pl_arena *arena,
                                      struct pl_judgement **ret_judgement, struct pl_error *error);

#endif
