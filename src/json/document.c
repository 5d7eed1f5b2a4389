/*
 * JSON read by yyjson into its flat run of values, where a container is followed by what it holds. All
 * that knows this layout is here: the rest of the layer goes through json/value.h. One pass over the
 * run after reading sees to nesting and to members of the same name.
 */
#include "json/document.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "base/json.h"
#include "json/decimal.h"
#include "json/value.h"

/* Memory kept for the next text; a larger one gets its own. */
#define POOL_TEXT_BYTES_MAX ((size_t)1 << 20)
#define POOL_SIZE_BYTES_MIN ((size_t)16 << 10)

/* Objects up to this size are searched pair by pair, larger ones by sorted hashes. */
#define PAIRWISE_MAX 12

struct hashed_name {
    uint64_t hash;
    struct pl_str name;
};

struct pl_json_document {
    struct pl_json_options options;
    yyjson_doc *doc; /* NULL when empty */
    void *pool;
    size_t pool_size_bytes;
    struct hashed_name *names; /* scratch for large objects */
    size_t names_room;
};

/* --- the layout of a value -------------------------------------------------------------------- */

/* What json/value.h goes by is how the library has it. */
static_assert(sizeof(struct pl_json_value) == sizeof(yyjson_val), "one value");
static_assert(offsetof(struct pl_json_value, as) == offsetof(yyjson_val, uni), "one value");
static_assert(PL_JSON_TAG_TYPES == YYJSON_TYPE_MASK && PL_JSON_TAG_SHIFT == YYJSON_TAG_BIT, "tag");
static_assert(YYJSON_TYPE_RAW == 1 && YYJSON_TYPE_NULL == 2 && YYJSON_TYPE_BOOL == 3 &&
                  YYJSON_TYPE_NUM == 4 && YYJSON_TYPE_STR == 5 && YYJSON_TYPE_ARR == 6 &&
                  YYJSON_TYPE_OBJ == 7,
              "types");

static const yyjson_val *of(const struct pl_json_value *value)
{
    return (const yyjson_val *)value;
}

/* The library looks only, but takes no const. */
static yyjson_val *seen(const yyjson_val *value)
{
    return (yyjson_val *)(uintptr_t)value;
}

/* Bytes of a string, items of an array, members of an object. */
static size_t length_of(const yyjson_val *value)
{
    return (size_t)(value->tag >> YYJSON_TAG_BIT);
}

static struct pl_str str_of(const yyjson_val *value)
{
    return (struct pl_str){value->uni.str, length_of(value)};
}

/* The value behind this one and all that it holds. */
static const yyjson_val *after(const yyjson_val *value)
{
    return unsafe_yyjson_get_next(seen(value));
}

/* --- the document ----------------------------------------------------------------------------- */

enum pl_status pl_json_document_new(const struct pl_json_options *options,
                                    struct pl_json_document **ret_document, struct pl_error *error)
{
    struct pl_json_document *document = calloc(1, sizeof *document);

