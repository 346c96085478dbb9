/*
 * DELAYs that are outstanding, in the order in which they are due.
 *
 * It knows no clock: times are milliseconds of whatever clock the caller reads. It bounds nothing:
 * session.c refuses what would be too much.
 */
#ifndef DELAYS_H
#define DELAYS_H

#include <stddef.h>
#include <stdint.h>

struct delay {
    struct delay *next;
    uint64_t due_ms;
    uint16_t id;
    uint32_t length;
    uint8_t payload[];
};

/* Zeroed it is empty. */
struct delays {
    struct delay *first; /* the next to be due, or NULL */
    size_t count;
    size_t bytes; /* of all payloads */
};

/* Adds one, with a copy of its payload, behind those that are due at the same time or sooner. */
void delays_add(struct delays *delays, uint64_t due_ms, uint16_t id, const uint8_t *payload,
                uint32_t length);

/* Removes and frees the first. */
void delays_remove_first(struct delays *delays);

/* Removes all. */
void delays_clear(struct delays *delays);

#endif
