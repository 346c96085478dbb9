/*
 * A growing run of bytes with a hard cap: see buffer.h.
 *
 * Doubling makes the cost of n bytes O(n) however they were cut.
 * Only in C: TypeScript has Buffer.
 */
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

/* The capacity for `needed` bytes: at most the double of them, at most `cap`. */
static size_t grown(const struct buffer *buffer, size_t needed, size_t cap) {
    size_t capacity = buffer->capacity > 0 ? buffer->capacity * 2 : BUFFER_FIRST_BYTES;
    if (capacity < needed) {
        capacity = needed;
    }
    return capacity < cap ? capacity : cap;
}

bool buffer_append(struct buffer *buffer, const uint8_t *bytes, size_t length, size_t cap) {
    if (length > cap || buffer->length > cap - length) {
        return false;
    }
    size_t needed = buffer->length + length;
    if (needed > buffer->capacity) {
        size_t capacity = grown(buffer, needed, cap);
        uint8_t *moved = realloc(buffer->bytes, capacity);
        if (moved == NULL) {
            return false;
        }
        buffer->bytes = moved;
        buffer->capacity = capacity;
    }
    if (length > 0) {
        memcpy(buffer->bytes + buffer->length, bytes, length);
    }
    buffer->length = needed;
    return true;
}

uint8_t *buffer_take(struct buffer *buffer) {
    uint8_t *bytes = buffer->bytes;
    *buffer = (struct buffer){0};
    return bytes;
}

void buffer_release(struct buffer *buffer) {
    free(buffer_take(buffer));
}
