/*
 * The connections of one target in one thread: made, connected, loaded for a while, drained,
 * counted.
 */
#include "side.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "dial.h"
#include "run.h"
#include "window.h"
#include "worker.h"

#define DIAL_WAVE 64u /* handshakes at a time: half of the smallest usual backlog, 128 */

static bool make_script(struct side *side) {
    const struct pattern *pattern = &side->worker->run->pattern;
    switch (side->work->protocol) {
    case PROTOCOL_FRAMED:
        framed_script(&side->script, side->work, pattern);
        return true;
    case PROTOCOL_FIXED:
        return fixed_script(&side->script, side->work) == 0;
    case PROTOCOL_TCP_ECHO:
    case PROTOCOL_UDP_ECHO:
        tcp_echo_script(&side->script, side->work, pattern);
        return true;
    }
    return false;
}

static const struct transport *transport_of(const struct work *work) {
    if (work->protocol == PROTOCOL_UDP_ECHO)
        return &datagram_transport;
    return work->connect ? &connect_transport : &stream_transport;
}

/* Connection i of all goes to thread i modulo threads. */
static uint32_t share_of(const struct worker *worker, uint32_t connections) {
    uint32_t threads = worker->run->plan.thread_count;
    return connections / threads + (worker->index < connections % threads ? 1 : 0);
}

static void make_connection(struct side *side, uint32_t number) {
    const struct plan *plan = &side->worker->run->plan;
    uint32_t index = number * plan->thread_count + side->worker->index;
    side->connections[number] = (struct connection){
        .side = side,
        .fd = -1,
        .index = index,
        .start = pattern_start(plan->seed + side->number, index),
    };
}

bool side_prepare(struct side *side, struct worker *worker, unsigned number) {
    const struct plan *plan = &worker->run->plan;
    side->worker = worker;
    side->number = number;
    side->work = &plan->works[number];
    side->transport = transport_of(side->work);
    side->measured = &worker->measured[number];
    uint32_t count = share_of(worker, side->work->connections);
    side->connections = calloc(count, sizeof *side->connections);
    if (!side->connections || !make_script(side)) {
        fail_system(worker, number, "malloc", ENOMEM);
        return false;
    }
    for (side->count = 0; side->count < count; side->count++)
        make_connection(side, side->count);
    return dial_resolve(side);
}

void side_free(struct side *side) {
    for (uint32_t i = 0; i < side->count; i++) {
        struct connection *connection = &side->connections[i];
        if (connection->fd >= 0)
            close(connection->fd);
        free(connection->sent_at);
        window_free(connection->window);
    }
    free(side->connections);
    script_free(&side->script);
}

bool side_connect(struct side *side) {
    struct worker *worker = side->worker;
    uint32_t next = 0;
    while (worker_runs(worker) && (next < side->count || side->connecting > 0)) {
        if (next < side->count && side->connecting < DIAL_WAVE)
            side->transport->open(worker, &side->connections[next++]);
        else
            worker_turn(worker, worker->now + worker->tick_ns);
    }
    return worker_runs(worker);
}

void side_begin_measuring(struct side *side) {
    for (uint32_t i = 0; i < side->count; i++)
        if (side->connections[i].window)
            window_begin_measuring(&side->connections[i]);
}

void side_end_measuring(struct side *side) {
    for (uint32_t i = 0; i < side->count; i++)
        if (side->connections[i].window)
            window_end_measuring(&side->connections[i]);
}

static void start_all(struct side *side) {
    for (uint32_t i = 0; i < side->count && worker_runs(side->worker); i++) {
        side->connections[i].credit = side->work->connect ? 1 : side->work->depth;
        side->transport->flush(side->worker, &side->connections[i]);
    }
}

static void stop_all(struct side *side) {
    side->sending = side->counting = false;
    for (uint32_t i = 0; i < side->count; i++)
        side->connections[i].credit = 0;
}

uint64_t side_load(struct side *side, uint64_t duration_ns, bool measure) {
    struct worker *worker = side->worker;
    uint64_t start = worker->now = clock_now_ns();
    side->sending = true;
    side->counting = side->recording = measure;
    worker->alone = side->count == 1 && side->transport->wait ? &side->connections[0] : NULL;
    start_all(side);
    while (worker_runs(worker) && worker->now < start + duration_ns)
        worker_turn(worker, start + duration_ns);
    uint64_t lasted = worker->now - start;
    stop_all(side);
    return lasted;
}

void side_drain(struct side *side) {
    struct worker *worker = side->worker;
    while (worker_runs(worker) && side->outstanding > 0)
        worker_turn(worker, worker->now + worker->tick_ns);
    side->counting = side->recording = false;
    worker->alone = NULL;
}

uint64_t side_origin(const struct side *side, const struct connection *connection,
                     uint64_t number) {
    const struct schedule *schedule = &side->schedule;
    if (schedule->interval_ns <= 0)
        return connection->sent_at[number & connection->sent_mask];
    uint64_t place =
        (number - connection->schedule_base) * side->work->connections + connection->index;
    return schedule->origin_ns + (uint64_t)((double)place * schedule->interval_ns);
}

void side_answer(struct side *side, uint64_t count, uint64_t now) {
    side->answered += count;
    side->answered_ns = now;
    if (side->counting) {
        side->measured->messages += count;
        side->measured->bytes += count * side->script.payload_bytes;
    }
}

void side_settle(struct connection *connection, uint64_t count) {
    struct side *side = connection->side;
    connection->completed += count;
    side->outstanding -= count;
    if (side->sending)
        connection->credit += count;
}

void side_complete(struct connection *connection, uint64_t count, uint64_t now) {
    struct side *side = connection->side;
    for (uint64_t i = 0; side->recording && i < count; i++) {
        uint64_t origin = side_origin(side, connection, connection->completed + i);
        histogram_record(&side->measured->latency, now - origin);
    }
    if (count > 0)
        side_answer(side, count, now);
    side_settle(connection, count);
}
