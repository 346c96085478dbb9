/*
 * The frames of docs/protocol.md section 1 as bytes: a pure decoder and a pure encoder.
 *
 * It knows no socket and keeps nothing between two calls. A decoder of bytes that come from a
 * network has three outcomes: complete, partial (not enough bytes yet), error. It never believes a
 * length that it has not checked.
 */
#ifndef CODEC_H
#define CODEC_H

#include <stddef.h>
#include <stdint.h>

/* length u32, type u8, flags u8, id u16; all of them big-endian ("network byte order") */
#define HEADER_BYTES 8

/* Types of requests (docs/protocol.md section 2). A reply has that of its request with REPLY set.
 */
#define TYPE_ECHO 0x01
#define TYPE_DISCARD 0x02
#define TYPE_GENERATE 0x03
#define TYPE_DELAY 0x04
#define REPLY 0x80
#define TYPE_GOAWAY 0xFE
#define TYPE_ERROR 0xFF

/* On the last frame of a GENERATE, and nowhere else. */
#define FLAG_END 0x01

/* Codes of an ERROR frame (docs/protocol.md section 4). */
#define FRAME_TOO_LARGE 1
#define BAD_FLAGS 2
#define UNKNOWN_TYPE 3
#define BAD_PAYLOAD 4
#define OVERLOADED 5
#define IDLE_TIMEOUT 6
#define FRAME_TIMEOUT 7

/* No name of a code is longer than this. */
#define ERROR_TEXT_BYTES 16
#define ERROR_FRAME_BYTES (HEADER_BYTES + 2 + ERROR_TEXT_BYTES)

struct frame {
    uint8_t type;
    uint8_t flags;
    uint16_t id;
    uint32_t length;        /* of the payload, in bytes */
    const uint8_t *payload; /* a slice of what was decoded, not a copy */
};

enum frame_outcome { FRAME_COMPLETE, FRAME_PARTIAL, FRAME_ERROR };

/*
 * Decodes the request at the front of `length` bytes, which may be less than one frame, or more.
 * FRAME_COMPLETE: *frame is filled, and takes HEADER_BYTES + frame->length bytes of the input.
 * FRAME_PARTIAL: more bytes are needed.
 * FRAME_ERROR: *code is FRAME_TOO_LARGE or BAD_FLAGS, and frame->id is set.
 */
enum frame_outcome frame_decode(const uint8_t *bytes, size_t length, uint32_t max_frame_size,
                                struct frame *frame, uint16_t *code);

/* Writes the header of a frame, HEADER_BYTES bytes. The payload follows it. */
void frame_encode(uint8_t *bytes, const struct frame *frame);

/* Writes a whole ERROR frame, a u16 code and its name, and returns its size in bytes. */
size_t frame_encode_error(uint8_t bytes[ERROR_FRAME_BYTES], uint16_t code, uint16_t id);

/* "FRAME_TOO_LARGE" and so on. */
const char *frame_code_name(uint16_t code);

/* One number, big-endian, at `bytes`. */
uint32_t read_u32(const uint8_t *bytes);
void write_u32(uint8_t *bytes, uint32_t number);

#endif
