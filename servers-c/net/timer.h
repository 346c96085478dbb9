/*
 * Timers: an intrusive heap ordered by due time; equal times come in the order in which they were
 * started.
 *
 * A pairing heap: starting is O(1), the first is at hand, and as the links live in the timers
 * themselves it never allocates and so never fails. It reads no clock and calls nobody: the loop
 * does.
 * Only in C: Node brings its own.
 */
#ifndef NET_TIMER_H
#define NET_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
    uint64_t due_ns; /* CLOCK_MONOTONIC */
    uint64_t sequence;
    struct timer *child;
    struct timer *next;     /* sibling */
    struct timer *previous; /* sibling, or the parent of a first child */
    bool running;
    void (*on_due)(struct timer *timer); /* called by the loop, after the timer was stopped */
};

struct timer_heap {
    struct timer *root;
    uint64_t started; /* timers so far: the tie breaker */
};

/* Starts a timer, or starts it anew. */
void timer_start(struct timer_heap *heap, struct timer *timer, uint64_t due_ns);

/* Stops a timer; one that does not run is left alone. */
void timer_stop(struct timer_heap *heap, struct timer *timer);

/* The timer that is due first, or NULL. */
struct timer *timer_first(const struct timer_heap *heap);

#endif
