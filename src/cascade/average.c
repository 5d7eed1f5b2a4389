/* Means over the requests of a part: of independent ones, or of groups by linearisation (see
   stats/clusters.h). */
#include "cascade/fit.h"

bool pl_cascade_begins_group(const struct pl_cascade_part *part, size_t i)
{
    const uint64_t *groups = part->data->groups;

    return i == 0 || groups == NULL || groups[part->rows[i]] != groups[part->rows[i - 1]];
}

void pl_average_init(struct pl_average *average, const struct pl_cascade_part *part,
                     enum pl_range range)
{
    *average = (struct pl_average){.part = part, .range = range, .open = {.weight = 1.0}};
    pl_mean_init(&average->mean);
    if (range == PL_RANGE_OPEN)
        pl_mean_refuse_rate(&average->mean);
}

static void close_group(struct pl_average *average)
{
    if (average->open.b > 0.0)
        pl_clusters_add(&average->clusters, &average->open);
    average->open = (struct pl_cluster){.weight = 1.0};
}

void pl_average_add(struct pl_average *average, size_t i, double value)
{
    if (average->part->data->groups == NULL) {
        pl_mean_add(&average->mean, value, 1, 1.0);
        return;
    }
    if (pl_cascade_begins_group(average->part, i))
        close_group(average);
    average->open.a += value;
    average->open.b += 1.0;
}

/* Groups that do not differ at all have a mean as well, as requests do: that of a price list. */
static struct pl_stat finish_groups(const struct pl_average *average)
{
    const struct pl_clusters *clusters = &average->clusters;
    const struct pl_stat stat =
        pl_clusters_finish(clusters, average->range, PL_UNDEFINED_NO_DECISIONS);

    if (stat.kind != PL_STAT_NONE || clusters->n < 2)
        return stat;
    return (struct pl_stat){
        .kind = PL_STAT_EXACT,
        .n = clusters->n,
        .value = pl_sum_value(&clusters->a) / pl_sum_value(&clusters->b),
    };
}

struct pl_estimate pl_average_finish(struct pl_average *average, double confidence)
{
    struct pl_stat stat;

    if (average->part->data->groups == NULL) {
        stat = pl_mean_finish(&average->mean);
    } else {
        close_group(average);
        stat = finish_groups(average);
    }
    return pl_stat_estimate(&stat, confidence, PL_RATE_WILSON);
}
