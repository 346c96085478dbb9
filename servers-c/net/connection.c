/*
 * Connections, from open to close: see connection.h.
 *
 * A connection is open, then finishing (what is pending leaves, input is discarded), then
 * lingering (our FIN is sent, input is discarded until the peer's), then closed. Closed memory is
 * freed when the turn ends: events of the same turn may still point to it, and handlers may still
 * be running.
 * Mirrors servers-ts/net/connection.ts.
 */
#include "connection.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connections.h"

/* Slices of the pending queue sent with one call. */
#define PENDING_SLICES 64

/* ---- what a program asks ---- */

void *connection_state(struct connection *connection) {
    return connection->state;
}

const void *connection_state_const(const struct connection *connection) {
    return connection->state;
}

size_t connection_pending(const struct connection *connection) {
    const struct connections *set = connection->set;
    return connection->pending.length + (set->writer == connection ? set->gather.length : 0);
}

bool connection_is_ending(const struct connection *connection) {
    return connection->phase != OPEN;
}

char *connection_peer(const struct connection *connection, char into[LOG_ADDRESS_BYTES]) {
    return log_address(into, (const struct sockaddr *)&connection->peer);
}

struct loop *connection_loop(const struct connection *connection) {
    return connection->set->loop;
}

void connection_touch(struct connection *connection) {
    connection->active_ns = connection->set->loop->now_ns;
}

/* ---- interest ---- */

static void flush_set(struct connections *set);

static bool wants_input(const struct connection *connection) {
    return !connection->ended && !connection->paused && connection->phase != CLOSED;
}

static void close_later(struct connection *connection, const char *reason);

/* Tells epoll what the connection waits for, if that has changed. */
static void settle_interest(struct connection *connection) {
    bool output = connection->pending.length > 0 || connection->awaits_room;
    uint32_t interest =
        (wants_input(connection) ? EPOLLIN : 0u) | (output ? (uint32_t)EPOLLOUT : 0u);
    if (connection->phase == CLOSED || interest == connection->watch.interest) {
        return;
    }
    if (loop_change(connection->set->loop, &connection->watch, interest) < 0) {
        log_call_failed("epoll_ctl", errno);
        close_later(connection, "error");
    }
}

/*
 * Within an event the interest is settled once, at its end: several changes cost one system call,
 * or none.
 */
static void interest_changed(struct connection *connection) {
    if (connection->set->handling != connection) {
        settle_interest(connection);
    }
}

void connection_pause(struct connection *connection) {
    if (connection->phase == OPEN) {
        connection->paused = true;
        interest_changed(connection);
    }
}

void connection_resume(struct connection *connection) {
    connection->paused = false;
    interest_changed(connection);
}

void connection_await_room(struct connection *connection) {
    connection->awaits_room = true;
    interest_changed(connection);
}

/* ---- close ---- */

void connection_close(struct connection *connection) {
    struct connections *set = connection->set;
    char peer[LOG_ADDRESS_BYTES];
    if (set->handlers->on_close != NULL) {
        set->handlers->on_close(connection);
    }
    log_debug("close", log_text("peer", connection_peer(connection, peer)),
              log_text("reason", connection->reason));
    loop_stop_timer(set->loop, &connection->deadline);
    if (connection->resets) {
        const struct linger rst = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(connection->watch.fd, SOL_SOCKET, SO_LINGER, &rst, sizeof rst);
    }
    if (set->writer == connection) {
        flush_set(set); /* it is closed: what it gathered is dropped */
    }
    close(connection->watch.fd); /* leaves epoll by that */
    pending_clear(&connection->pending);
    connections_remove(set, connection);
    free(connection);
}

static void close_deferred(struct deferred *deferred) {
    connection_close(
        (struct connection *)((char *)deferred - offsetof(struct connection, closing)));
}

/* Nothing is called for it any more but on_close, when the turn ends. */
static void close_later(struct connection *connection, const char *reason) {
    if (connection->phase == CLOSED) {
        return;
    }
    connection->phase = CLOSED;
    connection->reason = reason;
    loop_defer(connection->set->loop, &connection->closing);
}

static void fail(struct connection *connection, int error) {
    const char *name = strerrorname_np(error);
    close_later(connection, name != NULL ? name : "error");
}

