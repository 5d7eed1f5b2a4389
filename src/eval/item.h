/* One output on its way: a case, asked once. Private to the run of a suite. */
#ifndef PL_EVAL_ITEM_H
#define PL_EVAL_ITEM_H

#include "eval/cases.h"
#include "eval/scorer.h"
#include "eval/template.h"
#include "json/document.h"

#define PL_ITEM_BYTES_MAX ((size_t)256 << 20)

/* The call for the output itself, in place of a scorer's number. */
#define PL_ASK_OUTPUT UINT32_MAX

struct pl_item;

/* A call that an item waits for. */
struct pl_ask {
    struct pl_item *item;
    struct pl_ask *next; /* of those that are not submitted yet */
    uint32_t scorer;     /* of the suite, or PL_ASK_OUTPUT */
    uint32_t index;      /* of the scorer's calls */
    struct pl_call_request request;
    struct pl_str body; /* what is sent, as the record keeps it */
    char key[PL_ANSWER_KEY_SIZE];
    struct pl_answer_record *record; /* where the answer goes */
};

struct pl_item {
    struct pl_arena arena;
    struct pl_json_document *document; /* the case; kept for the next item in this place */
    struct pl_json_document *outputs;  /* the row of recorded outputs */
    struct pl_json_document *parsed;   /* the output as JSON, for those who look into it */
    bool parsed_tried;
    bool in_use;
    bool finished;
    uint64_t number; /* of the case */
    uint32_t repeat;
    struct pl_str id;
    const struct pl_json_value *root;
    struct pl_str input;
    struct pl_messages messages;
    struct pl_str tools; /* of a built-in case, or empty: JSON, what may be called */
    struct pl_output output;
    struct pl_score scores[PL_SCORERS_MAX];
    struct pl_answer_record *answers[PL_SCORERS_MAX]; /* of the scorer's calls */
    uint32_t answers_count[PL_SCORERS_MAX];
    uint32_t waiting[PL_SCORERS_MAX]; /* answers that have not come */
    uint32_t waiting_scorers;
};

/* Takes a case into the item. PL_E_DATA when it is no JSON object, or lacks what the suite names; the error has
   no place yet. `template` NULL: the input is the prompt. */
PL_MUST_CHECK enum pl_status pl_item_take(struct pl_item *item, const struct pl_suite *suite,
                                          const struct pl_template *template,
                                          const struct pl_case_text *text, struct pl_error *error);

/* The output of a recorded suite, from its column. */
PL_MUST_CHECK enum pl_status pl_item_take_recorded(struct pl_item *item,
                                                   const struct pl_suite *suite,
                                                   const struct pl_case_text *text,
                                                   struct pl_error *error);

/* The output that a call brought. */
PL_MUST_CHECK enum pl_status pl_item_take_answer(struct pl_item *item,
                                                 const struct pl_answer_record *record,
                                                 struct pl_error *error);

/* What the scorer sees of the item. */
PL_MUST_CHECK enum pl_status pl_item_scored(struct pl_item *item, const struct pl_suite *suite,
                                            const struct pl_scorer *scorer,
                                            struct pl_scored *ret_scored, struct pl_error *error);

/* A scalar of the case as text; empty, and false, when it is not there or null. */
bool pl_case_text_of(const struct pl_json_value *root, struct pl_str column, struct pl_arena *arena,
                     struct pl_str *ret_text);

/* Empties the item for the next case. */
void pl_item_reset(struct pl_item *item);
void pl_item_deinit(struct pl_item *item);

#endif
