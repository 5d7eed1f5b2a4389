/* The words for the types of JSON. How values are stored is the business of json/document.c alone. */
#include "json/value.h"

const char *pl_json_type_name(enum pl_json_type type)
{
    static const char *const NAMES[] = {
        [PL_JSON_NULL] = "null",     [PL_JSON_BOOL] = "boolean", [PL_JSON_NUMBER] = "number",
        [PL_JSON_STRING] = "string", [PL_JSON_ARRAY] = "array",  [PL_JSON_OBJECT] = "object",
    };

    return NAMES[type];
}
