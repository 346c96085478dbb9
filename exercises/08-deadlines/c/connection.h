/*
 * One connection of an event loop: its socket, its session, and how far both have come.
 *
 * No function here waits for anything.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "deadlines.h"
#include "session.h"

struct connection {
    struct connection *next; /* connections.c keeps them in a list */
    struct connection *previous;
    int fd;
    int epoll;              /* the descriptor of the event loop */
    uint32_t interest;      /* the events for which epoll watches it */
    bool is_finishing;      /* our FIN is sent, that of the peer is awaited */
    uint64_t finish_due_ms; /* the end of that */
    struct deadlines deadlines;
    struct session session;
};

/* Puts an accepted socket into the event loop. It must be non-blocking. */
void connection_open(struct connection *connection, int epoll, int fd,
                     const struct contract *contract);

/* Acts on what epoll_wait() has reported. False when the connection is to be closed. */
bool connection_on_events(struct connection *connection, uint32_t events);

/* When connection_expire() has to be called if nothing else happens, or NEVER_MS. */
uint64_t connection_deadline_ms(const struct connection *connection);

/* Acts on a deadline that has come. False when the connection is to be closed. */
bool connection_expire(struct connection *connection);

/* Frees everything but the structure itself. */
void connection_close(struct connection *connection);

#endif
