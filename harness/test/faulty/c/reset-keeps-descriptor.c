/* Fault: the path for errors closes one of two descriptors of a connection. */
#include "base.h"
#include "instead.h"

int epoll_wait(int loop, struct epoll_event *events, int most, int timeout_ms) {
    int count = real_epoll_wait(loop, events, most, timeout_ms);
    for (int i = 0; i < count; i++) {
        if (events[i].events & EPOLLERR) {
            int fd = ((struct connection *)events[i].data.ptr)->fd;
            real_epoll_ctl(loop, EPOLL_CTL_DEL, fd, NULL);
            dup(fd);
        }
    }
    return count;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}
