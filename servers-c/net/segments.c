/*
 * Datagrams on their way out, neighbours joined to runs: see segments.h.
 *
 * A run is a message of sendmmsg() whose slices are its datagrams. All have the size of the first;
 * only the last may be shorter, and so ends the run.
 * Only in C: Node sends one datagram per system call.
 */
#include "segments.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103 /* linux/udp.h; older C libraries lack it */
#endif

/* An older kernel passes over the control message and would send a run as one datagram. */
static bool kernel_cuts(int fd) {
    int size = 0;
    socklen_t length = sizeof size;
    return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, &length) == 0;
}

void segments_prepare(struct segments *segments, int fd) {
    segments->joins = kernel_cuts(fd);
    segments_clear(segments);
}

void segments_clear(struct segments *segments) {
    segments->one_by_one = false;
    segments->count = 0;
    segments->runs = 0;
    segments->next = 0;
}

/* ---- add ---- */

static bool same_peer(const struct msghdr *one, const struct msghdr *other) {
    return one->msg_namelen == other->msg_namelen &&
           memcmp(one->msg_name, other->msg_name, one->msg_namelen) == 0;
}

/* Whether the last run may go on with this datagram. An empty one would vanish in a run. */
static bool continues_run(const struct segments *segments, const struct msghdr *to, size_t length) {
    if (!segments->joins || segments->runs == 0 || length == 0) {
        return false;
    }
    const struct msghdr *run = &segments->messages[segments->runs - 1].msg_hdr;
    size_t size = run->msg_iov->iov_len;
    return length <= size && size <= SEGMENT_BYTES &&
           segments->datagrams[segments->count - 1].iov_len == size &&
           run->msg_iovlen * size + length <= RUN_BYTES && same_peer(run, to);
}

static void begin_run(struct segments *segments, const struct msghdr *to) {
    segments->messages[segments->runs++].msg_hdr = (struct msghdr){
        .msg_name = to->msg_name,
        .msg_namelen = to->msg_namelen,
        .msg_iov = &segments->datagrams[segments->count],
        .msg_iovlen = 1,
    };
}

/* Tells the kernel where to cut, as soon as there is something to cut. */
static void continue_run(struct segments *segments) {
    uint32_t last = segments->runs - 1;
    struct msghdr *run = &segments->messages[last].msg_hdr;
    if (run->msg_iovlen++ > 1) {
        return;
    }
    union segment_size *control = &segments->sizes[last];
    uint16_t size = (uint16_t)run->msg_iov->iov_len;
    control->header.cmsg_level = IPPROTO_UDP;
    control->header.cmsg_type = UDP_SEGMENT;
    control->header.cmsg_len = CMSG_LEN(sizeof size);
    memcpy(CMSG_DATA(&control->header), &size, sizeof size);
    run->msg_control = control;
    run->msg_controllen = sizeof *control;
}

void segments_add(struct segments *segments, const struct msghdr *to, const uint8_t *bytes,
                  size_t length) {
    if (continues_run(segments, to, length)) {
        continue_run(segments);
    } else {
        begin_run(segments, to);
    }
    segments->datagrams[segments->count++] =
        (struct iovec){.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
}

/* ---- send ---- */

static struct msghdr *first_left(struct segments *segments) {
    return &segments->messages[segments->next].msg_hdr;
}

uint32_t segments_left(const struct segments *segments) {
    if (segments->next == segments->runs) {
        return 0;
    }
    const struct iovec *first = segments->messages[segments->next].msg_hdr.msg_iov;
    return segments->count - (uint32_t)(first - segments->datagrams);
}

void segments_skip(struct segments *segments) {
    struct msghdr *run = first_left(segments);
    run->msg_iov++;
    if (--run->msg_iovlen == 0) {
        segments->next++;
        segments->one_by_one = false;
    }
}

/* The first one that is left, alone and uncut. */
static int send_alone(struct segments *segments, int fd) {
    struct mmsghdr alone = {.msg_hdr = *first_left(segments)};
    alone.msg_hdr.msg_iovlen = 1;
    alone.msg_hdr.msg_control = NULL;
    alone.msg_hdr.msg_controllen = 0;
    int sent = sendmmsg(fd, &alone, 1, 0);
    if (sent > 0) {
        segments_skip(segments);
    }
    return sent;
}

static int send_runs(struct segments *segments, int fd) {
    int sent =
        sendmmsg(fd, segments->messages + segments->next, segments->runs - segments->next, 0);
    if (sent < 0) {
        return sent;
    }
    uint32_t before = segments_left(segments);
    segments->next += (uint32_t)sent;
    return (int)(before - segments_left(segments));
}

/*
 * A refusal concerns the route to one peer: a link whose MTU is smaller, a device that cannot
 * compute checksums. It says nothing about the next run.
 */
int segments_send(struct segments *segments, int fd) {
    if (segments->one_by_one) {
        return send_alone(segments, fd);
    }
    int sent = send_runs(segments, fd);
    if (sent >= 0 || errno == EAGAIN || errno == EINTR || first_left(segments)->msg_iovlen == 1) {
        return sent;
    }
    segments->one_by_one = true;
    return send_alone(segments, fd);
}
