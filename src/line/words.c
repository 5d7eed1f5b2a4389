/* The words that may stand in the line, each with its value and its meaning. Reading, the schema,
   the reference page and the names in messages all take them from here. */
#include "line/evals.h"
#include "line/keys.h"

#include <assert.h>

#define WORDS(rows)                                                                                \
    {                                                                                              \
        (rows), sizeof(rows) / sizeof *(rows)                                                      \
    }

static const struct pl_word SEVERITIES[] = {
    {"low", PL_SEVERITY_LOW, "a wrong output is an annoyance"},
    {"medium", PL_SEVERITY_MEDIUM, "a wrong output costs somebody money, time or an opportunity"},
    {"high", PL_SEVERITY_HIGH, "a wrong output can harm a life, a liberty or a livelihood"},
    {"catastrophic", PL_SEVERITY_CATASTROPHIC, "a wrong output can kill or ruin many"},
};
const struct pl_words PL_WORDS_SEVERITY = WORDS(SEVERITIES);

static const struct pl_word REVERSIBILITIES[] = {
    {"full", PL_REVERSIBILITY_FULL, "the harm can be undone completely"},
    {"partial", PL_REVERSIBILITY_PARTIAL, "the harm can be undone in part"},
    {"none", PL_REVERSIBILITY_NONE, "the harm cannot be undone"},
};
const struct pl_words PL_WORDS_REVERSIBILITY = WORDS(REVERSIBILITIES);

static const struct pl_word USERS[] = {
    {"general", PL_USERS_GENERAL, "the public at large"},
    {"vulnerable", PL_USERS_VULNERABLE, "people who can protect themselves less than others"},
};
const struct pl_words PL_WORDS_USERS = WORDS(USERS);

static const struct pl_word VERDICTS[] = {
    {"ship", PL_VERDICT_SHIP, "release it"},
    {"ship_with_monitoring", PL_VERDICT_SHIP_WITH_MONITORING, "release it under a watch"},
    {"human_in_the_loop", PL_VERDICT_HUMAN_IN_THE_LOOP, "release it where a person decides"},
    {"hold", PL_VERDICT_HOLD, "wait: something is missing or unproven"},
    {"no_ship", PL_VERDICT_NO_SHIP, "do not release it"},
};
const struct pl_words PL_WORDS_VERDICT = WORDS(VERDICTS);

static const struct pl_word NEEDS[] = {
    {"card", PL_NEED_CARD, "a model card for this state of the line"},
    {"risk", PL_NEED_RISK, "the section `risk`"},
    {"owner", PL_NEED_OWNER, "the key `owner`"},
    {"purpose", PL_NEED_PURPOSE, "the section `purpose`"},
    {"executive", PL_NEED_EXECUTIVE, "the sign-off of the executive, by `plimsoll sign`"},
    {"legal", PL_NEED_LEGAL, "the sign-off of legal, by `plimsoll sign`"},
};
const struct pl_words PL_WORDS_NEED = WORDS(NEEDS);

static const struct pl_word TASKS[] = {
    {"binary", PL_TASK_BINARY, "each decision says yes or no"},
    {"multiclass", PL_TASK_MULTICLASS, "each decision names one of several classes"},
    {"multilabel", PL_TASK_MULTILABEL, "each decision names any number of classes"},
    {"regression", PL_TASK_REGRESSION, "each decision is a number"},
    {"ranking", PL_TASK_RANKING, "items are put in order, one list for each query"},
};
const struct pl_words PL_WORDS_TASK = WORDS(TASKS);

static const struct pl_word MISSING[] = {
    {"judge", PL_MISSING_JUDGE, "they are judged and compared like any other group"},
    {"list", PL_MISSING_LIST, "they are listed with their numbers, and not judged nor compared"},
};
const struct pl_words PL_WORDS_MISSING = WORDS(MISSING);

static const struct pl_word DECIDES[] = {
    {"overall", PL_DECIDES_OVERALL, "the verdict for all decisions"},
    {"any", PL_DECIDES_ANY, "that of at least one slice of the launch"},
    {"all", PL_DECIDES_ALL, "those of all slices of the launch whose group is known"},
};
const struct pl_words PL_WORDS_DECIDES = WORDS(DECIDES);

static const struct pl_word SMALL[] = {
    {"list", PL_SMALL_LIST, "they are listed and do not change the verdict"},
    {"hold", PL_SMALL_HOLD, "the verdict is at best `hold` while there are any"},
};
const struct pl_words PL_WORDS_SMALL = WORDS(SMALL);

