/*
 * Replies that are held until they are due, the earliest first; equal times in the order in which
 * they were added.
 *
 * A binary heap. It reads no clock and wakes nobody: times are numbers that framed/delayed.c brings
 * along.
 * Mirrors servers-ts/wire/delays.ts.
 */
#ifndef WIRE_DELAYS_H
#define WIRE_DELAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct delayed_reply {
    uint64_t due_ns;
    uint64_t sequence;
    uint8_t *memory; /* to be freed by whoever takes it */
    uint8_t *frame;  /* within the memory */
    size_t length;
};

/* Zeroed it is empty, and an empty one holds no memory. */
struct delays {
    struct delayed_reply *heap;
    uint32_t count;
    uint32_t capacity;
    uint64_t added;
    size_t bytes; /* of all frames that are held */
};

/*
 * Holds a reply whose sequence is given here. The memory belongs to the delays from now on. False
 * when memory is short: then it still is the caller's.
 */
bool delays_add(struct delays *delays, struct delayed_reply reply);

/* The reply that is due first, or NULL. */
const struct delayed_reply *delays_first(const struct delays *delays);

/* Takes that reply out. To be called only when there is one. */
struct delayed_reply delays_take(struct delays *delays);

/* Frees everything. */
void delays_clear(struct delays *delays);

#endif
