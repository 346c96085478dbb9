/*
 * The frames of docs/protocol.md section 1 as bytes: see codec.h.
 */
#include "codec.h"

#include <string.h>

/* The text of an ERROR is the name of its code (docs/protocol.md section 4). */
static const char *const code_names[] = {
    [0] = "TRUNCATED_FRAME",         [FRAME_TOO_LARGE] = "FRAME_TOO_LARGE",
    [BAD_FLAGS] = "BAD_FLAGS",       [UNKNOWN_TYPE] = "UNKNOWN_TYPE",
    [BAD_PAYLOAD] = "BAD_PAYLOAD",   [OVERLOADED] = "OVERLOADED",
    [IDLE_TIMEOUT] = "IDLE_TIMEOUT", [FRAME_TIMEOUT] = "FRAME_TIMEOUT",
};

const char *frame_code_name(uint16_t code) {
    return code_names[code];
}

/* ---- numbers ---- */

uint32_t read_u32(const uint8_t *bytes) {
    /*
     * Byte by byte, so that neither the byte order of this machine nor the alignment of the pointer
     * matters; *(uint32_t *)bytes would depend on both. The cast comes before the shift: a uint8_t
     * becomes an int in an expression, and a 1 that is shifted into its sign bit is undefined.
     */
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void write_u32(uint8_t *bytes, uint32_t number) {
    bytes[0] = (uint8_t)(number >> 24);
    bytes[1] = (uint8_t)(number >> 16);
    bytes[2] = (uint8_t)(number >> 8);
    bytes[3] = (uint8_t)number;
}

/* ---- frames ---- */

enum frame_outcome frame_decode(const uint8_t *bytes, size_t length, uint32_t max_frame_size,
                                struct frame *frame, uint16_t *code) {
    *frame = (struct frame){0};
    /* Nothing is decided before the header is whole: an ERROR carries the id, its last field. */
    if (length < HEADER_BYTES) {
        return FRAME_PARTIAL;
    }
    *frame = (struct frame){
        .length = read_u32(bytes), /* unsigned: as an int, lengths from 2^31 on were negative */
        .type = bytes[4],
        .flags = bytes[5],
        .id = (uint16_t)(bytes[6] << 8 | bytes[7]),
        .payload = bytes + HEADER_BYTES,
    };
    /* Before the wait for the payload: it is refused now, not after 4 GiB have come. */
    if (frame->length > max_frame_size) {
        *code = FRAME_TOO_LARGE;
        return FRAME_ERROR;
    }
    if (frame->flags != 0) {
        *code = BAD_FLAGS;
        return FRAME_ERROR;
    }
    /* The side with the peer's number adds nothing to it: a sum could wrap around. */
    return length - HEADER_BYTES < frame->length ? FRAME_PARTIAL : FRAME_COMPLETE;
}

void frame_encode(uint8_t *bytes, const struct frame *frame) {
    write_u32(bytes, frame->length);
    bytes[4] = frame->type;
    bytes[5] = frame->flags;
    bytes[6] = (uint8_t)(frame->id >> 8);
    bytes[7] = (uint8_t)frame->id;
}

size_t frame_encode_error(uint8_t bytes[ERROR_FRAME_BYTES], uint16_t code, uint16_t id) {

    const char *name = frame_code_name(code);
    const struct frame frame = {
        .type = TYPE_ERROR, .id = id, .length = (uint32_t)(2 + strlen(name))};
    frame_encode(bytes, &frame);
    bytes[HEADER_BYTES] = (uint8_t)(code >> 8);
    bytes[HEADER_BYTES + 1] = (uint8_t)code;
    memcpy(bytes + HEADER_BYTES + 2, name, strlen(name));
    return HEADER_BYTES + frame.length;
}
