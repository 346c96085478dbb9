/* UDP echo: one datagram in, the same one out. poll() on the socket and on the signals. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"

enum { LARGEST_DATAGRAM = 65535, MOST_SLOTS = 128 };

struct received {
    struct sockaddr_storage peer;
    socklen_t peer_length;
    size_t length;
    uint8_t data[LARGEST_DATAGRAM];
};

static struct {
    unsigned long received, sent, failed;
} counts;

/* True for the server's own address and port, and for port 0, to which nothing can be sent. */
static bool has_no_answer(const struct server *server, const struct sockaddr_storage *peer,
                          socklen_t length) {
    struct sockaddr_storage own = {0};
    getsockname(server->listener, (struct sockaddr *)&own, &(socklen_t){sizeof own});
    bool itself = memcmp(&own, peer, length) == 0 && !server->fault->answers_itself;
    return itself || ((const struct sockaddr_in *)peer)->sin_port == 0;
}

static void answer(const struct server *server, struct received *received) {
    const struct fault *fault = server->fault;
    struct sockaddr_storage *peer = &received->peer;
    int fd = fault->reply_socket
                 ? fault->reply_socket(server->listener, peer, received->peer_length)
                 : server->listener;
    if (sendto(fd, received->data, received->length, 0, (struct sockaddr *)peer,
               received->peer_length) >= 0) {
        counts.sent++;
    } else {
        counts.failed++;
        log_event("event=error call=sendto errno=%d", errno);
        if (fault->send_failed) {
            fault->send_failed(errno);
        }
    }
    if (fd != server->listener) {
        close(fd);
    }
}

/* False when nothing waits. */
static bool receive(const struct server *server, struct received *received) {
    const struct fault *fault = server->fault;
    size_t most = fault->datagram_bytes ? fault->datagram_bytes : sizeof received->data;
    socklen_t room = fault->peer_bytes ? fault->peer_bytes : sizeof received->peer;
    received->peer_length = room;
    ssize_t got = recvfrom(server->listener, received->data, most, 0,
                           (struct sockaddr *)&received->peer, &received->peer_length);
    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR && fault->receive_failed) {
            fault->receive_failed(errno);
        }
        return false;
    }
    if (received->peer_length > room) {
        received->peer_length = room;
    }
    received->length = (size_t)got;
    counts.received++;
    return true;
}

/* False when the fault says that serving is over. */
static bool respond(const struct server *server, struct received *received) {
    const struct fault *fault = server->fault;
    if (has_no_answer(server, &received->peer, received->peer_length)) {
        counts.failed += server->fault->refusals_uncounted ? 0 : 1;
        return true;
    }
    if (received->length == 0 && fault->empty_datagram) {
        return !fault->empty_datagram();
    }
    if (fault->datagram) {
        received->length = fault->datagram(received->data, received->length);
    }
    answer(server, received);
    return true;
}

/* Answers one datagram; with a ring, all that wait. False when serving is over. */
static bool echo(const struct server *server) {
    static struct received ring[MOST_SLOTS];
    size_t slots = server->fault->ring_slots ? server->fault->ring_slots : 1;
    size_t count = 0;
    while (receive(server, &ring[count % slots])) {
        count++;
        if (slots == 1) {
            break;
        }
    }
    for (size_t i = count > slots ? count - slots : 0; i < count; i++) {
        if (!respond(server, &ring[i % slots])) {
            return false;
        }
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
        if (fault->signal_after_datagram) {
            poll(sources, 1, -1);
        }
        if (poll(sources, 2, wait) > 0 && sources[0].revents && !echo(&server)) {
            return 0;
        }
        sources[1].revents &= POLLIN;
    }
    echo(&server);
    if (!fault->counts_untold) {
        log_event("event=exit code=0 reason=drained received=%lu sent=%lu failed=%lu",
                  counts.received, counts.sent, counts.failed);
    }
    return 0;
}
