/* A set of hashes with open addressing and a lock; forgotten in whole when it is full. */
#include "gateway/exposure.h"

#include "base/file.h"
#include "base/json.h"
#include "gateway/gateway_state.h"

#include <stdlib.h>

#define SLOTS_FIRST           ((size_t)1 << 10)
#define SLOTS_MAX             (2 * PL_EXPOSURES_MAX)
#define RECORD_SIZE_BYTES_MAX ((size_t)16 << 10)

struct pl_exposures {
    pthread_mutex_t lock;
    uint64_t *slots; /* 0: free */
    size_t slots_count;
    size_t used;
};

enum pl_status pl_exposures_new(struct pl_exposures **ret_exposures, struct pl_error *error)
{
    struct pl_exposures *exposures = calloc(1, sizeof *exposures);

    if (exposures == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for the exposures");
    (void)pthread_mutex_init(&exposures->lock, NULL);
    *ret_exposures = exposures;
    return PL_OK;
}

void pl_exposures_free(struct pl_exposures *exposures)
{
    if (exposures == NULL)
        return;
    (void)pthread_mutex_destroy(&exposures->lock);
    free(exposures->slots);
    free(exposures);
}

/* Where the hash is, or where it would be. */
static size_t find(const uint64_t *slots, size_t count, uint64_t hash)
{
    size_t at = (size_t)hash & (count - 1);

    while (slots[at] != 0 && slots[at] != hash)
        at = (at + 1) & (count - 1);
    return at;
}

/* False when there is no memory for more. */
static bool make_room(struct pl_exposures *exposures)
{
    const size_t wanted = exposures->slots_count == 0 ? SLOTS_FIRST : exposures->slots_count * 2;
    uint64_t *slots;

    if (exposures->slots_count > 0 && exposures->used * 2 < exposures->slots_count)
        return true;
    if (wanted > SLOTS_MAX) {
        for (size_t i = 0; i < exposures->slots_count; i++)
            exposures->slots[i] = 0;
        exposures->used = 0;
        return true;
    }
    slots = calloc(wanted, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < exposures->slots_count; i++)
        if (exposures->slots[i] != 0)
            slots[find(slots, wanted, exposures->slots[i])] = exposures->slots[i];
    free(exposures->slots);
    exposures->slots = slots;
    exposures->slots_count = wanted;
    return true;
}

/* True for the first time. Without memory every time is the first: one record too many is better than none. */
static bool is_new(struct pl_exposures *exposures, uint64_t hash)
{
    bool fresh = true;

    hash += hash == 0;
    (void)pthread_mutex_lock(&exposures->lock);
    if (make_room(exposures)) {
        const size_t at = find(exposures->slots, exposures->slots_count, hash);

        fresh = exposures->slots[at] == 0;
        if (fresh) {
            exposures->slots[at] = hash;
            exposures->used++;
        }
    }
    (void)pthread_mutex_unlock(&exposures->lock);
    return fresh;
}

static uint64_t hash_of(const struct pl_exposure *exposure)
{
    const uint64_t parts[] = {
        pl_str_hash(exposure->assignment->experiment->name),
        pl_str_hash(exposure->assignment->arm->name),
        pl_str_hash(exposure->subject),
    };

    return pl_str_hash((struct pl_str){(const char *)parts, sizeof parts});
}

void pl_exposure_note(struct pl_worker *worker, const struct pl_exposure *exposure)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer record = {0};
    struct pl_json json;

    if (exposure->assignment->arm == NULL || exposure->subject.len == 0 ||
        !is_new(worker->gateway->exposures, hash_of(exposure)))
        return;
    pl_buffer_init(&record, RECORD_SIZE_BYTES_MAX);
    pl_json_init(&json, &record, false);
    pl_json_open_object(&json);
    pl_record_text(&json, "feature", exposure->feature);
    pl_record_text(&json, "experiment", exposure->assignment->experiment->name);
    pl_record_text(&json, "arm", exposure->assignment->arm->name);
    pl_record_text(&json, "subject", exposure->subject);
    pl_record_text(&json, "decision", exposure->decision);
    pl_json_close_object(&json);
    if (record.failed != PL_OK ||
        !pl_lane_end(worker->lane, 0, "exposure", pl_clock_unix_ms(), pl_buffer_view(&record)))
        pl_count(&worker->counts.exposures_dropped);
}

void pl_exposures_note(const struct pl_decision *decision)
{
    for (size_t i = 0; i < decision->assignments_count; i++)
        pl_exposure_note(decision->worker, &(struct pl_exposure){
                                               .feature = decision->outlet->plan->line->feature,
                                               .assignment = &decision->assignments[i],
                                               .subject = decision->subject,
                                               .decision = pl_str_of(decision->id),
                                           });
}
