/* Traces: headers of W3C Trace Context, and spans in the JSON of OTLP. */
#include "gateway/otlp.h"
#include "json/document.h"
#include "json/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

/* cmocka's own compares as float. */
static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", value, expected);
}

static struct pl_rng seeded(void)
{
    struct pl_rng rng;

    pl_rng_init(&rng, 7, 0);
    return rng;
}

static struct pl_trace begun_with(const char *traceparent)
{
    struct pl_rng rng = seeded();
    struct pl_trace trace;

    pl_trace_begin(&trace, pl_str_of(traceparent), &rng);
    return trace;
}

/* ---- traceparent ---- */

static void a_valid_traceparent_is_gone_on_with(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool sampled;
    } CASES[] = {
        {PARENT, true},
        {" \t" PARENT " ", true},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", false},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02", false},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff", true},
        {"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true},
        {"fe-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-is-to-come", true},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct pl_trace trace = begun_with(CASES[i].header);
        char text[PL_TRACEPARENT_SIZE];

        pl_traceparent_write(&trace, text);
        assert_int_equal(strlen(text), PL_TRACEPARENT_SIZE - 1);
        assert_memory_equal(text, PARENT, 36);               /* the same trace */
        assert_memory_not_equal(text + 36, &PARENT[36], 16); /* a span of its own */
        assert_string_equal(text + 52, CASES[i].sampled ? "-01" : "-00");
        assert_memory_equal(trace.parent, "\xb7\xad\x6b\x71\x69\x20\x33\x31", PL_SPAN_ID_SIZE);
        assert_true(trace.parent_is_remote);
    }
}

static void where_there_is_none_or_a_bad_one_a_trace_begins(void **state)
{
    (void)state;
    static const char *const CASES[] = {
        "",
        "00",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
        "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
        "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        static const unsigned char NONE[PL_SPAN_ID_SIZE] = {0};
        const struct pl_trace trace = begun_with(CASES[i]);
        char text[PL_TRACEPARENT_SIZE];

        pl_traceparent_write(&trace, text);
        assert_memory_not_equal(text, PARENT, 35);
        assert_memory_equal(trace.parent, NONE, sizeof NONE);
        assert_false(trace.parent_is_remote);
        assert_true(trace.sampled);
    }
}

static void a_child_is_in_the_trace_and_below_its_parent(void **state)
{
    (void)state;
    struct pl_rng rng = seeded();
    struct pl_trace parent, child;

    pl_trace_begin(&parent, PL_STR(PARENT), &rng);
    pl_trace_child(&parent, &rng, &child);
    assert_memory_equal(child.trace, parent.trace, PL_TRACE_ID_SIZE);
    assert_memory_equal(child.parent, parent.span, PL_SPAN_ID_SIZE);
    pl_trace_child(&child, &rng, &child);
    assert_memory_not_equal(child.parent, parent.span, PL_SPAN_ID_SIZE);
    assert_false(child.parent_is_remote);
    assert_true(child.sampled);
}

/* ---- spans ---- */

static struct pl_otlp *begin(struct pl_otlp_options options)
{
    struct pl_otlp *otlp = NULL;
    struct pl_error error = {0};

    assert_int_equal(pl_otlp_new(&options, &otlp, &error), PL_OK);
    return otlp;
}

static struct pl_trace_span a_call(void)
{
    return (struct pl_trace_span){
        .trace = begun_with(PARENT),
        .is_call = true,
        .begun_ns = UINT64_C(1763746832123456789),
        .ended_ns = UINT64_C(1763746833000000001),
        .operation = PL_STR("chat"),
        .provider = PL_STR("openai"),
        .request_model = PL_STR("small"),
        .response_model = PL_STR("small-2"),
        .server_address = PL_STR("127.0.0.1"),
        .server_port = 8080,
        .http_status = 200,
        .input_tokens = {true, 12},
        .output_tokens = {true, 0},
        .reasoning_tokens = {true, UINT64_MAX},
        .is_stream = true,
        .first_token_ns = 250000000,
        .decision = PL_STR("d_1"),
        .tier_known = true,
        .confidence_known = true,
        .confidence = 0.5,
        .cost_known = true,
        .cost = (double)NAN,
    };
}

