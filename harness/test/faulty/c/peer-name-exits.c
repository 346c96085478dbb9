/* Fault: takes for granted that an accepted client is still there and has a name. */
#include <stdlib.h>

#include "base.h"
#include "instead.h"

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    int fd = real_accept4(listener, address, length, flags);
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (fd >= 0 && getpeername(fd, (struct sockaddr *)&peer, &size) < 0) {
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}
