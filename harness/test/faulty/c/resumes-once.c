/* Fault: a flag that says "was paused" is never cleared: reading starts again after the first
 * pause, and not after the second. */
#include <stdbool.h>

#include "base.h"
#include "instead.h"

static bool paused[MOST_DESCRIPTORS];
static int resumed[MOST_DESCRIPTORS];

static void forget(int fd) {
    paused[fd] = false;
    resumed[fd] = 0;
}

int epoll_ctl(int loop, int operation, int fd, struct epoll_event *event) {
    if (operation == EPOLL_CTL_ADD) {
        forget(fd);
    } else if (operation == EPOLL_CTL_MOD) {
        bool reads = event->events & EPOLLIN;
        resumed[fd] += reads && paused[fd];
        paused[fd] = !reads;
        if (resumed[fd] > 1) {
            event->events &= ~(uint32_t)EPOLLIN;
        }
    }
    return real_epoll_ctl(loop, operation, fd, event);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}
