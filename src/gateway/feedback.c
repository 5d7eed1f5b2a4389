/* Bodies are checked in whole before a record is put, so that nothing of a wrong one is kept. */
#include "gateway/feedback.h"

#include "base/file.h"
#include "base/json.h"
#include "gateway/decision.h"
#include "gateway/receipt.h"
#include "gateway/looking.h"
#include "json/patch.h"

#include <ctype.h>

#define RECORD_SIZE_BYTES_MAX ((size_t)512 << 10)
#define ID_LENGTH_MAX         128
#define NAME_LENGTH_MAX       64

/* Null as well: it takes back what was said before. */
static bool is_scalar(const struct pl_json_value *value)
{
    return value != NULL && pl_json_value_type(value) != PL_JSON_ARRAY &&
           pl_json_value_type(value) != PL_JSON_OBJECT;
}

static bool is_id(const struct pl_json_value *value)
{
    return pl_is_string(value) && pl_json_value_str(value).len > 0 &&
           pl_json_value_str(value).len <= ID_LENGTH_MAX;
}

/* A word: a letter, then letters, digits and "_". */
static bool is_name(struct pl_str name)
{
    if (name.len == 0 || name.len > NAME_LENGTH_MAX || !isalpha((unsigned char)name.ptr[0]))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.ptr[i]) && name.ptr[i] != '_')
            return false;
    return true;
}

static bool is_reserved(struct pl_str name)
{
    return pl_str_equal_text(name, "decision") || pl_str_equal_text(name, "id") ||
           pl_str_equal_text(name, "name");
}

/* ---- feedback ---- */

struct feedback {
    struct pl_str decision; /* as JSON, as the rest */
    struct pl_str id;
    struct pl_client_key *key;
};

static void write_feedback(const struct feedback *feedback, struct pl_str name, struct pl_str value,
                           struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "decision");
    pl_json_raw(&json, feedback->decision);
    pl_json_key(&json, "name");
    pl_json_str(&json, name);
    pl_json_key(&json, "value");
    pl_json_raw(&json, value);
    if (feedback->key != NULL) {
        pl_json_key(&json, "key");
        pl_json_str(&json, pl_client_key_id(feedback->key));
    }
    if (feedback->id.ptr != NULL) {
        pl_json_key(&json, "id");
        pl_json_raw(&json, feedback->id);
    }
    pl_json_close_object(&json);
}

/* What is wrong with a body; NULL when nothing is. */
static const char *fault_of_feedback(const struct pl_json_value *root, const char **ret_param)
{
    const struct pl_json_value *name = pl_member(root, "name");
    const struct pl_json_value *id = pl_member(root, "id");
    struct pl_json_walk walk;

    *ret_param = "decision";
    if (!is_id(pl_member(root, "decision")))
        return "'decision' must be the id of a decision, as `x-plimsoll-decision` gave it.";
    *ret_param = "id";
    if (id != NULL && !is_id(id))
        return "'id' must be a text of at most 128 bytes.";
    *ret_param = "name";
    if (name != NULL && !(pl_is_string(name) && is_name(pl_json_value_str(name))))
        return "'name' must be a word: letters, digits and '_'.";
    *ret_param = "value";
    if (name != NULL && !is_scalar(pl_member(root, "value")))
        return "'value' must be a text, a number, true, false or null.";
    if (name == NULL && pl_json_value_count(root) < 2)
        return "There is nothing to record: give 'name' and 'value', or members such as 'label'.";
    *ret_param = NULL;
    walk = pl_json_value_walk(root);
    while (pl_json_walk_next(&walk))
        if (!is_reserved(walk.name) && (!is_name(walk.name) || !is_scalar(walk.value)))
            return "Every member must be a word with a text, a number, true, false or null.";
    return NULL;
}

static bool put_feedback(struct pl_receipt *receipt, const struct feedback *feedback,
                         struct pl_str body, const struct pl_json_value *root, uint64_t *ret_count)
{
    const struct pl_json_value *name = pl_member(root, "name");
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer record = {0};
    struct pl_json_scan scan;
    bool good = pl_json_scan_begin(&scan, body);

    pl_buffer_init(&record, RECORD_SIZE_BYTES_MAX);
    *ret_count = 0;
    while (good && pl_json_scan_next(&scan)) {
        if (is_reserved(scan.name) || (name != NULL && !pl_str_equal_text(scan.name, "value")))
            continue;
        pl_buffer_reset(&record);
        write_feedback(feedback, name == NULL ? scan.name : pl_json_value_str(name), scan.value,
                       &record);
        good =
            record.failed == PL_OK && pl_receipt_put(receipt, "feedback", pl_buffer_view(&record));
        (*ret_count)++;
    }
    return good;
}

static void answer_count(struct pl_receipt *receipt, uint64_t count)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer answer = {0};

    pl_buffer_init(&answer, 256);
    pl_buffer_add_format(&answer, "{\"recorded\":%llu}", (unsigned long long)count);
    pl_receipt_answer(receipt, pl_buffer_view(&answer));
}

void pl_feedback_take(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                      struct pl_client_key *key)
{
    const struct pl_str body = pl_request_body(request);
    const char *param = NULL;
    struct pl_error error = {0};
    uint64_t count = 0;

    (void)part;
    if (pl_json_document_read(worker->asked, body, &error) != PL_OK) {
        pl_refuse_fault(request, 400, NULL, error.message);
        return;
    }

    const struct pl_json_value *root = pl_json_document_root(worker->asked);
    const char *fault = pl_json_value_type(root) == PL_JSON_OBJECT
                            ? fault_of_feedback(root, &param)
                            : "The body must be a JSON object.";

    if (fault != NULL) {
        pl_refuse_fault(request, 400, param, fault);
        return;
    }

    struct pl_receipt *receipt = pl_receipt_new(worker, request);
    const struct feedback feedback = {pl_json_member_of(body, "decision"),
                                      pl_json_member_of(body, "id"), key};

    if (receipt == NULL)
        return;
    if (put_feedback(receipt, &feedback, body, root, &count))
        answer_count(receipt, count);
    else
        pl_receipt_fail(receipt);
}

