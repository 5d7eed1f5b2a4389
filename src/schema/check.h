/* Checking a value against nodes: what goes down with it. Private to src/schema. */
#ifndef PL_SCHEMA_CHECK_H
#define PL_SCHEMA_CHECK_H

#include "schema/program.h"
#include "schema/schema.h"

/* A value and the way to it, upwards. */
struct pl_schema_subject {
    const struct pl_json_value *value;
    const struct pl_schema_subject *above; /* NULL at the top */
    struct pl_str name;                    /* of the member; `ptr` is NULL for an item */
    size_t index;                          /* of the item */
};

/* Which items or members some schema has looked at, for unevaluatedItems and unevaluatedProperties. */
#define PL_SCHEMA_MARKS_ROOM 4

struct pl_schema_marks {
    uint64_t *bits;
    size_t count;
    uint64_t room[PL_SCHEMA_MARKS_ROOM];
};

/* A resource that was entered, and the ones around it. */
struct pl_schema_scope {
    const struct pl_schema_resource *resource;
    const struct pl_schema_scope *outer;
};

struct pl_schema_checker {
    const struct pl_schema *schema;
    struct pl_regex_match *match;
    const struct pl_schema_scope *scope;
    uint64_t steps_left;
    uint32_t depth;
    bool collects;         /* faults are kept, and a check goes on after one */
    struct pl_error error; /* what ended the run; PL_OK while it goes on */
    struct pl_arena arena; /* of the faults */
    struct pl_schema_fault *faults;
    size_t faults_count;
    uint32_t faults_max;
    uint64_t *hashes; /* scratch for uniqueItems */
    uint32_t *slots;
    const struct pl_json_value **items;
    size_t items_room, slots_room;
};

/* Whether the value is as the node says. `marks`, which may be NULL, is added to. */
bool pl_schema_check_node(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                          const struct pl_schema_subject *subject, struct pl_schema_marks *marks);

/* The parts of it by type; the node has the part. */
bool pl_schema_check_number(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                            const struct pl_schema_subject *subject);
bool pl_schema_check_string(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                            const struct pl_schema_subject *subject);
bool pl_schema_check_array(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                           const struct pl_schema_subject *subject, struct pl_schema_marks *marks);
bool pl_schema_check_object(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                            const struct pl_schema_subject *subject, struct pl_schema_marks *marks);
bool pl_schema_check_unevaluated(struct pl_schema_checker *checker,
                                 const struct pl_schema_node *node,
                                 const struct pl_schema_subject *subject,
                                 struct pl_schema_marks *marks);
bool pl_schema_check_values(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                            const struct pl_schema_subject *subject);

/* As pl_schema_check_node, without keeping faults: for schemas that need not hold. */
bool pl_schema_try_node(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                        const struct pl_schema_subject *subject, struct pl_schema_marks *marks);

/* Whether to leave after a part that `passed` or not; all of them together are in `ok`. */
static inline bool pl_schema_is_over(const struct pl_schema_checker *checker, bool passed, bool *ok)
{
    *ok = *ok && passed;
    return !passed && !checker->collects;
}

/* Ends the run: the value is neither valid nor not. Returns false. */
bool pl_schema_give_up(struct pl_schema_checker *checker, enum pl_status status, const char *why);

/* --- faults ------------------------------------------------------------------------------------ */

struct pl_schema_where {
    const struct pl_schema_node *node;
    const char *keyword; /* NULL: the schema itself */
    const struct pl_schema_subject *subject;
};

/* Keeps a fault when they are kept. Returns false. */
bool pl_schema_fault_add(struct pl_schema_checker *checker, struct pl_schema_where where,
                         const char *format, ...) PL_FORMAT(3, 4);

/* The value as it is shown in a sentence, cut short; in the arena of the faults. */
const char *pl_schema_show(struct pl_schema_checker *checker, const struct pl_json_value *value);

/* --- marks ------------------------------------------------------------------------------------- */

/* For that many items or members, none of them marked. */
bool pl_schema_marks_init(struct pl_schema_checker *checker, struct pl_schema_marks *marks,
                          size_t count);
void pl_schema_marks_deinit(struct pl_schema_marks *marks);

static inline void pl_schema_marks_set(struct pl_schema_marks *marks, size_t index)
{
    marks->bits[index / 64] |= UINT64_C(1) << index % 64;
}

static inline bool pl_schema_marks_has(const struct pl_schema_marks *marks, size_t index)
{
    return (marks->bits[index / 64] >> index % 64 & 1) != 0;
}

void pl_schema_marks_set_all(struct pl_schema_marks *marks);
void pl_schema_marks_merge(struct pl_schema_marks *marks, const struct pl_schema_marks *other);

#endif
