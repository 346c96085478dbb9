/* Fault: opens a descriptor for each datagram and never closes it. */
#include <unistd.h>

#include "base.h"

static int remember(int fd, struct sockaddr_storage *peer, socklen_t peer_length) {
    (void)peer;
    (void)peer_length;
    dup(fd);
    return fd;
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.reply_socket = remember});
}
