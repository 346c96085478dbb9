/*
 * One thread's event loop: epoll for readiness, a heap for time, a list for what must wait until
 * the turn ends.
 *
 * A turn is: wait, read the clock once, call the watches that are ready, call the timers that are
 * due, run what was deferred. With nothing to do it sleeps without a time-out. It knows no sockets
 * and no protocol.
 * Only in C: Node brings its own.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "timer.h"

/* Events taken per turn. One at a time costs about 15 % at 64 connections. */
#define EVENTS_PER_TURN 256

#define NS_PER_MS 1000000ULL

/* A descriptor that the loop watches. Lives inside of what owns the descriptor. */
struct watch {
    int fd;
    uint32_t interest; /* EPOLLIN, EPOLLOUT or both; 0 still reports errors and hang-ups */
    void (*on_ready)(struct watch *watch, uint32_t events);
};

/*
 * Something to do when the turn ends, such as freeing memory that events of this turn still point
 * to.
 */
struct deferred {
    struct deferred *next;
    void (*run)(struct deferred *deferred);
};

struct loop {
    int epoll_fd;
    bool stopped;
    uint64_t now_ns; /* the clock as this turn began */
    struct timer_heap timers;
    struct deferred *first_deferred;
    struct epoll_event events[EVENTS_PER_TURN];
};

/* -1 with errno when the kernel has no epoll descriptor for us. */
int loop_open(struct loop *loop);
void loop_close(struct loop *loop);

/* Runs until loop_stop(). Returns 0, or -1 with errno when epoll itself failed. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Begin to watch, change the interest, stop watching. -1 with errno. */
int loop_watch(struct loop *loop, struct watch *watch, uint32_t interest);
int loop_change(struct loop *loop, struct watch *watch, uint32_t interest);
void loop_unwatch(struct loop *loop, struct watch *watch);

/* Starts a timer `after_ms` from the beginning of this turn. */
void loop_start_timer(struct loop *loop, struct timer *timer, uint64_t after_ms);
void loop_stop_timer(struct loop *loop, struct timer *timer);

/* Calls deferred->run at the end of this turn. Each only once until it has run. */
void loop_defer(struct loop *loop, struct deferred *deferred);

/* The clock now, where the beginning of the turn is too old a time. */
uint64_t loop_clock_ns(void);

#endif
