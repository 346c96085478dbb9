/*
 * A listening socket on one worker's loop: accept until there is nothing to accept, within a
 * budget.
 *
 * When descriptors run out it stops watching until a connection closes or a short time has passed,
 * because a level-triggered listener that cannot be served would be reported again and again.
 * Mirrors servers-ts/net/listener.ts.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "connections.h"
#include "loop.h"
#include "options.h"

/* Connections accepted in one turn before the others get theirs. */
#define ACCEPTS_PER_TURN 64

/* How long to wait at EMFILE or ENFILE when no connection closes. */
#define ACCEPT_RETRY_MS 500

struct listener {
    struct watch watch;
    struct timer retry;
    struct loop *loop;
    struct connections *connections;
    bool paused;
};

/*
 * Binds and listens, to be watched by listener_start(). *port is the port asked for, and then the
 * port bound. -1 with errno.
 */
int listener_open(struct listener *listener, struct loop *loop, const struct options *options,
                  bool reuse_port, uint32_t *port);

/* Begins to accept. -1 with errno. */
int listener_start(struct listener *listener, struct connections *connections);

/*
 * Stops accepting and closes the socket; what waits in the accept queue is reset. May be called
 * again.
 */
void listener_close(struct listener *listener);

/* A connection has closed: a descriptor may be free again. */
void listener_retry(struct listener *listener);

#endif
