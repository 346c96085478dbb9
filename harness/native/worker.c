/*
 * The engine's thread: sets itself up, connects, lets the plan's loop run, and closes everything.
 */
#include "worker.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>

#include "clock.h"
#include "datagram.h"
#include "run.h"

#define MAX_EVENTS 256
#define LONGEST_TICK_NS (50u * NS_PER_MS)
#define SHORTEST_TICK_NS (NS_PER_MS / 2)
#define TICKS_PER_LIMIT 16u /* how finely a time limit is kept */

bool worker_runs(const struct worker *worker) {
    return !atomic_load_explicit(&worker->run->stop, memory_order_relaxed);
}

static void publish_progress(struct worker *worker) {
    uint64_t answered = 0;
    for (unsigned number = 0; number < worker->run->plan.side_count; number++)
        answered += worker->sides[number].answered;
    atomic_store_explicit(&worker->answered, answered, memory_order_relaxed);
}

static void look_at_limits(struct worker *worker) {
    worker->next_tick = worker->now + worker->tick_ns;
    publish_progress(worker);
    for (unsigned number = 0; number < worker->run->plan.side_count; number++) {
        struct side *side = &worker->sides[number];
        for (uint32_t i = 0; i < side->count; i++)
            side->transport->tick(worker, &side->connections[i], worker->now);
    }
}

/* Handles what there is within `timeout_ms`; returns the number of events. */
static int poll_events(struct worker *worker, int timeout_ms) {
    struct epoll_event events[MAX_EVENTS];
    int count = epoll_wait(worker->epoll_fd, events, MAX_EVENTS, timeout_ms);
    if (count <= 0)
        worker->now = clock_now_ns();
    for (int i = 0; i < count && worker_runs(worker); i++) {
        struct connection *connection = events[i].data.ptr;
        if (connection) /* NULL is the eventfd or the timer: to have been woken is all */
            connection->side->transport->event(worker, connection, events[i].events);
    }
    return count;
}

/* Rounded up: to wake a little late costs nothing, since the time that really passed is what
 * counts. */
static int milliseconds_until(uint64_t now, uint64_t until) {
    if (until <= now)
        return 0;
    uint64_t ms = (until - now + NS_PER_MS - 1) / NS_PER_MS;
    return ms > 1000 ? 1000 : (int)ms;
}

/* A lone connection waits in recv() itself: one system call less in every round trip. */
static bool wait_alone(struct worker *worker) {
    struct connection *alone = worker->alone;
    return alone && worker_runs(worker) && alone->side->transport->wait(worker, alone);
}

int worker_turn(struct worker *worker, uint64_t until) {
    uint64_t next = until < worker->next_tick ? until : worker->next_tick;
    int count = 1;
    if (!wait_alone(worker))
        count = poll_events(worker, milliseconds_until(worker->now, next));
    if (worker->now >= worker->next_tick)
        look_at_limits(worker);
    return count;
}

bool worker_watch(struct connection *connection, int operation, uint32_t events) {
    struct side *side = connection->side;
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(side->worker->epoll_fd, operation, connection->fd, &event) == 0)
        return true;
    fail_system(side->worker, side->number, "epoll_ctl", errno);
    return false;
}

void worker_begin_measuring(struct worker *worker) {
    run_enter(worker, PHASE_MEASURING);
    for (unsigned number = 0; number < worker->run->plan.side_count; number++)
        side_begin_measuring(&worker->sides[number]);
    worker->spun_ns = 0;
    worker->cpu_ns = clock_cpu_ns();
    worker->wall_ns = clock_now_ns();
}

void worker_stop_clocks(struct worker *worker) {
    worker->wall_ns = clock_now_ns() - worker->wall_ns;
    worker->cpu_ns = clock_cpu_ns() - worker->cpu_ns;
    run_enter(worker, PHASE_DRAINING);
}

void worker_end_measuring(struct worker *worker) {
    for (unsigned number = 0; number < worker->run->plan.side_count; number++) {
        datagram_settle(&worker->sides[number]);
        side_end_measuring(&worker->sides[number]);
    }
}

