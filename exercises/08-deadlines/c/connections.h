/*
 * All connections of the server, and the first deadline among them.
 *
 * Given. A list: the way from an event to its connection is the pointer in the event, so nothing is
 * ever searched. It makes no system call but the one that reads the clock.
 */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "connection.h"

/* Milliseconds of CLOCK_MONOTONIC, which never jumps. */
uint64_t now_ms(void);

/* A new connection, in front of the others. Everything of it is zero but its place in the list. */
struct connection *connections_add(void);

/* Takes it out of the list and frees it. */
void connections_remove(struct connection *connection);

/* The first one, or NULL; the others follow by `next`. */
struct connection *connections_first(void);

size_t connections_count(void);

/* Remembers `due_ms` if no deadline is sooner. NEVER_MS is none. */
void connections_wake_by(uint64_t due_ms);

/*
 * True when the first deadline has come: then all are forgotten, and the caller looks at every
 * connection and remembers theirs anew. That is rare, however often deadlines move.
 */
bool connections_are_due(uint64_t now);

/* Until the first deadline, as epoll_wait() wants it: -1 is for ever. */
int connections_timeout_ms(void);

#endif
