/*
 * Limits of time of the TCP base: --idle-timeout-ms, --frame-timeout-ms, --linger-ms, and the
 * DELAYs that are due. One walk over all connections finds what is next. Every branch on
 * server->fault is a place where one fault leaves the right way.
 */
#include <stdint.h>

#include "tcp.h"

static int64_t idle_ms(const struct server *server, const struct connection *connection) {
    const struct options *options = &server->options;
    if (server->fault->idle_timeout_off || connection->delays) {
        return INT64_MAX;
    }
    return connection->moved_ms +
           (connection->fin_sent ? options->linger_ms : options->idle_timeout_ms);
}

static int64_t frame_ms(const struct connection *connection) {
    return connection->frame_due_ms == 0 ? INT64_MAX : connection->frame_due_ms;
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* When the next limit of time is reached, or the next DELAY due. */
static int64_t due_ms(const struct server *server, const struct connection *connection) {
    return least(idle_ms(server, connection),
                 least(frame_ms(connection), next_delay_ms(connection)));
}

/* The id of the frame that takes too long, 0 while its header is not complete. */
static void expire_frame(struct server *server, struct connection *connection) {
    uint8_t id[2] = {0, 0};
    if (connection->in.length >= HEADER_BYTES) {
        id[0] = connection->in.data[6];
        id[1] = connection->in.data[7];
    }
    for (size_t i = 0; i < sizeof id && server->fault->timeout_id; i++) {
        id[i] = server->fault->timeout_id(id[i]);
    }
    connection->frame_due_ms = 0;
    fatal(server, connection, 7, id, "FRAME_TIMEOUT");
}

static void expire_idle(struct server *server, struct connection *connection) {
    if (connection->fin_sent || connection->out.length > 0) {
        if (!server->fault->stalled_gets_fin) {
            setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
                       sizeof(struct linger));
        }
        close_connection(server, connection);
        return;
    }
    if (server->framed) {
        fatal(server, connection, 6, (const uint8_t[]){0, 0}, "IDLE_TIMEOUT");
    }
    connection->finishing = true;
    if (!after_turn(server, connection)) {
        close_connection(server, connection);
    }
}

static void expire(struct server *server, struct connection *connection) {
    int64_t now = now_ms();
    if (frame_ms(connection) <= now) {
        expire_frame(server, connection);
    } else if (next_delay_ms(connection) > now) {
        expire_idle(server, connection);
        return;
    }
    if (!after_turn(server, connection)) {
        close_connection(server, connection);
    }
}

void expire_due(struct server *server) {
    for (struct connection *next, *at = server->connections; at; at = next) {
        next = at->next;
        if (due_ms(server, at) <= now_ms()) {
            expire(server, at);
        }
    }
}

int wait_ms(const struct server *server) {
    int64_t soonest = server->draining ? server->drain_until_ms : INT64_MAX;
    for (struct connection *at = server->connections; at; at = at->next) {
        soonest = least(soonest, due_ms(server, at));
    }
    int64_t wait = soonest == INT64_MAX ? -1 : soonest - now_ms();
    if (soonest != INT64_MAX && wait < 0) {
        wait = 0;
    }
    int most = server->fault->wait_at_most_ms;
    return most > 0 && (wait < 0 || wait > most) ? most : (int)wait;
}
