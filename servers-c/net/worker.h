/*
 * One worker: a loop, the sockets that it serves, and the orders that it takes from the main
 * thread.
 *
 * Worker 0 runs on the main thread; the others have threads of their own and share nothing but the
 * port. When to drain or stop is decided in lifecycle.c.
 * Mirrors servers-ts/net/worker.ts.
 */
#ifndef NET_WORKER_H
#define NET_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "connections.h"
#include "lifecycle.h"
#include "listener.h"
#include "loop.h"

/* Drain: close the listener, answer what is owed. Stop: end the loop at once, whatever is owed. */
enum worker_order { WORKER_RUN, WORKER_DRAIN, WORKER_STOP };

struct worker {
    struct loop loop;
    struct listener listener;          /* TCP */
    struct connections *connections;   /* TCP */
    struct datagram_socket *datagrams; /* UDP */
    struct watch orders;               /* an eventfd, written by worker_order() */
    atomic_int order;
    bool is_draining;
    bool owes; /* when it was stopped; to be read once the thread has ended */
    int error; /* errno of a loop that failed, else 0 */
    pthread_t thread;
    bool has_thread;
    atomic_bool has_ended; /* its thread has */
    int ended_fd;          /* an eventfd, written then */

    /* Everything owed was sent and every connection is closed. On the worker's own thread. */
    void (*on_drained)(struct worker *worker, void *context);
    void *context;
};

/*
 * Opens the loop and the socket. *port is the port asked for, and then the port bound. -1 with
 * errno.
 */
int worker_open(struct worker *worker, const struct service *service, const struct options *options,
                uint32_t connection_limit, uint32_t *port);

/* Begins to serve, when the loop runs. -1 with errno. */
int worker_serve(struct worker *worker);

/* Runs the loop on a thread of its own. -1 with errno. */
int worker_start(struct worker *worker);

/* Gives an order. Any thread may call. */
void worker_order(struct worker *worker, enum worker_order order);

/* Connections open at the moment. Any thread may call. */
uint32_t worker_connections(const struct worker *worker);

/* Waits for the thread, if there is one, and frees everything. */
void worker_join(struct worker *worker);
void worker_close(struct worker *worker);

#endif
