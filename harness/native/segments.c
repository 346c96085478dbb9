/*
 * Sends a batch of datagrams of one size in one piece, or one by one where that cannot be: see
 * segments.h.
 */
#include "segments.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "datagram.h"
#include "side.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103 /* linux/udp.h; older C libraries lack it */
#endif

/* The kernel fragments no part of a piece: 1,280 bytes, which every link of IPv6 carries (RFC 8200,
 * section 5), less the headers. */
#define SEGMENT_BYTES 1232

/* It travels as one IPv4 packet until it is cut. */
#define PIECE_BYTES 65507

/* UDP_MAX_SEGMENTS: what every kernel cuts one piece into. */
_Static_assert(DATAGRAM_BATCH <= 64, "a batch is at most one piece");

/* The control message that tells the kernel where to cut. */
union segment_size {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
};

/* An older kernel would pass over the control message and send one datagram: hence the question. */
bool segments_possible(const struct connection *connection) {
    int size = 0;
    socklen_t length = sizeof size;
    return connection->side->work->message_bytes <= SEGMENT_BYTES &&
           getsockopt(connection->fd, IPPROTO_UDP, UDP_SEGMENT, &size, &length) == 0;
}

static int send_piece(struct connection *connection, struct datagram_batch *batch, size_t count) {
    union segment_size control = {0};
    uint16_t size = (uint16_t)connection->side->work->message_bytes;
    struct msghdr message = {
        .msg_iov = batch->outgoing_parts[0], /* the parts of all slots lie side by side */
        .msg_iovlen = count * SLOT_PARTS,
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    control.header.cmsg_level = IPPROTO_UDP;
    control.header.cmsg_type = UDP_SEGMENT;
    control.header.cmsg_len = CMSG_LEN(sizeof size);
    memcpy(CMSG_DATA(&control.header), &size, sizeof size);
    return sendmsg(connection->fd, &message, 0) < 0 ? -1 : (int)count;
}

/* A link whose MTU is smaller, or a device that computes no checksums. */
static bool is_refusal(int error) {
    return error == EINVAL || error == EMSGSIZE || error == EIO;
}

int segments_send(struct connection *connection, struct datagram_batch *batch, size_t count) {
    size_t fit = PIECE_BYTES / connection->side->work->message_bytes;
    if (count > 1 && connection->joins) {
        int sent = send_piece(connection, batch, count < fit ? count : fit);
        if (sent >= 0 || !is_refusal(errno))
            return sent;
        connection->joins = false;
    }
    return sendmmsg(connection->fd, batch->outgoing, (unsigned)count, 0);
}
