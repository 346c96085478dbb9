/*
 * A server from start to exit: descriptor limit, workers, the ready line, signals, drain, exit
 * code.
 *
 * docs/contract.md sections 2, 4, 8 and 9. It starts the event loops and stops them; what happens
 * on a connection is not its business.
 * Mirrors servers-ts/net/lifecycle.ts.
 */
#ifndef NET_LIFECYCLE_H
#define NET_LIFECYCLE_H

#include "connection.h"
#include "datagram.h"
#include "options.h"

/* Exit codes; EXIT_USAGE (64) belongs to the options. */
#define EXIT_DRAINED 0
#define EXIT_OWING 1
#define EXIT_CANNOT_LISTEN 69
#define EXIT_WORKER_DIED 70
#define EXIT_SYSTEM 71

/* Descriptors for all that is not a connection: stdio, epoll, listeners, signals. */
#define RESERVED_DESCRIPTORS 64

/* What a program serves. Exactly one of the two handlers is set. */
struct service {
    const char *name;     /* of the program, for messages */
    const char *protocol; /* "framed" */
    const struct connection_handlers *connection;
    const struct datagram_handlers *datagram;
};

/* Serves until a signal ends it. Returns the exit code. */
int lifecycle_run(const struct service *service, const struct options *options);

#endif
