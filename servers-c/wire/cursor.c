/*
 * A position in a run of bytes, with checked big-endian reads and writes: see cursor.h.
 *
 * Numbers are put together byte by byte, so that neither alignment nor this machine's byte order
 * matters; compilers make one load and one swap of it.
 * Mirrors servers-ts/wire/cursor.ts.
 */
#include "cursor.h"

#include <string.h>

struct cursor cursor_over(uint8_t *bytes, size_t length) {
    return (struct cursor){.bytes = bytes, .length = length, .offset = 0};
}

size_t cursor_left(const struct cursor *cursor) {
    return cursor->length - cursor->offset;
}

uint8_t *cursor_here(const struct cursor *cursor) {
    return cursor->bytes + cursor->offset;
}

bool cursor_skip(struct cursor *cursor, size_t count) {
    if (count > cursor_left(cursor)) {
        return false;
    }
    cursor->offset += count;
    return true;
}

/* ---- reads ---- */

bool cursor_read_u8(struct cursor *cursor, uint8_t *value) {
    if (cursor_left(cursor) < 1) {
        return false;
    }
    *value = cursor->bytes[cursor->offset];
    cursor->offset += 1;
    return true;
}

bool cursor_read_u16(struct cursor *cursor, uint16_t *value) {
    if (cursor_left(cursor) < 2) {
        return false;
    }
    const uint8_t *from = cursor_here(cursor);
    *value = (uint16_t)((unsigned)from[0] << 8 | from[1]);
    cursor->offset += 2;
    return true;
}

bool cursor_read_u32(struct cursor *cursor, uint32_t *value) {
    if (cursor_left(cursor) < 4) {
        return false;
    }
    const uint8_t *from = cursor_here(cursor);
    *value = (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
    cursor->offset += 4;
    return true;
}

/* ---- writes ---- */

bool cursor_write_u8(struct cursor *cursor, uint8_t value) {
    return cursor_write_bytes(cursor, &value, 1);
}

bool cursor_write_u16(struct cursor *cursor, uint16_t value) {
    const uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    return cursor_write_bytes(cursor, bytes, sizeof bytes);
}

bool cursor_write_u32(struct cursor *cursor, uint32_t value) {
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value};
    return cursor_write_bytes(cursor, bytes, sizeof bytes);
}

bool cursor_write_bytes(struct cursor *cursor, const uint8_t *bytes, size_t length) {
    if (length > cursor_left(cursor)) {
        return false;
    }
    if (length > 0) { /* memcpy must not be given NULL, not even for nothing */
        memcpy(cursor_here(cursor), bytes, length);
    }
    cursor->offset += length;
    return true;
}
