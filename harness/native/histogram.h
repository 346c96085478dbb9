/*
 * A log-linear histogram of nanoseconds, with the buckets of an HdrHistogram of 3 significant
 * digits.
 *
 * Values below 2,048 have a bucket each; from there every doubling has 1,024. Recording is a few
 * instructions. It computes no percentiles: hdr-histogram-js does.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_HIGHEST_NS 60000000000u /* larger values count as this one */
#define HISTOGRAM_BUCKETS (27u * 1024u)   /* enough for 2^36 ns */

struct histogram {
    uint64_t max_ns;
    uint64_t counts[HISTOGRAM_BUCKETS];
};

/* Adds one value. */
static inline void histogram_record(struct histogram *histogram, uint64_t ns) {
    if (ns > HISTOGRAM_HIGHEST_NS)
        ns = HISTOGRAM_HIGHEST_NS;
    unsigned shift =
        53u - (unsigned)__builtin_clzll(ns | 2047u); /* 0 below 2,048, then 1 per doubling */
    histogram->counts[((size_t)shift << 10) + (size_t)(ns >> shift)]++;
    if (ns > histogram->max_ns)
        histogram->max_ns = ns;
}

/* Adds all values of `from`. */
void histogram_merge(struct histogram *into, const struct histogram *from);

#endif
