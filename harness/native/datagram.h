/*
 * UDP: what became of each sequence number, and the buffers for sending and receiving many
 * datagrams in one call.
 *
 * A datagram begins with its sequence number (u64, big-endian); the rest is the pattern at a place
 * that the number gives.
 */
#ifndef DATAGRAM_H
#define DATAGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define SEQUENCE_BYTES 8u
#define DATAGRAM_BATCH 64u
#define SLOT_PARTS 2u /* a datagram to send: sequence number and pattern */

struct side;

struct datagram_batch {
    size_t slot_bytes; /* for which the receive slots are laid out */
    size_t slots;
    struct mmsghdr outgoing[DATAGRAM_BATCH];
    struct iovec outgoing_parts[DATAGRAM_BATCH][SLOT_PARTS];
    uint8_t sequences[DATAGRAM_BATCH][SEQUENCE_BYTES];
    struct mmsghdr incoming[DATAGRAM_BATCH];
    struct iovec incoming_parts[DATAGRAM_BATCH];
};

/* Once all have an outcome: if some were lost, waits for late replies until none has come for the
 * time of expiry. */
void datagram_settle(struct side *side);

#endif
