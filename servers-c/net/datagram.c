/*
 * A UDP socket on one worker's loop: see datagram.h.
 *
 * One recvmmsg() and one sendmmsg() per turn carry up to BATCH_DATAGRAMS each; segments.h says how
 * replies leave together. The socket is never connected: it serves every peer.
 * Mirrors servers-ts/net/datagram.ts.
 */
#include "datagram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "segments.h"

/*
 * From one buffer to the next: no power of two, or the first bytes of all would compete for the
 * same cache lines.
 */
#define DATAGRAM_STRIDE (DATAGRAM_BYTES + 320)

_Static_assert(BATCH_DATAGRAMS <= BATCH_SEGMENTS, "all replies of a batch are sent together");

struct datagram_socket {
    struct watch watch;
    struct loop *loop;
    const struct datagram_handlers *handlers;
    struct datagram_counts counts;
    struct sockaddr_in6 own; /* large enough for IPv4 too */
    struct segments replies;
    struct sockaddr_in6 peers[BATCH_DATAGRAMS];
    struct iovec incoming_bytes[BATCH_DATAGRAMS];
    struct mmsghdr incoming[BATCH_DATAGRAMS];
    uint8_t buffers[BATCH_DATAGRAMS]
                   [DATAGRAM_STRIDE]; /* pages that no datagram reached cost nothing */
};

/* ---- write ---- */

/*
 * Why this sender gets no reply; NULL if it does. A sender is whatever the datagram says, so it may
 * be one to which nothing can be sent, or this very socket, which would answer its own replies for
 * ever.
 */
static const char *refusal(const struct datagram_socket *socket, const struct sockaddr_in6 *peer) {
    if (peer->sin6_port == 0) { /* in the same place as sin_port */
        return "PORT_0";
    }
    size_t size = peer->sin6_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof *peer;
    return memcmp(peer, &socket->own, size) == 0 ? "OWN_ADDRESS" : NULL;
}

static void refuse(struct datagram_socket *socket, const struct sockaddr_in6 *peer,
                   const char *reason) {
    char address[LOG_ADDRESS_BYTES];
    socket->counts.failed++;
    log_error("violation", log_text("peer", log_address(address, (const struct sockaddr *)peer)),
              log_number("code", 0), log_text("reason", reason));
}

void datagram_reply(struct datagram *datagram, const uint8_t *bytes, size_t length) {
    struct datagram_socket *socket = datagram->socket;
    const struct sockaddr_in6 *peer = &socket->peers[datagram->index];
    const char *reason = refusal(socket, peer);
    if (reason != NULL) {
        refuse(socket, peer, reason);
        return;
    }
    segments_add(&socket->replies, &socket->incoming[datagram->index].msg_hdr, bytes, length);
}

/* The first reply that is left cannot be sent: count it, say why, go on with the next. */
static void skip_failed(struct datagram_socket *socket, int error) {
    log_call_failed("sendmmsg", error);
    socket->counts.failed++;
    segments_skip(&socket->replies);
}

/* Sends what is left of the batch. False when the kernel takes no more for now. */
static bool send_replies(struct datagram_socket *socket) {
    while (segments_left(&socket->replies) > 0) {
        int sent = segments_send(&socket->replies, socket->watch.fd);
        if (sent >= 0) {
            socket->counts.sent += (uint64_t)sent;
        } else if (errno == EAGAIN) {
            return false;
        } else if (errno != EINTR) {
            skip_failed(socket, errno);
        }
    }
    return true;
}

/* ---- read ---- */

static void prepare_batch(struct datagram_socket *socket) {
    for (uint32_t i = 0; i < BATCH_DATAGRAMS; i++) {
        socket->incoming_bytes[i] =
            (struct iovec){.iov_base = socket->buffers[i], .iov_len = DATAGRAM_BYTES};
        socket->incoming[i].msg_hdr = (struct msghdr){
            .msg_name = &socket->peers[i],
            .msg_namelen = sizeof socket->peers[i],
            .msg_iov = &socket->incoming_bytes[i],
            .msg_iovlen = 1,
        };
    }
}

