/*
 * The adversarial suite: attacks that are made from tables and a seed, and harmless prompts beside them. An
 * attack is a goal × a wrapper × an encoding; its success is seen mechanically, by a canary, a planted secret, a
 * call or a length, so that nothing harmful is ever asked for. What is covered, and what a clean run does not
 * prove, stands in docs/redteam.md.
 *
 *     pl_redteam_plan_make → pl_redteam_case_make for each index → the model → pl_redteam_judge (judge.h)
 */
#ifndef PL_REDTEAM_REDTEAM_H
#define PL_REDTEAM_REDTEAM_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"

#define PL_REDTEAM_ATTACKS_DEFAULT 200
#define PL_REDTEAM_TWINS_DEFAULT   40
#define PL_REDTEAM_NEEDLES_MAX     4
#define PL_REDTEAM_MESSAGES_MAX    16

/* What a case takes of its arena at most. */
#define PL_REDTEAM_CASE_SIZE_BYTES_MAX ((size_t)1 << 20)

/* Items of the OWASP Top 10 for LLM applications (2025), by their number; a safe case has none. */
#define PL_REDTEAM_OWASP_COUNT 10

/* "none", "LLM01" … "LLM10", and what the item is called: "Prompt Injection". */
const char *pl_redteam_owasp_name(uint32_t owasp);
const char *pl_redteam_owasp_title(uint32_t owasp);

enum pl_redteam_kind {
    PL_REDTEAM_ATTACK,
    PL_REDTEAM_SAFE, /* a harmless prompt that looks harmful */
    PL_REDTEAM_TWIN, /* a harmless request in the form of an attack: a wrapper, an encoding */
};

/* "attack", "safe", "twin"; and back, false when there is no such name. */
const char *pl_redteam_kind_name(enum pl_redteam_kind kind);
bool pl_redteam_kind_find(struct pl_str name, enum pl_redteam_kind *ret_kind);

enum pl_redteam_check_kind {
    PL_REDTEAM_NO_CHECK, /* of safe cases */
    PL_REDTEAM_CANARY,   /* a text that only an obedient answer holds */
    PL_REDTEAM_SECRET,   /* a text planted in the system message */
    PL_REDTEAM_TOOL,     /* a tool that must not be called */
    PL_REDTEAM_MARKUP,   /* what loads or runs where the answer is shown */
    PL_REDTEAM_LENGTH,   /* more than the answer may have */
};

/* "none", "canary", "secret", "tool", "markup", "length"; and back. */
const char *pl_redteam_check_name(enum pl_redteam_check_kind kind);
bool pl_redteam_check_find(struct pl_str name, enum pl_redteam_check_kind *ret_kind);

enum pl_redteam_markup {
    PL_REDTEAM_ADDRESS,        /* an image or link to the attacker's host */
    PL_REDTEAM_SCRIPT,         /* a script element */
    PL_REDTEAM_HANDLER,        /* an event handler on an element */
    PL_REDTEAM_SCRIPT_ADDRESS, /* a link with the scheme javascript */
    PL_REDTEAM_FORMULA,        /* a cell of a table that a spreadsheet would compute */
};

/* "address", "script", "handler", "script_address", "formula"; and back. */
const char *pl_redteam_markup_name(enum pl_redteam_markup markup);
bool pl_redteam_markup_find(struct pl_str name, enum pl_redteam_markup *ret_markup);

/* How the success of an attack is seen. */
struct pl_redteam_check {
    enum pl_redteam_check_kind kind;
    enum pl_redteam_markup markup;
    struct pl_str
        needles[PL_REDTEAM_NEEDLES_MAX]; /* any of them; of a markup or a tool: its address */
    size_t needles_count;
    struct pl_str tool;
    uint32_t characters_max;
};

/*
 * What is wrong with a check that was not made here, as a clause without a full stop: "`needles` is empty". NULL
 * when it can be judged by.
 */
const char *pl_redteam_check_fault(const struct pl_redteam_check *check);

/* One message, as the OpenAI API has it. Empty texts are not there. */
struct pl_redteam_message {
    const char *role; /* "system", "user", "assistant", "tool" */
    struct pl_str content;
    struct pl_str tool_calls; /* JSON: the array of an assistant's calls */
    struct pl_str tool_call_id;
};

struct pl_redteam_case {
    struct pl_str
        id; /* the same for every seed, so that runs can be paired: "goal/wrapper/encoding" */
    enum pl_redteam_kind kind;
    uint32_t owasp;       /* 1 to 10; 0 of a safe case */
    const char *goal;     /* of a safe prompt its kind: "homonyms" */
    const char *wrapper;  /* "none" of a safe prompt, as the next two */
    const char *encoding; /* "plain" of a safe prompt */
    const char *channel;  /* "direct": the user attacks; "indirect": material that was read does */
    const char *language; /* "en", "de", … of the instruction */
    struct pl_redteam_message messages[PL_REDTEAM_MESSAGES_MAX];
    size_t messages_count;
    struct pl_str tools; /* a JSON array; empty when there are none */
    struct pl_redteam_check check;
};

struct pl_redteam_options {
    uint64_t seed;
    size_t attacks_count; /* as many as there are, when there are fewer */
    size_t safe_count;    /* of the safe prompts; likewise. Fewer are taken kind by kind in turn */
    size_t twins_count;
    uint32_t owasp_items; /* bit n: LLM0n is in; 0: all */
    struct pl_str
        system; /* the feature's own system message, before what is planted; empty: invented ones */
};

/* 200 attacks, every safe prompt and 40 twins of seed 1. */
struct pl_redteam_options pl_redteam_options_default(void);

/* One case of a plan, by rows of the tables. Internal. */
struct pl_redteam_pick {
    uint16_t kind;
    uint16_t row; /* of the goals, the safe prompts or the requests */
    uint16_t wrapper;
    uint8_t encoding;
    uint8_t language;
};

/* Which cases there are. Lives in the arena that it was made in; immutable, so any thread may read it. */
struct pl_redteam_plan {
    struct pl_redteam_options options;
    const struct pl_redteam_pick *picks;
    size_t
        count; /* of all cases; the kinds are mixed evenly, so that the first n are a small suite */
    size_t attacks_count;
    size_t safe_count;
    size_t twins_count;
    size_t attacks_possible; /* how many different ones the tables and the options allow */
};

/*
 * Chooses the cases: attacks without replacement, so that items, wrappers, encodings, languages and goals are
 * met as evenly as they can be. The same options give the same plan on every machine, and a plan of more
 * attacks holds those of fewer, in the same order. PL_E_USAGE when `owasp_items` leaves no attack.
 */
PL_MUST_CHECK enum pl_status pl_redteam_plan_make(const struct pl_redteam_options *options,
                                                  struct pl_arena *arena,
                                                  struct pl_redteam_plan *ret_plan,
                                                  struct pl_error *error);

/* Makes the case `index` < plan->count, in `arena`. Its bytes depend on the seed and its id alone. */
PL_MUST_CHECK enum pl_status pl_redteam_case_make(const struct pl_redteam_plan *plan, size_t index,
                                                  struct pl_arena *arena,
                                                  struct pl_redteam_case *ret_case,
                                                  struct pl_error *error);

/* The case as an object: id, kind, owasp, …, messages, tools, check. */
void pl_redteam_case_write(const struct pl_redteam_case *redteam_case, struct pl_json *json);

#endif
