/*
 * What leaves a connection: see output.h.
 *
 * Mirrors servers-ts/net/connection/output.ts.
 */
#include "output.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ending.h"
#include "interest.h"

/* Slices of the pending queue sent with one call. */
#define PENDING_SLICES 64

/* ---- gather ---- */

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
        ending_fail(connection, errno);
        return;
    }
    if (sent > 0) {
        interest_touch(connection);
    }
    if ((size_t)sent < gather->length && !gather_save(gather, (size_t)sent, &connection->pending)) {
        ending_fail(connection, ENOMEM);
    }
}

static void drop_gathered(struct connections *set) {
    set->writer = NULL;
    gather_clear(&set->gather);
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
    drop_gathered(set);
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

void connection_flush(struct connection *connection) {
    if (connection->set->writer == connection) {
        flush_set(connection->set);
    }
}

/* ---- pending ---- */

size_t connection_pending(const struct connection *connection) {
    const struct connections *set = connection->set;
    return connection->pending.length + (set->writer == connection ? set->gather.length : 0);
}

static void send_pending(struct connection *connection) {
    struct iovec slices[PENDING_SLICES];
    size_t count = pending_slices(&connection->pending, slices, PENDING_SLICES);
    ssize_t sent = gather_send_slices(connection->watch.fd, slices, count);
    if (sent < 0) {
        ending_fail(connection, errno);
    } else if (sent > 0) {
        pending_drop(&connection->pending, (size_t)sent);
        interest_touch(connection);
    }
}

void output_send_more(struct connection *connection) {
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
        ending_send_fin(connection);
    }
}

void connection_await_room(struct connection *connection) {
    connection->awaits_room = true;
    interest_changed(connection);
}

void output_drop(struct connection *connection) {
    if (connection->set->writer == connection) {
        drop_gathered(connection->set);
    }
    pending_clear(&connection->pending);
}
