/*
 * Merges histograms of several threads into one; recording stands in the header, where it can be
 * inlined.
 */
#include "histogram.h"

void histogram_merge(struct histogram *into, const struct histogram *from) {
    for (size_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++)
        into->counts[bucket] += from->counts[bucket];
    if (from->max_ns > into->max_ns)
        into->max_ns = from->max_ns;
}
