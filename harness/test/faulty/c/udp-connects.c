/* Fault: connect() to the first peer, so that send() can be used. The kernel then drops what all
 * others send. */
#include "base.h"

static int connected(int fd, struct sockaddr_storage *peer, socklen_t peer_length) {
    connect(fd, (struct sockaddr *)peer, peer_length);
    return fd;
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.reply_socket = connected});
}
