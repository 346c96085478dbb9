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
    /* TODO: put four bytes together, the first being the most significant */
    return bytes[0];
}

void write_u32(uint8_t *bytes, uint32_t number) {
    /* TODO: write four bytes, the most significant first */
    bytes[0] = (uint8_t)number;
}

/* ---- frames ---- */

enum frame_outcome frame_decode(const uint8_t *bytes, size_t length, uint32_t max_frame_size,
                                struct frame *frame, uint16_t *code) {
    *frame = (struct frame){0};
    /* TODO: decode the first frame of the bytes, or say why there is none */
    (void)bytes;
    (void)length;
    (void)max_frame_size;
    *code = 0;
    return FRAME_PARTIAL;
}

void frame_encode(uint8_t *bytes, const struct frame *frame) {
    /* TODO: lay out length, type, flags and id in HEADER_BYTES bytes */
    memset(bytes, 0, HEADER_BYTES);
    (void)frame;
}

size_t frame_encode_error(uint8_t bytes[ERROR_FRAME_BYTES], uint16_t code, uint16_t id) {
    /* TODO: encode a frame of type 0xFF: the code as u16, then its name */
    memset(bytes, 0, ERROR_FRAME_BYTES);
    (void)id;
    return code > TYPE_ERROR;
}
