/*
 * Connections, from open to close: see connection.h.
 *
 * A connection is open, then finishing (what is pending leaves, input is discarded), then
 * lingering (our FIN is sent, input is discarded until the peer's), then closed. Closed memory is
 * freed when the turn ends: events of the same turn may still point to it, and handlers may still
 * be running. The folder connection/ holds its parts: input, output, interest, ending.
 * Mirrors servers-ts/net/connection.ts.
 */
#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection/ending.h"
#include "connection/input.h"
#include "connection/interest.h"
#include "connection/output.h"
#include "connections.h"

/* ---- what a program asks ---- */

void *connection_state(struct connection *connection) {
    return connection->state;
}

const void *connection_state_const(const struct connection *connection) {
    return connection->state;
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

void connection_finish(struct connection *connection) {
    connection_flush(connection);
    if (connection->phase != OPEN) {
        return;
    }
    connection->phase = FINISHING;
    connection->paused = false;
    connection->awaits_room = false;
    if (connection->pending.length == 0) {
        ending_send_fin(connection);
    }
    interest_changed(connection);
}

/* ---- events ---- */

/*
 * An error or a hang-up is reported even where nothing is waited for; unread it would be reported
 * for ever.
 */
static void fail_with_socket_error(struct connection *connection) {
    int error = 0;
    socklen_t size = sizeof error;
    (void)getsockopt(connection->watch.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    ending_fail(connection, error != 0 ? error : ECONNRESET);
}

static void on_ready(struct watch *watch, uint32_t events) {
    struct connection *connection = (struct connection *)watch; /* its first member */
    if (connection->phase == CLOSED) {
        return;
    }
    connection->set->handling = connection;
    if ((events & EPOLLOUT) != 0) {
        output_send_more(connection);
    }
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0 && interest_in_input(connection)) {
        input_read(connection);
    } else if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        fail_with_socket_error(connection);
    }
    connection_flush(connection);
    connection->set->handling = NULL;
    interest_settle(connection);
}

/* Activity only stores the time; whether that was long ago is looked at when the timer is due. */
static void on_deadline(struct timer *timer) {
    struct connection *connection =
        (struct connection *)((char *)timer - offsetof(struct connection, deadline));
    struct connections *set = connection->set;
    uint64_t idle_ns = set->options->idle_timeout_ms * NS_PER_MS;
    if (connection->phase == LINGERING) {
        ending_close(connection, "linger-time");
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

/* ---- open and close ---- */

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
    output_drop(connection);
    close(connection->watch.fd); /* leaves epoll by that */
    connections_remove(set, connection);
    free(connection);
}

static void close_deferred(struct deferred *deferred) {
    connection_close(
        (struct connection *)((char *)deferred - offsetof(struct connection, closing)));
}

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
    interest_touch(connection);
    loop_start_timer(set->loop, &connection->deadline, set->options->idle_timeout_ms);
    log_debug("open", log_text("peer", connection_peer(connection, text)));
    return connection;
}
