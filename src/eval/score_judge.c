/*
 * A model as judge. It is shown the rubric, filled in, and told to end with one line of JSON; it says pass or
 * fail, a mark, or which of two answers is better, and is asked as often as the line says. What nobody can
 * read is a verdict of its own, never a pass and never left out. Two answers are shown in both orders, since
 * judges favour a place.
 */
#include "eval/scorer.h"

#include "eval/template.h"
#include "json/document.h"
#include "json/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct judge_state {
    const struct pl_scorer *scorer;
    struct pl_template *rubric;
};

/* What one answer of the judge says. */
enum opinion { OPINION_NONE, OPINION_FAIL, OPINION_PASS, OPINION_TIE };

/* ---- setting up ---- */

static void close_judge(void *state)
{
    free(state);
}

static enum pl_status open_judge(const struct pl_scorer_setup *setup, void **ret_state,
                                 struct pl_error *error)
{
    const struct pl_str path = pl_line_path(setup->line, setup->scorer->rubric, setup->arena);
    struct judge_state *judge = calloc(1, sizeof *judge);
    enum pl_status status = PL_OK;

    if (judge == NULL || path.ptr == NULL) {
        free(judge);
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a judge");
    }
    judge->scorer = setup->scorer;
    status = pl_template_read(path.ptr, setup->arena, &judge->rubric, error);
    if (status != PL_OK) {
        if (status == PL_E_NOT_FOUND)
            status = pl_line_error(setup->line, setup->scorer->rubric_place, status, error,
                                   "there is no file %s, which `rubric` names", path.ptr);
        free(judge);
        return status;
    }
    *ret_state = judge;
    return PL_OK;
}

static size_t count_asks(void *state, const struct pl_scored *scored)
{
    const struct judge_state *judge = state;

    (void)scored;
    return judge->scorer->form == PL_JUDGE_PAIRWISE ? 2 * (size_t)judge->scorer->votes
                                                    : judge->scorer->votes;
}

/* ---- asking ---- */

static const char *instruction_of(const struct pl_scorer *scorer, struct pl_arena *arena)
{
    static const char PASS_FAIL[] =
        "\n\nEnd your answer with one line of JSON: {\"verdict\": \"pass\"} or {\"verdict\": "
        "\"fail\"}.";
    static const char PAIRWISE[] =
        "\n\nEnd your answer with one line of JSON: {\"better\": \"A\"}, {\"better\": \"B\"} or "
        "{\"better\": \"tie\"}.";

    if (scorer->form == PL_JUDGE_PASS_FAIL)
        return PASS_FAIL;
    if (scorer->form == PL_JUDGE_PAIRWISE)
        return PAIRWISE;
    return pl_arena_format(arena,
                           "\n\nEnd your answer with one line of JSON: {\"mark\": N}, where N is a "
                           "whole number from 1 (worst) to %u (best).",
                           scorer->scale)
        .ptr;
}

/* The other answer of a pair. */
static bool find_other(const struct judge_state *judge, const struct pl_scored *scored,
                       struct pl_str *ret_text)
{
    const struct pl_json_value *value =
        judge->scorer->against.len > 0 ? pl_json_value_get(scored->root, judge->scorer->against)
                                       : NULL;

    if (judge->scorer->against.len == 0) {
        *ret_text = scored->references_count > 0 ? scored->references[0] : PL_STR("");
        return scored->references_count > 0;
    }
    if (value == NULL || pl_json_value_type(value) != PL_JSON_STRING)
        return false;
    *ret_text = pl_json_value_str(value);
    return true;
}

static enum pl_status render(const struct judge_state *judge, const struct pl_scored *scored,
                             bool swapped, struct pl_messages *ret_messages, struct pl_error *error)
{
    struct pl_str other = PL_STR("");
    const bool has_other = find_other(judge, scored, &other);
    const struct pl_template_value own[] = {
        {"output", scored->text},
        {"input", scored->input},
        {"expected", scored->references_count > 0 ? scored->references[0] : PL_STR("")},
        {"a", swapped ? other : scored->text},
        {"b", swapped ? scored->text : other},
    };
    const struct pl_template_values values = {
        .root = scored->root, .own = own, .own_count = sizeof own / sizeof *own};

    if (judge->scorer->form == PL_JUDGE_PAIRWISE && !has_other)
        return pl_error_set(error, PL_E_DATA, "the case has no other answer to compare with");
    return pl_template_render(judge->rubric, &values, scored->arena, ret_messages, error);
}

