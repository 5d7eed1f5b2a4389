/*
 * Checking a value: first quickly, stopping at the first fault; then, when faults are wanted and there
 * are any, once more from the top and through to the end. Steps and depth are counted, so that a schema
 * that refers to itself without end, or that doubles its work at each level, is stopped.
 */
#include "schema/check.h"

#include <stdlib.h>

#define STEPS_MAX            UINT64_C(20000000)
#define DEPTH_MAX            1500
#define REFERENCES_MAX       8
#define ARENA_SIZE_BYTES_MAX ((size_t)16 << 20)

bool pl_schema_give_up(struct pl_schema_checker *checker, enum pl_status status, const char *why)
{
    if (why != NULL && checker->error.status == PL_OK)
        (void)pl_error_set(&checker->error, status, "%s", why);
    checker->steps_left = 0;
    return false;
}

/* --- steps: other schemas for the same value -------------------------------------------------- */

bool pl_schema_try_node(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                        const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    const bool collects = checker->collects;
    struct pl_schema_marks own;

    checker->collects = false;
    if (marks == NULL) {
        const bool passed = pl_schema_check_node(checker, node, subject, NULL);

        checker->collects = collects;
        return passed;
    }

    /* What a schema that does not hold has looked at does not count. */
    const bool passed = pl_schema_marks_init(checker, &own, marks->count) &&
                        pl_schema_check_node(checker, node, subject, &own);

    if (passed)
        pl_schema_marks_merge(marks, &own);
    pl_schema_marks_deinit(&own);
    checker->collects = collects;
    return passed;
}

static const struct pl_schema_node *dynamic_target(const struct pl_schema_checker *checker,
                                                   const struct pl_schema_step *step)
{
    const struct pl_schema_node *target = step->nodes.items[0];

    /* The outermost resource that has the anchor. */
    for (const struct pl_schema_scope *scope = checker->scope; scope != NULL; scope = scope->outer)
        for (const struct pl_schema_anchor *anchor = scope->resource->anchors; anchor != NULL;
             anchor = anchor->next)
            if (anchor->dynamic && anchor->number == step->anchor)
                target = anchor->node;
    return target;
}

static bool check_all(struct pl_schema_checker *checker, const struct pl_schema_step *step,
                      const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    bool ok = true;

    for (size_t i = 0; i < step->nodes.count; i++)
        if (pl_schema_is_over(
                checker, pl_schema_check_node(checker, step->nodes.items[i], subject, marks), &ok))
            return false;
    return ok;
}

static uint8_t bits_of(const struct pl_json_value *value)
{
    static const uint8_t BITS[] = {
        [PL_JSON_NULL] = PL_SCHEMA_NULL,
        [PL_JSON_BOOL] = PL_SCHEMA_BOOL,
        [PL_JSON_NUMBER] = PL_SCHEMA_INTEGER | PL_SCHEMA_FRACTION,
        [PL_JSON_STRING] = PL_SCHEMA_STRING,
        [PL_JSON_ARRAY] = PL_SCHEMA_ARRAY,
        [PL_JSON_OBJECT] = PL_SCHEMA_OBJECT,
    };

    return BITS[pl_json_value_type(value)];
}

/* Past plain references, within reason. */
static const struct pl_schema_node *without_references(const struct pl_schema_node *node)
{
    for (int i = 0; i < REFERENCES_MAX; i++) {
        if (node->types != PL_SCHEMA_ALL_TYPES || node->objects != NULL || node->steps_count != 1 ||
            node->steps[0].keyword != PL_SCHEMA_REF)
            break;
        node = node->steps[0].nodes.items[0];
    }
    return node;
}

/* Of alternatives none of which holds, the faults of the one that is meant for such a value, if it is
   one alone: the others would tell nothing. */
static void explain_alternative(struct pl_schema_checker *checker,
                                const struct pl_schema_step *step,
                                const struct pl_schema_subject *subject)
{
    const struct pl_schema_node *meant = NULL;

    if (!checker->collects)
        return;
    for (size_t i = 0; i < step->nodes.count; i++) {
        const struct pl_schema_node *node = without_references(step->nodes.items[i]);

        if ((node->types & bits_of(subject->value)) == 0)
            continue;
        if (meant != NULL)
            return;
        meant = node;
    }
    if (meant != NULL)
        (void)pl_schema_check_node(checker, meant, subject, NULL);
}

static bool check_any(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                      const struct pl_schema_step *step, const struct pl_schema_subject *subject,
                      struct pl_schema_marks *marks)
{
    bool ok = false;

