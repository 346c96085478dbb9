/* Fault: every -1 of epoll_wait() is taken for the end, EINTR too. */
#include <stdlib.h>

#include "base.h"
#include "instead.h"

int epoll_wait(int loop, struct epoll_event *events, int most, int timeout_ms) {
    int count = real_epoll_wait(loop, events, most, timeout_ms);
    if (count < 0) {
        exit(1);
    }
    return count;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){0});
}
