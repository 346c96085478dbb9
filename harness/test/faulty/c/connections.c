/*
 * Connections of the TCP base come and go: accepted, refused over --max-connections, closed. What
 * happens in between is the business of stream.c. Every branch on server->fault is a place where
 * one fault leaves the right way.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tcp.h"

void listen_for(struct server *server, bool accepting) {
    uint32_t edge = server->fault->accept_one_edge_triggered ? EPOLLET : 0;
    struct epoll_event event = {.events = EPOLLIN | edge, .data.ptr = &server->listener};
    if (server->listener >= 0 && accepting != server->accepting) {
        epoll_ctl(server->loop, accepting ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, server->listener,
                  &event);
    }
    server->accepting = accepting;
}

/* What a fault does not close still must not wake the loop. */
static void release(struct server *server, int fd) {
    if (server->fault->leaks_descriptors) {
        shutdown(fd, SHUT_RDWR);
        epoll_ctl(server->loop, EPOLL_CTL_DEL, fd, NULL);
    } else {
        close(fd);
    }
}

void close_connection(struct server *server, struct connection *connection) {
    struct connection **at = &server->connections;
    while (*at != connection) {
        at = &(*at)->next;
    }
    *at = connection->next;
    log_connection(server, "close", connection);
    release(server, connection->fd);
    drop_delays(connection);
    drop_replies(connection);
    free(connection->in.data);
    free(connection->out.data);
    free(connection);
    if (!server->fault->connections_never_uncounted) {
        server->count--;
    }
    listen_for(server, true);
}

static void log_refusal(struct server *server) {
    int64_t now = now_ms();
    if (server->refusal_logged_ms == 0 || now - server->refusal_logged_ms >= 1000 ||
        server->fault->logs_each_refusal) {
        server->refusal_logged_ms = now;
        log_event("event=limit reason=max-connections connections=%ld", server->count);
    }
}

static void refuse(struct server *server, int fd) {
    struct connection connection = {.fd = fd};
    log_refusal(server);
    if (server->framed) {
        append_error(server, &connection, 5, (const uint8_t[]){0, 0}, "OVERLOADED");
        ssize_t sent = write(fd, connection.out.data, connection.out.length);
        (void)sent;
        free(connection.out.data);
    }
    if (server->fault->refuse_with_rst) {
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    }
    close(fd);
}

static void accept_connection(struct server *server, int fd) {
    struct connection *connection = calloc(1, sizeof *connection);
    if (server->count >= server->options.max_connections) {
        free(connection);
        refuse(server, fd);
        return;
    }
    *connection = (struct connection){.fd = fd, .moved_ms = now_ms(), .next = server->connections};
    name_peer(connection);
    log_connection(server, "open", connection);
    server->connections = connection;
    server->count++;
    server->accepted++;
    epoll_ctl(server->loop, EPOLL_CTL_ADD, fd,
              &(struct epoll_event){.events = EPOLLIN, .data.ptr = connection});
    if (server->fault->opened) {
        server->fault->opened(fd);
    }
}

void on_accept(struct server *server) {
    do {
        int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            accept_connection(server, fd);
        } else if (errno == EMFILE && server->fault->accept_failed) {
            server->fault->accept_failed(server);
        } else if (errno == EMFILE && !server->fault->accept_error_ignored) {
            listen_for(server, false);
        }
        if (fd < 0) {
            return;
        }
        if (server->fault->one_client_at_a_time) {
            listen_for(server, false);
            return;
        }
    } while (!server->fault->accept_one_edge_triggered);
}
