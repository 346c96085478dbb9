/* Fault: asks for EPOLLPRI, and takes it for an error that must not happen. */
#include <stdlib.h>

#include "base.h"
#include "instead.h"

int epoll_ctl(int loop, int operation, int fd, struct epoll_event *event) {
    if (event) {
        event->events |= EPOLLPRI;
    }
    return real_epoll_ctl(loop, operation, fd, event);
}

int epoll_wait(int loop, struct epoll_event *events, int most, int timeout_ms) {
    int count = real_epoll_wait(loop, events, most, timeout_ms);
    for (int i = 0; i < count; i++) {
        if (events[i].events & EPOLLPRI) {
            exit(1);
        }
    }
    return count;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}
