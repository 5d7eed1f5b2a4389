/* What the tests of this folder share: a schema and values from literals. */
#ifndef PL_TESTS_UNIT_SCHEMA_SCHEMA_TEXT_H
#define PL_TESTS_UNIT_SCHEMA_SCHEMA_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "json/document.h"
#include "schema/schema.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SCHEMA       PL_CLEANUP(pl_schema_cleanup) struct pl_schema
#define CHECKER      PL_CLEANUP(pl_schema_checker_cleanup) struct pl_schema_checker
#define FAULTS_MAX   10

static inline struct pl_schema *schema_with(const char *text,
                                            const struct pl_schema_options *options)
{
    struct pl_schema *schema = NULL;
    struct pl_error error = {0};

    if (pl_schema_compile(pl_str_of(text), options, &schema, &error) != PL_OK)
        fail_msg("%s: %s", text, error.message);
    return schema;
}

static inline struct pl_schema *schema_of(const char *text)
{
    return schema_with(text, NULL);
}

static inline struct pl_schema_checker *checker_of(const struct pl_schema *schema)
{
    struct pl_schema_checker *checker = NULL;

    assert_int_equal(pl_schema_checker_new(schema, FAULTS_MAX, &checker, NULL), PL_OK);
    return checker;
}

static inline enum pl_status status_of(struct pl_schema_checker *checker, const char *text,
                                       bool *ret_valid, struct pl_error *error)
{
    static const struct pl_json_options OPTIONS = {.big_numbers_kept = true};
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;

    assert_int_equal(pl_json_document_open(pl_str_of(text), &OPTIONS, &document, error), PL_OK);
    return pl_schema_check(checker, pl_json_document_root(document), ret_valid, error);
}

static inline bool is_valid(struct pl_schema_checker *checker, const char *text)
{
    struct pl_error error = {0};
    bool valid = false;

    if (status_of(checker, text, &valid, &error) != PL_OK)
        fail_msg("%s: %s", text, error.message);
    return valid;
}

#endif
