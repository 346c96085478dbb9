/*
 * How a connection ends: see ending.h.
 *
 * Mirrors servers-ts/net/connection/ending.ts.
 */
#include "ending.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* ---- close ---- */

void ending_close(struct connection *connection, const char *reason) {
    if (connection->phase == CLOSED) {
        return;
    }
    connection->phase = CLOSED;
    connection->reason = reason;
    loop_defer(connection->set->loop, &connection->closing);
}

void ending_fail(struct connection *connection, int error) {
    const char *name = strerrorname_np(error);
    ending_close(connection, name != NULL ? name : "error");
}

void connection_reset(struct connection *connection) {
    connection->resets = true;
    ending_close(connection, "reset");
}

/* ---- lingering close ---- */

void ending_send_fin(struct connection *connection) {
    struct connections *set = connection->set;
    if (connection->ended || set->options->linger_ms == 0 || connection->discarded > LINGER_BYTES) {
        ending_close(connection, "done");
        return;
    }
    if (shutdown(connection->watch.fd, SHUT_WR) < 0) {
        ending_fail(connection, errno);
        return;
    }
    connection->phase = LINGERING;
    loop_start_timer(set->loop, &connection->deadline, set->options->linger_ms);
}

void ending_discard(struct connection *connection, size_t length) {
    connection->discarded += (uint32_t)length; /* stops soon after LINGER_BYTES: no overflow */
    if (connection->discarded <= LINGER_BYTES) {
        return;
    }
    if (connection->phase == LINGERING) {
        ending_close(connection, "linger-bytes");
    } else {
        connection->paused = true; /* until what is pending has left */
    }
}
