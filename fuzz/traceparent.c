/* Fuzz target for the header `traceparent`: whatever it is, a trace comes of it whose own header is valid and is
   read back as the parent of another. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/otlp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const unsigned char NONE[PL_TRACE_ID_SIZE] = {0};
    struct pl_trace trace, next;
    struct pl_rng rng;
    char text[PL_TRACEPARENT_SIZE];

    pl_rng_init(&rng, size, 0);
    pl_trace_begin(&trace, (struct pl_str){(const char *)bytes, size}, &rng);
    assert(memcmp(trace.trace, NONE, PL_TRACE_ID_SIZE) != 0);
    assert(memcmp(trace.span, NONE, PL_SPAN_ID_SIZE) != 0);
    assert(trace.parent_is_remote == (memcmp(trace.parent, NONE, PL_SPAN_ID_SIZE) != 0));
    assert(trace.parent_is_remote || trace.sampled);
    pl_traceparent_write(&trace, text);
    assert(strlen(text) == PL_TRACEPARENT_SIZE - 1);
    pl_trace_begin(&next, pl_str_of(text), &rng);
    assert(next.parent_is_remote && next.sampled == trace.sampled);
    assert(memcmp(next.trace, trace.trace, PL_TRACE_ID_SIZE) == 0);
    assert(memcmp(next.parent, trace.span, PL_SPAN_ID_SIZE) == 0);
    return 0;
}
