/*
 * One thread's event loop: see loop.h.
 *
 * Level-triggered: what a watch leaves undone is reported again next turn, which is what makes
 * budgets simple.
 * Only in C: Node brings its own.
 */
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

uint64_t loop_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

int loop_open(struct loop *loop) {
    *loop = (struct loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC), .now_ns = loop_clock_ns()};
    return loop->epoll_fd < 0 ? -1 : 0;
}

void loop_close(struct loop *loop) {
    close(loop->epoll_fd);
    loop->epoll_fd = -1;
}

/* ---- watches ---- */

static int control(struct loop *loop, int operation, struct watch *watch, uint32_t interest) {
    struct epoll_event event = {.events = interest, .data = {.ptr = watch}};
    if (epoll_ctl(loop->epoll_fd, operation, watch->fd, &event) < 0) {
        return -1;
    }
    watch->interest = interest;
    return 0;
}

int loop_watch(struct loop *loop, struct watch *watch, uint32_t interest) {
    return control(loop, EPOLL_CTL_ADD, watch, interest);
}

int loop_change(struct loop *loop, struct watch *watch, uint32_t interest) {
    return control(loop, EPOLL_CTL_MOD, watch, interest);
}

void loop_unwatch(struct loop *loop, struct watch *watch) {
    (void)control(loop, EPOLL_CTL_DEL, watch, 0);
}

/* ---- time ---- */

void loop_start_timer(struct loop *loop, struct timer *timer, uint64_t after_ms) {
    timer_start(&loop->timers, timer, loop->now_ns + after_ms * NS_PER_MS);
}

void loop_stop_timer(struct loop *loop, struct timer *timer) {
    timer_stop(&loop->timers, timer);
}

/*
 * Milliseconds until the next timer, rounded up so that none is early; -1, for ever, when there is
 * none.
 */
static int wait_ms(const struct loop *loop) {
    const struct timer *first = timer_first(&loop->timers);
    if (first == NULL) {
        return -1;
    }
    if (first->due_ns <= loop->now_ns) {
        return 0;
    }
    uint64_t ms = (first->due_ns - loop->now_ns + NS_PER_MS - 1) / NS_PER_MS;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* Calls what is due now. A timer that is started here anew, for now, waits for the next turn. */
static void run_timers(struct loop *loop) {
    uint64_t started = loop->timers.started;
    for (;;) {
        struct timer *timer = timer_first(&loop->timers);
        if (timer == NULL || timer->due_ns > loop->now_ns || timer->sequence >= started) {
            return;
        }
        timer_stop(&loop->timers, timer);
        timer->on_due(timer);
    }
}

/* ---- turns ---- */

void loop_defer(struct loop *loop, struct deferred *deferred) {
    deferred->next = loop->first_deferred;
    loop->first_deferred = deferred;
}

static void run_deferred(struct loop *loop) {
    while (loop->first_deferred != NULL) {
        struct deferred *deferred = loop->first_deferred;
        loop->first_deferred = deferred->next;
        deferred->run(deferred);
    }
}

int loop_run(struct loop *loop) {
    while (!loop->stopped) {
        int count = epoll_wait(loop->epoll_fd, loop->events, EVENTS_PER_TURN, wait_ms(loop));
        if (count < 0 && errno != EINTR) {
            return -1;
        }
        loop->now_ns = loop_clock_ns();
        for (int i = 0; i < count; i++) {
            struct watch *watch = loop->events[i].data.ptr;
            watch->on_ready(watch, loop->events[i].events);
        }
        run_timers(loop);
        run_deferred(loop);
    }
    return 0;
}

void loop_stop(struct loop *loop) {
    loop->stopped = true;
}
