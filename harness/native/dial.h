/*
 * Finds a target's address and begins TCP connections to it.
 *
 * It waits for nothing but the resolver: the handshake's end is an event.
 */
#ifndef DIAL_H
#define DIAL_H

#include <stdbool.h>

#include "side.h"

/* Resolves the side's target; an address needs no resolver. Returns false after a failure. */
bool dial_resolve(struct side *side);

/*
 * Opens a non-blocking TCP socket, begins the handshake and watches the connection for `events`.
 * With `spread`, connections to 127/8 come from 127.0.0.2 to 127.0.0.17 by turns: each source
 * address has its own ports. Returns false after a failure.
 */
bool dial_begin(struct connection *connection, uint32_t events, bool spread);

#endif
