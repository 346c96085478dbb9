/* Fault: a connection that reported an error is looked at again after it was closed and freed.
 * Built with ASan, which ends it. */
#include "base.h"
#include "instead.h"

static struct connection *failed;

static void look_again(void) {
    if (failed) {
        failed->paused = true;
        failed = NULL;
    }
}

int epoll_wait(int loop, struct epoll_event *events, int most, int timeout_ms) {
    look_again();
    int count = real_epoll_wait(loop, events, most, timeout_ms);
    for (int i = 0; i < count; i++) {
        bool is_both = events[i].events & EPOLLERR && events[i].events & EPOLLIN;
        failed = is_both && count > 1 ? events[i].data.ptr : failed;
    }
    return count;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){0});
}
