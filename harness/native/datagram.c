/*
 * UDP load: datagrams in batches, each sequence number with exactly one outcome.
 *
 * Received in time, late (a reply after its time had expired) or lost; a second reply is a
 * duplicate. Latency runs from just before the send call that carries a datagram to just after the
 * receive call that brought it back: one reading of the clock for all datagrams of a call.
 */
#include "datagram.h"

#include <errno.h>
#include <string.h>
#include <endian.h>
#include <sys/epoll.h>

#include "clock.h"
#include "run.h"
#include "segments.h"
#include "window.h"
#include "worker.h"

#define RECEIVE_BUFFER_BYTES (4 << 20) /* the kernel gives as much of it as rmem_max allows */

static void open_datagram(struct worker *worker, struct connection *connection) {
    struct side *side = connection->side;
    int size = RECEIVE_BUFFER_BYTES;
    connection->window = window_create(side);
    connection->fd = socket(side->address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (!connection->window || connection->fd < 0) {
        fail_system(worker, side->number, "socket", connection->window ? errno : ENOMEM);
        return;
    }
    setsockopt(connection->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    const struct sockaddr *address = (const struct sockaddr *)&side->address;
    if (connect(connection->fd, address, side->address_length) < 0) {
        fail_dial(connection, "connect", errno);
        return;
    }
    connection->joins = segments_possible(connection);
    connection->state = CONNECTION_OPEN;
    worker_watch(connection, EPOLL_CTL_ADD, EPOLLIN);
}

static const uint8_t *payload_of(const struct connection *connection, uint64_t number) {
    const struct side *side = connection->side;
    return pattern_at(side->script.pattern, connection->start, number * side->work->message_bytes);
}

/* What this number's datagram looks like, in slot `slot` of the batch. */
static void compose(struct datagram_batch *batch, struct connection *connection, size_t slot,
                    uint64_t number) {
    uint64_t wire = htobe64(number);
    struct iovec *parts = batch->outgoing_parts[slot];
    memcpy(batch->sequences[slot], &wire, SEQUENCE_BYTES);
    parts[0] = (struct iovec){batch->sequences[slot], SEQUENCE_BYTES};
    parts[1].iov_base = (void *)(uintptr_t)payload_of(connection, number); /* sending only reads */
    parts[1].iov_len = connection->side->work->message_bytes - SEQUENCE_BYTES;
    batch->outgoing[slot].msg_hdr = (struct msghdr){.msg_iov = parts, .msg_iovlen = SLOT_PARTS};
}

/* Datagrams that may go now: the credit, a batch, and what the ring has room for. */
static size_t sendable(const struct connection *connection) {
    uint64_t room = window_room(connection->window);
    uint64_t count = connection->credit < room ? connection->credit : room;
    return count < DATAGRAM_BATCH ? (size_t)count : DATAGRAM_BATCH;
}

static void want_write(struct connection *connection, bool wanted) {
    if (connection->wants_write == wanted)
        return;
    connection->wants_write = wanted;
    worker_watch(connection, EPOLL_CTL_MOD, EPOLLIN | (wanted ? (uint32_t)EPOLLOUT : 0u));
}

/* Sends one batch; returns false when nothing more can go now. */
static bool send_batch(struct worker *worker, struct connection *connection) {
    size_t count = sendable(connection);
    if (count == 0)
        return false;
    for (size_t slot = 0; slot < count; slot++)
        compose(worker->batch, connection, slot, connection->window->next + slot);
    worker->now = clock_now_ns();
    if (connection->committed == connection->completed && !connection->window->silent)
        connection->since_ns = worker->now;
    int sent = segments_send(connection, worker->batch, count);
    if (sent > 0)
        window_send(connection, (uint64_t)sent, worker->now);
    else if (errno == EAGAIN || errno == ENOBUFS)
        want_write(connection, true);
    else if (errno != EINTR)
        fail_dial(connection, "send", errno);
    return sent > 0;
}

static bool is_right_size(struct connection *connection, size_t length) {
    size_t wanted = connection->side->work->message_bytes;
    if (length == wanted)
        return true;
    struct difference difference = {
        .kind = FAILURE_WRONG_FRAME,
        .offset = length < wanted ? length : wanted,
        .id = connection->completed,
        .compared = true,
        .expected = wanted,
        .actual = length,
    };
    fail_reply(connection, &difference);
    return false;
}

/* A number never sent, though expected to be one of those outstanding. */
static void fail_number(struct connection *connection, uint64_t number) {
    struct difference difference = {
        .kind = FAILURE_WRONG_ID,
        .offset = 0,
        .id = number,
        .compared = true,
        .expected = connection->window->oldest,
        .actual = number,
    };
    fail_reply(connection, &difference);
}

static bool is_right(struct connection *connection, const uint8_t *bytes, size_t length,
                     uint64_t number) {
    if (number >= connection->window->next) {
        fail_number(connection, number);
        return false;
    }
    const uint8_t *wanted = payload_of(connection, number);
    size_t equal = equal_bytes(bytes + SEQUENCE_BYTES, wanted, length - SEQUENCE_BYTES);
    if (equal == length - SEQUENCE_BYTES)
        return true;
    struct difference difference = {
        .kind = FAILURE_WRONG_BYTE,
        .offset = SEQUENCE_BYTES + equal,
        .id = number,
        .compared = true,
        .expected = wanted[equal],
        .actual = bytes[SEQUENCE_BYTES + equal],
    };
    fail_reply(connection, &difference);
    return false;
}

static void take_datagram(struct connection *connection, const uint8_t *bytes, size_t length,
                          uint64_t now) {
    if (!is_right_size(connection, length))
        return;
    uint64_t wire;
    memcpy(&wire, bytes, SEQUENCE_BYTES);
    uint64_t number = be64toh(wire);
    if (!is_right(connection, bytes, length, number))
        return;
    window_answer(connection, number, now);
}

/* As many receive slots as the buffer has room for; they stay as they are until the size changes.
 */
static void prepare_slots(struct worker *worker, size_t slot_bytes) {
    struct datagram_batch *batch = worker->batch;
    if (batch->slot_bytes == slot_bytes)
        return;
    size_t fit = READ_BYTES / slot_bytes;
    batch->slot_bytes = slot_bytes;
    batch->slots = fit < DATAGRAM_BATCH ? fit : DATAGRAM_BATCH;
    for (size_t slot = 0; slot < batch->slots; slot++) {
        batch->incoming_parts[slot] =
            (struct iovec){worker->buffer + slot * slot_bytes, slot_bytes};
        batch->incoming[slot].msg_hdr =
            (struct msghdr){.msg_iov = &batch->incoming_parts[slot], .msg_iovlen = 1};
    }
}

/* How many to ask for: no more than can come, since the kernel looks once more in vain for each
 * beyond. */
static unsigned expected_now(const struct worker *worker, const struct connection *connection) {
    uint64_t open = connection->committed - connection->completed;
    uint64_t most = worker->batch->slots;
    return (unsigned)(open == 0 ? 1 : open < most ? open : most);
}

static void receive_batch(struct worker *worker, struct connection *connection) {
    struct datagram_batch *batch = worker->batch;
    prepare_slots(worker, connection->side->work->message_bytes);
    unsigned wanted = expected_now(worker, connection);
    /* With MSG_TRUNC the length is the real one, also of a datagram that is too long for its slot.
     */
    int count = recvmmsg(connection->fd, batch->incoming, wanted, MSG_TRUNC, NULL);
    int error = errno;
    worker->now = clock_now_ns();
    if (count < 0 && error != EAGAIN && error != EINTR)
        fail_dial(connection, "recvmmsg", error);
    for (int slot = 0; slot < count && worker_runs(worker); slot++)
        take_datagram(connection, batch->incoming_parts[slot].iov_base,
                      batch->incoming[slot].msg_len, worker->now);
}

/* Between two batches of a large window replies are taken in, lest they overrun our own receive
 * buffer. */
static void flush_datagram(struct worker *worker, struct connection *connection) {
    if (connection->wants_write)
        return;
    while (worker_runs(worker) && send_batch(worker, connection))
        if (connection->credit > 0)
            receive_batch(worker, connection);
}

static void datagram_event(struct worker *worker, struct connection *connection, uint32_t events) {
    if (events & EPOLLOUT)
        want_write(connection, false);
    if (events & (EPOLLIN | EPOLLERR))
        receive_batch(worker, connection);
    flush_datagram(worker, connection);
}

static void datagram_tick(struct worker *worker, struct connection *connection, uint64_t now) {
    const struct plan *plan = &worker->run->plan;
    if (!connection->window)
        return;
    bool waits = connection->committed > connection->completed;
    if (waits && now >= connection->since_ns + plan->stall_timeout_ns) {
        fail_connection(connection, FAILURE_STALLED);
        return;
    }
    window_expire(connection, now, plan->udp_expiry_ns);
    flush_datagram(worker, connection);
}

static uint64_t last_answer(const struct side *side) {
    uint64_t last = 0;
    for (uint32_t i = 0; i < side->count; i++)
        if (side->connections[i].window->answered_ns > last)
            last = side->connections[i].window->answered_ns;
    return last;
}

void datagram_settle(struct side *side) {
    struct worker *worker = side->worker;
    uint64_t expiry_ns = worker->run->plan.udp_expiry_ns;
    uint64_t began = worker->now;
    if (side->work->protocol != PROTOCOL_UDP_ECHO)
        return;
    while (worker_runs(worker) && side->measured->datagrams.lost > 0) {
        uint64_t last = last_answer(side);
        uint64_t until = (last > began ? last : began) + expiry_ns;
        if (worker->now >= until)
            return;
        worker_turn(worker, until);
    }
}

const struct transport datagram_transport = {
    .open = open_datagram,
    .flush = flush_datagram,
    .event = datagram_event,
    .tick = datagram_tick,
};
