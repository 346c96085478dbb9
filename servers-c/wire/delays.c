/*
 * Replies that are held until they are due: see delays.h.
 *
 * Mirrors servers-ts/wire/delays.ts.
 */
#include "delays.h"

#include <stdlib.h>

#define FIRST_CAPACITY 4

static bool is_before(const struct delayed_reply *a, const struct delayed_reply *b) {
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->sequence < b->sequence;
}

static void swap(struct delays *delays, uint32_t i, uint32_t j) {
    struct delayed_reply kept = delays->heap[i];
    delays->heap[i] = delays->heap[j];
    delays->heap[j] = kept;
}

static void sift_up(struct delays *delays, uint32_t i) {
    while (i > 0 && is_before(&delays->heap[i], &delays->heap[(i - 1) / 2])) {
        swap(delays, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

/* Of an entry and its two children. */
static uint32_t earliest_of(const struct delays *delays, uint32_t i) {
    uint32_t earliest = i;
    for (uint32_t child = 2 * i + 1; child <= 2 * i + 2 && child < delays->count; child++) {
        if (is_before(&delays->heap[child], &delays->heap[earliest])) {
            earliest = child;
        }
    }
    return earliest;
}

static void sift_down(struct delays *delays, uint32_t i) {
    uint32_t earliest;
    while ((earliest = earliest_of(delays, i)) != i) {
        swap(delays, i, earliest);
        i = earliest;
    }
}

bool delays_add(struct delays *delays, struct delayed_reply reply) {
    if (delays->count == delays->capacity) {
        uint32_t capacity = delays->capacity > 0 ? delays->capacity * 2 : FIRST_CAPACITY;
        struct delayed_reply *moved = realloc(delays->heap, capacity * sizeof *moved);
        if (moved == NULL) {
            return false;
        }
        delays->heap = moved;
        delays->capacity = capacity;
    }
    reply.sequence = delays->added++;
    delays->heap[delays->count++] = reply;
    delays->bytes += reply.length;
    sift_up(delays, delays->count - 1);
    return true;
}

const struct delayed_reply *delays_first(const struct delays *delays) {
    return delays->count > 0 ? &delays->heap[0] : NULL;
}

struct delayed_reply delays_take(struct delays *delays) {
    struct delayed_reply first = delays->heap[0];
    delays->heap[0] = delays->heap[--delays->count];
    delays->bytes -= first.length;
    sift_down(delays, 0);
    if (delays->count == 0) {
        free(delays->heap);
        delays->heap = NULL;
        delays->capacity = 0;
    }
    return first;
}

void delays_clear(struct delays *delays) {
    while (delays->heap != NULL) {
        free(delays_take(delays).memory);
    }
}
