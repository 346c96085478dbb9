/*
 * What a connection waits for: input, room in the kernel, the end of its idle time.
 *
 * For net/connection only. It reads and writes nothing.
 * Mirrors servers-ts/net/connection/interest.ts.
 */
#ifndef NET_CONNECTION_INTEREST_H
#define NET_CONNECTION_INTEREST_H

#include "../connections.h"

/* A byte has moved: the idle time begins anew. */
void interest_touch(struct connection *connection);

/* True while what the peer sends is to be read. */
bool interest_in_input(const struct connection *connection);

/* Tells epoll what the connection waits for, if that has changed. */
void interest_settle(struct connection *connection);

/*
 * Within an event the interest is settled once, at its end: several changes cost one system call,
 * or none.
 */
void interest_changed(struct connection *connection);

#endif