static const struct pl_word UNPROVEN[] = {
    {"hold", PL_UNPROVEN_HOLD, "the verdict is at best `hold`"},
    {"pass", PL_UNPROVEN_PASS, "it counts as clear, and is listed"},
    {"fail", PL_UNPROVEN_FAIL, "it counts as a breach"},
};
const struct pl_words PL_WORDS_UNPROVEN = WORDS(UNPROVEN);

static const struct pl_word INTERVALS[] = {
    {"wilson", PL_INTERVAL_WILSON, "Wilson's score interval"},
    {"exact", PL_INTERVAL_EXACT, "Clopper and Pearson's, which never falls short and is wider"},
};
const struct pl_words PL_WORDS_INTERVAL = WORDS(INTERVALS);

static const struct pl_word JUDGES[] = {
    {"interval", PL_JUDGE_INTERVAL, "with the uncertainty of the estimate"},
    {"point", PL_JUDGE_POINT, "by the value alone, as some laws do"},
};
const struct pl_words PL_WORDS_JUDGE = WORDS(JUDGES);

static const struct pl_word WATCHED[] = {
    {"inputs", PL_WATCHED_INPUTS, "the input columns"},
    {"score", PL_WATCHED_SCORE, "the score"},
    {"limits", PL_WATCHED_LIMITS, "the limits of this line"},
    {"cost", PL_WATCHED_COST, "what a decision costs"},
    {"latency_ms", PL_WATCHED_LATENCY_MS, "how long a decision takes"},
};
const struct pl_words PL_WORDS_WATCHED = WORDS(WATCHED);

static const struct pl_word BETTER[] = {
    {"higher", PL_BETTER_HIGHER, "more of it is better"},
    {"lower", PL_BETTER_LOWER, "less of it is better"},
};
const struct pl_words PL_WORDS_BETTER = WORDS(BETTER);

static const struct pl_word SCORERS[] = {
    {"exact", PL_SCORER_EXACT, "the output is the right answer, but for blanks around it"},
    {"normalised_exact", PL_SCORER_NORMALISED_EXACT,
     "the same without case, punctuation and blanks"},
    {"squad_exact", PL_SCORER_SQUAD_EXACT,
     "the same as SQuAD compares: without case, punctuation and articles"},
    {"contains", PL_SCORER_CONTAINS, "the right answer, or one of `values`, stands in the output"},
    {"regex", PL_SCORER_REGEX, "the `pattern` matches somewhere in the output"},
    {"contains_all", PL_SCORER_CONTAINS_ALL,
     "every right answer, or all `values`, stand in the output"},
    {"one_of", PL_SCORER_ONE_OF, "the output is one of the right answers, or of `values`"},
    {"numeric", PL_SCORER_NUMERIC, "the last number in the output is the right one"},
    {"token_f1", PL_SCORER_TOKEN_F1, "words shared with the right answer, as SQuAD counts them"},
    {"json", PL_SCORER_JSON, "the output is valid JSON"},
    {"json_schema", PL_SCORER_JSON_SCHEMA, "the output is JSON that the schema in `file` allows"},
    {"bleu", PL_SCORER_BLEU, "BLEU of the output, 0 to 100, as sacrebleu's"},
    {"chrf", PL_SCORER_CHRF, "chrF, 0 to 100, as sacrebleu's"},
    {"chrf++", PL_SCORER_CHRF_PLUS, "chrF++, 0 to 100, as sacrebleu's"},
    {"ter", PL_SCORER_TER, "translation edit rate, as sacrebleu's; lower is better"},
    {"rouge_1", PL_SCORER_ROUGE_1, "ROUGE-1 F, 0 to 1, as rouge-score's"},
    {"rouge_2", PL_SCORER_ROUGE_2, "ROUGE-2 F"},
    {"rouge_l", PL_SCORER_ROUGE_L, "ROUGE-L F"},
    {"rouge_lsum", PL_SCORER_ROUGE_LSUM, "ROUGE-L F over the lines of a summary"},
    {"gleu", PL_SCORER_GLEU, "GLEU of the output, 0 to 1"},
    {"edit_similarity", PL_SCORER_EDIT_SIMILARITY,
     "1 less the edit distance over the longer length"},
    {"semantic_similarity", PL_SCORER_SEMANTIC_SIMILARITY, "cosine of two embeddings by `model`"},
    {"classification", PL_SCORER_CLASSIFICATION, "the output names a class; measured as a task"},
    {"refusal", PL_SCORER_REFUSAL, "the output refuses to answer"},
    {"tool_calls", PL_SCORER_TOOL_CALLS,
     "the tools called, their arguments and their order are right"},
    {"latency", PL_SCORER_LATENCY, "milliseconds that the output took"},
    {"tokens", PL_SCORER_TOKENS, "tokens of the output"},
    {"cost", PL_SCORER_COST, "what the output cost"},
    {"length", PL_SCORER_LENGTH, "characters of the output"},
    {"command", PL_SCORER_COMMAND, "what a program of your own says"},
    {"judge", PL_SCORER_JUDGE, "what a model says by a rubric"},
    {"attack", PL_SCORER_ATTACK, "of `redteam`: the attack did not succeed"},
    {"over_blocked", PL_SCORER_OVER_BLOCKED,
     "of `redteam`: a harmless prompt was refused; lower is better"},
};
const struct pl_words PL_WORDS_SCORER = WORDS(SCORERS);

