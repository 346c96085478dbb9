/*
 * UDP echo with one blocking recvfrom and one sendto per datagram: what recvmmsg and sendmmsg are
 * compared with.
 */
#include "contract.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

enum { LARGEST_DATAGRAM_BYTES = 65535 };

int main(int argc, char **argv) {
    static uint8_t buffer[LARGEST_DATAGRAM_BYTES];
    struct peer_address address = peer_parse_address(argc, argv);
    peer_exit_on_signals();
    int fd = peer_listen(&address, SOCK_DGRAM);
    peer_print_ready(fd, "udp-echo", "udp");
    for (;;) {
        struct sockaddr_storage client;
        socklen_t client_length = sizeof client;
        ssize_t length =
            recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&client, &client_length);
        if (length < 0 && (errno == EINTR || errno == ECONNREFUSED))
            continue;
        if (length < 0) {
            perror("recvfrom");
            return 71;
        }
        (void)sendto(fd, buffer, (size_t)length, 0, (struct sockaddr *)&client, client_length);
    }
}
