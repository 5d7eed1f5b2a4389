/*
 * A JSON text (RFC 8259), read whole into values that do not change. The document owns them, and the
 * memory that they lie in is used again for the next text: to read many, keep one document and read
 * into it. One thread at a time may read into a document; its values may then be looked at by many.
 *
 * Refused with line and column: anything but one JSON value with blanks around it, invalid UTF-8, a
 * byte order mark, half of a surrogate pair in an escape, a number too large for a double, nesting
 * deeper than the limit, and, unless they are allowed, members of the same name in one object.
 */
#ifndef PL_JSON_DOCUMENT_H
#define PL_JSON_DOCUMENT_H

#include "base/error.h"
#include "base/str.h"

struct pl_json_document;
struct pl_json_value;

#define PL_JSON_SIZE_BYTES_MAX ((size_t)64 << 20) /* when the options say 0 */
#define PL_JSON_NESTING_MAX    256                /* when the options say 0 */
#define PL_JSON_NESTING_LIMIT  1024               /* what the options may ask for */

/* All zero is a sound choice. */
struct pl_json_options {
    size_t size_bytes_max; /* of the text; 0 is PL_JSON_SIZE_BYTES_MAX */
    uint32_t nesting_max;  /* a scalar has nesting 0, [1] has 1; 0 is PL_JSON_NESTING_MAX */
    /* Members of one name: otherwise refused. When kept, all are walked and counted, and the last one
       is found by name, as JavaScript and Python have it. */
    bool duplicates_kept;
    /* Keep the text of integers beyond 64 bits and of numbers beyond a double. Otherwise the former
       are rounded to a double, and the latter refused. */
    bool big_numbers_kept;
};

/* An empty document. `options` is copied; NULL is all zero. */
PL_MUST_CHECK enum pl_status pl_json_document_new(const struct pl_json_options *options,
                                                  struct pl_json_document **ret_document,
                                                  struct pl_error *error);

/* With all its values. NULL is fine. */
void pl_json_document_free(struct pl_json_document *document);

/* For PL_CLEANUP. */
void pl_json_document_cleanup(struct pl_json_document **document);

/*
 * Reads `text`, which is copied: the values hold nothing of it. Those of the text before are gone,
 * also when this one is refused, and then the document is empty. What is wrong with the text is
 * PL_E_DATA, too long or too deep is PL_E_LIMIT; `error` has line and column, counted in characters.
 */
PL_MUST_CHECK enum pl_status pl_json_document_read(struct pl_json_document *document,
                                                   struct pl_str text, struct pl_error *error);

/* The value that is the text; NULL of an empty document. Valid until the next read or the end. */
const struct pl_json_value *pl_json_document_root(const struct pl_json_document *document);

/* New and read in one, for a text that is read once. */
PL_MUST_CHECK enum pl_status pl_json_document_open(struct pl_str text,
                                                   const struct pl_json_options *options,
                                                   struct pl_json_document **ret_document,
                                                   struct pl_error *error);

#endif
