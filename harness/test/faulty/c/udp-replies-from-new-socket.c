/* Fault: a new socket for each reply, so that it comes from another port. */
#include "base.h"

static int fresh_socket(int fd, struct sockaddr_storage *peer, socklen_t peer_length) {
    (void)fd;
    (void)peer_length;
    return socket(peer->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.reply_socket = fresh_socket});
}
