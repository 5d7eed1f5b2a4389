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

const char *pl_redteam_kind_name(enum pl_redteam_kind kind)
{
    static const char *const NAMES[] = {"attack", "safe", "twin"};

    return NAMES[kind];
}

const char *pl_redteam_check_name(enum pl_redteam_check_kind kind)
{
    static const char *const NAMES[] = {"none", "canary", "secret", "tool", "markup", "length"};

    return NAMES[kind];
}
