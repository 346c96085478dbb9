/* Fault: a table by descriptor with 30 places; who gets a higher one is closed. */
#include <errno.h>

#include "base.h"
#include "instead.h"

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    int fd = real_accept4(listener, address, length, flags);
    if (fd < 30) {
        return fd;
    }
    real_close(fd);
    errno = EAGAIN;
    return -1;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){0});
}