static enum pl_status ask(void *state, const struct pl_scored *scored, size_t index,
                          struct pl_call_request *ret_request, struct pl_error *error)
{
    const struct judge_state *judge = state;
    const bool swapped = judge->scorer->form == PL_JUDGE_PAIRWISE && index % 2 == 1;
    const char *instruction = instruction_of(judge->scorer, scored->arena);
    struct pl_message *items = NULL;
    struct pl_messages messages;

    PL_RETURN_IF(render(judge, scored, swapped, &messages, error));
    items = pl_arena_alloc_array(scored->arena, messages.count, sizeof *items);
    if (items == NULL || instruction == NULL)
        return pl_arena_error(scored->arena, "what a judge is asked", error);
    memcpy(items, messages.items, messages.count * sizeof *items);
    items[messages.count - 1].content =
        pl_arena_format(scored->arena, "%.*s%s",
                        PL_STR_ARG(messages.items[messages.count - 1].content), instruction);
    if (items[messages.count - 1].content.ptr == NULL)
        return pl_arena_error(scored->arena, "what a judge is asked", error);
    ret_request->ask.api = PL_OPENAI_CHAT;
    ret_request->ask.messages = items;
    ret_request->ask.messages_count = messages.count;
    return PL_OK;
}

/* ---- reading ---- */

static struct pl_str reply_of(const struct pl_answer_record *record)
{
    return record->answer.replies_count > 0 ? pl_str_trim(record->answer.replies[0].text)
                                            : PL_STR("");
}

/* The last JSON object of the reply: what follows the last brace that opens one which ends the text, or
   ends before a fence of Markdown. */
static struct pl_json_document *last_object(struct pl_str text)
{
    struct pl_json_document *document = NULL;
    size_t end = text.len;
    size_t start = 0;

    while (end > 0 && text.ptr[end - 1] != '}')
        end--;
    for (start = end; start > 0 && text.ptr[start - 1] != '{'; start--)
        continue;
    if (start == 0 || end == 0)
        return NULL;
    if (pl_json_document_open((struct pl_str){text.ptr + start - 1, end - start + 1}, NULL,
                              &document, NULL) != PL_OK)
        return NULL;
    return document;
}

static bool is_word(struct pl_str text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

/* A member of the object as text, or a reply that is nothing but the word. */
static struct pl_str member_of(const struct pl_json_document *document, const char *name,
                               struct pl_str reply)
{
    const struct pl_json_value *value = NULL;

    if (document == NULL)
        return reply;
    value = pl_json_value_get_text(pl_json_document_root(document), name);
    return value != NULL && pl_json_value_type(value) == PL_JSON_STRING ? pl_json_value_str(value)
                                                                        : PL_STR("");
}

static enum opinion read_verdict(struct pl_str reply)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = last_object(reply);
    const struct pl_str word = member_of(document, "verdict", reply);

    if (is_word(word, "pass"))
        return OPINION_PASS;
    return is_word(word, "fail") ? OPINION_FAIL : OPINION_NONE;
}

/* Which of A and B; `swapped` says that the output was B. */
static enum opinion read_better(struct pl_str reply, bool swapped)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = last_object(reply);
    const struct pl_str word = member_of(document, "better", reply);

    if (is_word(word, "tie"))
        return OPINION_TIE;
    if (is_word(word, "A"))
        return swapped ? OPINION_FAIL : OPINION_PASS;
    if (is_word(word, "B"))
        return swapped ? OPINION_PASS : OPINION_FAIL;
    return OPINION_NONE;
}

/* A whole number on the scale; false for all else. */
static bool read_mark(struct pl_str reply, uint32_t scale, double *ret_mark)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = last_object(reply);
    const struct pl_json_value *value =
        document == NULL ? NULL : pl_json_value_get_text(pl_json_document_root(document), "mark");
    double mark = 0.0;

    if (value != NULL && pl_json_value_type(value) == PL_JSON_NUMBER)
        mark = pl_json_value_double(value);
    else if (document != NULL || !pl_str_to_double(reply, &mark))
        return false;
    *ret_mark = mark;
    return mark >= 1.0 && mark <= (double)scale && floor(mark) == mark;
}

