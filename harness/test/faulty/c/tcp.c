/*
 * TCP echo and the framed protocol: one level-triggered epoll loop for all connections. What an
 * event means stands in connections.c, stream.c, limits.c and drain.c.
 */
#include <sys/epoll.h>

#include "tcp.h"

enum { BATCH = 64 };

static void turn(struct server *server) {
    struct epoll_event events[BATCH];
    int count = epoll_wait(server->loop, events, BATCH, wait_ms(server));
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == &server->listener) {
            on_accept(server);
        } else if (events[i].data.ptr == &server->signals) {
            on_signal(server);
        } else {
            on_event(server, events[i].data.ptr, events[i].events);
        }
    }
    expire_due(server);
}

static int serve(struct server *server, int argc, char **argv) {
    take_options(server, argc, argv);
    server->signals = open_signals(server->fault);
    server->loop = epoll_create1(EPOLL_CLOEXEC);
    bind_socket(server, SOCK_STREAM);
    listen_for(server, true);
    epoll_ctl(server->loop, EPOLL_CTL_ADD, server->signals,
              &(struct epoll_event){.events = EPOLLIN, .data.ptr = &server->signals});
    print_ready(server);
    while (!server->draining || server->connections) {
        turn(server);
        if (server->draining && now_ms() >= server->drain_until_ms) {
            return anything_owed(server) ? 1 : 0;
        }
    }
    return 0;
}

int serve_tcp_echo(int argc, char **argv, const struct fault *fault) {
    struct server server = {.fault = fault, .protocol = "tcp-echo"};
    return serve(&server, argc, argv);
}

int serve_framed(int argc, char **argv, const struct fault *fault) {
    struct server server = {.fault = fault, .protocol = "framed", .framed = true};
    return serve(&server, argc, argv);
}
