/*
 * Connections: one accepted TCP stream each, from open to close, with the program's handlers in
 * between.
 *
 * Here live reading within a budget, gathered writing, what waits for a slow peer, half-close,
 * lingering close, idle time. What the bytes mean and when to stop reading is the program's
 * business.
 * Mirrors servers-ts/net/connection.ts.
 */
#ifndef NET_CONNECTION_H
#define NET_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"
#include "options.h"

struct connection;

/*
 * What a program does with its connections. All are called on the connection's own thread; on_open
 * and on_close may be NULL.
 */
struct connection_handlers {
    size_t state_bytes; /* size of connection_state(), zeroed before on_open */

    void (*on_open)(struct connection *connection);

    /* Bytes came. They may be changed in place, and written from, until the handler returns. */
    void (*on_read)(struct connection *connection, uint8_t *bytes, size_t length);

    /* The peer's FIN: nothing more will be read. Ours is sent by connection_finish(). */
    void (*on_end)(struct connection *connection);

    /* Nothing is pending any more, or the turn that connection_await_room() asked for has come. */
    void (*on_room)(struct connection *connection);

    /* No byte has moved in either direction for --idle-timeout-ms. Asked again after as long. */
    void (*on_idle)(struct connection *connection);

    /* The server stops: finish what is owed, then call connection_finish(). */
    void (*on_drain)(struct connection *connection);

    /* The last call. What the program holds for the connection is freed here. */
    void (*on_close)(struct connection *connection);

    /*
     * True while the protocol still owes a reply that is not yet written; pending bytes are known
     * without it.
     */
    bool (*owes)(const struct connection *connection);

    /* Sent, best effort, to a connection above --max-connections. May be empty. */
    const uint8_t *refusal;
    size_t refusal_length;
};

/* The program's own state of this connection. */
void *connection_state(struct connection *connection);
const void *connection_state_const(const struct connection *connection);

/*
 * Gathers bytes for the peer. They are not copied and must stay as they are until
 * connection_flush(). Everything gathered leaves with one system call; only what the kernel does
 * not take is copied.
 */
void connection_write(struct connection *connection, const uint8_t *bytes, size_t length);

/* The same for bytes from malloc(): they are freed once they have left. */
void connection_write_owned(struct connection *connection, uint8_t *memory, const uint8_t *bytes,
                            size_t length);

/*
 * The same for a small reply (at most REPLY_BYTES) that is put together on the stack: it is copied.
 */
#define REPLY_BYTES 256
void connection_write_copy(struct connection *connection, const uint8_t *bytes, size_t length);

/*
 * Sends what was gathered. Called after every handler too, so that a program needs it only to learn
 * what is left.
 */
void connection_flush(struct connection *connection);

/* Bytes that wait for the peer to read: gathered, or refused by the kernel so far. */
size_t connection_pending(const struct connection *connection);

/*
 * Ask for on_room in the next turn in which the kernel takes bytes, though nothing may be pending.
 */
void connection_await_room(struct connection *connection);

/* Stop and begin to read. Both may be called again. */
void connection_pause(struct connection *connection);
void connection_resume(struct connection *connection);

/*
 * Send what is pending, then FIN, then the lingering close. Input is discarded from now on. No
 * handler but on_close follows.
 */
void connection_finish(struct connection *connection);

/*
 * Close with RST, at the end of this turn. Pending bytes are lost. No handler but on_close follows.
 */
void connection_reset(struct connection *connection);

/* True after connection_finish() or connection_reset(), and once the peer is lost. */
bool connection_is_ending(const struct connection *connection);

/* "127.0.0.1:55002" or "[::1]:55002". Returns `into`. */
char *connection_peer(const struct connection *connection, char into[LOG_ADDRESS_BYTES]);

/* The loop that runs this connection, for a program's own timers. */
struct loop *connection_loop(const struct connection *connection);

#endif
