/*
 * The open loop: messages leave by a timetable, however the server keeps up.
 *
 * Message n of all connections is due at origin + n / rate and belongs to connection n modulo their
 * number. Latency counts from the due time. The thread sleeps by a timer until shortly before it
 * and then polls without waiting: a sleeper wakes tens of microseconds late. How late it was all
 * the same is recorded as lag; time spent on polling in vain is told apart.
 */
#include <sys/timerfd.h>

#include "clock.h"
#include "run.h"
#include "worker.h"

#define SPIN_NS 60000u

/* The next message of this thread: a round gives each connection one. */
struct turn {
    uint64_t round;
    uint32_t connection;
    uint64_t due_ns;
};

static uint64_t due_time(const struct side *side, const struct turn *turn) {
    const struct connection *connection = &side->connections[turn->connection];
    return side_origin(side, connection, connection->schedule_base + turn->round);
}

static void advance(const struct side *side, struct turn *turn) {
    if (++turn->connection == side->count) {
        turn->connection = 0;
        turn->round++;
    }
    turn->due_ns = due_time(side, turn);
}

static void begin_schedule(struct side *side, double rate_per_second) {
    side->schedule.interval_ns = NS_PER_S / rate_per_second;
    side->schedule.origin_ns = side->worker->now = clock_now_ns();
    for (uint32_t i = 0; i < side->count; i++) {
        side->connections[i].schedule_base = side->connections[i].committed;
        side->connections[i].credit = 0;
    }
}

/* Gives a credit for every message that is due, then sends: one send per connection, also after a
 * delay. */
static void release_due(struct worker *worker, struct side *side, struct turn *turn, uint64_t end) {
    uint32_t first = turn->connection;
    uint64_t released = 0;
    for (; turn->due_ns <= worker->now && turn->due_ns < end; advance(side, turn), released++) {
        side->connections[turn->connection].credit++;
        if (side->recording)
            histogram_record(worker->lag, worker->now - turn->due_ns);
    }
    uint64_t touched = released < side->count ? released : side->count;
    for (uint64_t i = 0; i < touched && worker_runs(worker); i++)
        side->transport->flush(worker, &side->connections[(first + i) % side->count]);
}

static void sleep_until(struct worker *worker, uint64_t wake_ns) {
    struct itimerspec timer = {
        .it_value = {(time_t)(wake_ns / NS_PER_S), (long)(wake_ns % NS_PER_S)}};
    timerfd_settime(worker->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
    worker_turn(worker, UINT64_MAX);
}

static void await(struct worker *worker, uint64_t due_ns) {
    uint64_t before = worker->now = clock_now_ns();
    if (due_ns > before + SPIN_NS)
        sleep_until(worker, due_ns - SPIN_NS);
    else if (worker_turn(worker, 0) == 0)
        worker->spun_ns += worker->now - before;
    worker->now = clock_now_ns();
}

/* Offers the rate for `duration_ns`; what is outstanding then is left to side_drain. Returns when
 * the load began. */
static uint64_t offer(struct side *side, uint64_t duration_ns, bool measure) {
    struct worker *worker = side->worker;
    side->counting = side->recording = measure;
    begin_schedule(side, worker->run->plan.rate_per_second);
    uint64_t start = side->schedule.origin_ns;
    struct turn turn = {0, 0, 0};
    turn.due_ns = due_time(side, &turn);
    while (worker_runs(worker) && worker->now < start + duration_ns) {
        release_due(worker, side, &turn, start + duration_ns);
        await(worker, turn.due_ns < start + duration_ns ? turn.due_ns : start + duration_ns);
    }
    release_due(worker, side, &turn, start + duration_ns);
    return start;
}

void open_loop(struct worker *worker) {
    const struct plan *plan = &worker->run->plan;
    struct side *side = &worker->sides[0];
    if (plan->warmup_ns > 0) {
        run_enter(worker, PHASE_WARM_UP);
        offer(side, plan->warmup_ns, false);
        side_drain(side);
    }
    worker_begin_measuring(worker);
    uint64_t start = offer(side, plan->duration_ns, true);
    uint64_t end = worker->now;
    worker_stop_clocks(worker);
    side_drain(side);
    side->measured->duration_ns = (side->answered_ns > end ? side->answered_ns : end) - start;
    worker_end_measuring(worker);
}
