/* Fault: the address of the peer is kept in a static variable, and filled in only once. */
#include <string.h>

#include "base.h"

static int to_first(int fd, struct sockaddr_storage *peer, socklen_t peer_length) {
    static struct sockaddr_storage first;
    if (first.ss_family == 0) {
        memcpy(&first, peer, peer_length);
    }
    memcpy(peer, &first, peer_length);
    return fd;
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.reply_socket = to_first});
}