/* ---- from opinions to a score ---- */

static void add_extra(struct pl_score *score, const char *suffix, double value)
{
    if (score->extras_count < PL_SCORE_EXTRAS_MAX)
        score->extras[score->extras_count++] = (struct pl_score_extra){suffix, value};
}

static void fail_to_read(struct pl_score *score, const struct pl_answer_record *answers,
                         struct pl_arena *arena, const char *why)
{
    const struct pl_str reply = reply_of(&answers[0]);

    score->state = PL_SCORE_UNPARSED;
    score->note =
        pl_arena_format(arena, "%s: %.*s", why, reply.len > 200 ? 200 : (int)reply.len, reply.ptr);
}

/* More than half of all that were asked must say the same; who says nothing readable says neither. */
static void take_verdicts(const struct judge_state *judge, const struct pl_scored *scored,
                          const struct pl_answer_record *answers, size_t count,
                          struct pl_score *score)
{
    size_t passed = 0;
    size_t failed = 0;

    (void)judge;
    for (size_t i = 0; i < count; i++) {
        const enum opinion opinion = read_verdict(reply_of(&answers[i]));

        passed += opinion == OPINION_PASS ? 1 : 0;
        failed += opinion == OPINION_FAIL ? 1 : 0;
    }
    if (2 * passed > count || 2 * failed > count) {
        score->state = PL_SCORE_GIVEN;
        score->value = passed > failed ? 1.0 : 0.0;
    } else {
        fail_to_read(score, answers, scored->arena,
                     passed + failed == count ? "the votes are split"
                                              : "the judge said neither pass nor fail");
    }
    add_extra(score, "agreement", (double)(passed > failed ? passed : failed) / (double)count);
}

