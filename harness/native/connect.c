/*
 * Connect mode: every message is a whole connection. Connect, one request, its reply, our FIN, the
 * server's FIN, close.
 *
 * Latency is that of the whole cycle. Edge-triggered, so that a cycle needs a single epoll_ctl; our
 * side closes first and keeps the TIME_WAIT, which is why source addresses are spread.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "clock.h"
#include "dial.h"
#include "run.h"
#include "worker.h"

static void open_slot(struct worker *worker, struct connection *connection) {
    connection->sent_at = calloc(1, sizeof *connection->sent_at);
    if (!connection->sent_at)
        fail_system(worker, connection->side->number, "malloc", ENOMEM);
}

static void begin_cycle(struct worker *worker, struct connection *connection) {
    struct side *side = connection->side;
    connection->sent_bytes = connection->received_bytes = 0;
    connection->start =
        (uint32_t)((connection->start + side->script.payload_bytes) % PATTERN_PERIOD);
    connection->sent_at[0] = connection->since_ns = worker->now = clock_now_ns();
    connection->credit--;
    connection->committed++;
    side->outstanding++;
    dial_begin(connection, EPOLLIN | EPOLLOUT | EPOLLRDHUP | (uint32_t)EPOLLET, true);
}

static void flush_slot(struct worker *worker, struct connection *connection) {
    if (connection->credit > 0 && connection->state == CONNECTION_IDLE)
        begin_cycle(worker, connection);
}

/* Returns false after a failure. */
static bool send_request(struct worker *worker, struct connection *connection) {
    const struct script *script = &connection->side->script;
    while (connection->sent_bytes < script->request_bytes) {
        size_t left = script->request_bytes - (size_t)connection->sent_bytes;
        const uint8_t *bytes;
        size_t length = script->protocol->request(script, connection->start, connection->sent_bytes,
                                                  left < PATTERN_SPAN ? left : PATTERN_SPAN,
                                                  worker->scratch, &bytes);
        ssize_t sent = send(connection->fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN)
            return true;
        if (sent < 0) {
            fail_dial(connection, "send", errno);
            return false;
        }
        connection->state = CONNECTION_OPEN;
        connection->sent_bytes += (uint64_t)sent;
        connection->since_ns = worker->now;
    }
    return true;
}

static void end_cycle(struct worker *worker, struct connection *connection) {
    if (connection->state != CONNECTION_FINISHING) {
        fail_connection(connection, FAILURE_CLOSED);
        return;
    }
    close(connection->fd);
    connection->fd = -1;
    connection->state = CONNECTION_IDLE;
    worker->now = clock_now_ns();
    side_complete(connection, 1, worker->now);
    flush_slot(worker, connection);
}

/* Returns false after a failure. */
static bool take_reply(struct worker *worker, struct connection *connection, size_t length) {
    const struct script *script = &connection->side->script;
    struct difference difference = {
        .kind = FAILURE_WRONG_FRAME, .offset = script->reply_bytes, .id = 0};
    size_t right = script->protocol->compare(script, connection->start, connection->received_bytes,
                                             worker->buffer, length);
    uint64_t offset = connection->received_bytes + right;
    if (right < length && offset < script->reply_bytes)
        script->protocol->explain(script, connection->start, offset, worker->buffer + right,
                                  length - right, &difference);
    connection->received_bytes += length;
    if (right < length || connection->received_bytes > script->reply_bytes) {
        fail_reply(connection, &difference);
        return false;
    }
    connection->since_ns = worker->now;
    if (connection->received_bytes == script->reply_bytes) {
        connection->state = CONNECTION_FINISHING;
        shutdown(connection->fd, SHUT_WR);
    }
    return true;
}

/* Reads until there is nothing: an edge is reported once. A short read says so too, unless the
 * server's FIN follows. */
static void read_reply(struct worker *worker, struct connection *connection, bool fin_came) {
    for (;;) {
        ssize_t length = recv(connection->fd, worker->buffer, READ_BYTES, 0);
        if (length == 0) {
            end_cycle(worker, connection);
            return;
        }
        if (length < 0) {
            if (errno != EAGAIN && errno != EINTR)
                fail_connection(connection, errno == ECONNRESET ? FAILURE_RESET : FAILURE_CLOSED);
            return;
        }
        if (!take_reply(worker, connection, (size_t)length) || (length < READ_BYTES && !fin_came))
            return;
    }
}

static bool dial_worked(struct connection *connection) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error)
        fail_dial(connection, "connect", error);
    return error == 0;
}

static void connect_event(struct worker *worker, struct connection *connection, uint32_t events) {
    bool connecting = connection->state == CONNECTION_CONNECTING;
    if (connecting && (events & (EPOLLERR | EPOLLHUP)) && !dial_worked(connection))
        return;
    if ((events & EPOLLOUT) && !send_request(worker, connection))
        return;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP))
        read_reply(worker, connection, events & EPOLLRDHUP);
}

static void connect_tick(struct worker *worker, struct connection *connection, uint64_t now) {
    bool waits = connection->state != CONNECTION_IDLE;
    if (!waits || now < connection->since_ns + worker->run->plan.stall_timeout_ns)
        return;
    bool connecting = connection->state == CONNECTION_CONNECTING;
    fail_connection(connection, connecting ? FAILURE_CONNECT_TIMEOUT : FAILURE_STALLED);
}

const struct transport connect_transport = {
    .open = open_slot,
    .flush = flush_slot,
    .event = connect_event,
    .tick = connect_tick,
};
