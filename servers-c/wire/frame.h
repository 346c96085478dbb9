/*
 * The framed protocol as bytes: docs/protocol.md sections 1, 2, 4 and 7.
 *
 * Every decoder has three outcomes: complete, partial, error (a named code). None allocates, none
 * stores a payload, none trusts a length before it is checked. What a request means is decided in
 * framed/answer.c.
 * Mirrors servers-ts/wire/frame.ts.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"

/* length u32, type u8, flags u8, id u16 */
#define HEADER_BYTES 8

/* Where the type stands in a header. */
#define TYPE_OFFSET 4

/*
 * Types: what a client may send, what a server answers. A reply is its request with the top bit
 * set.
 */
#define TYPE_ECHO 0x01
#define TYPE_DISCARD 0x02
#define TYPE_GENERATE 0x03
#define TYPE_DELAY 0x04
#define TYPE_ECHO_REPLY 0x81
#define TYPE_DISCARD_REPLY 0x82
#define TYPE_GENERATE_REPLY 0x83
#define TYPE_DELAY_REPLY 0x84
#define TYPE_GOAWAY 0xFE
#define TYPE_ERROR 0xFF

/* On the last 0x83 frame of a GENERATE, and nowhere else. */
#define FLAG_END 0x01

/* Codes of an ERROR frame. 0 is never sent: it is logged when a peer ends inside a frame. */
#define CODE_TRUNCATED_FRAME 0
#define CODE_FRAME_TOO_LARGE 1
#define CODE_BAD_FLAGS 2
#define CODE_UNKNOWN_TYPE 3
#define CODE_BAD_PAYLOAD 4
#define CODE_OVERLOADED 5
#define CODE_IDLE_TIMEOUT 6
#define CODE_FRAME_TIMEOUT 7

/* Limits of docs/protocol.md section 8. */
#define MAX_DELAY_MS 60000
#define MAX_OUTSTANDING_DELAYS 1024
#define GENERATE_FRAME_BYTES 65536
#define ERROR_TEXT_BYTES 200

/* The u32 of a GENERATE, of a 0x82 and of a GOAWAY, and the one that begins a DELAY. */
#define COUNT_BYTES 4
#define DELAY_PREFIX_BYTES 4

struct frame_header {
    uint32_t length; /* payload bytes */
    uint8_t type;
    uint8_t flags;
    uint16_t id;
};

enum frame_outcome { FRAME_COMPLETE, FRAME_PARTIAL, FRAME_ERROR };

/*
 * Decodes the header of a request from the first of `length` bytes.
 * FRAME_COMPLETE: *header is filled. FRAME_PARTIAL: fewer than HEADER_BYTES are there; nothing is
 * decided. FRAME_ERROR: *header is filled, and *code is CODE_FRAME_TOO_LARGE or CODE_BAD_FLAGS,
 * tried in this order.
 */
enum frame_outcome frame_decode(const uint8_t *bytes, size_t length, uint32_t max_frame_size,
                                struct frame_header *header, uint16_t *code);

/* Writes HEADER_BYTES bytes. */
void frame_encode(uint8_t *bytes, const struct frame_header *header);

/* Writes a whole frame of `type` whose payload is one u32, and returns its size. */
#define NUMBER_FRAME_BYTES (HEADER_BYTES + COUNT_BYTES)
size_t frame_encode_number(uint8_t bytes[NUMBER_FRAME_BYTES], uint8_t type, uint16_t id,
                           uint32_t number);

/* Writes a whole ERROR frame, the text being the code's name, and returns its size. */
#define ERROR_FRAME_BYTES (HEADER_BYTES + 2 + ERROR_TEXT_BYTES)
size_t frame_encode_error(uint8_t bytes[ERROR_FRAME_BYTES], uint16_t code, uint16_t id);

/* "FRAME_TOO_LARGE" and so on; "UNKNOWN" for a number that is no code. */
const char *frame_code_name(uint16_t code);

/*
 * Turns a stream, cut anywhere, into events. Zeroed but for max_frame_size it stands before a
 * frame.
 */
struct frame_parser {
    uint32_t max_frame_size;
    uint32_t payload_left;
    struct frame_header header; /* of the frame that is being read */
    uint8_t header_bytes[HEADER_BYTES];
    uint8_t header_length; /* bytes of the header that are there */
    uint8_t phase;         /* private to frame.c */
};

enum frame_event_kind {
    FRAME_EVENT_NONE, /* the input is used up */
    FRAME_EVENT_BEGIN,
    FRAME_EVENT_DATA,
    FRAME_EVENT_END,
    FRAME_EVENT_ERROR, /* for good: a stream whose framing is lost cannot be read on */
};

struct frame_event {
    enum frame_event_kind kind;
    struct frame_header header; /* BEGIN, END and ERROR */
    uint8_t *bytes;             /* DATA: a slice of the input, not a copy */
    size_t length;
    uint16_t code; /* ERROR */
};

/*
 * Takes the next event from the input; call again until FRAME_EVENT_NONE or FRAME_EVENT_ERROR. A
 * frame gives BEGIN, any number of DATA whose slices joined are the payload, END.
 */
struct frame_event frame_feed(struct frame_parser *parser, struct cursor *input);

/* True between the first byte of a frame and its last. */
bool frame_is_partial(const struct frame_parser *parser);

/* The id of the frame that is being read; 0 while its header is not complete. */
uint16_t frame_partial_id(const struct frame_parser *parser);

#endif