static bool pin(struct worker *worker) {
    const struct plan *plan = &worker->run->plan;
    if (plan->cpu_count == 0)
        return true;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)plan->cpus[worker->index % plan->cpu_count], &set);
    if (sched_setaffinity(0, sizeof set, &set) == 0)
        return true;
    fail_system(worker, 0, "sched_setaffinity", errno);
    return false;
}

/* Edge-triggered: an expired timer is told once and need not be read. */
static bool watch_own(struct worker *worker, int fd) {
    struct epoll_event event = {.events = EPOLLIN | (uint32_t)EPOLLET, .data.ptr = NULL};
    return epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool open_descriptors(struct worker *worker) {
    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    worker->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (worker->epoll_fd >= 0 && worker->timer_fd >= 0 && watch_own(worker, worker->wake_fd) &&
        watch_own(worker, worker->timer_fd))
        return true;
    fail_system(worker, 0, "epoll_create1", errno);
    return false;
}

static bool allocate(struct worker *worker) {
    size_t sides = worker->run->plan.side_count;
    worker->buffer = malloc(READ_BYTES);
    worker->scratch = malloc(PATTERN_SPAN);
    worker->batch = calloc(1, sizeof *worker->batch);
    worker->lag = calloc(1, sizeof *worker->lag);
    worker->measured = calloc(sides, sizeof *worker->measured);
    if (worker->buffer && worker->scratch && worker->batch && worker->lag && worker->measured)
        return true;
    fail_system(worker, 0, "malloc", ENOMEM);
    return false;
}

/* Every limit is kept to a sixteenth of itself; looking more often would cost more than it tells.
 */
static uint64_t tick_of(const struct plan *plan) {
    uint64_t limit = plan->stall_timeout_ns;
    for (unsigned number = 0; number < plan->side_count; number++)
        if (plan->works[number].protocol == PROTOCOL_UDP_ECHO && plan->udp_expiry_ns < limit)
            limit = plan->udp_expiry_ns;
    uint64_t tick = limit / TICKS_PER_LIMIT;
    if (tick > LONGEST_TICK_NS)
        return LONGEST_TICK_NS;
    return tick < SHORTEST_TICK_NS ? SHORTEST_TICK_NS : tick;
}

/* Threads begin together: each waits until all have their connections. */
static void meet(struct worker *worker) {
    struct run *run = worker->run;
    atomic_fetch_add(&run->connected, 1);
    while (worker_runs(worker) && atomic_load(&run->connected) < run->plan.thread_count)
        worker_turn(worker, worker->now + NS_PER_MS);
}

static bool set_up(struct worker *worker) {
    prctl(PR_SET_NAME, "load-engine");
    prctl(PR_SET_TIMERSLACK, 1ul); /* else the kernel may wake us 50 us late */
    worker->tick_ns = tick_of(&worker->run->plan);
    worker->now = clock_now_ns();
    worker->next_tick = worker->now + worker->tick_ns;
    if (!pin(worker) || !allocate(worker) || !open_descriptors(worker))
        return false;
    for (unsigned number = 0; number < worker->run->plan.side_count; number++)
        if (!side_prepare(&worker->sides[number], worker, number) ||
            !side_connect(&worker->sides[number]))
            return false;
    meet(worker);
    return worker_runs(worker);
}

static void tear_down(struct worker *worker) {
    for (unsigned number = 0; number < worker->run->plan.side_count; number++)
        side_free(&worker->sides[number]);
    if (worker->epoll_fd >= 0)
        close(worker->epoll_fd);
    if (worker->timer_fd >= 0)
        close(worker->timer_fd);
    free(worker->buffer);
    free(worker->scratch);
    free(worker->batch);
}

void *worker_main(void *argument) {
    static void (*const loops[])(struct worker *) = {
        [PLAN_CLOSED] = closed_loop,
        [PLAN_OPEN] = open_loop,
        [PLAN_DUEL] = duel,
    };
    struct worker *worker = argument;
    if (set_up(worker))
        loops[worker->run->plan.kind](worker);
    publish_progress(worker);
    tear_down(worker);
    run_leave(worker->run);
    return NULL;
}
