/*
 * Datagrams on their way out: neighbours that go to one peer and have one size leave as one run,
 * which the kernel cuts into datagrams again (UDP_SEGMENT, Linux 4.18).
 *
 * One run takes the way through the IP layer once; the peer sees single datagrams, in order, as
 * without. Where the kernel or a route refuses a run, its datagrams leave one by one.
 * Only in C: Node sends one datagram per system call.
 */
#ifndef NET_SEGMENTS_H
#define NET_SEGMENTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Datagrams of one batch; also the most that every kernel cuts one run into (UDP_MAX_SEGMENTS). */
#define BATCH_SEGMENTS 64

/*
 * The largest datagram of a run: 1,280 bytes, which every link of IPv6 carries, less the headers
 * (RFC 8200, section 5). The kernel fragments no segment that is larger than the link's MTU.
 */
#define SEGMENT_BYTES 1232

/* The largest run: it travels as one IPv4 packet until it is cut. */
#define RUN_BYTES 65507

/* The control message that tells the kernel where to cut. */
union segment_size {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
};

struct segments {
    bool joins;      /* the kernel knows UDP_SEGMENT */
    bool one_by_one; /* the first run that is left was refused as a whole */
    uint32_t count;  /* datagrams added, sent or not */
    uint32_t runs;
    uint32_t next;                            /* the first run that is left */
    struct iovec datagrams[BATCH_SEGMENTS];   /* in the order in which they were added */
    struct mmsghdr messages[BATCH_SEGMENTS];  /* the runs: neighbours in `datagrams` */
    union segment_size sizes[BATCH_SEGMENTS]; /* of the runs that have more than one */
};

/* An empty batch, to be sent through this socket; once for each socket. */
void segments_prepare(struct segments *segments, int fd);

/* Forgets what was added. */
void segments_clear(struct segments *segments);

/*
 * Adds a datagram; at most BATCH_SEGMENTS between two calls of segments_clear(). The bytes and the
 * address must stay until they are sent.
 */
void segments_add(struct segments *segments, const struct msghdr *to, const uint8_t *bytes,
                  size_t length);

/* Datagrams that are neither sent nor skipped. */
uint32_t segments_left(const struct segments *segments);

/*
 * Sends as many as the kernel takes, and returns how many datagrams. -1 with errno, then it speaks
 * of the first one that is left: that one alone.
 */
int segments_send(struct segments *segments, int fd);

/* Leaves out the first one that is left. */
void segments_skip(struct segments *segments);

#endif
