/*
 * A README.md for a hub of models: the card in Markdown behind a block of metadata with a model-index,
 * in which every measure that has a value stands overall and in each group of a single segment (as
 * the `config` of the dataset).
 */
#include "card/card.h"
#include "card/pack.h"
#include "report/values.h"

/* The task as the hub calls it, from the card's. */
static const struct {
    const char *task;
    const char *type;
} TASKS[] = {
    {"binary", "tabular-classification"},
    {"multiclass", "tabular-classification"},
    {"multilabel", "tabular-classification"},
    {"regression", "tabular-regression"},
    {"ranking", "text-ranking"},
};

static const char *type_of(struct pl_str task)
{
    for (size_t i = 0; i < sizeof TASKS / sizeof *TASKS; i++)
        if (pl_str_equal_text(task, TASKS[i].task))
            return TASKS[i].type;
    return "other";
}

static void write_metric(struct pl_json *json, const struct pl_body *estimate)
{
    double value = 0.0;

    if (!pl_body_number(pl_body_get(estimate, "value"), &value))
        return;
    pl_json_open_object(json);
    pl_json_member_str(json, "type", estimate->key);
    pl_json_member_str(json, "name", estimate->key);
    pl_body_write_member(json, estimate, "value");
    pl_json_key(json, "args");
    pl_json_open_object(json);
    pl_body_write_member(json, estimate, "low");
    pl_body_write_member(json, estimate, "high");
    if (!pl_body_is_null(pl_body_get(estimate, "n")))
        pl_body_write_member(json, estimate, "n");
    pl_json_close_object(json);
    pl_json_close_object(json);
}

static bool has_value(const struct pl_body *measures)
{
    for (size_t i = 0; i < measures->count; i++)
        if (!pl_body_is_null(pl_body_get(&measures->items[i], "value")))
            return true;
    return false;
}

static void write_dataset(struct pl_json *json, const struct pl_body *card,
                          const struct pl_body *slice)
{
    const struct pl_body *data = pl_body_get(card, "data");

    pl_json_key(json, "dataset");
    pl_json_open_object(json);
    pl_json_member_str(json, "name", pl_body_text(pl_body_get(data, "source")));
    pl_json_member_str(json, "type", pl_body_text(pl_body_get(data, "source")));
    if (slice->count > 0) {
        PL_CLEANUP(pl_buffer_deinit) struct pl_buffer config = {0};

        pl_buffer_init(&config, PL_CARD_SIZE_BYTES_MAX);
        pl_buffer_add(&config, slice->items[0].key);
        pl_buffer_add_char(&config, '=');
        pl_buffer_add(&config, pl_body_text(&slice->items[0]));
        pl_json_member_str(json, "config", pl_buffer_view(&config));
    }
    if (!pl_body_is_null(pl_body_get(data, "hash")))
        pl_json_member_str(json, "revision", pl_body_text(pl_body_get(data, "hash")));
    pl_json_close_object(json);
}

/* One of the results: overall, or one group. */
static void write_result(struct pl_json *json, const struct pl_body *card,
                         const struct pl_body *one)
{
    const struct pl_body *measures = pl_body_get(one, "measures");
    const struct pl_body *slice = pl_body_get(one, "slice");

    if (slice->count > 1 || !has_value(measures))
        return;
    pl_json_open_object(json);
    pl_json_key(json, "task");
    pl_json_open_object(json);
    pl_json_member_text(json, "type",
                        type_of(pl_body_text(pl_body_get(pl_body_get(card, "data"), "task"))));
    pl_json_close_object(json);
    write_dataset(json, card, slice);
    pl_json_key(json, "metrics");
    pl_json_open_array(json);
    for (size_t i = 0; i < measures->count; i++)
        write_metric(json, &measures->items[i]);
    pl_json_close_array(json);
    pl_json_close_object(json);
}

static void write_index(struct pl_json *json, const struct pl_body *card)
{
    const struct pl_body *slices = pl_body_get(card, "slices");

    pl_json_key(json, "model-index");
    pl_json_open_array(json);
    pl_json_open_object(json);
    pl_json_member_str(json, "name", pl_body_text(pl_body_get(card, "feature")));
    pl_json_key(json, "results");
    pl_json_open_array(json);
    write_result(json, card, pl_body_get(card, "overall"));
    for (size_t i = 0; i < slices->count; i++)
        write_result(json, card, &slices->items[i]);
    pl_json_close_array(json);
    pl_json_close_object(json);
    pl_json_close_array(json);
}

static void write_metadata(struct pl_json *json, const struct pl_body *card)
{
    pl_json_open_object(json);
    pl_json_member_str(json, "model_name", pl_body_text(pl_body_get(card, "feature")));
    pl_json_member_text(json, "pipeline_tag",
                        type_of(pl_body_text(pl_body_get(pl_body_get(card, "data"), "task"))));
    pl_json_key(json, "tags");
    pl_json_open_array(json);
    pl_json_text(json, "plimsoll");
    pl_json_close_array(json);
    write_index(json, card);
    pl_json_close_object(json);
}

enum pl_status pl_card_huggingface(const struct pl_body *card, struct pl_arena *arena,
                                   struct pl_body **ret_pack, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};
    struct pl_json json;

    pl_buffer_init(&text, PL_CARD_SIZE_BYTES_MAX);
    pl_json_init(&json, &text, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "metadata");
    write_metadata(&json, card);
    pl_json_key(&json, "card");
    pl_body_write(&json, card);
    pl_json_close_object(&json);
    return pl_card_pack_read(&text, arena, ret_pack, error);
}

void pl_card_huggingface_page(const struct pl_body *pack, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "---\n");
    pl_card_yaml(pl_body_get(pack, "metadata"), out);
    pl_buffer_add_text(out, "---\n\n");
    pl_card_markdown(pl_body_get(pack, "card"), out);
}
