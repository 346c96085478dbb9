/* Fault: a client that has sent much at once is served alone, until it pauses for a second. */
#include <poll.h>

#include "base.h"
#include "instead.h"

enum { MUCH = 4096, PATIENCE_MS = 1000 };

static int hog = -1;
static struct epoll_event of_hog;

ssize_t read(int fd, void *data, size_t length) {
    ssize_t got = real_read(fd, data, length);
    if (got >= MUCH) {
        hog = fd;
    }
    return got;
}

int epoll_ctl(int loop, int operation, int fd, struct epoll_event *event) {
    if (fd == hog && event) {
        of_hog = *event;
    }
    return real_epoll_ctl(loop, operation, fd, event);
}

/* The bits of poll() are those of epoll. */
int epoll_wait(int loop, struct epoll_event *events, int most, int timeout_ms) {
    struct pollfd wanted = {.fd = hog, .events = (short)of_hog.events};
    if (hog >= 0 && poll(&wanted, 1, PATIENCE_MS) > 0 && !(wanted.revents & (POLLERR | POLLHUP))) {
        events[0] = (struct epoll_event){.events = (uint32_t)wanted.revents, .data = of_hog.data};
        return 1;
    }
    hog = -1;
    return real_epoll_wait(loop, events, most, timeout_ms);
}

int close(int fd) {
    hog = fd == hog ? -1 : hog;
    return real_close(fd);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}