void connection_reset(struct connection *connection) {
    connection->resets = true;
    close_later(connection, "reset");
}

/* Everything has left: our FIN, unless closing sends it because the peer's is here already. */
static void send_fin(struct connection *connection) {
    struct connections *set = connection->set;
    if (connection->ended || set->options->linger_ms == 0 || connection->discarded > LINGER_BYTES) {
        close_later(connection, "done");
        return;
    }
    if (shutdown(connection->watch.fd, SHUT_WR) < 0) {
        fail(connection, errno);
        return;
    }
    connection->phase = LINGERING;
    loop_start_timer(set->loop, &connection->deadline, set->options->linger_ms);
}

void connection_finish(struct connection *connection) {
    connection_flush(connection);
    if (connection->phase != OPEN) {
        return;
    }
    connection->phase = FINISHING;
    connection->paused = false;
    connection->awaits_room = false;
    if (connection->pending.length == 0) {
        send_fin(connection);
    }
    interest_changed(connection);
}

/* ---- write ---- */

/*
 * Sends what is gathered and keeps what the kernel leaves. Behind bytes that wait already, all of
 * it waits.
 */
static void send_gathered(struct connection *connection, struct gather *gather) {
    ssize_t sent = 0;
    if (connection->pending.length == 0) {
        sent = gather_send(gather, connection->watch.fd);
    }
    if (sent < 0) {
        fail(connection, errno);
        return;
    }
    if (sent > 0) {
        connection_touch(connection);
    }
    if ((size_t)sent < gather->length && !gather_save(gather, (size_t)sent, &connection->pending)) {
        fail(connection, ENOMEM);
    }
}

static void flush_set(struct connections *set) {
    struct connection *connection = set->writer;
    if (connection == NULL) {
        return;
    }
    if (connection->phase == OPEN) {
        send_gathered(connection, &set->gather);
        interest_changed(connection);
    }
    set->writer = NULL;
    gather_clear(&set->gather);
}

void connection_flush(struct connection *connection) {
    if (connection->set->writer == connection) {
        flush_set(connection->set);
    }
}

/* The worker's one gather, for this connection, with room for a slice and `length` bytes. */
static struct gather *gather_for(struct connection *connection, size_t length) {
    struct connections *set = connection->set;
    if (set->writer != connection || !gather_has_room(&set->gather, length)) {
        flush_set(set);
    }
    set->writer = connection;
    return &set->gather;
}

void connection_write(struct connection *connection, const uint8_t *bytes, size_t length) {
    if (connection->phase == OPEN) {
        gather_add(gather_for(connection, 0), bytes, length, NULL);
    }
}

void connection_write_owned(struct connection *connection, uint8_t *memory, const uint8_t *bytes,
                            size_t length) {
    if (connection->phase == OPEN) {
        gather_add(gather_for(connection, 0), bytes, length, memory);
    } else {
        free(memory);
    }
}

void connection_write_copy(struct connection *connection, const uint8_t *bytes, size_t length) {
    assert(length <= REPLY_BYTES); /* what is longer would not fit into an empty gather */
    if (connection->phase == OPEN) {
        struct gather *gather = gather_for(connection, length);
        uint8_t *copy = gather_reserve(gather, length);
        memcpy(copy, bytes, length);
        gather_add(gather, copy, length, NULL);
    }
}

static void send_pending(struct connection *connection) {
    struct iovec slices[PENDING_SLICES];
    size_t count = pending_slices(&connection->pending, slices, PENDING_SLICES);
    ssize_t sent = gather_send_slices(connection->watch.fd, slices, count);
    if (sent < 0) {
        fail(connection, errno);
    } else if (sent > 0) {
        pending_drop(&connection->pending, (size_t)sent);
        connection_touch(connection);
    }
}

/* The kernel takes bytes again. */
static void on_writable(struct connection *connection) {
    if (connection->pending.length > 0) {
        send_pending(connection);
    }
    if (connection->phase == CLOSED || connection->pending.length > 0) {
        return;
    }
    connection->awaits_room = false;
    if (connection->phase == OPEN) {
        connection->set->handlers->on_room(connection);
    } else if (connection->phase == FINISHING) {
        send_fin(connection);
    }
}

