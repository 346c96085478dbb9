/*
 * A position in a run of bytes, with checked big-endian reads and writes.
 *
 * Nothing here allocates, and nothing passes the end: a read or write that does not fit returns
 * false and moves nothing. It knows no protocol.
 * Mirrors servers-ts/wire/cursor.ts.
 */
#ifndef WIRE_CURSOR_H
#define WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
    uint8_t *bytes;
    size_t length;
    size_t offset; /* always <= length */
};

/* A cursor at the first of `length` bytes, which must outlive it. */
struct cursor cursor_over(uint8_t *bytes, size_t length);

/* How many bytes are left after the position. */
size_t cursor_left(const struct cursor *cursor);

/* The bytes at the position; cursor_left() of them may be used. */
uint8_t *cursor_here(const struct cursor *cursor);

/* Moves over `count` bytes. False, and nothing moves, when fewer are left. */
bool cursor_skip(struct cursor *cursor, size_t count);

/* Read an unsigned big-endian number (network byte order). False when fewer bytes are left. */
bool cursor_read_u8(struct cursor *cursor, uint8_t *value);
bool cursor_read_u16(struct cursor *cursor, uint16_t *value);
bool cursor_read_u32(struct cursor *cursor, uint32_t *value);

/* Write an unsigned big-endian number, or a run of bytes. False when there is no room. */
bool cursor_write_u8(struct cursor *cursor, uint8_t value);
bool cursor_write_u16(struct cursor *cursor, uint16_t value);
bool cursor_write_u32(struct cursor *cursor, uint32_t value);
bool cursor_write_bytes(struct cursor *cursor, const uint8_t *bytes, size_t length);

#endif
