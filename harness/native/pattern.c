/*
 * Makes the payload stream with splitmix64 (Steele, Lea, Flood 2014): small, fast, and good enough
 * to compare bytes with.
 */
#include "pattern.h"

#include <string.h>

static uint64_t splitmix64(uint64_t *state) {
    *state += 0x9e3779b97f4a7c15u;
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

void pattern_fill(struct pattern *pattern, uint64_t seed) {
    uint64_t state = seed;
    for (size_t at = 0; at < PATTERN_PERIOD; at += sizeof state) {
        uint64_t word = splitmix64(&state);
        size_t left = PATTERN_PERIOD - at;
        memcpy(pattern->bytes + at, &word, left < sizeof word ? left : sizeof word);
    }
    memcpy(pattern->bytes + PATTERN_PERIOD, pattern->bytes, PATTERN_SPAN);
}

uint32_t pattern_start(uint64_t seed, uint32_t connection) {
    uint64_t state = seed ^ ((uint64_t)connection << 32);
    return (uint32_t)(splitmix64(&state) % PATTERN_PERIOD);
}