/* The body with what was added, as a document. */
static struct pl_json_document *take(struct pl_otlp *otlp, uint32_t expected)
{
    struct pl_json_document *document = NULL;
    struct pl_error error = {0};
    uint32_t count = 99;
    const struct pl_str body = pl_otlp_take(otlp, &count);

    assert_int_equal(count, expected);
    if (pl_json_document_open(body, NULL, &document, &error) != PL_OK)
        fail_msg("%s in: %.*s", error.message, PL_STR_ARG(body));
    return document;
}

/* "resourceSpans/0/scopeSpans": members and items. */
static const struct pl_json_value *at(const struct pl_json_value *value, const char *path)
{
    char copy[128], *rest = NULL;

    (void)snprintf(copy, sizeof copy, "%s", path);
    for (char *step = strtok_r(copy, "/", &rest); step != NULL; step = strtok_r(NULL, "/", &rest)) {
        value = isdigit((unsigned char)*step) ? pl_json_value_at(value, strtoul(step, NULL, 10))
                                              : pl_json_value_get_text(value, step);
        if (value == NULL)
            fail_msg("nothing at %s of %s", step, path);
    }
    return value;
}

static const struct pl_json_value *spans_of(const struct pl_json_document *document)
{
    return at(pl_json_document_root(document), "resourceSpans/0/scopeSpans/0/spans");
}

static void assert_text(const struct pl_json_value *value, const char *path, const char *expected)
{
    const struct pl_str text = pl_json_value_str(at(value, path));

    if (!pl_str_equal_text(text, expected))
        fail_msg("%s is \"%.*s\" and not \"%s\"", path, PL_STR_ARG(text), expected);
}

/* The value of an attribute ({"intValue": …}); NULL where it has none. */
static const struct pl_json_value *attribute(const struct pl_json_value *span, const char *key)
{
    struct pl_json_walk walk = pl_json_value_walk(at(span, "attributes"));
    const struct pl_json_value *found = NULL;

    while (pl_json_walk_next(&walk)) {
        if (!pl_str_equal_text(pl_json_value_str(at(walk.value, "key")), key))
            continue;
        assert_null(found);
        found = at(walk.value, "value");
        assert_int_equal(pl_json_value_count(found), 1);
    }
    return found;
}

static void a_span_is_written_by_the_conventions(void **state)
{
    (void)state;
    struct pl_otlp *otlp = begin((struct pl_otlp_options){.instance = PL_STR("a")});
    const struct pl_trace_span call = a_call();

    assert_true(pl_otlp_add(otlp, &call));

    struct pl_json_document *document = take(otlp, 1);
    const struct pl_json_value *span = at(spans_of(document), "0");

    assert_text(span, "traceId", "0af7651916cd43dd8448eb211c80319c");
    assert_text(span, "parentSpanId", "b7ad6b7169203331");
    assert_int_equal(pl_json_value_str(at(span, "spanId")).len, 16);
    assert_text(span, "name", "chat small");
    assert_near(pl_json_value_double(at(span, "kind")), 3, 0);
    assert_near(pl_json_value_double(at(span, "flags")), 0x301, 0);
    assert_text(span, "startTimeUnixNano", "1763746832123456789");
    assert_text(span, "endTimeUnixNano", "1763746833000000001");
    assert_text(attribute(span, "gen_ai.operation.name"), "stringValue", "chat");
    assert_text(attribute(span, "gen_ai.provider.name"), "stringValue", "openai");
    assert_text(attribute(span, "gen_ai.request.model"), "stringValue", "small");
    assert_text(attribute(span, "gen_ai.response.model"), "stringValue", "small-2");
    assert_text(attribute(span, "gen_ai.usage.input_tokens"), "intValue", "12");
    assert_text(attribute(span, "gen_ai.usage.output_tokens"), "intValue", "0");
    assert_text(attribute(span, "gen_ai.usage.reasoning.output_tokens"), "intValue",
                "9223372036854775807");
    assert_text(attribute(span, "server.port"), "intValue", "8080");
    assert_text(attribute(span, "http.response.status_code"), "intValue", "200");
    assert_true(pl_json_value_bool(at(attribute(span, "gen_ai.request.stream"), "boolValue")));
    assert_near(pl_json_value_double(
                    at(attribute(span, "gen_ai.response.time_to_first_chunk"), "doubleValue")),
                0.25, 0);
    assert_text(attribute(span, "plimsoll.tier"), "intValue", "0");
    assert_text(at(pl_json_document_root(document), "resourceSpans/0/resource/attributes/0"),
                "value/stringValue", "plimsoll");
    pl_json_document_free(document);
    pl_otlp_free(otlp);
}

