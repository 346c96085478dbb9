/*
 * TCP connections that stay open: replies are read in as large pieces as there are, compared, and
 * answered with the next requests in one send.
 *
 * Latency runs from just before the send call that carries a message's first byte to just after the
 * read that brought its last: one reading of the clock for all messages of a call. A partial write
 * is continued when the socket takes more; reading goes on meanwhile, so large messages cannot
 * block both ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "clock.h"
#include "dial.h"
#include "run.h"
#include "worker.h"

#define LONGEST_WAIT_US 20000 /* a cancelled run ends no later */

static uint64_t ring_size(uint64_t depth) {
    uint64_t size = 1;
    while (size < depth)
        size *= 2;
    return size;
}

static void open_stream(struct worker *worker, struct connection *connection) {
    struct side *side = connection->side;
    uint64_t size = ring_size(side->work->depth);
    connection->sent_at = calloc(size, sizeof *connection->sent_at);
    connection->sent_mask = size - 1;
    if (!connection->sent_at) {
        fail_system(worker, side->number, "malloc", ENOMEM);
        return;
    }
    connection->since_ns = clock_now_ns();
    if (dial_begin(connection, EPOLLIN | EPOLLOUT, false))
        side->connecting++;
}

/* For wait_stream: recv() blocks, but not for long; everything else asks not to wait. */
static void let_block(const struct connection *connection) {
    struct timeval limit = {.tv_usec = LONGEST_WAIT_US};
    setsockopt(connection->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    fcntl(connection->fd, F_SETFL, 0);
}

static void finish_dial(struct connection *connection) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error) {
        fail_dial(connection, "connect", error);
        return;
    }
    connection->state = CONNECTION_OPEN;
    connection->side->connecting--;
    if (connection->side->count == 1)
        let_block(connection);
    worker_watch(connection, EPOLL_CTL_MOD, EPOLLIN);
}

static void want_write(struct connection *connection, bool wanted) {
    if (connection->wants_write == wanted)
        return;
    connection->wants_write = wanted;
    worker_watch(connection, EPOLL_CTL_MOD, EPOLLIN | (wanted ? (uint32_t)EPOLLOUT : 0u));
}

/* The credit becomes messages on their way. The open loop computes send times; the closed one notes
 * them. */
static void commit(struct worker *worker, struct connection *connection) {
    struct side *side = connection->side;
    worker->now = clock_now_ns();
    if (connection->committed == connection->completed)
        connection->since_ns = worker->now;
    if (side->schedule.interval_ns <= 0)
        for (uint64_t i = 0; i < connection->credit; i++)
            connection->sent_at[(connection->committed + i) & connection->sent_mask] = worker->now;
    connection->committed += connection->credit;
    side->outstanding += connection->credit;
    connection->credit = 0;
}

/* Sends one piece of what is committed; returns false when the socket takes no more. */
static bool send_piece(struct worker *worker, struct connection *connection, uint64_t unsent) {
    const struct script *script = &connection->side->script;
    size_t limit = unsent < PATTERN_SPAN ? (size_t)unsent : PATTERN_SPAN;
    const uint8_t *bytes;
    size_t length = script->protocol->request(script, connection->start, connection->sent_bytes,
                                              limit, worker->scratch, &bytes);
    ssize_t sent = send(connection->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR)
            connection->broken = errno; /* the read that follows tells what came before */
        return errno == EINTR;
    }
    connection->sent_bytes += (uint64_t)sent;
    connection->since_ns = worker->now;
    return (size_t)sent == length;
}

static void send_committed(struct worker *worker, struct connection *connection) {
    uint64_t target = connection->committed * connection->side->script.request_bytes;
    bool takes_more = true;
    while (takes_more && connection->sent_bytes < target)
        takes_more = send_piece(worker, connection, target - connection->sent_bytes);
    want_write(connection, !takes_more && !connection->broken);
}

static void flush_stream(struct worker *worker, struct connection *connection) {
    if (connection->credit == 0)
        return;
    commit(worker, connection);
    if (!connection->wants_write && !connection->broken)
        send_committed(worker, connection);
}

static void ended(struct connection *connection, int error) {
    int cause = error ? error : connection->broken;
    fail_connection(connection, cause == ECONNRESET ? FAILURE_RESET : FAILURE_CLOSED);
}

static void reply_is_wrong(struct connection *connection, const uint8_t *bytes, size_t length) {
    const struct script *script = &connection->side->script;
    struct difference difference;
    script->protocol->explain(script, connection->start, connection->received_bytes, bytes, length,
                              &difference);
    fail_reply(connection, &difference);
}

/* More than was asked for, though its bytes are those of the next reply. */
static void reply_is_unasked(struct connection *connection) {
    struct difference difference = {
        .kind = FAILURE_WRONG_FRAME,
        .offset = connection->committed * connection->side->script.reply_bytes,
        .id = connection->committed,
    };
    fail_reply(connection, &difference);
}

static void take_replies(struct worker *worker, struct connection *connection, size_t length) {
    const struct script *script = &connection->side->script;
    size_t right = script->protocol->compare(script, connection->start, connection->received_bytes,
                                             worker->buffer, length);
    connection->received_bytes += right;
    if (right < length) {
        reply_is_wrong(connection, worker->buffer + right, length - right);
        return;
    }
    uint64_t complete = connection->received_bytes / script->reply_bytes;
    if (connection->received_bytes > connection->committed * script->reply_bytes) {
        reply_is_unasked(connection);
        return;
    }
    connection->since_ns = worker->now;
    side_complete(connection, complete - connection->completed, worker->now);
    flush_stream(worker, connection);
}

static void read_replies(struct worker *worker, struct connection *connection, int flags) {
    ssize_t length = recv(connection->fd, worker->buffer, READ_BYTES, flags);
    int error = errno;
    worker->now = clock_now_ns();
    if (length > 0)
        take_replies(worker, connection, (size_t)length);
    else if (length == 0)
        ended(connection, 0);
    else if (error != EAGAIN && error != EINTR)
        ended(connection, error);
}

static void stream_event(struct worker *worker, struct connection *connection, uint32_t events) {
    if (connection->state == CONNECTION_CONNECTING) {
        finish_dial(connection);
        return;
    }
    if (events & EPOLLOUT)
        send_committed(worker, connection);
    if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
        read_replies(worker, connection, MSG_DONTWAIT);
}

static bool wait_stream(struct worker *worker, struct connection *connection) {
    if (connection->wants_write || connection->committed == connection->completed)
        return false;
    read_replies(worker, connection, 0);
    return true;
}

static void stream_tick(struct worker *worker, struct connection *connection, uint64_t now) {
    uint64_t limit = worker->run->plan.stall_timeout_ns;
    bool waits =
        connection->state == CONNECTION_CONNECTING || connection->committed > connection->completed;
    if (!waits || connection->fd < 0 || now < connection->since_ns + limit)
        return;
    bool connecting = connection->state == CONNECTION_CONNECTING;
    fail_connection(connection, connecting ? FAILURE_CONNECT_TIMEOUT : FAILURE_STALLED);
}

const struct transport stream_transport = {
    .open = open_stream,
    .flush = flush_stream,
    .event = stream_event,
    .tick = stream_tick,
    .wait = wait_stream,
};
