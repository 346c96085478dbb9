/*
 * Tests of net/timer: due order, ties, stopping and starting anew.
 */
#include "check.h"
#include "net/timer.h"

#define MANY 2000

/* Takes the first timer out. */
static struct timer *take(struct timer_heap *heap) {
    struct timer *first = timer_first(heap);
    if (first != NULL) {
        timer_stop(heap, first);
    }
    return first;
}

TEST("timer: the first is the one that is due first") {
    struct timer_heap heap = {0};
    struct timer a = {0}, b = {0}, c = {0};
    timer_start(&heap, &a, 20);
    timer_start(&heap, &b, 10);
    timer_start(&heap, &c, 30);
    EXPECT(take(&heap) == &b);
    EXPECT(take(&heap) == &a);
    EXPECT(take(&heap) == &c);
    EXPECT(take(&heap) == NULL);
}

TEST("timer: equal times come in the order of starting") {
    static struct timer timers[MANY];
    struct timer_heap heap = {0};
    for (unsigned i = 0; i < MANY; i++) {
        timer_start(&heap, &timers[i], 5);
    }
    for (unsigned i = 0; i < MANY; i++) {
        EXPECT(take(&heap) == &timers[i]);
    }
}

TEST("timer: one that is started anew moves") {
    struct timer_heap heap = {0};
    struct timer a = {0}, b = {0};
    timer_start(&heap, &a, 10);
    timer_start(&heap, &b, 20);
    timer_start(&heap, &a, 30);
    EXPECT(take(&heap) == &b);
    EXPECT(take(&heap) == &a);
    EXPECT(!a.running);
}

TEST("timer: stopping what does not run does nothing") {
    struct timer_heap heap = {0};
    struct timer a = {0}, b = {0};
    timer_stop(&heap, &a);
    timer_start(&heap, &b, 1);
    timer_stop(&heap, &a);
    timer_stop(&heap, &b);
    timer_stop(&heap, &b);
    EXPECT(timer_first(&heap) == NULL);
}

TEST("timer: any mix of starting and stopping leaves the order of time") {
    static struct timer timers[MANY];
    struct timer_heap heap = {0};
    uint32_t state = 7;
    memset(timers, 0, sizeof timers);
    for (unsigned round = 0; round < 20 * MANY; round++) {
        state = state * 1664525 + 1013904223;
        struct timer *timer = &timers[(state >> 8) % MANY];
        if (state >> 31 != 0) {
            timer_start(&heap, timer, state >> 16);
        } else {
            timer_stop(&heap, timer);
        }
    }
    unsigned running = 0;
    for (unsigned i = 0; i < MANY; i++) {
        running += timers[i].running ? 1 : 0;
    }
    const struct timer *before = NULL;
    unsigned taken = 0;
    for (struct timer *next = take(&heap); next != NULL; next = take(&heap)) {
        EXPECT(before == NULL || before->due_ns < next->due_ns ||
               (before->due_ns == next->due_ns && before->sequence < next->sequence));
        before = next;
        taken++;
    }
    EXPECT_EQUAL(taken, running);
}