/* Receives a batch and hands out its datagrams. */
static void receive_batch(struct datagram_socket *socket) {
    int count;
    do {
        count = recvmmsg(socket->watch.fd, socket->incoming, BATCH_DATAGRAMS, 0, NULL);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        if (errno != EAGAIN) { /* an ICMP error of some earlier reply, for instance: not our end */
            log_call_failed("recvmmsg", errno);
        }
        return;
    }
    segments_clear(&socket->replies);
    socket->counts.received += (uint64_t)count;
    for (uint32_t i = 0; i < (uint32_t)count; i++) {
        struct datagram datagram = {.bytes = socket->buffers[i],
                                    .length = socket->incoming[i].msg_len,
                                    .socket = socket,
                                    .index = i};
        socket->handlers->on_datagram(&datagram);
        socket->incoming[i].msg_hdr.msg_namelen = sizeof socket->peers[i];
    }
}

/*
 * While replies wait for room the socket is watched for that alone: what comes meanwhile waits in
 * the kernel.
 */
static void await(struct datagram_socket *socket, uint32_t interest) {
    if (socket->watch.interest != interest &&
        loop_change(socket->loop, &socket->watch, interest) < 0) {
        log_call_failed("epoll_ctl", errno);
    }
}

static void on_ready(struct watch *watch, uint32_t events) {
    struct datagram_socket *socket = (struct datagram_socket *)watch; /* its first member */
    (void)events;
    if (socket->watch.fd < 0) {
        return;
    }
    if (segments_left(&socket->replies) == 0) {
        receive_batch(socket);
    }
    await(socket, send_replies(socket) ? EPOLLIN : EPOLLOUT);
}

/* ---- open ---- */

static int bind_socket(int fd, const struct options *options, bool reuse_port, uint32_t *port) {
    struct address address = address_of(options->host, *port);
    const int on = 1;
    if (address_serve_both(fd, &address) < 0 ||
        (reuse_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0)) {
        return -1;
    }
    return address_bind(fd, &address, port);
}

static int note_own_address(struct datagram_socket *made) {
    socklen_t size = sizeof made->own;
    return getsockname(made->watch.fd, (struct sockaddr *)&made->own, &size);
}

struct datagram_socket *datagram_open(struct loop *loop, const struct options *options,
                                      const struct datagram_handlers *handlers, bool reuse_port,
                                      uint32_t *port) {
    struct datagram_socket *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    int family = address_of(options->host, 0).any.sa_family;
    made->watch.fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    made->watch.on_ready = on_ready;
    made->loop = loop;
    made->handlers = handlers;
    if (made->watch.fd < 0 || bind_socket(made->watch.fd, options, reuse_port, port) < 0 ||
        note_own_address(made) < 0) {
        int error = errno;
        datagram_close(made);
        errno = error;
        return NULL;
    }
    prepare_batch(made);
    segments_prepare(&made->replies, made->watch.fd);
    return made;
}

int datagram_start(struct datagram_socket *socket) {
    return loop_watch(socket->loop, &socket->watch, EPOLLIN);
}

/* ---- close ---- */

/* Sends the batch now or never. */
static void finish_batch(struct datagram_socket *socket) {
    if (!send_replies(socket)) {
        log_call_failed("sendmmsg", EAGAIN);
        socket->counts.failed += segments_left(&socket->replies);
        segments_clear(&socket->replies);
    }
}

void datagram_drain(struct datagram_socket *socket) {
    finish_batch(socket);
    receive_batch(socket);
    finish_batch(socket);
}

void datagram_close(struct datagram_socket *socket) {
    if (socket->watch.fd >= 0) {
        close(socket->watch.fd);
    }
    free(socket);
}

struct datagram_counts datagram_counts(const struct datagram_socket *socket) {
    return socket->counts;
}
