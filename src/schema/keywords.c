/* The table of keywords, sorted by name for a binary search. */
#include "schema/keywords.h"

#define CORE       PL_SCHEMA_CORE
#define APPLICATOR PL_SCHEMA_APPLICATOR
#define VALIDATION PL_SCHEMA_VALIDATION
#define FORMAT     (PL_SCHEMA_FORMAT_ANNOTATION | PL_SCHEMA_FORMAT_ASSERTION)

static const struct pl_schema_keyword_row ROWS[PL_SCHEMA_KEYWORDS_COUNT] = {
    [PL_SCHEMA_ANCHOR] = {"$anchor", CORE, PL_SCHEMA_IS_STRING},
    [PL_SCHEMA_DEFS] = {"$defs", CORE, PL_SCHEMA_IS_SCHEMA_MAP},
    [PL_SCHEMA_DYNAMIC_ANCHOR] = {"$dynamicAnchor", CORE, PL_SCHEMA_IS_STRING},
    [PL_SCHEMA_DYNAMIC_REF] = {"$dynamicRef", CORE, PL_SCHEMA_IS_STRING},
    [PL_SCHEMA_ID] = {"$id", CORE, PL_SCHEMA_IS_STRING},
    [PL_SCHEMA_REF] = {"$ref", CORE, PL_SCHEMA_IS_STRING},
    [PL_SCHEMA_SCHEMA] = {"$schema", CORE, PL_SCHEMA_IS_STRING},
    [PL_SCHEMA_ADDITIONAL_PROPERTIES] = {"additionalProperties", APPLICATOR, PL_SCHEMA_IS_SCHEMA},
    [PL_SCHEMA_ALL_OF] = {"allOf", APPLICATOR, PL_SCHEMA_IS_SCHEMAS},
    [PL_SCHEMA_ANY_OF] = {"anyOf", APPLICATOR, PL_SCHEMA_IS_SCHEMAS},
    [PL_SCHEMA_CONST] = {"const", VALIDATION, PL_SCHEMA_IS_ANY},
    [PL_SCHEMA_CONTAINS] = {"contains", APPLICATOR, PL_SCHEMA_IS_SCHEMA},
    [PL_SCHEMA_DEPENDENCIES] = {"dependencies", APPLICATOR, PL_SCHEMA_IS_DEPENDENCIES},
    [PL_SCHEMA_DEPENDENT_REQUIRED] = {"dependentRequired", VALIDATION, PL_SCHEMA_IS_NAMES_MAP},
    [PL_SCHEMA_DEPENDENT_SCHEMAS] = {"dependentSchemas", APPLICATOR, PL_SCHEMA_IS_SCHEMA_MAP},
    [PL_SCHEMA_ELSE] = {"else", APPLICATOR, PL_SCHEMA_IS_SCHEMA},
    [PL_SCHEMA_ENUM] = {"enum", VALIDATION, PL_SCHEMA_IS_ARRAY},
    [PL_SCHEMA_EXCLUSIVE_MAXIMUM] = {"exclusiveMaximum", VALIDATION, PL_SCHEMA_IS_NUMBER},
    [PL_SCHEMA_EXCLUSIVE_MINIMUM] = {"exclusiveMinimum", VALIDATION, PL_SCHEMA_IS_NUMBER},
    [PL_SCHEMA_FORMAT] = {"format", FORMAT, PL_SCHEMA_IS_STRING},
    [PL_SCHEMA_IF] = {"if", APPLICATOR, PL_SCHEMA_IS_SCHEMA},
    [PL_SCHEMA_ITEMS] = {"items", APPLICATOR, PL_SCHEMA_IS_SCHEMA},
    [PL_SCHEMA_MAX_CONTAINS] = {"maxContains", VALIDATION, PL_SCHEMA_IS_COUNT},
    [PL_SCHEMA_MAX_ITEMS] = {"maxItems", VALIDATION, PL_SCHEMA_IS_COUNT},
    [PL_SCHEMA_MAX_LENGTH] = {"maxLength", VALIDATION, PL_SCHEMA_IS_COUNT},
    [PL_SCHEMA_MAX_PROPERTIES] = {"maxProperties", VALIDATION, PL_SCHEMA_IS_COUNT},
    [PL_SCHEMA_MAXIMUM] = {"maximum", VALIDATION, PL_SCHEMA_IS_NUMBER},
    [PL_SCHEMA_MIN_CONTAINS] = {"minContains", VALIDATION, PL_SCHEMA_IS_COUNT},
    [PL_SCHEMA_MIN_ITEMS] = {"minItems", VALIDATION, PL_SCHEMA_IS_COUNT},
    [PL_SCHEMA_MIN_LENGTH] = {"minLength", VALIDATION, PL_SCHEMA_IS_COUNT},
    [PL_SCHEMA_MIN_PROPERTIES] = {"minProperties", VALIDATION, PL_SCHEMA_IS_COUNT},
    [PL_SCHEMA_MINIMUM] = {"minimum", VALIDATION, PL_SCHEMA_IS_NUMBER},
    [PL_SCHEMA_MULTIPLE_OF] = {"multipleOf", VALIDATION, PL_SCHEMA_IS_POSITIVE},
    [PL_SCHEMA_NOT] = {"not", APPLICATOR, PL_SCHEMA_IS_SCHEMA},
    [PL_SCHEMA_ONE_OF] = {"oneOf", APPLICATOR, PL_SCHEMA_IS_SCHEMAS},
    [PL_SCHEMA_PATTERN] = {"pattern", VALIDATION, PL_SCHEMA_IS_STRING},
    [PL_SCHEMA_PATTERN_PROPERTIES] = {"patternProperties", APPLICATOR, PL_SCHEMA_IS_SCHEMA_MAP},
    [PL_SCHEMA_PREFIX_ITEMS] = {"prefixItems", APPLICATOR, PL_SCHEMA_IS_SCHEMAS},
    [PL_SCHEMA_PROPERTIES] = {"properties", APPLICATOR, PL_SCHEMA_IS_SCHEMA_MAP},
    [PL_SCHEMA_PROPERTY_NAMES] = {"propertyNames", APPLICATOR, PL_SCHEMA_IS_SCHEMA},
    [PL_SCHEMA_REQUIRED] = {"required", VALIDATION, PL_SCHEMA_IS_NAMES},
    [PL_SCHEMA_THEN] = {"then", APPLICATOR, PL_SCHEMA_IS_SCHEMA},
    [PL_SCHEMA_TYPE] = {"type", VALIDATION, PL_SCHEMA_IS_TYPE},
    [PL_SCHEMA_UNEVALUATED_ITEMS] = {"unevaluatedItems", PL_SCHEMA_UNEVALUATED,
                                     PL_SCHEMA_IS_SCHEMA},
    [PL_SCHEMA_UNEVALUATED_PROPERTIES] = {"unevaluatedProperties", PL_SCHEMA_UNEVALUATED,
                                          PL_SCHEMA_IS_SCHEMA},
    [PL_SCHEMA_UNIQUE_ITEMS] = {"uniqueItems", VALIDATION, PL_SCHEMA_IS_BOOL},
};

