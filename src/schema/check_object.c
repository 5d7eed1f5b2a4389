/* What a schema says of objects: each member by its name, those that must be there, and what else holds
   once one is. Also what is left for unevaluatedItems and unevaluatedProperties. */
#include "schema/check.h"

static struct pl_schema_subject member_of(const struct pl_schema_subject *object,
                                          const struct pl_json_walk *walk)
{
    return (struct pl_schema_subject){.value = walk->value, .above = object, .name = walk->name};
}

static bool check_count(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                        const struct pl_schema_subject *subject)
{
    const struct pl_schema_objects *objects = node->objects;
    const size_t count = pl_json_value_count(subject->value);

    if (count < objects->count_min)
        return pl_schema_fault_add(
            checker, (struct pl_schema_where){node, "minProperties", subject},
            "must have at least %zu members, and has %zu", objects->count_min, count);
    if (count > objects->count_max)
        return pl_schema_fault_add(
            checker, (struct pl_schema_where){node, "maxProperties", subject},
            "must have at most %zu members, and has %zu", objects->count_max, count);
    return true;
}

static const struct pl_schema_property *find_property(const struct pl_schema_objects *objects,
                                                      struct pl_str name)
{
    if (objects->properties_count == 0)
        return NULL;
    for (uint32_t at = pl_schema_name_hash(name) & objects->slots_mask; objects->slots[at] != 0;
         at = (at + 1) & objects->slots_mask) {
        const struct pl_schema_property *property = &objects->properties[objects->slots[at] - 1];

        if (pl_schema_is_name(property->name, name))
            return property;
    }
    return NULL;
}

/* --- one member ------------------------------------------------------------------------------- */

static bool check_patterns(struct pl_schema_checker *checker,
                           const struct pl_schema_objects *objects,
                           const struct pl_schema_subject *member, bool *matched)
{
    bool ok = true;

    for (size_t i = 0; i < objects->patterns_count; i++) {
        const struct pl_schema_pattern_property *pattern = &objects->patterns[i];
        bool found = false;

        if (pl_regex_search(pattern->pattern, checker->match, member->name, &found,
                            &checker->error) != PL_OK)
            return pl_schema_give_up(checker, checker->error.status, NULL);
        if (!found)
            continue;
        *matched = true;
        if (pl_schema_is_over(checker, pl_schema_check_node(checker, pattern->node, member, NULL),
                              &ok))
            return false;
    }
    return ok;
}

static bool check_name(struct pl_schema_checker *checker, const struct pl_schema_objects *objects,
                       const struct pl_schema_subject *member, const struct pl_json_walk *walk)
{
    struct pl_schema_subject name = *member;

    if (objects->names == NULL)
        return true;
    name.value = walk->name_value;
    return pl_schema_check_node(checker, objects->names, &name, NULL);
}

/* A member against all that its name says. `ret_matched` is whether anything did. */
static bool check_member(struct pl_schema_checker *checker, const struct pl_schema_objects *objects,
                         const struct pl_schema_property *property,
                         const struct pl_schema_subject *member, bool *ret_matched)
{
    bool ok = true;

    if (property != NULL && property->node != NULL) {
        *ret_matched = true;
        if (pl_schema_is_over(checker, pl_schema_check_node(checker, property->node, member, NULL),
                              &ok))
            return false;
    }
    if (objects->patterns_count > 0 &&
        pl_schema_is_over(checker, check_patterns(checker, objects, member, ret_matched), &ok))
        return false;
    if (!*ret_matched && objects->rest != NULL) {
        *ret_matched = true;
        if (pl_schema_is_over(checker, pl_schema_check_node(checker, objects->rest, member, NULL),
                              &ok))
            return false;
    }
    return ok;
}

/* --- all members ------------------------------------------------------------------------------ */

static bool check_required(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                           const struct pl_schema_subject *subject)
{
    bool ok = true;

    for (size_t i = 0; i < node->objects->properties_count; i++) {
        const struct pl_schema_property *property = &node->objects->properties[i];

        if (property->required < 0 || pl_json_value_get(subject->value, property->name) != NULL)
            continue;
        (void)pl_schema_fault_add(checker, (struct pl_schema_where){node, "required", subject},
                                  "the member '%.*s' is missing", PL_STR_ARG(property->name));
        if (pl_schema_is_over(checker, false, &ok))
            return false;
    }
    return ok;
}

