/*
 * Timers as a pairing heap: see timer.h.
 *
 * Every node is due no later than its children. Taking a node out pairs up its children, two by
 * two and then from the last pair to the first: O(log n) amortised, without recursion.
 * Only in C: Node brings its own.
 */
#include "timer.h"

#include <stddef.h>

static bool is_before(const struct timer *a, const struct timer *b) {
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->sequence < b->sequence;
}

/* Joins two roots: the later one becomes the first child of the earlier one. */
static struct timer *join(struct timer *a, struct timer *b) {
    if (a == NULL || b == NULL) {
        return a != NULL ? a : b;
    }
    struct timer *parent = is_before(a, b) ? a : b;
    struct timer *child = parent == a ? b : a;
    child->previous = parent;
    child->next = parent->child;
    if (child->next != NULL) {
        child->next->previous = child;
    }
    parent->child = child;
    return parent;
}

static struct timer *make_root(struct timer *timer) {
    struct timer *next = timer->next;
    timer->next = NULL;
    timer->previous = NULL;
    return next;
}

/* Joins siblings to one heap. */
static struct timer *join_siblings(struct timer *first) {
    struct timer *pairs = NULL; /* a stack, linked by next */
    while (first != NULL) {
        struct timer *a = first;
        struct timer *b = make_root(a);
        first = b != NULL ? make_root(b) : NULL;
        struct timer *pair = join(a, b);
        pair->next = pairs;
        pairs = pair;
    }
    struct timer *root = NULL;
    while (pairs != NULL) {
        struct timer *pair = pairs;
        pairs = make_root(pair);
        root = join(root, pair);
    }
    return root;
}

/* Takes a node that is not the root out of its parent's children. */
static void cut(struct timer *timer) {
    if (timer->previous->child == timer) {
        timer->previous->child = timer->next;
    } else {
        timer->previous->next = timer->next;
    }
    if (timer->next != NULL) {
        timer->next->previous = timer->previous;
    }
}

void timer_start(struct timer_heap *heap, struct timer *timer, uint64_t due_ns) {
    timer_stop(heap, timer);
    timer->due_ns = due_ns;
    timer->sequence = heap->started++;
    timer->child = NULL;
    timer->next = NULL;
    timer->previous = NULL;
    timer->running = true;
    heap->root = join(heap->root, timer);
}

void timer_stop(struct timer_heap *heap, struct timer *timer) {
    if (!timer->running) {
        return;
    }
    timer->running = false;
    struct timer *children = join_siblings(timer->child);
    if (heap->root == timer) {
        heap->root = children;
    } else {
        cut(timer);
        heap->root = join(heap->root, children);
    }
}

struct timer *timer_first(const struct timer_heap *heap) {
    return heap->root;
}
