/*
 * UDP: what became of each sequence number, and the buffers for sending and receiving many
 * datagrams in one call.
 *
 * A datagram begins with its sequence number (u64, big-endian); the rest is the pattern at a place
 * that the number gives.
 */
#ifndef DATAGRAM_H
#define DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define SEQUENCE_BYTES 8u
#define DATAGRAM_BATCH 64u

struct connection;
struct side;

/*
 * A ring over the last sequence numbers. An entry is the time of sending while the number is open,
 * else its outcome. All expire after the same time, so the oldest open one is always the next to
 * expire: a queue, no timer wheel is needed.
 */
struct window {
    uint64_t *entries;
    uint64_t mask;
    uint64_t next;   /* the next number to send; the ring holds those from next - mask - 1 on */
    uint64_t oldest; /* all numbers below have an outcome */
    uint64_t measured_from; /* smaller numbers are warm-up and do not count */
    uint64_t answered_ns;   /* when something last came in */
    uint64_t replies;       /* in time, from the start of the run */
    bool silent;            /* the last outcome was an expiry: to send anew is no progress */
    uint64_t drops_before;  /* the socket's drop counter when measuring began */
};

struct datagram_batch {
    size_t slot_bytes; /* for which the receive slots are laid out */
    size_t slots;
    struct mmsghdr outgoing[DATAGRAM_BATCH];
    struct iovec outgoing_parts[DATAGRAM_BATCH][2];
    uint8_t sequences[DATAGRAM_BATCH][SEQUENCE_BYTES];
    struct mmsghdr incoming[DATAGRAM_BATCH];
    struct iovec incoming_parts[DATAGRAM_BATCH];
};

/* Frees a window; NULL is fine. */
void window_free(struct window *window);

/* From here on sequence numbers and drops count. Nothing may be outstanding. */
void window_begin_measuring(struct connection *connection);

/* Adds the socket's drops. Numbers that a cancelled run leaves open are taken back, as if they had
 * not been sent. */
void window_end_measuring(struct connection *connection);

/* Once all have an outcome: if some were lost, waits for late replies until none has come for the
 * time of expiry. */
void datagram_settle(struct side *side);

#endif
