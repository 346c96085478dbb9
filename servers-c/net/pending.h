/*
 * What a peer has not taken yet: a queue of bytes in blocks.
 *
 * Blocks, because a queue in one piece would be moved when it grows, and would keep its largest
 * size. An empty queue holds no memory. How long it may become is decided by the program, which
 * stops reading.
 * Mirrors servers-ts/net/pending.ts.
 */
#ifndef NET_PENDING_H
#define NET_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* The least size of a block, so that many small replies share one. */
#define PENDING_BLOCK_BYTES 16384

struct pending_block;

struct pending {
    struct pending_block *first;
    struct pending_block *last;
    size_t length; /* bytes in the queue */
};

/* Copies bytes to the end. False when memory is short. */
bool pending_append(struct pending *pending, const uint8_t *bytes, size_t length);

/* Describes the bytes at the front, at most `count` slices. Returns how many. */
size_t pending_slices(const struct pending *pending, struct iovec *slices, size_t count);

/*
 * Drops `length` bytes, which must be there, from the front, and frees the blocks that they filled.
 */
void pending_drop(struct pending *pending, size_t length);

/* Drops everything. */
void pending_clear(struct pending *pending);

#endif