/* ---- decisions of the application's own ---- */

static const char *const REPORTED[] = {"subject", "model",      "confidence", "score", "prediction",
                                       "label",   "latency_ms", "cost",       "input", "output"};
#define REPORTED_COUNT (sizeof REPORTED / sizeof *REPORTED)

static const char *fault_of_decision(const struct pl_json_value *decision)
{
    const struct pl_json_value *segments = pl_member(decision, "segments");
    const struct pl_json_value *id = pl_member(decision, "id");

    if (pl_json_value_type(decision) != PL_JSON_OBJECT)
        return "Each decision must be an object.";
    if (id != NULL && !is_id(id))
        return "'id' must be a text of at most 128 bytes.";
    for (size_t i = 0; i < REPORTED_COUNT; i++) {
        const struct pl_json_value *value = pl_member(decision, REPORTED[i]);

        if (pl_is_given(value) && !is_scalar(value))
            return "Members of a decision must be texts, numbers, true or false.";
    }
    if (segments == NULL)
        return NULL;
    if (pl_json_value_type(segments) != PL_JSON_OBJECT)
        return "'segments' must be an object of texts.";

    struct pl_json_walk walk = pl_json_value_walk(segments);

    while (pl_json_walk_next(&walk))
        if (!pl_is_string(walk.value))
            return "'segments' must be an object of texts.";
    return NULL;
}

static const char *fault_of_decisions(const struct pl_json_value *list)
{
    if (!pl_is_array(list) || pl_json_value_count(list) == 0 ||
        pl_json_value_count(list) > PL_FEEDBACK_BATCH_MAX)
        return "'decisions' must be an array of 1 to 1,000 decisions.";

    struct pl_json_walk walk = pl_json_value_walk(list);

    while (pl_json_walk_next(&walk)) {
        const char *fault = fault_of_decision(walk.value);

        if (fault != NULL)
            return fault;
    }
    return NULL;
}

static void write_reported(struct pl_worker *worker, struct pl_str decision,
                           struct pl_client_key *key, struct pl_buffer *out)
{
    const struct pl_plan *plan = worker->outlet->plan;
    const struct pl_str id = pl_json_member_of(decision, "id");
    const struct pl_str segments = pl_json_member_of(decision, "segments");
    char made[PL_DECISION_ID_SIZE];
    struct pl_json json;

    pl_decision_id_make(&worker->rng, pl_clock_unix_ms(), made);
    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "id");
    if (id.ptr != NULL)
        pl_json_raw(&json, id);
    else
        pl_json_text(&json, made);
    pl_json_key(&json, "feature");
    pl_json_str(&json, plan->line->feature);
    pl_json_key(&json, "api");
    pl_json_text(&json, "reported");
    pl_json_key(&json, "status");
    pl_json_text(&json, "served");
    if (key != NULL) {
        pl_json_key(&json, "key");
        pl_json_str(&json, pl_client_key_id(key));
    }
    if (segments.ptr != NULL) {
        pl_json_key(&json, "segments");
        pl_json_raw(&json, segments);
    }
    pl_json_key(&json, "config");
    pl_json_text(&json, plan->config);
    for (size_t i = 0; i < REPORTED_COUNT; i++) {
        const struct pl_str value = pl_json_member_of(decision, REPORTED[i]);

        if (value.ptr != NULL && !pl_str_equal_text(value, "null")) {
            pl_json_key(&json, REPORTED[i]);
            pl_json_raw(&json, value);
        }
    }
    pl_json_close_object(&json);
}

static bool put_decisions(struct pl_worker *worker, struct pl_receipt *receipt, struct pl_str list,
                          struct pl_client_key *key)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer record = {0};
    struct pl_json_scan scan;
    bool good = pl_json_scan_begin(&scan, list);

    pl_buffer_init(&record, RECORD_SIZE_BYTES_MAX);
    while (good && pl_json_scan_next(&scan)) {
        pl_buffer_reset(&record);
        write_reported(worker, scan.value, key, &record);
        good =
            record.failed == PL_OK && pl_receipt_put(receipt, "decision", pl_buffer_view(&record));
    }
    return good;
}

void pl_feedback_decisions(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                           struct pl_client_key *key)
{
    const struct pl_str body = pl_request_body(request);
    struct pl_error error = {0};

    (void)part;
    if (pl_json_document_read(worker->asked, body, &error) != PL_OK) {
        pl_refuse_fault(request, 400, NULL, error.message);
        return;
    }

    const struct pl_json_value *root = pl_json_document_root(worker->asked);
    const struct pl_json_value *decisions = pl_member(root, "decisions");
    const char *fault = fault_of_decisions(decisions);

    if (fault != NULL || decisions == NULL) {
        pl_refuse_fault(request, 400, "decisions", fault);
        return;
    }

    const size_t count = pl_json_value_count(decisions);
    struct pl_receipt *receipt = pl_receipt_new(worker, request);

    if (receipt == NULL)
        return;
    if (put_decisions(worker, receipt, pl_json_member_of(body, "decisions"), key))
        answer_count(receipt, count);
    else
        pl_receipt_fail(receipt);
}