static int compare_marks(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The median of the marks, where more than half could be read. */
static void take_marks(const struct judge_state *judge, const struct pl_scored *scored,
                       const struct pl_answer_record *answers, size_t count, struct pl_score *score)
{
    double marks[PL_SCORE_ASKS_MAX];
    size_t read = 0;

    for (size_t i = 0; i < count; i++)
        read += read_mark(reply_of(&answers[i]), judge->scorer->scale, &marks[read]) ? 1 : 0;
    if (2 * read <= count) {
        fail_to_read(score, answers, scored->arena, "the judge gave no mark on the scale");
        return;
    }
    qsort(marks, read, sizeof *marks, compare_marks);
    score->state = PL_SCORE_GIVEN;
    score->value = (marks[(read - 1) / 2] + marks[read / 2]) / 2.0;
    add_extra(score, "spread", marks[read - 1] - marks[0]);
}

/* A win in both orders is 1, a loss in both 0; where the order decides, or it is a tie, one half. */
static void take_pairs(const struct judge_state *judge, const struct pl_scored *scored,
                       const struct pl_answer_record *answers, size_t count, struct pl_score *score)
{
    size_t read = 0;
    size_t consistent = 0;
    double sum = 0.0;

    (void)judge;
    for (size_t i = 0; i + 1 < count; i += 2) {
        const enum opinion first = read_better(reply_of(&answers[i]), false);
        const enum opinion second = read_better(reply_of(&answers[i + 1]), true);

        if (first == OPINION_NONE || second == OPINION_NONE)
            continue;
        read++;
        consistent += first == second ? 1 : 0;
        if (first == second)
            sum += first == OPINION_PASS ? 1.0 : first == OPINION_TIE ? 0.5 : 0.0;
        else
            sum += 0.5;
    }
    if (4 * read <= count) {
        fail_to_read(score, answers, scored->arena, "the judge chose neither A nor B nor a tie");
        return;
    }
    score->state = PL_SCORE_GIVEN;
    score->value = sum / (double)read;
    add_extra(score, "consistent", (double)consistent / (double)read);
}

/* A person's verdict as 1 or 0, or a mark on the scale, for how far judge and people agree. */
static bool number_of_human(const struct pl_scorer *scorer, const struct pl_json_value *value,
                            double *ret_number)
{
    struct pl_str word;

    if (value == NULL)
        return false;
    if (pl_json_value_type(value) == PL_JSON_BOOL) {
        *ret_number = pl_json_value_bool(value) ? 1.0 : 0.0;
        return scorer->form == PL_JUDGE_PASS_FAIL;
    }
    if (pl_json_value_type(value) == PL_JSON_NUMBER) {
        *ret_number = pl_json_value_double(value);
    } else if (pl_json_value_type(value) == PL_JSON_STRING) {
        word = pl_str_trim(pl_json_value_str(value));
        if (scorer->form == PL_JUDGE_PASS_FAIL && (is_word(word, "pass") || is_word(word, "true")))
            *ret_number = 1.0;
        else if (scorer->form == PL_JUDGE_PASS_FAIL &&
                 (is_word(word, "fail") || is_word(word, "false")))
            *ret_number = 0.0;
        else if (!pl_str_to_double(word, ret_number))
            return false;
    } else {
        return false;
    }
    if (scorer->form == PL_JUDGE_SCALE)
        return *ret_number >= 1.0 && *ret_number <= (double)scorer->scale;
    return !(*ret_number < 0.0) && !(*ret_number > 1.0);
}

static struct pl_str pass_or_fail(bool passes)
{
    return passes ? PL_STR("pass") : PL_STR("fail");
}

/* What a person said: a word, true or false, 1 or 0, or a mark, which `min` and `max` turn into a pass. */
static struct pl_str read_human(const struct pl_scorer *scorer, const struct pl_json_value *value)
{
    struct pl_score mark = {.state = PL_SCORE_GIVEN};
    struct pl_str word;

    if (value == NULL)
        return PL_STR("");
    if (pl_json_value_type(value) == PL_JSON_BOOL)
        return pass_or_fail(pl_json_value_bool(value));
    if (pl_json_value_type(value) == PL_JSON_NUMBER) {
        mark.value = pl_json_value_double(value);
        if (scorer->form == PL_JUDGE_SCALE)
            pl_scorer_settle(scorer, &mark);
        return pass_or_fail(mark.value >= 0.5);
    }
    if (pl_json_value_type(value) != PL_JSON_STRING)
        return PL_STR("");
    word = pl_str_trim(pl_json_value_str(value));
    if (is_word(word, "pass") || is_word(word, "true") || is_word(word, "1"))
        return PL_STR("pass");
    if (is_word(word, "fail") || is_word(word, "false") || is_word(word, "0"))
        return PL_STR("fail");
    if (scorer->form != PL_JUDGE_SCALE || !pl_str_to_double(word, &mark.value))
        return PL_STR("");
    pl_scorer_settle(scorer, &mark);
    return pass_or_fail(mark.value >= 0.5);
}

/* Judge and person side by side, for the measures of how far they agree. */
static void add_labels(const struct judge_state *judge, const struct pl_scored *scored,
                       struct pl_score *score)
{
    struct pl_score settled = *score;
    double human = 0.0;

    if (judge->scorer->human.len > 0 &&
        number_of_human(judge->scorer, pl_json_value_get(scored->root, judge->scorer->human),
                        &human))
        add_extra(score, "human", human);
    if (!pl_scorer_is_measured(judge->scorer))
        return;
    pl_scorer_settle(judge->scorer, &settled);
    score->label = read_human(judge->scorer, pl_json_value_get(scored->root, judge->scorer->human));
    if (settled.state == PL_SCORE_GIVEN)
        score->prediction = pass_or_fail(settled.value >= 0.5);
}

static enum pl_status take(void *state, const struct pl_scored *scored,
                           const struct pl_answer_record *answers, size_t count,
                           struct pl_score *ret_score, struct pl_error *error)
{
    const struct judge_state *judge = state;

    (void)error;
    if (judge->scorer->form == PL_JUDGE_PASS_FAIL)
        take_verdicts(judge, scored, answers, count, ret_score);
    else if (judge->scorer->form == PL_JUDGE_SCALE)
        take_marks(judge, scored, answers, count, ret_score);
    else
        take_pairs(judge, scored, answers, count, ret_score);
    add_labels(judge, scored, ret_score);
    return PL_OK;
}

const struct pl_scorer_row PL_SCORER_ROW_JUDGE = {
    .open = open_judge,
    .close = close_judge,
    .asks_count = count_asks,
    .ask = ask,
    .take = take,
};