static void what_is_not_known_is_not_said(void **state)
{
    (void)state;
    static const char *const ABSENT[] = {"gen_ai.usage.cache_read.input_tokens", "error.type",
                                         "plimsoll.feature", "plimsoll.purpose",
                                         "plimsoll.cost" /* which is no number */};
    struct pl_otlp *otlp = begin((struct pl_otlp_options){0});
    const struct pl_trace_span call = a_call();

    assert_true(pl_otlp_add(otlp, &call));

    struct pl_json_document *document = take(otlp, 1);

    for (size_t i = 0; i < sizeof ABSENT / sizeof *ABSENT; i++)
        assert_null(attribute(at(spans_of(document), "0"), ABSENT[i]));
    assert_null(pl_json_value_get_text(at(spans_of(document), "0"), "status"));
    pl_json_document_free(document);
    pl_otlp_free(otlp);
}

static void what_failed_has_its_type_and_text(void **state)
{
    (void)state;
    struct pl_otlp *otlp = begin((struct pl_otlp_options){0});
    struct pl_trace_span decision = {
        .trace = begun_with(""),
        .begun_ns = 200,
        .ended_ns = 100, /* the clock went back */
        .operation = PL_STR("embeddings"),
        .error_type = PL_STR("timeout"),
        .error_text = PL_STR("\"no answer\"\xff"),
    };

    assert_true(pl_otlp_add(otlp, &decision));

    struct pl_json_document *document = take(otlp, 1);
    const struct pl_json_value *span = at(spans_of(document), "0");

    assert_text(span, "name", "embeddings");
    assert_near(pl_json_value_double(at(span, "kind")), 2, 0);
    assert_near(pl_json_value_double(at(span, "status/code")), 2, 0);
    assert_text(span, "status/message", "\"no answer\"\xef\xbf\xbd");
    assert_text(attribute(span, "error.type"), "stringValue", "timeout");
    assert_text(span, "endTimeUnixNano", "200");
    assert_null(pl_json_value_get_text(span, "parentSpanId"));
    pl_json_document_free(document);
    pl_otlp_free(otlp);
}

/* ---- batches ---- */

static void what_is_not_sampled_is_not_sent(void **state)
{
    (void)state;
    struct pl_otlp *otlp = begin((struct pl_otlp_options){0});
    struct pl_trace_span call = a_call();
    uint32_t count = 99;

    call.trace.sampled = false;
    assert_true(pl_otlp_add(otlp, &call));
    assert_int_equal(pl_otlp_waiting(otlp), 0);
    assert_int_equal(pl_otlp_take(otlp, &count).len, 0);
    assert_int_equal(count, 0);
    assert_int_equal(pl_otlp_dropped(otlp), 0);
    pl_otlp_free(otlp);
}

