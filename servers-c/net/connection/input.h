/*
 * What comes in on a connection: one read per turn, so that what one peer can claim of a turn is
 * bounded.
 *
 * For net/connection only. Whether it is read at all is interest's business.
 * Mirrors servers-ts/net/connection/input.ts.
 */
#ifndef NET_CONNECTION_INPUT_H
#define NET_CONNECTION_INPUT_H

#include "../connections.h"

/* Reads once: hands the bytes or the peer's FIN to the program, or discards them after the end. */
void input_read(struct connection *connection);

#endif
