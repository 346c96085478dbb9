/*
 * What comes in on a connection: see input.h.
 *
 * Mirrors servers-ts/net/connection/input.ts.
 */
#include "input.h"

#include <errno.h>
#include <sys/socket.h>

#include "ending.h"
#include "interest.h"

static void received(struct connection *connection, size_t length) {
    struct connections *set = connection->set;
    if (connection->phase == OPEN) {
        interest_touch(connection);
        set->handlers->on_read(connection, set->read_buffer, length);
    } else {
        ending_discard(connection, length);
    }
}

static void on_peer_fin(struct connection *connection) {
    connection->ended = true;
    if (connection->phase == OPEN) {
        connection->set->handlers->on_end(connection);
    } else if (connection->phase == LINGERING) {
        ending_close(connection, "done");
    }
}

void input_read(struct connection *connection) {
    struct connections *set = connection->set;
    uint32_t most = set->options->max_pending_bytes;
    ssize_t length;
    do {
        length =
            recv(connection->watch.fd, set->read_buffer, most < READ_BYTES ? most : READ_BYTES, 0);
    } while (length < 0 && errno == EINTR);
    if (length > 0) {
        received(connection, (size_t)length);
    } else if (length == 0) {
        on_peer_fin(connection);
    } else if (errno != EAGAIN) {
        ending_fail(connection, errno);
    }
}
