/*
 * How a connection ends: our FIN, the lingering close, and the moment when it counts as closed.
 *
 * For net/connection only. What is still to be sent is output's business, and memory is freed by
 * connection.c, when the turn ends.
 * Mirrors servers-ts/net/connection/ending.ts.
 */
#ifndef NET_CONNECTION_ENDING_H
#define NET_CONNECTION_ENDING_H

#include "../connections.h"

/* What a lingering close discards before it gives up (docs/contract.md section 5). */
#define LINGER_BYTES 16777216

/* Nothing is called for it any more but on_close, when the turn ends. */
void ending_close(struct connection *connection, const char *reason);

/* The same after a failed system call. */
void ending_fail(struct connection *connection, int error);

/* Everything has left: our FIN, unless closing sends it because the peer's is here already. */
void ending_send_fin(struct connection *connection);

/* Input after the end is read so that closing does not send RST, but not for ever. */
void ending_discard(struct connection *connection, size_t length);

#endif
