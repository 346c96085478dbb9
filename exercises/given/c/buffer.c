/*
 * Bytes in a row: see buffer.h.
 *
 * Only in C.
 */
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#include "contract.h"

#define SMALLEST_CAPACITY 4096

uint8_t *buffer_bytes(const struct buffer *buffer) {
    return buffer->memory == NULL ? NULL
                                  : buffer->memory + buffer->start; /* NULL + 0 is undefined */
}

/* Twice as much each time: n bytes, however they come, are copied less than 2n times in all. */
static void grow(struct buffer *buffer, size_t wanted) {
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : SMALLEST_CAPACITY;
    while (capacity < wanted) {
        capacity *= 2;
    }
    uint8_t *memory = realloc(buffer->memory, capacity);
    if (memory == NULL) {
        contract_give_up("realloc");
    }
    buffer->memory = memory;
    buffer->capacity = capacity;
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t count) {
    if (buffer->start + buffer->length + count > buffer->capacity) {
        if (buffer->start > 0) {
            memmove(buffer->memory, buffer_bytes(buffer), buffer->length);
            buffer->start = 0;
        }
        if (buffer->length + count > buffer->capacity) {
            grow(buffer, buffer->length + count);
        }
    }
    return buffer_bytes(buffer) + buffer->length;
}

void buffer_append(struct buffer *buffer, const uint8_t *bytes, size_t count) {
    if (count > 0) {
        memcpy(buffer_reserve(buffer, count), bytes, count);
        buffer->length += count;
    }
}

void buffer_take(struct buffer *buffer, size_t count) {
    buffer->start += count;
    buffer->length -= count;
    if (buffer->length == 0) {
        buffer_clear(buffer);
    }
}

void buffer_clear(struct buffer *buffer) {
    free(buffer->memory);
    *buffer = (struct buffer){0};
}
