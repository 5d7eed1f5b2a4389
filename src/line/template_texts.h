/* The texts of src/line/templates/, one for each file, turned into C by the build. Private to template.c. */
#ifndef PL_LINE_TEMPLATE_TEXTS_H
#define PL_LINE_TEMPLATE_TEXTS_H

extern const char PL_TEMPLATE_CHATBOT[];
extern const char PL_TEMPLATE_CLASSIFIER[];
extern const char PL_TEMPLATE_FRAUD[];
extern const char PL_TEMPLATE_HIRING[];
extern const char PL_TEMPLATE_LLM[];
extern const char PL_TEMPLATE_RANKER[];
extern const char PL_TEMPLATE_REGRESSOR[];
extern const char PL_TEMPLATE_SCORER[];

#endif
