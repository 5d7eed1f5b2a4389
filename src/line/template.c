/* The table of templates. Their texts are the files of templates/; a test reads each, so that none can
   go out of step with the table of keys. */
#include "line/template.h"

#include "line/template_texts.h"

static const struct pl_template TEMPLATES[] = {
    {"classifier", "says yes or no", PL_TEMPLATE_CLASSIFIER},
    {"scorer", "gives a probability that others act on", PL_TEMPLATE_SCORER},
    {"regressor", "predicts a number", PL_TEMPLATE_REGRESSOR},
    {"ranker", "orders items", PL_TEMPLATE_RANKER},
    {"llm", "answers in text", PL_TEMPLATE_LLM},
    {"hiring", "helps to choose among applicants: a bias audit", PL_TEMPLATE_HIRING},
    {"fraud", "replaces a fraud detector", PL_TEMPLATE_FRAUD},
    {"chatbot", "talks to customers, beside people", PL_TEMPLATE_CHATBOT},
};

const char *const PL_TEMPLATE_NAMES[] = {"classifier", "scorer", "regressor", "ranker", "llm",
                                         "hiring",     "fraud",  "chatbot",   NULL};

size_t pl_templates_count(void)
{
    return sizeof TEMPLATES / sizeof *TEMPLATES;
}

const struct pl_template *pl_template_at(size_t index)
{
    return &TEMPLATES[index];
}
