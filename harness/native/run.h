/*
 * One run: its plan, its threads, its failure if there is one.
 *
 * It knows nothing of JavaScript: run_binding.c starts it, is told by a callback when the last
 * thread is done, and joins.
 */
#ifndef RUN_H
#define RUN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "failure.h"
#include "load.h"
#include "pattern.h"
#include "worker.h"

enum run_phase { PHASE_CONNECTING, PHASE_WARM_UP, PHASE_MEASURING, PHASE_DRAINING, PHASE_DONE };

struct run {
    struct plan plan;
    struct pattern pattern;
    struct worker workers[MAX_THREADS];
    unsigned started; /* threads that exist */
    atomic_uint unfinished;
    atomic_uint connected; /* threads whose connections are all there */
    atomic_bool stop;      /* cancelled or failed */
    atomic_bool cancelled;
    atomic_flag failed;
    struct failure failure; /* valid once has_failure is set and the threads are joined */
    atomic_bool has_failure;
    atomic_int phase;
    void (*finished)(void *context); /* called once, in the last thread to end */
    void *context;
};

/* Makes an empty run; NULL without memory. Plan and callback are set before run_start. */
struct run *run_create(void);

/*
 * Starts the threads. Returns 0, or the errno of what could not be started; then those that run are
 * told to stop, `finished` is not called, and the run is to be joined and freed.
 */
int run_start(struct run *run);

/* Called by each thread as its last deed. */
void run_leave(struct run *run);

/* Asks all threads to stop; what was measured stays. Any thread may call it, any number of times.
 */
void run_cancel(struct run *run);

/* Waits for the threads, which end soon after run_cancel or `finished`, and closes what wakes them.
 */
void run_join(struct run *run);

/* Frees a run whose threads are joined. */
void run_free(struct run *run);

/* Ends the run with a failure; the first one counts. */
void run_fail(struct run *run, const struct failure *failure);

/* Shows how far it is; only the first thread speaks. */
void run_enter(struct worker *worker, enum run_phase phase);

/* Messages answered so far. */
uint64_t run_answered(const struct run *run);

#endif
