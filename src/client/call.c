/* The ends of calls, one row each. */
#include "client/call.h"

#include <assert.h>

static const struct {
    const char *name;
    bool may_pass;
} ENDS[PL_CALL_ENDS_COUNT] = {
    [PL_CALL_DONE] = {"done", false},
    [PL_CALL_CANCELLED] = {"cancelled", false},
    [PL_CALL_UNREACHABLE] = {"unreachable", true},
    [PL_CALL_UNTRUSTED] = {"untrusted", false},
    [PL_CALL_SLOW_START] = {"slow_start", true},
    [PL_CALL_TIMEOUT] = {"timeout", true},
    [PL_CALL_CUT] = {"cut", true},
    [PL_CALL_TOO_LARGE] = {"too_large", false},
    [PL_CALL_REDIRECTED] = {"redirected", false},
    [PL_CALL_NO_ENTRY] = {"no_entry", false},
    [PL_CALL_BUSY] = {"busy", true},
    [PL_CALL_NO_QUOTA] = {"no_quota", false},
    [PL_CALL_REJECTED] = {"rejected", false},
    [PL_CALL_SERVER] = {"server", true},
    [PL_CALL_WRONG_TYPE] = {"wrong_type", false},
    [PL_CALL_NOT_JSON] = {"not_json", true},
    [PL_CALL_SHAPE] = {"shape", false},
    [PL_CALL_STREAM_ERROR] = {"stream_error", true},
    [PL_CALL_NO_START] = {"no_start", false},
    [PL_CALL_EXIT] = {"exit", true},
    [PL_CALL_SIGNAL] = {"signal", true},
    [PL_CALL_LOCAL] = {"local", false},
};

const char *pl_call_end_name(enum pl_call_end end)
{
    assert((size_t)end < PL_CALL_ENDS_COUNT);
    return ENDS[end].name;
}

bool pl_call_end_find(struct pl_str name, enum pl_call_end *ret_end)
{
    for (size_t i = 0; i < PL_CALL_ENDS_COUNT; i++) {
        if (pl_str_equal_text(name, ENDS[i].name)) {
            *ret_end = (enum pl_call_end)i;
            return true;
        }
    }
    return false;
}

bool pl_call_end_may_pass(enum pl_call_end end)
{
    assert((size_t)end < PL_CALL_ENDS_COUNT);
    return ENDS[end].may_pass;
}