    if (document == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for a JSON document");
    if (options != NULL)
        document->options = *options;
    if (document->options.size_bytes_max == 0)
        document->options.size_bytes_max = PL_JSON_SIZE_BYTES_MAX;
    if (document->options.nesting_max == 0)
        document->options.nesting_max = PL_JSON_NESTING_MAX;
    assert(document->options.nesting_max <= PL_JSON_NESTING_LIMIT);
    *ret_document = document;
    return PL_OK;
}

static void empty(struct pl_json_document *document)
{
    yyjson_doc_free(document->doc);
    document->doc = NULL;
}

void pl_json_document_free(struct pl_json_document *document)
{
    if (document == NULL)
        return;
    empty(document);
    free(document->pool);
    free(document->names);
    free(document);
}

void pl_json_document_cleanup(struct pl_json_document **document)
{
    pl_json_document_free(*document);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Where a byte of the text is: line, and column in characters. */
static void locate(struct pl_str text, size_t at, struct pl_error *error)
{
    uint32_t line = 1, column = 1;

    for (size_t i = 0; i < at && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)text.ptr[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    if (error != NULL)
        (void)pl_error_locate(error, NULL, line, column);
}

static enum pl_status refuse_text(const yyjson_read_err *why, struct pl_str text,
                                  struct pl_error *error)
{
    enum pl_status status = PL_E_DATA;

    if (why->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return pl_error_set(error, PL_E_MEMORY, "no memory for a JSON text of %zu bytes", text.len);
    if (text.len == 0)
        status = pl_error_set(error, PL_E_DATA, "not JSON: the text is empty");
    else
        status = pl_error_set(error, PL_E_DATA, "not JSON: %s", why->msg);
    locate(text, why->pos, error);
    return status;
}

/* The memory for a text of that length: the document's own, or NULL for that of the C library. */
static bool pool_prepare(struct pl_json_document *document, size_t len, yyjson_alc *ret_pool)
{
    if (len > POOL_TEXT_BYTES_MAX)
        return false;

    size_t needed = yyjson_read_max_memory_usage(len, 0);

    if (needed < POOL_SIZE_BYTES_MIN)
        needed = POOL_SIZE_BYTES_MIN;
    if (needed > document->pool_size_bytes) {
        void *pool = malloc(needed);

        if (pool == NULL)
            return false;
        free(document->pool);
        document->pool = pool;
        document->pool_size_bytes = needed;
    }
    return yyjson_alc_pool_init(ret_pool, document->pool, document->pool_size_bytes);
}

static int by_hash(const void *a, const void *b)
{
    const struct hashed_name *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return pl_str_compare(x->name, y->name);
}

static enum pl_status names_reserve(struct pl_json_document *document, size_t count,
                                    struct pl_error *error)
{
    if (count <= document->names_room)
        return PL_OK;

    struct hashed_name *names = realloc(document->names, count * sizeof *names);

    if (names == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for an object of %zu members", count);
    document->names = names;
    document->names_room = count;
    return PL_OK;
}

/* Most names differ in their length or their first character. */
static inline bool is_same_name(const yyjson_val *a, const yyjson_val *b)
{
    return length_of(a) == length_of(b) && a->uni.str[0] == b->uni.str[0] &&
           memcmp(a->uni.str, b->uni.str, length_of(a)) == 0;
}

static enum pl_status refuse_twin(struct pl_str name, struct pl_error *error)
{
    const struct pl_str shown = {name.ptr, name.len < 100 ? name.len : 100};

    return pl_error_set(error, PL_E_DATA, "the name '%.*s' is in one object twice",
                        PL_STR_ARG(shown));
}

static enum pl_status find_twin_sorted(struct pl_json_document *document, const yyjson_val *object,
                                       struct pl_error *error)
{
    const size_t count = length_of(object);
    const yyjson_val *name = object + 1;

    PL_RETURN_IF(names_reserve(document, count, error));
    for (size_t i = 0; i < count; i++) {
        document->names[i] = (struct hashed_name){pl_str_hash(str_of(name)), str_of(name)};
        name = after(name + 1);
    }
    qsort(document->names, count, sizeof *document->names, by_hash);
    for (size_t i = 1; i < count; i++)
        if (by_hash(&document->names[i - 1], &document->names[i]) == 0)
            return refuse_twin(document->names[i].name, error);
    return PL_OK;
}

static enum pl_status find_twin(struct pl_json_document *document, const yyjson_val *object,
                                struct pl_error *error)
{
    const yyjson_val *names[PAIRWISE_MAX];
    const size_t count = length_of(object);
    const yyjson_val *name = object + 1;

    if (count > PAIRWISE_MAX)
        return find_twin_sorted(document, object, error);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++)
            if (is_same_name(name, names[j]))
                return refuse_twin(str_of(name), error);
        names[i] = name;
        name = after(name + 1);
    }
    return PL_OK;
}

/* One pass over all values; `ends` holds where each container that is open ends. */
static enum pl_status check_values(struct pl_json_document *document, struct pl_error *error)
{
    const yyjson_val *ends[PL_JSON_NESTING_LIMIT];
    const yyjson_val *const root = document->doc->root;
    const yyjson_val *const last = after(root);
    uint32_t nesting = 0;

    for (const yyjson_val *value = root; value < last; value++) {
        while (nesting > 0 && value >= ends[nesting - 1])
            nesting--;
        if (!unsafe_yyjson_is_ctn(seen(value)))
            continue;
        if (nesting == document->options.nesting_max)
            return pl_error_set(error, PL_E_LIMIT, "arrays and objects are nested deeper than %u",
                                document->options.nesting_max);
        ends[nesting++] = after(value);
        if (unsafe_yyjson_get_type(seen(value)) == YYJSON_TYPE_OBJ &&
            !document->options.duplicates_kept)
            PL_RETURN_IF(find_twin(document, value, error));
    }
    return PL_OK;
}

enum pl_status pl_json_document_read(struct pl_json_document *document, struct pl_str text,
                                     struct pl_error *error)
{
    const yyjson_read_flag flags =
        document->options.big_numbers_kept ? YYJSON_READ_BIGNUM_AS_RAW : YYJSON_READ_NOFLAG;
    yyjson_read_err why = {0};
    yyjson_alc pool;

    empty(document);
    if (text.len > document->options.size_bytes_max)
        return pl_error_set(error, PL_E_LIMIT, "a JSON text of %zu bytes; at most %zu", text.len,
                            document->options.size_bytes_max);

    const bool pooled = pool_prepare(document, text.len, &pool);

    /* The text is only written to with a flag that is not given here. */
    document->doc =
        yyjson_read_opts((char *)(uintptr_t)text.ptr, text.len, flags, pooled ? &pool : NULL, &why);
    if (document->doc == NULL)
        return refuse_text(&why, text, error);

    const enum pl_status status = check_values(document, error);

    if (status != PL_OK)
        empty(document);
    return status;
}

const struct pl_json_value *pl_json_document_root(const struct pl_json_document *document)
{
    return document->doc == NULL ? NULL : (const struct pl_json_value *)document->doc->root;
}

enum pl_status pl_json_document_open(struct pl_str text, const struct pl_json_options *options,
                                     struct pl_json_document **ret_document, struct pl_error *error)
{
    struct pl_json_document *document = NULL;

    PL_RETURN_IF(pl_json_document_new(options, &document, error));

    const enum pl_status status = pl_json_document_read(document, text, error);

    if (status != PL_OK)
        pl_json_document_free(document);
    else
        *ret_document = document;
    return status;
}

/* --- looking ---------------------------------------------------------------------------------- */

bool pl_json_value_bool(const struct pl_json_value *value)
{
    assert(pl_json_value_type(value) == PL_JSON_BOOL);
    return (of(value)->tag & YYJSON_SUBTYPE_MASK) == YYJSON_SUBTYPE_TRUE;
}

enum pl_json_number pl_json_value_number(const struct pl_json_value *value)
{
    assert(pl_json_value_type(value) == PL_JSON_NUMBER);
    if ((of(value)->tag & YYJSON_TYPE_MASK) == YYJSON_TYPE_RAW)
        return PL_JSON_BIG;
    switch (of(value)->tag & YYJSON_SUBTYPE_MASK) {
    case YYJSON_SUBTYPE_UINT:
        return PL_JSON_UINT64;
    case YYJSON_SUBTYPE_SINT:
        return PL_JSON_INT64;
    default:
        return PL_JSON_DOUBLE;
    }
}

double pl_json_value_double(const struct pl_json_value *value)
{
    switch (pl_json_value_number(value)) {
    case PL_JSON_UINT64:
        return (double)of(value)->uni.u64;
    case PL_JSON_INT64:
        return (double)of(value)->uni.i64;
    case PL_JSON_BIG: /* the text of a document ends in NUL */
        return strtod(of(value)->uni.str, NULL);
    case PL_JSON_DOUBLE:
        break;
    }
    return of(value)->uni.f64;
}

bool pl_json_value_is_integer(const struct pl_json_value *value)
{
    struct pl_json_decimal decimal;

    switch (pl_json_value_number(value)) {
    case PL_JSON_UINT64:
    case PL_JSON_INT64:
        return true;
    case PL_JSON_BIG:
        pl_json_decimal_of(value, &decimal);
        return pl_json_decimal_is_integer(&decimal);
    case PL_JSON_DOUBLE:
        break;
    }
    return floor(of(value)->uni.f64) == of(value)->uni.f64;
}

/* The magnitude of an integer that fits; doubles by their shortest decimal, as everywhere. */
static bool magnitude_of(const struct pl_json_value *value, bool *ret_negative, uint64_t *ret_value)
{
    struct pl_json_decimal decimal;
    uint64_t sum = 0;

    pl_json_decimal_of(value, &decimal);
    if (decimal.exponent < 0 || decimal.count + decimal.exponent > 20)
        return false;
    for (int64_t i = 0; i < decimal.count + decimal.exponent; i++) {
        const uint64_t digit = i < decimal.count ? (uint64_t)(decimal.digits[i] - '0') : 0;

        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *ret_negative = decimal.negative;
    *ret_value = sum;
    return true;
}

bool pl_json_value_int64(const struct pl_json_value *value, int64_t *ret_value)
{
    bool negative = false;
    uint64_t magnitude = 0;

    if (pl_json_value_type(value) != PL_JSON_NUMBER)
        return false;
    if (pl_json_value_number(value) == PL_JSON_INT64) {
        *ret_value = of(value)->uni.i64;
        return true;
    }
    if (pl_json_value_number(value) == PL_JSON_UINT64)
        magnitude = of(value)->uni.u64;
    else if (!magnitude_of(value, &negative, &magnitude))
        return false;
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *ret_value = (int64_t)(negative ? 0 - magnitude : magnitude);
    return true;
}

bool pl_json_value_uint64(const struct pl_json_value *value, uint64_t *ret_value)
{
    bool negative = false;
    uint64_t magnitude = 0;

    if (pl_json_value_type(value) != PL_JSON_NUMBER)
        return false;
    if (pl_json_value_number(value) == PL_JSON_UINT64) {
        *ret_value = of(value)->uni.u64;
        return true;
    }
    if (pl_json_value_number(value) == PL_JSON_INT64 ||
        !magnitude_of(value, &negative, &magnitude) || negative)
        return false;
    *ret_value = magnitude;
    return true;
}

static struct pl_str integer_digits(uint64_t magnitude, bool negative, char room[32])
{
    char *at = room + 32;

    do {
        *--at = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude > 0);
    if (negative)
        *--at = '-';
    return (struct pl_str){at, (size_t)(room + 32 - at)};
}

struct pl_str pl_json_value_digits(const struct pl_json_value *value, char room[32])
{
    const yyjson_val *const number = of(value);

    switch (pl_json_value_number(value)) {
    case PL_JSON_UINT64:
        return integer_digits(number->uni.u64, false, room);
    case PL_JSON_INT64:
        return integer_digits(0 - (uint64_t)number->uni.i64, true, room);
    case PL_JSON_BIG:
        return str_of(number);
    case PL_JSON_DOUBLE:
        break;
    }
    pl_json_format_double(number->uni.f64, room);
    return pl_str_of(room);
}

const struct pl_json_value *pl_json_value_at(const struct pl_json_value *value, size_t index)
{
    assert(pl_json_value_type(value) == PL_JSON_ARRAY);
    return (const struct pl_json_value *)yyjson_arr_get(seen(of(value)), index);
}

const struct pl_json_value *pl_json_value_get(const struct pl_json_value *value, struct pl_str name)
{
    const yyjson_val *found = NULL;

    if (pl_json_value_type(value) != PL_JSON_OBJECT)
        return NULL;

    const yyjson_val *member = of(value) + 1;

    for (size_t left = pl_json_value_count(value); left > 0; left--) {
        if (pl_str_equal(str_of(member), name))
            found = member + 1;
        member = after(member + 1);
    }
    return (const struct pl_json_value *)found;
}

const struct pl_json_value *pl_json_value_get_text(const struct pl_json_value *value,
                                                   const char *name)
{
    return pl_json_value_get(value, pl_str_of(name));
}
