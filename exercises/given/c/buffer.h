/*
 * Bytes in a row that grow at the end and are taken from the front. Node has Buffer; this is what C
 * needs instead.
 *
 * It sets no limit: who fills it decides how far it may grow.
 * Only in C.
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed it is empty. */
struct buffer {
    uint8_t *memory;
    size_t start; /* bytes before it have been taken */
    size_t length;
    size_t capacity;
};

/* The first of `length` bytes; valid until the buffer grows. */
uint8_t *buffer_bytes(const struct buffer *buffer);

/*
 * Makes room for `count` more bytes and returns where they belong; buffer->length stays as it is
 * until the caller adds to it. The memory may move. When none is left the process ends: the named
 * limits bound what a peer can make us keep, so this is the machine's fault, not a peer's.
 */
uint8_t *buffer_reserve(struct buffer *buffer, size_t count);

void buffer_append(struct buffer *buffer, const uint8_t *bytes, size_t count);

/* Forgets the first `count` bytes, and gives the memory back when nothing is left. */
void buffer_take(struct buffer *buffer, size_t count);

/* Forgets all. */
void buffer_clear(struct buffer *buffer);

#endif
