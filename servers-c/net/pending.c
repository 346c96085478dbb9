/*
 * What a peer has not taken yet: see pending.h.
 *
 * Only in C: Node keeps such a queue itself.
 */
#include "pending.h"

#include <stdlib.h>
#include <string.h>

struct pending_block {
    struct pending_block *next;
    size_t capacity;
    size_t start; /* bytes before it have left */
    size_t end;
    uint8_t bytes[];
};

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static struct pending_block *add_block(struct pending *pending, size_t length) {
    size_t capacity = length > PENDING_BLOCK_BYTES ? length : PENDING_BLOCK_BYTES;
    struct pending_block *block = malloc(sizeof *block + capacity);
    if (block == NULL) {
        return NULL;
    }
    *block = (struct pending_block){.capacity = capacity};
    if (pending->last == NULL) {
        pending->first = block;
    } else {
        pending->last->next = block;
    }
    pending->last = block;
    return block;
}

bool pending_append(struct pending *pending, const uint8_t *bytes, size_t length) {
    while (length > 0) {
        struct pending_block *block = pending->last;
        if (block == NULL || block->end == block->capacity) {
            block = add_block(pending, length);
        }
        if (block == NULL) {
            return false;
        }
        size_t fits = smaller(length, block->capacity - block->end);
        memcpy(block->bytes + block->end, bytes, fits);
        block->end += fits;
        pending->length += fits;
        bytes += fits;
        length -= fits;
    }
    return true;
}

size_t pending_slices(const struct pending *pending, struct iovec *slices, size_t count) {
    size_t filled = 0;
    for (struct pending_block *block = pending->first; block != NULL && filled < count;
         block = block->next) {
        slices[filled++] = (struct iovec){.iov_base = block->bytes + block->start,
                                          .iov_len = block->end - block->start};
    }
    return filled;
}

void pending_drop(struct pending *pending, size_t length) {
    pending->length -= length;
    while (pending->first != NULL) {
        struct pending_block *block = pending->first;
        size_t dropped = smaller(length, block->end - block->start);
        block->start += dropped;
        length -= dropped;
        if (block->start < block->end) {
            return;
        }
        pending->first = block->next;
        free(block);
    }
    pending->last = NULL;
}

void pending_clear(struct pending *pending) {
    pending_drop(pending, pending->length);
}
