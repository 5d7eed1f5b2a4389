/* The JSON of calibration; the shapes are those of docs/reference/audit.schema.json. */
#include "report/calibration.h"

#include "report/values.h"

static void write_bin(struct pl_json *json, const struct pl_reliability_bin *bin)
{
    pl_json_open_object(json);
    pl_json_member_uint64(json, "n", bin->n);
    pl_json_member_double(json, "score", bin->score);
    pl_json_member_double(json, "score_low", bin->score_low);
    pl_json_member_double(json, "score_high", bin->score_high);
    pl_json_member_estimate(json, "rate", &bin->rate);
    pl_json_member_estimate(json, "gap", &bin->gap);
    pl_json_close_object(json);
}

static void write_item(struct pl_json *json, const struct pl_reliability *item,
                       const struct pl_measured *measured)
{
    pl_json_open_object(json);
    pl_json_key(json, "slice");
    pl_json_slice(json, measured, item->slice);
    pl_json_member_estimate(json, "calibration_error", item->calibration_error);
    pl_json_member_estimate(json, "ecce", item->ecce);
    if (item->ecce->status != PL_ESTIMATE_UNDEFINED)
        pl_json_member_double(json, "p_value", item->p_value);
    pl_json_key(json, "bins");
    pl_json_open_array(json);
    for (uint32_t i = 0; i < item->bins_count; i++)
        write_bin(json, &item->bins[i]);
    pl_json_close_array(json);
    pl_json_close_object(json);
}

static void write_multicalibration(struct pl_json *json, const struct pl_measured *measured)
{
    const struct pl_multicalibration *all = measured->multicalibration;
    const struct pl_estimate estimate =
        pl_stat_estimate(&all->stat, measured->confidence, PL_RATE_WILSON);

    pl_json_key(json, "multicalibration");
    pl_json_open_object(json);
    pl_json_member_estimate(json, "error", &estimate);
    pl_json_member_uint64(json, "slices", all->slices_count);
    pl_json_member_uint64(json, "replicates", all->replicates);
    if (all->worst != NULL) {
        pl_json_member_double(json, "p_value", pl_stat_p_above(&all->stat, 0.0, PL_RATE_WILSON));
        pl_json_key(json, "worst");
        pl_json_slice(json, measured, all->worst);
        pl_json_member_double(json, "ecce", all->ecce);
        pl_json_member_double(json, "sigmas", all->sigmas);
    }
    pl_json_close_object(json);
}

void pl_json_calibration(struct pl_json *json, const struct pl_reliabilities *reliabilities,
                         const struct pl_measured *measured)
{
    pl_json_key(json, "calibration");
    pl_json_open_object(json);
    write_multicalibration(json, measured);
    pl_json_key(json, "reliability");
    pl_json_open_array(json);
    for (size_t i = 0; i < reliabilities->count; i++)
        write_item(json, &reliabilities->items[i], measured);
    pl_json_close_array(json);
    pl_json_close_object(json);
}