    /* Where marks are kept, all that hold add to them. */
    for (size_t i = 0; i < step->nodes.count && (!ok || marks != NULL); i++)
        ok = pl_schema_try_node(checker, step->nodes.items[i], subject, marks) || ok;
    if (ok)
        return true;
    (void)pl_schema_fault_add(checker, (struct pl_schema_where){node, "anyOf", subject},
                              "fits none of the %zu alternatives", step->nodes.count);
    explain_alternative(checker, step, subject);
    return false;
}

static bool check_one(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                      const struct pl_schema_step *step, const struct pl_schema_subject *subject,
                      struct pl_schema_marks *marks)
{
    size_t held = 0;

    for (size_t i = 0; i < step->nodes.count && held < 2; i++)
        held += pl_schema_try_node(checker, step->nodes.items[i], subject, marks);
    if (held == 1)
        return true;
    if (held > 1)
        return pl_schema_fault_add(checker, (struct pl_schema_where){node, "oneOf", subject},
                                   "fits more than one of the %zu alternatives", step->nodes.count);
    (void)pl_schema_fault_add(checker, (struct pl_schema_where){node, "oneOf", subject},
                              "fits none of the %zu alternatives", step->nodes.count);
    explain_alternative(checker, step, subject);
    return false;
}

static bool check_if(struct pl_schema_checker *checker, const struct pl_schema_step *step,
                     const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    const bool held = pl_schema_try_node(checker, step->nodes.items[0], subject, marks);
    const struct pl_schema_node *next = step->nodes.items[held ? 1 : 2];

    return next == NULL || pl_schema_check_node(checker, next, subject, marks);
}

static bool check_step(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                       const struct pl_schema_step *step, const struct pl_schema_subject *subject,
                       struct pl_schema_marks *marks)
{
    switch (step->kind) {
    case PL_SCHEMA_STEP_ALL:
        return check_all(checker, step, subject, marks);
    case PL_SCHEMA_STEP_DYNAMIC:
        return pl_schema_check_node(checker, dynamic_target(checker, step), subject, marks);
    case PL_SCHEMA_STEP_ANY:
        return check_any(checker, node, step, subject, marks);
    case PL_SCHEMA_STEP_ONE:
        return check_one(checker, node, step, subject, marks);
    case PL_SCHEMA_STEP_IF:
        return check_if(checker, step, subject, marks);
    case PL_SCHEMA_STEP_NOT:
        break;
    }
    if (!pl_schema_try_node(checker, step->nodes.items[0], subject, NULL))
        return true;
    return pl_schema_fault_add(checker, (struct pl_schema_where){node, "not", subject},
                               "must not fit the schema of 'not', and does");
}

/* --- one node --------------------------------------------------------------------------------- */

static bool has_type(const struct pl_schema_node *node, const struct pl_json_value *value)
{
    const uint8_t allowed = node->types & bits_of(value);

    return allowed != 0 && (allowed != PL_SCHEMA_INTEGER || pl_json_value_is_integer(value));
}

static bool refuse_type(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                        const struct pl_schema_subject *subject)
{
    return pl_schema_fault_add(checker, (struct pl_schema_where){node, "type", subject},
                               "must be of type %s, and is %s",
                               pl_schema_show(checker, pl_json_value_get_text(node->value, "type")),
                               pl_schema_show(checker, subject->value));
}

/* The keywords that concern values of this type. */
static bool check_by_type(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                          const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    switch (pl_json_value_type(subject->value)) {
    case PL_JSON_NUMBER:
        return node->numbers == NULL || pl_schema_check_number(checker, node, subject);
    case PL_JSON_STRING:
        return node->strings == NULL || pl_schema_check_string(checker, node, subject);
    case PL_JSON_ARRAY:
        return node->arrays == NULL || pl_schema_check_array(checker, node, subject, marks);
    case PL_JSON_OBJECT:
        return node->objects == NULL || pl_schema_check_object(checker, node, subject, marks);
    case PL_JSON_NULL:
    case PL_JSON_BOOL:
        break;
    }
    return true;
}

static bool check_parts(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                        const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    bool ok = true;

    if (!has_type(node, subject->value))
        return refuse_type(checker, node, subject);
    if ((node->fixed != NULL || node->listed != NULL) &&
        pl_schema_is_over(checker, pl_schema_check_values(checker, node, subject), &ok))
        return false;
    if (pl_schema_is_over(checker, check_by_type(checker, node, subject, marks), &ok))
        return false;
    for (size_t i = 0; i < node->steps_count; i++)
        if (pl_schema_is_over(checker, check_step(checker, node, &node->steps[i], subject, marks),
                              &ok))
            return false;
    return ok;
}

