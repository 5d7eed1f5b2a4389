/* Whether several answers to one request agree. Texts are compared folded and bare, what is JSON by
 * its value. */
#include "cascade/confidence.h"

#include "json/compare.h"
#include "json/document.h"
#include "text/unicode.h"

#include <string.h>

/* Around an answer these say nothing; signs, units and currencies are part of it, and stay. */
static const char AROUND[] = "\"'`([{<)]}>*_";
static const char AT_THE_END[] = ".,;:!?";

struct sample {
    struct pl_codes codes;             /* folded and bare; in the scratch */
    struct pl_json_document *document; /* of an object, an array or a number; else NULL */
};

static bool is_among(uint32_t code, const char *signs)
{
    return code != 0 && code < 0x80 && strchr(signs, (int)code) != NULL;
}

static bool is_around(uint32_t code)
{
    return pl_code_is_space(code) || is_among(code, AROUND) ||
           (code >= 0x80 && (pl_code_classes(code) & PL_CODE_PUNCTUATION) != 0);
}

static void make_bare(struct pl_codes *codes)
{
    while (codes->count > 0 && is_around(codes->ptr[0])) {
        codes->ptr++;
        codes->count--;
    }
    while (codes->count > 0 && (is_around(codes->ptr[codes->count - 1]) ||
                                is_among(codes->ptr[codes->count - 1], AT_THE_END)))
        codes->count--;
}

/* The text as JSON where it is an object, an array or a number: strings and words are compared as
 * texts. */
static struct pl_json_document *read_json(struct pl_str text)
{
    struct pl_json_document *document;

    if (pl_json_document_open(text, NULL, &document, NULL) != PL_OK)
        return NULL;

    const enum pl_json_type type = pl_json_value_type(pl_json_document_root(document));

    if (type == PL_JSON_OBJECT || type == PL_JSON_ARRAY || type == PL_JSON_NUMBER)
        return document;
    pl_json_document_free(document);
    return NULL;
}

/* False when there is no memory for it, or it is too long. The caller frees the document. */
static bool sample_read(struct pl_str text, struct pl_text_scratch *scratch,
                        struct sample *ret_sample)
{
    *ret_sample = (struct sample){0};
    if (pl_text_scratch_check(scratch, text, NULL) != PL_OK ||
        !pl_codes_decode(text, scratch, &ret_sample->codes) ||
        !pl_codes_fold(&ret_sample->codes, scratch))
        return false;
    make_bare(&ret_sample->codes);
    ret_sample->document = read_json(text);
    return true;
}

static bool agree(const struct sample *a, const struct sample *b)
{
    if (a->document != NULL && b->document != NULL)
        return pl_json_value_equal(pl_json_document_root(a->document),
                                   pl_json_document_root(b->document));
    return a->codes.count == b->codes.count && a->codes.count > 0 &&
           memcmp(a->codes.ptr, b->codes.ptr, a->codes.count * sizeof *a->codes.ptr) == 0;
}

bool pl_samples_agree(const struct pl_str *samples, size_t count, double *ret_signal)
{
    struct pl_text_scratch
        scratches[2]; /* of the first sample, and of the one that it is held against */
    struct sample first = {0};
    size_t agreeing = 0;
    bool is_defined = count >= 2;

    for (size_t i = 0; i < 2; i++)
        pl_text_scratch_init(&scratches[i], PL_TEXT_BYTES_MAX);
    is_defined = is_defined && sample_read(samples[0], &scratches[0], &first) &&
                 (first.codes.count > 0 || first.document != NULL);
    for (size_t i = 1; i < count && is_defined; i++) {
        struct sample other;

        pl_text_scratch_reset(&scratches[1]);
        is_defined = sample_read(samples[i], &scratches[1], &other);
        agreeing += is_defined && agree(&first, &other);
        pl_json_document_free(other.document);
    }
    pl_json_document_free(first.document);
    for (size_t i = 0; i < 2; i++)
        pl_text_scratch_deinit(&scratches[i]);
    if (is_defined)
        *ret_signal = (double)agreeing / (double)(count - 1);
    return is_defined;
}