const struct pl_schema_keyword_row *pl_schema_keyword_row(enum pl_schema_keyword keyword)
{
    return &ROWS[keyword];
}

enum pl_schema_keyword pl_schema_keyword_find(struct pl_str name)
{
    size_t low = 0, high = PL_SCHEMA_KEYWORDS_COUNT;

    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = pl_str_compare(name, pl_str_of(ROWS[middle].name));

        if (order == 0)
            return (enum pl_schema_keyword)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return PL_SCHEMA_KEYWORDS_COUNT;
}

struct vocabulary {
    const char *name;
    uint32_t bit;
};

static const struct vocabulary VOCABULARIES[] = {
    {"core", PL_SCHEMA_CORE},
    {"applicator", PL_SCHEMA_APPLICATOR},
    {"unevaluated", PL_SCHEMA_UNEVALUATED},
    {"validation", PL_SCHEMA_VALIDATION},
    {"format-annotation", PL_SCHEMA_FORMAT_ANNOTATION},
    {"format-assertion", PL_SCHEMA_FORMAT_ASSERTION},
    {"meta-data", PL_SCHEMA_OTHER},
    {"content", PL_SCHEMA_OTHER},
};

uint32_t pl_schema_vocabulary_find(struct pl_str uri)
{
    const struct pl_str head = PL_STR("https://json-schema.org/draft/2020-12/vocab/");

    if (!pl_str_starts_with(uri, head))
        return 0;
    uri = (struct pl_str){uri.ptr + head.len, uri.len - head.len};
    for (size_t i = 0; i < sizeof VOCABULARIES / sizeof *VOCABULARIES; i++)
        if (pl_str_equal_text(uri, VOCABULARIES[i].name))
            return VOCABULARIES[i].bit;
    return 0;
}
