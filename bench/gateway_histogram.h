/*
 * A histogram of nanoseconds with buckets that grow with the value, so that each quantile is right to 0.4 %: 256
 * buckets for each doubling, up to 2^42 ns (73 minutes). What HdrHistogram does, in the few lines that are needed.
 */
#ifndef BENCH_GATEWAY_HISTOGRAM_H
#define BENCH_GATEWAY_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

#define HISTOGRAM_BITS      8
#define HISTOGRAM_DOUBLINGS 34
#define HISTOGRAM_BUCKETS   ((HISTOGRAM_DOUBLINGS + 1) << HISTOGRAM_BITS)

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t count, max_ns;
    double sum_ns;
};

static inline uint32_t histogram_bucket(uint64_t ns)
{
    if (ns < 1u << HISTOGRAM_BITS) {
        return (uint32_t)ns;
    }
    uint32_t doublings = 63 - (uint32_t)__builtin_clzll(ns) - HISTOGRAM_BITS;
    if (doublings >= HISTOGRAM_DOUBLINGS) {
        return HISTOGRAM_BUCKETS - 1;
    }
    return ((doublings + 1) << HISTOGRAM_BITS) +
           (uint32_t)((ns >> doublings) - (1u << HISTOGRAM_BITS));
}

/* The middle of a bucket. */
static inline double histogram_value(uint32_t bucket)
{
    uint32_t doublings = bucket >> HISTOGRAM_BITS, rest = bucket & ((1u << HISTOGRAM_BITS) - 1);
    if (doublings == 0) {
        return rest;
    }
    double width = (double)(1ull << (doublings - 1));
    return (double)(rest + (1u << HISTOGRAM_BITS)) * width + (width - 1.0) / 2.0;
}

static inline void histogram_add(struct histogram *histogram, uint64_t ns)
{
    histogram->counts[histogram_bucket(ns)]++;
    histogram->count++;
    histogram->sum_ns += (double)ns;
    histogram->max_ns = ns > histogram->max_ns ? ns : histogram->max_ns;
}

/* The smallest value that at least `share` of all are not above, in microseconds; 0 when there is none. */
static inline double histogram_quantile_us(const struct histogram *histogram, double share)
{
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen > 0 && (double)seen >= share * (double)histogram->count) {
            double value = histogram_value(i);
            return (value < (double)histogram->max_ns ? value : (double)histogram->max_ns) / 1000.0;
        }
    }
    return 0.0;
}

static inline void histogram_print(const struct histogram *histogram, const char *name)
{
    printf(",\"%s\":{\"count\":%llu", name, (unsigned long long)histogram->count);
    if (histogram->count > 0) {
        printf(",\"mean\":%.2f,\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,\"p999\":%.2f,\"max\":%.2f",
               histogram->sum_ns / (double)histogram->count / 1000.0,
               histogram_quantile_us(histogram, 0.5), histogram_quantile_us(histogram, 0.9),
               histogram_quantile_us(histogram, 0.99), histogram_quantile_us(histogram, 0.999),
               (double)histogram->max_ns / 1000.0);
    }
    printf("}");
}

#endif