/* ---- read ---- */

/* Input after the end is read so that closing does not send RST, but not for ever. */
static void discard(struct connection *connection, size_t length) {
    connection->discarded += (uint32_t)length; /* stops soon after LINGER_BYTES: no overflow */
    if (connection->discarded <= LINGER_BYTES) {
        return;
    }
    if (connection->phase == LINGERING) {
        close_later(connection, "linger-bytes");
    } else {
        connection->paused = true; /* until what is pending has left */
    }
}

static void on_peer_fin(struct connection *connection) {
    connection->ended = true;
    if (connection->phase == OPEN) {
        connection->set->handlers->on_end(connection);
    } else if (connection->phase == LINGERING) {
        close_later(connection, "done");
    }
}

/* One read, so that what one peer can claim of a turn is bounded. */
static void read_once(struct connection *connection) {
    struct connections *set = connection->set;
    uint32_t most = set->options->max_pending_bytes;
    ssize_t length;
    do {
        length =
            recv(connection->watch.fd, set->read_buffer, most < READ_BYTES ? most : READ_BYTES, 0);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        if (errno != EAGAIN) {
            fail(connection, errno);
        }
        return;
    }
    if (length == 0) {
        on_peer_fin(connection);
        return;
    }
    if (connection->phase == OPEN) {
        connection_touch(connection);
        set->handlers->on_read(connection, set->read_buffer, (size_t)length);
    } else {
        discard(connection, (size_t)length);
    }
}

/*
 * An error or a hang-up is reported even where nothing is waited for; unread it would be reported
 * for ever.
 */
static void fail_with_socket_error(struct connection *connection) {
    int error = 0;
    socklen_t size = sizeof error;
    (void)getsockopt(connection->watch.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    fail(connection, error != 0 ? error : ECONNRESET);
}

static void on_ready(struct watch *watch, uint32_t events) {
    struct connection *connection = (struct connection *)watch; /* its first member */
    if (connection->phase == CLOSED) {
        return;
    }
    connection->set->handling = connection;
    if ((events & EPOLLOUT) != 0) {
        on_writable(connection);
    }
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0 && wants_input(connection)) {
        read_once(connection);
    } else if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        fail_with_socket_error(connection);
    }
    connection_flush(connection);
    connection->set->handling = NULL;
    settle_interest(connection);
}

/* ---- time ---- */

/* Activity only stores the time; whether that was long ago is looked at when the timer is due. */
static void on_deadline(struct timer *timer) {
    struct connection *connection =
        (struct connection *)((char *)timer - offsetof(struct connection, deadline));
    struct connections *set = connection->set;
    uint64_t idle_ns = set->options->idle_timeout_ms * NS_PER_MS;
    if (connection->phase == LINGERING) {
        close_later(connection, "linger-time");
    } else if (connection->active_ns + idle_ns > set->loop->now_ns) {
        timer_start(&set->loop->timers, timer, connection->active_ns + idle_ns);
    } else if (connection->phase == FINISHING) {
        connection_reset(connection);
    } else if (connection->phase == OPEN) {
        set->handlers->on_idle(connection);
        connection_flush(connection);
        if (!timer->running && connection->phase != CLOSED) {
            loop_start_timer(set->loop, timer, set->options->idle_timeout_ms);
        }
    }
}

/* ---- open ---- */

struct connection *connection_open(struct connections *set, int fd,
                                   const struct sockaddr_in6 *peer) {
    char text[LOG_ADDRESS_BYTES];
    struct connection *connection = calloc(1, sizeof *connection + set->handlers->state_bytes);
    if (connection == NULL) {
        return NULL;
    }
    connection->watch = (struct watch){.fd = fd, .on_ready = on_ready};
    connection->deadline.on_due = on_deadline;
    connection->closing.run = close_deferred;
    connection->set = set;
    connection->reason = "exit";
    connection->peer = *peer;
    if (loop_watch(set->loop, &connection->watch, EPOLLIN) < 0) {
        free(connection);
        return NULL;
    }
    connection_touch(connection);
    loop_start_timer(set->loop, &connection->deadline, set->options->idle_timeout_ms);
    log_debug("open", log_text("peer", connection_peer(connection, text)));
    return connection;
}
