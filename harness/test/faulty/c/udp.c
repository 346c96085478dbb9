/* UDP echo: one datagram in, the same one out. poll() on the socket and on the signals. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base.h"

enum { LARGEST_DATAGRAM = 65535 };

/* Answers one datagram; false when the fault says that serving is over. */
static bool echo(struct server *server) {
    static uint8_t data[LARGEST_DATAGRAM];
    const struct fault *fault = server->fault;
    struct sockaddr_storage peer;
    socklen_t peer_length = sizeof peer;
    size_t most = fault->datagram_bytes ? fault->datagram_bytes : sizeof data;
    ssize_t got = recvfrom(server->listener, data, most, 0, (struct sockaddr *)&peer, &peer_length);
    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR && fault->receive_failed) {
            fault->receive_failed(errno);
        }
        return true;
    }
    if (got == 0 && fault->empty_datagram) {
        return !fault->empty_datagram();
    }
    size_t length = fault->datagram ? fault->datagram(data, (size_t)got) : (size_t)got;
    int fd = fault->reply_socket ? fault->reply_socket(server->listener, &peer, peer_length)
                                 : server->listener;
    if (sendto(fd, data, length, 0, (struct sockaddr *)&peer, peer_length) < 0) {
        log_event("event=error call=sendto errno=%d", errno);
    }
    if (fd != server->listener) {
        close(fd);
    }
    return true;
}

int serve_udp_echo(int argc, char **argv, const struct fault *fault) {
    struct server server = {.fault = fault, .protocol = "udp-echo"};
    take_options(&server, argc, argv);
    bind_socket(&server, SOCK_DGRAM);
    struct pollfd sources[] = {{.fd = server.listener, .events = POLLIN},
                               {.fd = open_signals(fault), .events = POLLIN}};
    print_ready(&server);
    while (sources[1].revents == 0) {
        int wait = fault->wait_at_most_ms > 0 ? fault->wait_at_most_ms : -1;
        if (poll(sources, 2, wait) > 0 && sources[0].revents && !echo(&server)) {
            return 0;
        }
        sources[1].revents &= POLLIN;
    }
    echo(&server);
    return 0;
}
