/* Fault: the descriptor of a connection is closed only if a byte was ever read from it. */
#include "base.h"
#include "instead.h"

static bool silent[MOST_DESCRIPTORS];
static int loop_of_all;

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    int fd = real_accept4(listener, address, length, flags);
    if (fd >= 0) {
        silent[fd] = true;
    }
    return fd;
}

int epoll_ctl(int loop, int operation, int fd, struct epoll_event *event) {
    loop_of_all = loop;
    return real_epoll_ctl(loop, operation, fd, event);
}

ssize_t read(int fd, void *data, size_t length) {
    ssize_t got = real_read(fd, data, length);
    if (got > 0) {
        silent[fd] = false;
    }
    return got;
}

int close(int fd) {
    return silent[fd] ? real_epoll_ctl(loop_of_all, EPOLL_CTL_DEL, fd, NULL) : real_close(fd);
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){0});
}
