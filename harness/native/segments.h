/*
 * A batch of datagrams of one size leaves in one piece, which the kernel cuts again (UDP_SEGMENT,
 * Linux 4.18): the way through the IP layer is taken once.
 *
 * It is cut at the receiving socket, or before the network: each datagram is queued, dropped and
 * counted by itself, as without. The way back (UDP_GRO) is not used: there the kernel drops many
 * datagrams whole and counts one.
 */
#ifndef SEGMENTS_H
#define SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>

struct connection;
struct datagram_batch;

/* Whether this connection's batches can leave in one piece: once it has a socket. */
bool segments_possible(const struct connection *connection);

/*
 * Sends the first `count` slots of the batch, or fewer. Returns how many went, or -1 with errno.
 * When the route refuses a batch in one piece, none is tried again on this connection.
 */
int segments_send(struct connection *connection, struct datagram_batch *batch, size_t count);

#endif