/* Members that must be there, a bit for each as it is met; past 64 they are looked up. */
#define MET_MAX 64

static bool all_met(const struct pl_schema_objects *objects, uint64_t met)
{
    if (objects->required_count > MET_MAX)
        return false;
    return objects->required_count == 0 || met == UINT64_MAX >> (MET_MAX - objects->required_count);
}

static bool check_members(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                          const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    const struct pl_schema_objects *objects = node->objects;
    struct pl_json_walk walk = pl_json_value_walk(subject->value);
    uint64_t met = 0;
    bool ok = true;

    for (size_t i = 0; pl_json_walk_next(&walk); i++) {
        const struct pl_schema_subject member = member_of(subject, &walk);
        const struct pl_schema_property *property = find_property(objects, walk.name);
        bool matched = false;

        if (property != NULL && property->required >= 0 && property->required < MET_MAX)
            met |= UINT64_C(1) << property->required;
        if (pl_schema_is_over(checker, check_member(checker, objects, property, &member, &matched),
                              &ok) ||
            pl_schema_is_over(checker, check_name(checker, objects, &member, &walk), &ok))
            return false;
        if (matched && marks != NULL)
            pl_schema_marks_set(marks, i);
    }
    if (!all_met(objects, met) &&
        pl_schema_is_over(checker, check_required(checker, node, subject), &ok))
        return false;
    return ok;
}

static bool check_dependency(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                             const struct pl_schema_subject *subject,
                             const struct pl_schema_dependency *dependency,
                             struct pl_schema_marks *marks)
{
    const char *keyword = pl_schema_keyword_row(dependency->keyword)->name;
    bool ok = true;

    if (pl_json_value_get(subject->value, dependency->name) == NULL)
        return true;
    for (size_t i = 0; i < dependency->names_count; i++) {
        if (pl_json_value_get(subject->value, dependency->names[i]) != NULL)
            continue;
        (void)pl_schema_fault_add(checker, (struct pl_schema_where){node, keyword, subject},
                                  "the member '%.*s' is missing, as '%.*s' is there",
                                  PL_STR_ARG(dependency->names[i]), PL_STR_ARG(dependency->name));
        if (pl_schema_is_over(checker, false, &ok))
            return false;
    }
    if (dependency->node == NULL)
        return ok;
    return pl_schema_check_node(checker, dependency->node, subject, marks) && ok;
}

bool pl_schema_check_object(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                            const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    const struct pl_schema_objects *objects = node->objects;
    bool ok = true;

    if (pl_schema_is_over(checker, check_count(checker, node, subject), &ok) ||
        pl_schema_is_over(checker, check_members(checker, node, subject, marks), &ok))
        return false;
    for (size_t i = 0; i < objects->dependencies_count; i++)
        if (pl_schema_is_over(
                checker, check_dependency(checker, node, subject, &objects->dependencies[i], marks),
                &ok))
            return false;
    return ok;
}

/* --- what is left ----------------------------------------------------------------------------- */

bool pl_schema_check_unevaluated(struct pl_schema_checker *checker,
                                 const struct pl_schema_node *node,
                                 const struct pl_schema_subject *subject,
                                 struct pl_schema_marks *marks)
{
    const bool of_object = pl_json_value_type(subject->value) == PL_JSON_OBJECT;
    const struct pl_schema_node *rest =
        of_object ? node->unevaluated_properties : node->unevaluated_items;
    struct pl_json_walk walk = pl_json_value_walk(subject->value);
    bool ok = true;

    if (rest == NULL)
        return true;
    for (size_t i = 0; pl_json_walk_next(&walk); i++) {
        struct pl_schema_subject child = member_of(subject, &walk);

        if (pl_schema_marks_has(marks, i))
            continue;
        child.index = i;
        if (pl_schema_is_over(checker, pl_schema_check_node(checker, rest, &child, NULL), &ok))
            return false;
    }
    pl_schema_marks_set_all(marks);
    return ok;
}
