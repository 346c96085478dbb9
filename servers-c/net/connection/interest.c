/*
 * What a connection waits for: see interest.h.
 *
 * Mirrors servers-ts/net/connection/interest.ts.
 */
#include "interest.h"

#include <errno.h>

#include "ending.h"

bool interest_in_input(const struct connection *connection) {
    return !connection->ended && !connection->paused && connection->phase != CLOSED;
}

void interest_settle(struct connection *connection) {
    bool output = connection->pending.length > 0 || connection->awaits_room;
    uint32_t interest =
        (interest_in_input(connection) ? EPOLLIN : 0u) | (output ? (uint32_t)EPOLLOUT : 0u);
    if (connection->phase == CLOSED || interest == connection->watch.interest) {
        return;
    }
    if (loop_change(connection->set->loop, &connection->watch, interest) < 0) {
        log_call_failed("epoll_ctl", errno);
        ending_close(connection, "error");
    }
}

void interest_changed(struct connection *connection) {
    if (connection->set->handling != connection) {
        interest_settle(connection);
    }
}

void interest_touch(struct connection *connection) {
    connection->active_ns = connection->set->loop->now_ns;
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
