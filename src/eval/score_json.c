/* Scorers of structure: is the output JSON, and did it call the right tools. */
#include "eval/scorer.h"

#include "json/compare.h"
#include "json/document.h"
#include "json/value.h"

static enum pl_status score_json(void *state, const struct pl_scorer *scorer,
                                 const struct pl_scored *scored, struct pl_score *ret_score,
                                 struct pl_error *error)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    struct pl_error fault = {0};
    const enum pl_status status = pl_json_document_open(scored->text, NULL, &document, &fault);

    (void)state;
    (void)scorer;
    if (status == PL_E_MEMORY)
        return pl_error_set(error, status, "%s", fault.message);
    ret_score->state = PL_SCORE_GIVEN;
    ret_score->value = status == PL_OK ? 1.0 : 0.0;
    if (status != PL_OK)
        ret_score->note = pl_arena_copy(scored->arena, pl_str_of(fault.message));
    return PL_OK;
}

const struct pl_scorer_row PL_SCORER_ROW_JSON = {.passes = true, .score = score_json};

/* ---- tool calls ---- */

/* A call that should be made. `arguments` NULL: any will do. */
struct wanted {
    struct pl_str name;
    const struct pl_json_value *arguments;
};

static struct pl_str name_of(const struct pl_json_value *call)
{
    const struct pl_json_value *name = pl_json_value_get_text(call, "name");

    return name != NULL && pl_json_value_type(name) == PL_JSON_STRING ? pl_json_value_str(name)
                                                                      : PL_STR("");
}

/* A list of calls, `{name, arguments}`, or one call that stands for a list of one; an OpenAI call has both
   within `function`. */
static struct wanted wanted_of(const struct pl_json_value *call)
{
    const struct pl_json_value *function = pl_json_value_get_text(call, "function");
    const struct pl_json_value *inner = function == NULL ? call : function;

    return (struct wanted){name_of(inner), pl_json_value_get_text(inner, "arguments")};
}

static bool arguments_agree(const struct wanted *wanted, const struct pl_tool_call *call)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *text = NULL;
    const struct pl_json_value *value = wanted->arguments;

    if (value == NULL)
        return true;
    if (pl_json_document_open(call->arguments, NULL, &document, NULL) != PL_OK)
        return false;
    /* On the wire arguments are JSON within a text; a case may be written either way. */
    if (pl_json_value_type(value) == PL_JSON_STRING) {
        if (pl_json_document_open(pl_json_value_str(value), NULL, &text, NULL) != PL_OK)
            return false;
        value = pl_json_document_root(text);
    }
    return pl_json_value_equal(value, pl_json_document_root(document));
}

#define TOOL_CALLS_MAX 64

struct comparison {
    size_t named;  /* wanted calls that were made, by name, in any order */
    size_t agreed; /* with their arguments */
    bool in_order; /* the names came in the order wanted, and nothing between */
};

/* Each call that was made stands for at most one that was wanted: first those that agree wholly. */
static struct comparison compare(const struct wanted *wanted, size_t wanted_count,
                                 const struct pl_output *output)
{
    struct comparison comparison = {.in_order = wanted_count == output->tool_calls_count};
    bool used[TOOL_CALLS_MAX] = {false};
    bool met[TOOL_CALLS_MAX] = {false};

    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < wanted_count; i++)
            for (size_t k = 0; k < output->tool_calls_count && k < TOOL_CALLS_MAX && !met[i]; k++) {
                const struct pl_tool_call *call = &output->tool_calls[k];

                if (used[k] || !pl_str_equal(call->name, wanted[i].name) ||
                    (pass == 0 && !arguments_agree(&wanted[i], call)))
                    continue;
                used[k] = true;
                met[i] = true;
                comparison.named++;
                comparison.agreed += pass == 0 ? 1 : 0;
            }
    for (size_t i = 0; i < wanted_count && comparison.in_order; i++)
        comparison.in_order = pl_str_equal(wanted[i].name, output->tool_calls[i].name);
    return comparison;
}

static void extra(struct pl_score *score, const char *suffix, bool value)
{
    score->extras[score->extras_count++] = (struct pl_score_extra){suffix, value ? 1.0 : 0.0};
}

static enum pl_status score_tool_calls(void *state, const struct pl_scorer *scorer,
                                       const struct pl_scored *scored, struct pl_score *ret_score,
                                       struct pl_error *error)
{
    struct wanted wanted[TOOL_CALLS_MAX];
    size_t count = 0;
    const struct pl_output *output = scored->output;

    (void)state;
    (void)scorer;
    if (scored->expected == NULL) {
        ret_score->note = PL_STR("the case has no right calls; an empty list says that none is");
        return PL_OK;
    }
    if (pl_json_value_type(scored->expected) == PL_JSON_ARRAY) {
        struct pl_json_walk walk = pl_json_value_walk(scored->expected);

        while (pl_json_walk_next(&walk)) {
            if (count == TOOL_CALLS_MAX)
                return pl_error_set(error, PL_E_LIMIT, "more than %d tool calls are expected",
                                    TOOL_CALLS_MAX);
            wanted[count++] = wanted_of(walk.value);
        }
    } else if (pl_json_value_type(scored->expected) == PL_JSON_OBJECT) {
        wanted[count++] = wanted_of(scored->expected);
    }

    const struct comparison comparison = compare(wanted, count, output);
    const bool same_number = count == output->tool_calls_count;

    ret_score->state = PL_SCORE_GIVEN;
    ret_score->value = same_number && comparison.agreed == count && comparison.in_order ? 1.0 : 0.0;
    extra(ret_score, "names", same_number && comparison.named == count);
    extra(ret_score, "arguments", comparison.agreed == count);
    extra(ret_score, "order", comparison.in_order);
    return PL_OK;
}

const struct pl_scorer_row PL_SCORER_ROW_TOOL_CALLS = {.passes = true, .score = score_tool_calls};
