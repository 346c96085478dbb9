/* Fault: what waits to be written is freed when a connection ends in order, and forgotten when it
 * is reset. */
#include "base.h"
#include "instead.h"

int epoll_wait(int loop, struct epoll_event *events, int most, int timeout_ms) {
    int count = real_epoll_wait(loop, events, most, timeout_ms);
    for (int i = 0; i < count; i++) {
        if (events[i].events & EPOLLERR) {
            ((struct connection *)events[i].data.ptr)->out = (struct bytes){0};
        }
    }
    return count;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){0});
}
