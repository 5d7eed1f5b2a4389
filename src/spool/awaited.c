/*
 * The queue of records whose callers wait for the disk: plain memory, since nobody was told yet that
 * they are kept.
 */
#include "ledger/format.h"
#include "ledger/json_object.h"
#include "spool/keeper.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_MAX      16384
#define SIZE_BYTES_MAX ((size_t)64 << 20)

struct pl_awaited *pl_awaited_new(const char *kind, uint64_t time_ms, struct pl_str body)
{
    const size_t kind_size = strlen(kind) + 1;
    struct pl_awaited *item = malloc(sizeof *item + kind_size + body.len);
    char *bytes;

    if (item == NULL)
        return NULL;
    bytes = (char *)(item + 1);
    memcpy(bytes, kind, kind_size);
    memcpy(bytes + kind_size, body.ptr, body.len);
    *item = (struct pl_awaited){
        .kind = bytes, .time_ms = time_ms, .body = {bytes + kind_size, body.len}};
    return item;
}

void pl_awaited_list_add(struct pl_awaited_list *queue, struct pl_awaited *item)
{
    item->next = NULL;
    if (queue->first == NULL)
        queue->first = item;
    else
        queue->last->next = item;
    queue->last = item;
    queue->count++;
    queue->size_bytes += item->body.len;
}

struct pl_awaited_list pl_awaited_list_take(struct pl_awaited_list *queue, size_t size_bytes_max)
{
    struct pl_awaited_list taken = {0};

    while (queue->first != NULL &&
           (taken.count == 0 || taken.size_bytes + queue->first->body.len <= size_bytes_max)) {
        struct pl_awaited *item = queue->first;

        queue->first = item->next;
        queue->count--;
        queue->size_bytes -= item->body.len;
        pl_awaited_list_add(&taken, item);
    }
    return taken;
}

void pl_awaited_list_tell(struct pl_awaited_list *queue, const struct pl_error *failure)
{
    for (struct pl_awaited *item = queue->first, *next; item != NULL; item = next) {
        next = item->next;
        if (item->done != NULL)
            item->done(failure, item->context);
        free(item);
    }
    *queue = (struct pl_awaited_list){0};
}

static enum pl_status check(const char *kind, struct pl_str body, struct pl_error *error)
{
    if (!pl_format_is_kind(pl_str_of(kind)))
        return pl_error_set(error, PL_E_DATA, "\"%.40s\" is no kind of record: a lower-case word",
                            kind);
    if (body.len > PL_SPOOL_BODY_SIZE_BYTES_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "a record of %zu bytes is too large for the ledger, whose limit is %zu",
                            body.len, PL_SPOOL_BODY_SIZE_BYTES_MAX);
    if (!pl_json_object_is_valid(body))
        return pl_error_set(error, PL_E_DATA,
                            "the body of a \"%s\" record is not one JSON object on one line", kind);
    return PL_OK;
}

static enum pl_status enqueue(struct pl_spool *spool, struct pl_awaited *item,
                              struct pl_error *error)
{
    struct pl_awaited_list *queue = &spool->queue;

    if (spool->stop)
        return pl_error_set(error, PL_E_BUSY, "the spool is being closed");
    if (queue->count >= COUNT_MAX || queue->size_bytes + item->body.len > SIZE_BYTES_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "%zu records wait for the ledger already; try again in a moment",
                            queue->count);
    pl_awaited_list_add(queue, item);
    atomic_fetch_add(&spool->awaited_waiting, 1);
    atomic_store(&spool->asleep, false);
    (void)pthread_cond_signal(&spool->changed);
    return PL_OK;
}

enum pl_status pl_spool_put_durable(struct pl_spool *spool, const struct pl_spool_record *record,
                                    void (*done)(const struct pl_error *failure, void *context),
                                    void *context, struct pl_error *error)
{
    struct pl_awaited *item;
    enum pl_status status;

    PL_RETURN_IF(check(record->kind, record->body, error));
    item = pl_awaited_new(record->kind, record->time_ms, record->body);
    if (item == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a record");
    item->done = done;
    item->context = context;
    (void)pthread_mutex_lock(&spool->mutex);
    status = enqueue(spool, item, error);
    (void)pthread_mutex_unlock(&spool->mutex);
    if (status != PL_OK)
        free(item);
    return status;
}
