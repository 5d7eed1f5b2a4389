/*
 * Fuzz target of OFREP requests: the first line is a key and an If-None-Match, the rest a body. A body is read
 * or refused with a code of the protocol; what is answered is JSON that names its key, the same when it is
 * asked twice, and the answer to all flags holds the answer to one.
 */
#include "flag/ofrep.h"
#include "json/document.h"
#include "json/value.h"
#include "ledger/ledger.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARENA_SIZE_BYTES_MAX  ((size_t)4 << 20)
#define ANSWER_SIZE_BYTES_MAX ((size_t)1 << 20)
#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct pl_str GROUPS[] = {TEXT("en"), TEXT("hi")};
static const struct pl_flag_rule BY[] = {{TEXT("plan"), {GROUPS, 2}}};
static const struct pl_str DARK[] = {TEXT("language=sw * plan=en")};
static const struct pl_arm ARMS[] = {{.name = TEXT("a"), .share = 0.5},
                                     {.name = TEXT("b"), .share = 0.5}};

static void hash(struct pl_str bytes, char ret_hex[65])
{
    pl_hash_bytes(bytes, ret_hex);
}

/* The answer must be one JSON object; gives whether it has a member of that name and text. */
static bool is_json_with(const struct pl_buffer *out, const char *name, struct pl_str text)
{
    const struct pl_json_options options = {.size_bytes_max = ANSWER_SIZE_BYTES_MAX};
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    struct pl_error error = {0};
    const enum pl_status status =
        pl_json_document_open(pl_buffer_view(out), &options, &document, &error);
    const struct pl_json_value *root;
    const struct pl_json_value *member;

    assert(status == PL_OK);
    root = pl_json_document_root(document);
    assert(pl_json_value_type(root) == PL_JSON_OBJECT);
    member = pl_json_value_get_text(root, name);
    return member != NULL && pl_json_value_type(member) == PL_JSON_STRING &&
           pl_str_equal(pl_json_value_str(member), text);
}

static void check_failure(const struct pl_ofrep_failure *failure, struct pl_str key)
{
    static const char *const CODES[] = {"PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT",
                                        "GENERAL"};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    bool known = false;

    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
        known |= strcmp(failure->code, CODES[i]) == 0;
    assert(known && failure->details[0] != '\0');
    pl_buffer_init(&out, ANSWER_SIZE_BYTES_MAX);
    pl_ofrep_fail(key, failure, &out);
    assert(is_json_with(&out, "errorCode", pl_str_of(failure->code)));
}

static void check_context(const struct pl_ofrep_context *context)
{
    assert(context->targeting_key.len > 0 && pl_str_is_utf8(context->targeting_key));
    assert(context->attributes_count <= PL_OFREP_ATTRIBUTES_MAX);
    for (size_t i = 0; i < context->attributes_count; i++) {
        assert(pl_str_is_utf8(context->attributes[i].name));
        assert(pl_str_is_utf8(context->attributes[i].group));
    }
}

static void check_answers(const struct pl_ofrep_flags *flags,
                          const struct pl_ofrep_context *context, struct pl_str key)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer one = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer all = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer again = {0};
    char etag[PL_OFREP_ETAG_SIZE];
    char same[PL_OFREP_ETAG_SIZE];
    int status;

    pl_buffer_init(&one, ANSWER_SIZE_BYTES_MAX);
    pl_buffer_init(&all, ANSWER_SIZE_BYTES_MAX);
    pl_buffer_init(&again, ANSWER_SIZE_BYTES_MAX);
    pl_ofrep_bulk(flags, context, &all, etag);
    pl_ofrep_bulk(flags, context, &again, same);
    assert(pl_str_equal(pl_buffer_view(&all), pl_buffer_view(&again)));
    assert(strcmp(etag, same) == 0 && pl_ofrep_matches(pl_str_of(etag), etag));
    assert(!is_json_with(&all, "flags", key));
    status = pl_ofrep_single(flags, context, key, &one);
    if (status == 404)
        assert(is_json_with(&one, "errorCode", PL_STR("FLAG_NOT_FOUND")));
    else
        assert(status == 200 && is_json_with(&one, "key", key) && strstr(all.ptr, one.ptr) != NULL);
}

/* All that a flag may go by is asked of the context. */
static void check(const struct pl_ofrep_context *context, struct pl_condition *when,
                  struct pl_str key)
{
    const struct pl_experiment_line experiments[] = {
        {.name = TEXT("x"), .arms = ARMS, .arms_count = 2, .share = 0.5, .layer = TEXT("l")},
        {.name = TEXT("y"),
         .arms = ARMS,
         .arms_count = 2,
         .share = 0.5,
         .sticky = TEXT("tenant"),
         .layer = TEXT("l")},
    };
    struct pl_condition *const whens[] = {NULL, when};
    const struct pl_serving serving = {
        .flag = {.given = true, .share = 0.5, .by = BY, .by_count = 1, .launch = true},
        .experiments = experiments,
        .experiments_count = 2,
        .holdout = 0.1,
    };
    const struct pl_flag_state_now now = {.off_in = {DARK, 1}};
    const struct pl_launch_now launch = {
        .known = true, .segment = TEXT("language"), .allowed = {GROUPS, 2}};
    const struct pl_ofrep_flags flags = {
        .feature = TEXT("f"),
        .config = TEXT("0"),
        .serving = &serving,
        .whens = whens,
        .now = &now,
        .launch = &launch,
        .hash = hash,
    };

    check_context(context);
    check_answers(&flags, context, key);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *start = (const char *)bytes;
    const char *end = size > 0 ? memchr(start, '\n', size) : NULL;
    const size_t length = end == NULL ? 0 : (size_t)(end - start);
    const struct pl_str line = {start, length};
    const struct pl_str body = {start + length, size - length};
    PL_CLEANUP(pl_arena_deinit) struct pl_arena arena = {0};
    struct pl_ofrep_context context;
    struct pl_ofrep_failure failure = {0};
    struct pl_condition *when = NULL;
    struct pl_error error = {0};

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    (void)pl_ofrep_matches(line, "\"0123456789abcdef0123456789abcdef\"");
    if (pl_condition_compile(PL_STR("age >= 18 or plan like 'e%' or member = true"), &arena, &when,
                             &error) != PL_OK)
        __builtin_trap();
    if (pl_ofrep_read(body, &arena, &context, &failure))
        check(&context, when, pl_str_is_utf8(line) ? line : PL_STR("f"));
    else
        check_failure(&failure, pl_str_is_utf8(line) ? line : PL_STR("f"));
    return 0;
}