static void a_batch_that_was_taken_stays_while_the_next_is_filled(void **state)
{
    (void)state;
    struct pl_otlp *otlp = begin((struct pl_otlp_options){0});
    struct pl_trace_span call = a_call();
    uint32_t count = 0;

    assert_true(pl_otlp_add(otlp, &call));
    assert_true(pl_otlp_add(otlp, &call));

    const struct pl_str first = pl_otlp_take(otlp, &count);
    char *copy = strndup(first.ptr, first.len);

    assert_int_equal(count, 2);
    call.operation = PL_STR("embeddings");
    assert_true(pl_otlp_add(otlp, &call));
    assert_memory_equal(first.ptr, copy, first.len);
    free(copy);

    struct pl_json_document *document = take(otlp, 1);

    assert_int_equal(pl_json_value_count(spans_of(document)), 1);
    assert_text(at(spans_of(document), "0"), "name", "embeddings small");
    pl_json_document_free(document);
    pl_otlp_free(otlp);
}

static void more_spans_than_a_batch_holds_are_dropped_and_counted(void **state)
{
    (void)state;
    struct pl_otlp *otlp = begin((struct pl_otlp_options){.spans_count_max = 8});
    const struct pl_trace_span call = a_call();

    for (int i = 0; i < 8; i++) {
        assert_int_equal(pl_otlp_is_full(otlp), i >= 6);
        assert_true(pl_otlp_add(otlp, &call));
    }
    assert_false(pl_otlp_add(otlp, &call));
    assert_int_equal(pl_otlp_dropped(otlp), 1);
    pl_json_document_free(take(otlp, 8));
    assert_true(pl_otlp_add(otlp, &call));
    pl_otlp_lost(otlp, 8);
    assert_int_equal(pl_otlp_dropped(otlp), 9);
    pl_otlp_free(otlp);
}

static void a_batch_is_never_larger_than_allowed(void **state)
{
    (void)state;
    const struct pl_trace_span call = a_call();

    for (size_t size = 16; size < 5000; size += 7) {
        struct pl_otlp *otlp = begin((struct pl_otlp_options){.size_bytes_max = size});
        uint32_t added = 0, count = 0;

        while (pl_otlp_add(otlp, &call))
            added++;
        assert_true(pl_otlp_take(otlp, &count).len <= size);
        assert_int_equal(count, added);
        assert_int_equal(pl_otlp_dropped(otlp), 1);
        pl_otlp_free(otlp);
    }
}

static void a_span_that_is_too_large_is_dropped(void **state)
{
    (void)state;
    struct pl_otlp *otlp = begin((struct pl_otlp_options){0});
    struct pl_trace_span call = a_call();
    char *large = calloc(1, PL_OTLP_SPAN_SIZE_MAX + 1);

    assert_non_null(large);
    memset(large, 'x', PL_OTLP_SPAN_SIZE_MAX);
    call.error_type = PL_STR("refused");
    call.error_text = pl_str_of(large);
    assert_false(pl_otlp_add(otlp, &call));
    call.error_text = PL_STR("short");
    assert_true(pl_otlp_add(otlp, &call));
    pl_json_document_free(take(otlp, 1));
    assert_int_equal(pl_otlp_dropped(otlp), 1);
    free(large);
    pl_otlp_free(otlp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_traceparent_is_gone_on_with),
        cmocka_unit_test(where_there_is_none_or_a_bad_one_a_trace_begins),
        cmocka_unit_test(a_child_is_in_the_trace_and_below_its_parent),
        cmocka_unit_test(a_span_is_written_by_the_conventions),
        cmocka_unit_test(what_is_not_known_is_not_said),
        cmocka_unit_test(what_failed_has_its_type_and_text),
        cmocka_unit_test(what_is_not_sampled_is_not_sent),
        cmocka_unit_test(a_batch_that_was_taken_stays_while_the_next_is_filled),
        cmocka_unit_test(more_spans_than_a_batch_holds_are_dropped_and_counted),
        cmocka_unit_test(a_batch_is_never_larger_than_allowed),
        cmocka_unit_test(a_span_that_is_too_large_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