static bool leaves_some(const struct pl_schema_node *node, const struct pl_json_value *value)
{
    const enum pl_json_type type = pl_json_value_type(value);

    return (type == PL_JSON_ARRAY && node->unevaluated_items != NULL) ||
           (type == PL_JSON_OBJECT && node->unevaluated_properties != NULL);
}

/* Where something is left for unevaluated…, what the node itself looks at is marked apart from what
   its parent does. */
static bool check_marked(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                         const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    struct pl_schema_marks own;

    if (!leaves_some(node, subject->value))
        return check_parts(checker, node, subject, marks);

    const bool ok = pl_schema_marks_init(checker, &own, pl_json_value_count(subject->value)) &&
                    check_parts(checker, node, subject, &own) &&
                    pl_schema_check_unevaluated(checker, node, subject, &own);

    if (ok && marks != NULL)
        pl_schema_marks_merge(marks, &own);
    pl_schema_marks_deinit(&own);
    return ok;
}

static bool check_scoped(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                         const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    const struct pl_schema_scope *outer = checker->scope;
    const struct pl_schema_scope scope = {node->resource, outer};

    if (outer == NULL || outer->resource != node->resource)
        checker->scope = &scope;

    const bool ok = check_marked(checker, node, subject, marks);

    checker->scope = outer;
    return ok;
}

bool pl_schema_check_node(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                          const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    if (node->never)
        return pl_schema_fault_add(checker, (struct pl_schema_where){node, NULL, subject},
                                   "is not allowed here");
    if (checker->steps_left == 0)
        return pl_schema_give_up(checker, PL_E_LIMIT, "the check takes too many steps");
    if (checker->depth == DEPTH_MAX)
        return pl_schema_give_up(checker, PL_E_LIMIT,
                                 "the schema refers to itself without end, or too deep");
    checker->steps_left--;
    checker->depth++;

    const bool ok = checker->schema->has_dynamic ? check_scoped(checker, node, subject, marks)
                                                 : check_marked(checker, node, subject, marks);

    checker->depth--;
    return ok;
}

/* --- the checker ------------------------------------------------------------------------------ */

enum pl_status pl_schema_checker_new(const struct pl_schema *schema, uint32_t faults_max,
                                     struct pl_schema_checker **ret_checker, struct pl_error *error)
{
    struct pl_schema_checker *checker = calloc(1, sizeof *checker);

    if (checker == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for a check");
    checker->schema = schema;
    checker->faults_max = faults_max;
    pl_arena_init(&checker->arena, ARENA_SIZE_BYTES_MAX);
    checker->faults = calloc(faults_max > 0 ? faults_max : 1, sizeof *checker->faults);

    enum pl_status status = PL_OK;

    if (checker->faults == NULL)
        status = pl_error_set(error, PL_E_MEMORY, "no memory for %u faults", faults_max);
    else
        status = pl_regex_match_new(0, &checker->match, error);
    if (status != PL_OK)
        pl_schema_checker_free(checker);
    else
        *ret_checker = checker;
    return status;
}

void pl_schema_checker_free(struct pl_schema_checker *checker)
{
    if (checker == NULL)
        return;
    pl_regex_match_free(checker->match);
    pl_arena_deinit(&checker->arena);
    free(checker->faults);
    free(checker->hashes);
    free(checker->slots);
    free((void *)(uintptr_t)checker->items);
    free(checker);
}

void pl_schema_checker_cleanup(struct pl_schema_checker **checker)
{
    pl_schema_checker_free(*checker);
}

static bool run(struct pl_schema_checker *checker, const struct pl_json_value *value, bool collects)
{
    const struct pl_schema_subject subject = {.value = value};

    checker->collects = collects;
    checker->steps_left = STEPS_MAX;
    checker->depth = 0;
    checker->scope = NULL;
    return pl_schema_check_node(checker, checker->schema->root, &subject, NULL);
}

enum pl_status pl_schema_check(struct pl_schema_checker *checker, const struct pl_json_value *value,
                               bool *ret_valid, struct pl_error *error)
{
    checker->error.status = PL_OK;
    if (checker->faults_count > 0)
        pl_arena_deinit(&checker->arena);
    checker->faults_count = 0;

    const bool valid = run(checker, value, false);

    if (checker->error.status == PL_OK && !valid && checker->faults_max > 0)
        (void)run(checker, value, true);
    if (checker->error.status != PL_OK)
        return pl_error_set(error, checker->error.status, "%s", checker->error.message);
    *ret_valid = valid;
    return PL_OK;
}

const struct pl_schema_fault *pl_schema_checker_faults(const struct pl_schema_checker *checker,
                                                       size_t *ret_count)
{
    *ret_count = checker->faults_count;
    return checker->faults;
}
