/* Fault: the error path walks on to the end of the list, and ends every older connection too. */
#include "base.h"
#include "instead.h"

static void end_from(const struct connection *at) {
    for (; at; at = at->next) {
        real_shutdown(at->fd, SHUT_RDWR);
    }
}

int epoll_wait(int loop, struct epoll_event *events, int most, int timeout_ms) {
    int count = real_epoll_wait(loop, events, most, timeout_ms);
    for (int i = 0; i < count; i++) {
        if (events[i].events & EPOLLERR) {
            end_from(((struct connection *)events[i].data.ptr)->next);
        }
    }
    return count;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){0});
}