static const struct pl_word JUDGE_FORMS[] = {
    {"pass_fail", PL_JUDGE_PASS_FAIL, "pass or fail"},
    {"scale", PL_JUDGE_SCALE, "a mark from 1 to `scale`"},
    {"pairwise", PL_JUDGE_PAIRWISE, "which of two answers is better, asked in both orders"},
};
const struct pl_words PL_WORDS_JUDGE_FORM = WORDS(JUDGE_FORMS);

const struct pl_word *pl_word_find(const struct pl_words *words, struct pl_str text)
{
    for (size_t i = 0; i < words->count; i++)
        if (pl_str_equal_text(text, words->items[i].name))
            return &words->items[i];
    return NULL;
}

/* The value must be in the table. */
static const struct pl_word *word_of(const struct pl_words *words, uint32_t value)
{
    size_t i = 0;

    while (i < words->count && words->items[i].value != value)
        i++;
    assert(i < words->count);
    return &words->items[i];
}

const char *pl_word_name(const struct pl_words *words, uint32_t value)
{
    return word_of(words, value)->name;
}

const char *pl_word_meaning(const struct pl_words *words, uint32_t value)
{
    return word_of(words, value)->help;
}

const char *pl_verdict_name(enum pl_verdict verdict)
{
    return pl_word_name(&PL_WORDS_VERDICT, verdict);
}

const char *pl_comparator_name(enum pl_comparator comparator)
{
    static const char *const NAMES[PL_COMPARATORS_COUNT] = {
        [PL_COMPARE_MIN] = "min",
        [PL_COMPARE_MAX] = "max",
        [PL_COMPARE_MIN_RATIO] = "min_ratio",
        [PL_COMPARE_MAX_RATIO] = "max_ratio",
        [PL_COMPARE_MAX_DIFFERENCE] = "max_difference",
        [PL_COMPARE_MAX_RATIO_TO_OVERALL] = "max_ratio_to_overall",
        [PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL] = "max_difference_to_overall",
        [PL_COMPARE_NON_INFERIOR_TO] = "non_inferior_to",
        [PL_COMPARE_SUPERIOR_TO] = "superior_to",
    };

    return NAMES[comparator];
}

bool pl_comparator_has_baseline(enum pl_comparator comparator)
{
    return comparator == PL_COMPARE_NON_INFERIOR_TO || comparator == PL_COMPARE_SUPERIOR_TO;
}

bool pl_comparator_is_lower(enum pl_comparator comparator)
{
    return comparator == PL_COMPARE_MIN || comparator == PL_COMPARE_MIN_RATIO ||
           comparator == PL_COMPARE_NON_INFERIOR_TO || comparator == PL_COMPARE_SUPERIOR_TO;
}

const char *pl_better_name(enum pl_better better)
{
    return better == PL_BETTER_NEITHER ? "neither" : pl_word_name(&PL_WORDS_BETTER, better);
}

const char *pl_task_name(enum pl_task task)
{
    static const char *const NAMES[PL_TASKS_COUNT] = {
        [PL_TASK_BINARY] = "binary",         [PL_TASK_MULTICLASS] = "multiclass",
        [PL_TASK_MULTILABEL] = "multilabel", [PL_TASK_REGRESSION] = "regression",
        [PL_TASK_RANKING] = "ranking",
    };

    return NAMES[task];
}

const char *pl_severity_name(enum pl_severity severity)
{
    return pl_word_name(&PL_WORDS_SEVERITY, severity);
}

const char *pl_reversibility_name(enum pl_reversibility reversibility)
{
    return pl_word_name(&PL_WORDS_REVERSIBILITY, reversibility);
}

const char *pl_users_name(enum pl_users users)
{
    return pl_word_name(&PL_WORDS_USERS, users);
}
