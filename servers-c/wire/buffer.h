/*
 * A growing run of bytes with a hard cap: where a message is kept whose end has not arrived yet.
 *
 * It grows with the bytes that are there, at most to the double of them, and never to a length
 * that a peer has merely claimed. It is not a queue: bytes leave all at once.
 * Only in C: TypeScript has Buffer.
 */
#ifndef WIRE_BUFFER_H
#define WIRE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The first allocation, so that a frame that arrives byte by byte does not reallocate byte by byte.
 */
#define BUFFER_FIRST_BYTES 256

struct buffer {
    uint8_t *bytes; /* NULL when nothing is held */
    size_t length;
    size_t capacity;
};

/*
 * Appends a copy. False, and nothing changes, when the whole would pass `cap` or memory is short.
 */
bool buffer_append(struct buffer *buffer, const uint8_t *bytes, size_t length, size_t cap);

/* Gives the bytes away: the caller frees them with free(). The buffer is empty afterwards. */
uint8_t *buffer_take(struct buffer *buffer);

/* Frees what is held. The buffer is empty afterwards and may be used again. */
void buffer_release(struct buffer *buffer);

#endif
