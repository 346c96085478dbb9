/*
 * Starts, stops and joins the threads of a run, and keeps its first failure.
 */
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/eventfd.h>

struct run *run_create(void) {
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return NULL;
    atomic_flag_clear(&run->failed);
    return run;
}

/* Everything that other threads may look at is there before the first thread runs. */
static int prepare_workers(struct run *run) {
    for (unsigned index = 0; index < run->plan.thread_count; index++) {
        struct worker *worker = &run->workers[index];
        worker->run = run;
        worker->index = index;
        worker->epoll_fd = worker->timer_fd = -1;
        worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (worker->wake_fd < 0)
            return errno;
    }
    return 0;
}

int run_start(struct run *run) {
    int error = prepare_workers(run);
    if (error)
        return error;
    pattern_fill(&run->pattern, run->plan.seed);
    /* One more than there are threads, so that `finished` cannot come before this function is done
     * with the run. */
    atomic_store(&run->unfinished, run->plan.thread_count + 1);
    while (run->started < run->plan.thread_count) {
        struct worker *worker = &run->workers[run->started];
        error = pthread_create(&worker->thread, NULL, worker_main, worker);
        if (error) {
            run_cancel(run);
            return error;
        }
        run->started++;
    }
    run_leave(run);
    return 0;
}

void run_leave(struct run *run) {
    if (atomic_fetch_sub(&run->unfinished, 1) == 1)
        run->finished(run->context);
}

static void wake_all(struct run *run) {
    for (unsigned index = 0; index < run->plan.thread_count; index++)
        eventfd_write(run->workers[index].wake_fd, 1);
}

void run_cancel(struct run *run) {
    atomic_store(&run->cancelled, true);
    atomic_store(&run->stop, true);
    wake_all(run);
}

static void close_wake_fds(struct run *run) {
    for (unsigned index = 0; index < run->plan.thread_count; index++) {
        struct worker *worker = &run->workers[index];
        if (worker->run && worker->wake_fd >= 0)
            close(worker->wake_fd);
        worker->wake_fd = -1;
    }
}

/* Descriptors end here and not in run_free, which waits for JavaScript's garbage collector. */
void run_join(struct run *run) {
    for (unsigned index = 0; index < run->started; index++)
        pthread_join(run->workers[index].thread, NULL);
    close_wake_fds(run);
    atomic_store(&run->phase, PHASE_DONE);
}

void run_free(struct run *run) {
    for (unsigned index = 0; index < run->plan.thread_count; index++) {
        struct worker *worker = &run->workers[index];
        free(worker->measured);
        free(worker->lag);
        free(worker->rates);
    }
    free(run);
}

void run_fail(struct run *run, const struct failure *failure) {
    if (atomic_flag_test_and_set(&run->failed))
        return;
    run->failure = *failure;
    atomic_store(&run->has_failure, true);
    atomic_store(&run->stop, true);
    wake_all(run);
}

void run_enter(struct worker *worker, enum run_phase phase) {
    if (worker->index == 0)
        atomic_store(&worker->run->phase, phase);
}

uint64_t run_answered(const struct run *run) {
    uint64_t answered = 0;
    for (unsigned index = 0; index < run->plan.thread_count; index++)
        answered += atomic_load_explicit(&run->workers[index].answered, memory_order_relaxed);
    return answered;
}
