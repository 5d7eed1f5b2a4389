/* The JSON of gaps that are split; the shapes are those of docs/reference. */
#include "report/mix.h"

#include "report/values.h"

#define TEXT_SIZE_BYTES_MAX ((size_t)1 << 20)

static void write_sides(struct pl_json *json, const struct pl_mix *mix,
                        const struct pl_measured *measured)
{
    pl_json_key(json, "groups");
    pl_json_open_array(json);
    for (int side = 0; side < 2; side++) {
        pl_json_open_object(json);
        pl_json_member_str(json, "group",
                           measured->cells->segments[mix->segment].names[mix->groups[side]]);
        pl_json_member_estimate(json, "rate", &mix->rates[side]);
        pl_json_member_estimate(json, "standardised", &mix->standardised[side]);
        pl_json_member_uint64(json, "outside", mix->outside_n[side]);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_stratum(struct pl_json *json, const struct pl_mix *mix,
                          const struct pl_measured *measured, const struct pl_mix_stratum *item)
{
    pl_json_open_object(json);
    pl_json_member_str(json, "stratum", pl_mix_stratum_name(mix, measured, item));
    pl_json_key(json, "groups");
    pl_json_open_array(json);
    for (int side = 0; side < 2; side++) {
        pl_json_open_object(json);
        pl_json_member_double(json, "share", item->sides[side].share);
        pl_json_member_estimate(json, "rate", &item->sides[side].rate);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
    pl_json_member_estimate(json, "gap", &item->gap);
    pl_json_member_double(json, "mix", item->mix);
    pl_json_close_object(json);
}

static void write_text(struct pl_json *json, const struct pl_mix *mix,
                       const struct pl_measured *measured)
{
    struct pl_buffer text;

    pl_buffer_init(&text, TEXT_SIZE_BYTES_MAX);
    pl_mix_words(mix, measured, &text);
    pl_json_member_str(json, "text", pl_buffer_view(&text));
    pl_buffer_deinit(&text);
}

static void write_strata(struct pl_json *json, const struct pl_mix *mix,
                         const struct pl_measured *measured)
{
    pl_json_key(json, "by_stratum");
    pl_json_open_array(json);
    for (size_t i = 0; i < mix->items_count; i++)
        write_stratum(json, mix, measured, &mix->items[i]);
    pl_json_close_array(json);
}

void pl_json_mix(struct pl_json *json, const struct pl_mix *mix, const struct pl_measured *measured,
                 bool with_strata)
{
    pl_json_open_object(json);
    pl_json_member_str(json, "metric", measured->metrics[mix->metric_index].name);
    pl_json_member_str(json, "by", measured->cells->segments[mix->segment].segment);
    pl_json_member_str(json, "strata", measured->cells->segments[mix->strata].segment);
    pl_json_member_bool(json, "reversed", mix->reversed);
    pl_json_member_bool(json, "proven", mix->proven);
    write_text(json, mix, measured);
    pl_json_member_double(json, "confidence", mix->confidence);
    write_sides(json, mix, measured);
    pl_json_member_estimate(json, "gap", &mix->gap);
    pl_json_member_estimate(json, "mix", &mix->mix);
    pl_json_member_estimate(json, "within", &mix->within);
    pl_json_member_double(json, "outside", mix->outside);
    pl_json_member_uint64(json, "common_strata", mix->common_count);
    pl_json_member_uint64(json, "strata_along", mix->along_count);
    pl_json_member_uint64(json, "strata_against", mix->against_count);
    if (with_strata)
        write_strata(json, mix, measured);
    pl_json_close_object(json);
}

void pl_json_mixes(struct pl_json *json, const struct pl_mixes *mixes,
                   const struct pl_measured *measured)
{
    pl_json_key(json, "mix");
    pl_json_open_object(json);
    pl_json_key(json, "strata");
    if (measured->strata > 0)
        pl_json_str(json, measured->cells->segments[measured->strata - 1].segment);
    else
        pl_json_null(json);
    pl_json_member_uint64(json, "tried", mixes->tried);
    pl_json_member_uint64(json, "passed_over", mixes->passed_over);
    pl_json_member_bool(json, "too_many", mixes->too_many);
    pl_json_member_bool(json, "whole", mixes->whole);
    pl_json_key(json, "gaps");
    pl_json_open_array(json);
    for (size_t i = 0; i < mixes->count; i++)
        pl_json_mix(json, &mixes->items[i], measured, true);
    pl_json_close_array(json);
    pl_json_close_object(json);
}
