/*
 * One engine thread: an epoll loop over the connections of its sides.
 *
 * It waits, hands events to the transports and lets them look at their time limits. What load it
 * makes, and when, is decided by the loops (closed_loop.c, open_loop.c, duel.c).
 */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "load.h"
#include "side.h"

struct run;
struct datagram_batch;

#define READ_BYTES                                                                                 \
    PATTERN_SPAN /* one comparison never exceeds the contiguous part of the pattern */

struct worker {
    struct run *run;
    unsigned index;
    pthread_t thread;
    int epoll_fd;
    int wake_fd;  /* an eventfd: cancel */
    int timer_fd; /* open loop: the next send time, finer than epoll's milliseconds */
    uint64_t now; /* the last reading of the clock */
    uint64_t tick_ns;
    uint64_t next_tick;
    struct side sides[MAX_SIDES];
    struct connection *alone; /* the side under load has this one connection only; or NULL */
    uint8_t *buffer;          /* READ_BYTES */
    uint8_t *scratch;         /* PATTERN_SPAN */
    struct datagram_batch *batch;
    atomic_ullong answered; /* for progress, read by other threads */

    /* What it measured. */
    struct measurement *measured; /* one per side */
    uint64_t wall_ns;
    uint64_t cpu_ns;
    uint64_t spun_ns;      /* CPU time spent on waiting for a send time */
    struct histogram *lag; /* open loop */
    double *rates;         /* duel: A and B by turns */
    size_t rate_count;
};

/* The thread's main function; `worker` is a struct worker. */
void *worker_main(void *worker);

/* False once the run was cancelled or has failed: every loop ends then. */
bool worker_runs(const struct worker *worker);

/*
 * Waits until something happens, a time limit is to be looked at, or `until` has come (0: does not
 * wait); handles it. Returns the number of events.
 */
int worker_turn(struct worker *worker, uint64_t until);

/* Watches a connection for `events` (EPOLL_CTL_ADD or _MOD). Returns false after a failure. */
bool worker_watch(struct connection *connection, int operation, uint32_t events);

/* The measured time begins: counters of datagrams, CPU time, wall time. Nothing may be outstanding.
 */
void worker_begin_measuring(struct worker *worker);

/* The load has ended: CPU and wall time stand still. */
void worker_stop_clocks(struct worker *worker);

/* After the drain: completes the counts of datagrams. */
void worker_end_measuring(struct worker *worker);

/* What each kind of plan does with connected sides. */
void closed_loop(struct worker *worker);
void open_loop(struct worker *worker);
void duel(struct worker *worker);

#endif
