/*
 * The payload: a pseudo-random stream in memory, from which requests are sent and with which
 * replies are compared.
 *
 * A payload byte is known by its position in the stream, so a lost, doubled or swapped message
 * shows as wrong bytes. The period is a prime above the largest message: two messages of a
 * connection hold the same bytes only if a whole multiple of 1,048,583 messages lies between them.
 * Connections start at different places, so that mixed-up ones show too.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define PATTERN_PERIOD 1048583u
#define PATTERN_SPAN 262144u /* this many bytes are contiguous from any position on */

struct pattern {
    uint8_t bytes[PATTERN_PERIOD + PATTERN_SPAN];
};

/* Fills the pattern from a seed; equal seeds give equal bytes. */
void pattern_fill(struct pattern *pattern, uint64_t seed);

/* Where the payload of a connection starts. */
uint32_t pattern_start(uint64_t seed, uint32_t connection);

/* The bytes at a position of the endless stream that starts at `start`. */
static inline const uint8_t *pattern_at(const struct pattern *pattern, uint32_t start,
                                        uint64_t position) {
    return pattern->bytes + (start + position) % PATTERN_PERIOD;
}

#endif
