/*
 * One worker: see worker.h.
 *
 * Only in C: in TypeScript a worker runs the program again.
 */
#include "worker.h"

#include <errno.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- open ---- */

static int open_sockets(struct worker *worker, const struct service *service,
                        const struct options *options, uint32_t connection_limit, uint32_t *port) {
    bool reuse_port = options->workers > 1;
    if (service->datagram != NULL) {
        worker->datagrams =
            datagram_open(&worker->loop, options, service->datagram, reuse_port, port);
        return worker->datagrams == NULL ? -1 : 0;
    }
    worker->connections =
        connections_open(&worker->loop, options, service->connection, connection_limit);
    if (worker->connections == NULL) {
        return -1;
    }
    return listener_open(&worker->listener, &worker->loop, options, reuse_port, port);
}

int worker_open(struct worker *worker, const struct service *service, const struct options *options,
                uint32_t connection_limit, uint32_t *port) {
    worker->listener.watch.fd = -1;
    worker->orders.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop_open(&worker->loop) < 0 || worker->orders.fd < 0) {
        return -1;
    }
    return open_sockets(worker, service, options, connection_limit, port);
}

/* ---- drain and stop ---- */

static void end_if_drained(struct worker *worker) {
    if (worker->is_draining && worker_connections(worker) == 0) {
        worker->on_drained(worker, worker->context);
    }
}

static void on_connection_closed(void *context) {
    struct worker *worker = context;
    listener_retry(&worker->listener);
    end_if_drained(worker);
}

static void drain(struct worker *worker) {
    if (worker->is_draining) {
        return;
    }
    worker->is_draining = true;
    if (worker->datagrams != NULL) {
        datagram_drain(worker->datagrams);
    } else {
        listener_close(&worker->listener);
        connections_drain(worker->connections);
    }
    end_if_drained(worker);
}

static void stop(struct worker *worker) {
    worker->owes = worker->connections != NULL && connections_owe(worker->connections);
    loop_stop(&worker->loop);
}

static void on_order(struct watch *watch, uint32_t events) {
    struct worker *worker = (struct worker *)((char *)watch - offsetof(struct worker, orders));
    eventfd_t ignored;
    (void)events;
    (void)eventfd_read(watch->fd, &ignored);
    int order = atomic_load(&worker->order);
    if (order == WORKER_STOP) {
        stop(worker);
    } else if (order == WORKER_DRAIN) {
        drain(worker);
    }
}

void worker_order(struct worker *worker, enum worker_order order) {
    atomic_store(&worker->order, (int)order);
    (void)eventfd_write(worker->orders.fd, 1);
}

/* ---- serve ---- */

int worker_serve(struct worker *worker) {
    worker->orders.on_ready = on_order;
    if (loop_watch(&worker->loop, &worker->orders, EPOLLIN) < 0) {
        return -1;
    }
    if (worker->datagrams != NULL) {
        return datagram_start(worker->datagrams);
    }
    connections_on_closed(worker->connections, on_connection_closed, worker);
    return listener_start(&worker->listener, worker->connections);
}

static void *run_thread(void *argument) {
    struct worker *worker = argument;
    if (loop_run(&worker->loop) < 0) {
        worker->error = errno;
    }
    atomic_store(&worker->has_ended, true);
    (void)eventfd_write(worker->ended_fd, 1);
    return NULL;
}

int worker_start(struct worker *worker) {
    int error = pthread_create(&worker->thread, NULL, run_thread, worker);
    if (error != 0) {
        errno = error;
        return -1;
    }
    worker->has_thread = true;
    return 0;
}

uint32_t worker_connections(const struct worker *worker) {
    return worker->connections != NULL ? connections_count(worker->connections) : 0;
}

/* ---- close ---- */

void worker_join(struct worker *worker) {
    if (worker->has_thread) {
        pthread_join(worker->thread, NULL);
        worker->has_thread = false;
    }
}

void worker_close(struct worker *worker) {
    worker_join(worker);
    listener_close(&worker->listener);
    if (worker->connections != NULL) {
        connections_close(worker->connections);
    }
    if (worker->datagrams != NULL) {
        datagram_close(worker->datagrams);
    }
    if (worker->orders.fd >= 0) {
        close(worker->orders.fd);
    }
    loop_close(&worker->loop);
}
