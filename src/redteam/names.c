/* The names of what a case is made of, as JSON and segments have them. */
#include "redteam/redteam.h"

#include <assert.h>

static const struct {
    const char *name, *title;
} OWASP[PL_REDTEAM_OWASP_COUNT + 1] = {
    {"none", ""},
    {"LLM01", "Prompt Injection"},
    {"LLM02", "Sensitive Information Disclosure"},
    {"LLM03", "Supply Chain"},
    {"LLM04", "Data and Model Poisoning"},
    {"LLM05", "Improper Output Handling"},
    {"LLM06", "Excessive Agency"},
    {"LLM07", "System Prompt Leakage"},
    {"LLM08", "Vector and Embedding Weaknesses"},
    {"LLM09", "Misinformation"},
    {"LLM10", "Unbounded Consumption"},
};

const char *pl_redteam_owasp_name(uint32_t owasp)
{
    assert(owasp <= PL_REDTEAM_OWASP_COUNT);
    return OWASP[owasp].name;
}

const char *pl_redteam_owasp_title(uint32_t owasp)
{
    assert(owasp <= PL_REDTEAM_OWASP_COUNT);
    return OWASP[owasp].title;
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const char *const KINDS[] = {"attack", "safe", "twin"};
static const char *const CHECKS[] = {"none", "canary", "secret", "tool", "markup", "length"};
static const char *const MARKUPS[] = {"address", "script", "handler", "script_address", "formula"};

/* The index of the name, or `count`. */
static size_t find(struct pl_str name, const char *const *names, size_t count)
{
    size_t i = 0;

    while (i < count && !pl_str_equal_text(name, names[i]))
        i++;
    return i;
}

const char *pl_redteam_kind_name(enum pl_redteam_kind kind)
{
    return KINDS[kind];
}

bool pl_redteam_kind_find(struct pl_str name, enum pl_redteam_kind *ret_kind)
{
    const size_t i = find(name, KINDS, COUNT_OF(KINDS));

    if (i < COUNT_OF(KINDS))
        *ret_kind = (enum pl_redteam_kind)i;
    return i < COUNT_OF(KINDS);
}

const char *pl_redteam_check_name(enum pl_redteam_check_kind kind)
{
    return CHECKS[kind];
}

bool pl_redteam_check_find(struct pl_str name, enum pl_redteam_check_kind *ret_kind)
{
    const size_t i = find(name, CHECKS, COUNT_OF(CHECKS));

    if (i < COUNT_OF(CHECKS))
        *ret_kind = (enum pl_redteam_check_kind)i;
    return i < COUNT_OF(CHECKS);
}

const char *pl_redteam_markup_name(enum pl_redteam_markup markup)
{
    return MARKUPS[markup];
}

bool pl_redteam_markup_find(struct pl_str name, enum pl_redteam_markup *ret_markup)
{
    const size_t i = find(name, MARKUPS, COUNT_OF(MARKUPS));

    if (i < COUNT_OF(MARKUPS))
        *ret_markup = (enum pl_redteam_markup)i;
    return i < COUNT_OF(MARKUPS);
}
