/*
 * The connections of one worker: added within the limit, drained and closed together. And what a
 * connection is made of, which programs need not know.
 *
 * For net only; a program includes connection.h.
 * Mirrors servers-ts/net/connections.ts.
 */
#ifndef NET_CONNECTIONS_H
#define NET_CONNECTIONS_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "connection.h"
#include "gather.h"
#include "pending.h"

/*
 * One read takes at most this much, and a connection gets one read per turn: no peer can keep the
 * others waiting.
 */
#define READ_BYTES 262144

/* How often a refusal is logged at most. */
#define REFUSAL_LOG_INTERVAL_MS 1000

enum phase { OPEN, FINISHING, LINGERING, CLOSED };

struct connection {
    struct watch watch;
    struct timer deadline; /* idle; then the end of lingering */
    struct connections *set;
    struct connection *previous;
    struct connection *next;
    struct pending pending;
    uint64_t active_ns; /* when a byte last moved */
    const char *reason; /* why it closes, for the log */
    struct deferred closing;
    uint32_t discarded; /* bytes of input since it began to end */
    uint8_t phase;
    bool ended; /* the peer's FIN was read */
    bool paused;
    bool awaits_room;
    bool resets; /* close with RST */
    struct sockaddr_in6 peer;
    max_align_t state[];
};

/* The connections of one worker and what they share. */
struct connections {
    struct loop *loop;
    const struct options *options;
    const struct connection_handlers *handlers;
    struct connection *first;
    struct connection *handling; /* in an event: its interest is settled at the end */
    struct connection *writer;   /* whose slices are gathered */
    void (*on_closed)(void *context);
    void *context;
    uint64_t refusal_logged_ns;
    uint32_t limit;
    atomic_uint count;
    struct gather gather;
    uint8_t read_buffer[READ_BYTES]; /* one for all: it is empty again when a handler returns */
};

/* NULL with errno when memory is short. `limit` is this worker's share of --max-connections. */
struct connections *connections_open(struct loop *loop, const struct options *options,
                                     const struct connection_handlers *handlers, uint32_t limit);

/* Closes every connection as it is and frees the rest. */
void connections_close(struct connections *connections);

/* Calls `on_closed` after each connection that has closed. */
void connections_on_closed(struct connections *connections, void (*on_closed)(void *context),
                           void *context);

/* Takes an accepted descriptor over, or refuses it: above the limit, or when memory is short. */
void connections_add(struct connections *connections, int fd, const struct sockaddr_in6 *peer);

/* Forgets a connection that is being closed. */
void connections_remove(struct connections *connections, struct connection *connection);

/* Calls on_drain for every connection. */
void connections_drain(struct connections *connections);

/* How many are open. Any thread may ask. */
uint32_t connections_count(const struct connections *connections);

/* True while any connection has bytes pending or its program owes a reply. */
bool connections_owe(const struct connections *connections);

/*
 * Makes a connection that is watched. NULL with errno when memory is short; then the descriptor
 * stays the caller's.
 */
struct connection *connection_open(struct connections *connections, int fd,
                                   const struct sockaddr_in6 *peer);

/* Closes the descriptor and frees the memory, now: nobody may hold the connection any more. */
void connection_close(struct connection *connection);

#endif
