/* Fault: EPOLLOUT is asked for at the first reply that does not fit, and never taken back. */
#include "base.h"
#include "instead.h"

static bool asked[MOST_DESCRIPTORS];

int epoll_ctl(int loop, int operation, int fd, struct epoll_event *event) {
    if (operation == EPOLL_CTL_ADD) {
        asked[fd] = false;
    } else if (operation == EPOLL_CTL_MOD) {
        asked[fd] = asked[fd] || (event->events & EPOLLOUT);
        event->events |= asked[fd] ? (uint32_t)EPOLLOUT : 0;
    }
    return real_epoll_ctl(loop, operation, fd, event);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}
