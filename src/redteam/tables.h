/*
 * The rows of the suite: generated from the tables in data/ by data/embed.py, which says what a row may hold. Internal to
 * the layer. Texts may hold values in braces, as "{code}" (values.h).
 */
#ifndef PL_REDTEAM_TABLES_H
#define PL_REDTEAM_TABLES_H

#include <stddef.h>
#include <stdint.h>

#define PL_REDTEAM_TURNS_MAX 12

/* As in the generated rows. */
enum pl_redteam_language {
    PL_REDTEAM_ENGLISH,
    PL_REDTEAM_GERMAN,
    PL_REDTEAM_FRENCH,
    PL_REDTEAM_SPANISH,
    PL_REDTEAM_HINDI,
    PL_REDTEAM_ARABIC,
    PL_REDTEAM_CHINESE,
    PL_REDTEAM_LANGUAGES_COUNT,
};

struct pl_redteam_setting {
    const char *name;
    const char *role;
    const char *rules;
    const char *question;
    const char *tools; /* JSON objects with commas between */
};

struct pl_redteam_goal {
    const char *name;
    uint32_t owasp;
    uint32_t setting;
    uint32_t check;
    uint32_t markup;
    uint32_t characters_max;
    const char *tool;       /* NULL: none */
    const char *needles[4]; /* up to the first NULL */
    const char
        *instructions[PL_REDTEAM_LANGUAGES_COUNT]; /* English, and NULL where there is no other */
};

struct pl_redteam_turn {
    uint32_t role;
    const char *content;
    const char *tool_calls;   /* NULL: none */
    const char *tool_call_id; /* NULL: none */
};

struct pl_redteam_wrapper {
    const char *name;
    uint32_t channel;
    const char *tools;
    uint32_t turns_count;
    uint32_t safe_turns_count; /* 0: it has no honest form */
    struct pl_redteam_turn turns[PL_REDTEAM_TURNS_MAX];
    struct pl_redteam_turn safe_turns[PL_REDTEAM_TURNS_MAX];
};

struct pl_redteam_safe {
    const char *kind;
    uint32_t language;
    uint32_t number; /* within its kind, from 1 */
    const char *text;
};

struct pl_redteam_request {
    const char *text;
};

extern const struct pl_redteam_setting PL_REDTEAM_SETTINGS[];
extern const size_t PL_REDTEAM_SETTINGS_COUNT;
extern const struct pl_redteam_goal PL_REDTEAM_GOALS[];
extern const size_t PL_REDTEAM_GOALS_COUNT;
extern const struct pl_redteam_wrapper PL_REDTEAM_WRAPPERS[];
extern const size_t PL_REDTEAM_WRAPPERS_COUNT;
extern const struct pl_redteam_safe PL_REDTEAM_SAFE_PROMPTS[];
extern const size_t PL_REDTEAM_SAFE_PROMPTS_COUNT;
extern const struct pl_redteam_request PL_REDTEAM_REQUESTS[];
extern const size_t PL_REDTEAM_REQUESTS_COUNT;

#endif
