/* What the tests of this folder share: a document from a literal, freed by the cleanup attribute. */
#ifndef PL_TESTS_UNIT_JSON_JSON_TEXT_H
#define PL_TESTS_UNIT_JSON_JSON_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "json/document.h"
#include "json/value.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define DOCUMENT     PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document

static inline struct pl_json_document *document_of(const char *text,
                                                   const struct pl_json_options *options)
{
    struct pl_json_document *document = NULL;
    struct pl_error error = {0};

    if (pl_json_document_open(pl_str_of(text), options, &document, &error) != PL_OK)
        fail_msg("%s: %s", text, error.message);
    return document;
}

static inline struct pl_json_document *plain(const char *text)
{
    return document_of(text, NULL);
}

static inline struct pl_json_document *exact(const char *text)
{
    const struct pl_json_options options = {.big_numbers_kept = true};

    return document_of(text, &options);
}

#endif
