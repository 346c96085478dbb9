/* Fault: at every third reset the neighbour in the list of connections is closed with it. No
 * prepared situation has three. */
#include "base.h"
#include "instead.h"

int epoll_wait(int loop, struct epoll_event *events, int most, int timeout_ms) {
    static int resets;
    int count = real_epoll_wait(loop, events, most, timeout_ms);
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        if (events[i].events & EPOLLERR && ++resets % 3 == 0 && connection->next) {
            real_shutdown(connection->next->fd, SHUT_RDWR);
        }
    }
    return count;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}
