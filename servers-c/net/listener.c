/*
 * A listening socket on one worker's loop: see listener.h.
 *
 * A spare descriptor, closed at EMFILE to accept and drop one connection, is no way out: accept4()
 * reports EMFILE even when the queue is empty, so that trick can loop for ever.
 * Mirrors servers-ts/net/listener.ts.
 */
#include "listener.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"

/* ---- listen ---- */

static int set_flag(int fd, int level, int option) {
    const int on = 1;
    return setsockopt(fd, level, option, &on, sizeof on);
}

/* Accepted sockets inherit TCP_NODELAY: one system call here instead of one per connection. */
static int prepare(int fd, const struct address *address, bool reuse_port) {
    if (set_flag(fd, SOL_SOCKET, SO_REUSEADDR) < 0 || set_flag(fd, IPPROTO_TCP, TCP_NODELAY) < 0 ||
        address_serve_both(fd, address) < 0) {
        return -1;
    }
    return reuse_port ? set_flag(fd, SOL_SOCKET, SO_REUSEPORT) : 0;
}

int listener_open(struct listener *listener, struct loop *loop, const struct options *options,
                  bool reuse_port, uint32_t *port) {
    struct address address = address_of(options->host, *port);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *listener = (struct listener){.loop = loop, .watch = {.fd = fd}};
    if (fd < 0) {
        return -1;
    }
    if (prepare(fd, &address, reuse_port) < 0 || address_bind(fd, &address, port) < 0 ||
        listen(fd, (int)options->backlog) < 0) {
        int error = errno;
        listener_close(listener);
        errno = error;
        return -1;
    }
    return 0;
}

/* ---- accept ---- */

static void pause_accepting(struct listener *listener) {
    listener->paused = true;
    (void)loop_change(listener->loop, &listener->watch, 0);
    loop_start_timer(listener->loop, &listener->retry, ACCEPT_RETRY_MS);
}

void listener_retry(struct listener *listener) {
    if (!listener->paused || listener->watch.fd < 0) {
        return;
    }
    listener->paused = false;
    loop_stop_timer(listener->loop, &listener->retry);
    (void)loop_change(listener->loop, &listener->watch, EPOLLIN);
}

static void on_retry_due(struct timer *timer) {
    listener_retry((struct listener *)((char *)timer - offsetof(struct listener, retry)));
}

/*
 * What accept4() reports about one connection that is gone already, or about its network: accept(2)
 * says go on.
 */
static bool concerns_one_connection(int error) {
    switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENOPROTOOPT:
    case ENONET:
    case EOPNOTSUPP:
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

static void on_ready(struct watch *watch, uint32_t events) {
    struct listener *listener = (struct listener *)watch; /* its first member */
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN && listener->watch.fd >= 0; i++) {
        struct sockaddr_in6 peer = {0};
        socklen_t size = sizeof peer;
        int fd = accept4(listener->watch.fd, (struct sockaddr *)&peer, &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            connections_add(listener->connections, fd, &peer);
        } else if (errno == EAGAIN) {
            return;
        } else if (!concerns_one_connection(errno)) {
            log_call_failed("accept", errno);
            pause_accepting(listener);
            return;
        }
    }
}

int listener_start(struct listener *listener, struct connections *connections) {
    listener->connections = connections;
    listener->watch.on_ready = on_ready;
    listener->retry.on_due = on_retry_due;
    return loop_watch(listener->loop, &listener->watch, EPOLLIN);
}

/* ---- close ---- */

void listener_close(struct listener *listener) {
    if (listener->watch.fd < 0) {
        return;
    }
    loop_stop_timer(listener->loop, &listener->retry);
    close(listener->watch.fd);
    listener->watch.fd = -1;
}
