/*
 * tcp-echo: sends every byte back to the peer that sent it (RFC 862 over TCP).
 *
 * It does not look at the bytes and does not store them: they leave from the buffer they were read
 * into, and only what the kernel does not take waits in memory. Sockets, limits and shutdown are
 * net's business.
 * Mirrors servers-ts/tcp-echo.ts.
 */
#include "net/connection.h"
#include "net/lifecycle.h"
#include "net/options.h"

/* ---- options ---- */

static const struct usage usage = {
    .name = "tcp-echo",
    .purpose = "Sends every byte back to the peer that sent it (RFC 862 over TCP).",
};

static struct options options;

/* ---- accept ---- */

/*
 * Nothing is kept per connection, so there is nothing to prepare: net accepts, and refuses above
 * --max-connections.
 */

/* ---- read ---- */

static void send_and_balance(struct connection *connection);

static void on_read(struct connection *connection, uint8_t *bytes, size_t length) {
    connection_write(connection, bytes, length);
    send_and_balance(connection);
}

/* ---- write ---- */

/* Backpressure: while the peer takes less than it sends, its own sending is made to wait. */
static void send_and_balance(struct connection *connection) {
    connection_flush(connection);
    if (connection_pending(connection) > options.max_pending_bytes) {
        connection_pause(connection);
    } else {
        connection_resume(connection);
    }
}

static void on_room(struct connection *connection) {
    send_and_balance(connection);
}

/* ---- half-close ---- */

/*
 * The peer has said all it had to say, and may still be reading: what is pending is sent, then our
 * FIN.
 */
static void on_end(struct connection *connection) {
    connection_finish(connection);
}

/* ---- close ---- */

static void on_idle(struct connection *connection) {
    if (connection_pending(connection) > 0) {
        connection_reset(connection); /* a FIN would wait behind bytes that nobody reads */
    } else {
        connection_finish(connection);
    }
}

static void on_drain(struct connection *connection) {
    connection_finish(connection);
}

/* All that is owed is pending, and net knows about that. */
static bool owes(const struct connection *connection) {
    (void)connection;
    return false;
}

/* ---- main ---- */

static const struct connection_handlers handlers = {
    .on_read = on_read,
    .on_room = on_room,
    .on_end = on_end,
    .on_idle = on_idle,
    .on_drain = on_drain,
    .owes = owes,
};

static const struct service service = {
    .name = "tcp-echo",
    .protocol = "tcp-echo",
    .connection = &handlers,
};

int main(int argc, char **argv) {
    int code = options_parse(&usage, argc, argv, &options);
    return code == OPTIONS_RUN ? lifecycle_run(&service, &options) : code;
}
