/*
 * The framed protocol as bytes: see frame.h.
 *
 * frame_decode() reads one header; frame_feed() is built on it and copes with every cut.
 * Mirrors servers-ts/wire/frame.ts.
 */
#include "frame.h"

#include <string.h>

/* ---- one header ---- */

enum frame_outcome frame_decode(const uint8_t *bytes, size_t length, uint32_t max_frame_size,
                                struct frame_header *header, uint16_t *code) {
    /* The cursor only reads here: it takes away const because it can also write. */
    struct cursor cursor = cursor_over((uint8_t *)(uintptr_t)bytes, length);
    if (length < HEADER_BYTES) {
        return FRAME_PARTIAL;
    }
    cursor_read_u32(&cursor, &header->length);
    cursor_read_u8(&cursor, &header->type);
    cursor_read_u8(&cursor, &header->flags);
    cursor_read_u16(&cursor, &header->id);
    if (header->length > max_frame_size) {
        *code = CODE_FRAME_TOO_LARGE;
        return FRAME_ERROR;
    }
    if (header->flags != 0) {
        *code = CODE_BAD_FLAGS;
        return FRAME_ERROR;
    }
    return FRAME_COMPLETE;
}

void frame_encode(uint8_t *bytes, const struct frame_header *header) {
    struct cursor cursor = cursor_over(bytes, HEADER_BYTES);
    cursor_write_u32(&cursor, header->length);
    cursor_write_u8(&cursor, header->type);
    cursor_write_u8(&cursor, header->flags);
    cursor_write_u16(&cursor, header->id);
}

/* ---- whole frames ---- */

size_t frame_encode_number(uint8_t bytes[NUMBER_FRAME_BYTES], uint8_t type, uint16_t id,
                           uint32_t number) {
    const struct frame_header header = {.length = COUNT_BYTES, .type = type, .id = id};
    struct cursor payload = cursor_over(bytes + HEADER_BYTES, COUNT_BYTES);
    frame_encode(bytes, &header);
    cursor_write_u32(&payload, number);
    return NUMBER_FRAME_BYTES;
}

static const char *const code_names[] = {
    [CODE_TRUNCATED_FRAME] = "TRUNCATED_FRAME",
    [CODE_FRAME_TOO_LARGE] = "FRAME_TOO_LARGE",
    [CODE_BAD_FLAGS] = "BAD_FLAGS",
    [CODE_UNKNOWN_TYPE] = "UNKNOWN_TYPE",
    [CODE_BAD_PAYLOAD] = "BAD_PAYLOAD",
    [CODE_OVERLOADED] = "OVERLOADED",
    [CODE_IDLE_TIMEOUT] = "IDLE_TIMEOUT",
    [CODE_FRAME_TIMEOUT] = "FRAME_TIMEOUT",
};

const char *frame_code_name(uint16_t code) {
    return code < sizeof code_names / sizeof *code_names ? code_names[code] : "UNKNOWN";
}

size_t frame_encode_error(uint8_t bytes[ERROR_FRAME_BYTES], uint16_t code, uint16_t id) {
    const char *text = frame_code_name(code);
    size_t text_bytes = strlen(text);
    const struct frame_header header = {
        .length = (uint32_t)(2 + text_bytes), .type = TYPE_ERROR, .id = id};
    frame_encode(bytes, &header);
    struct cursor cursor = cursor_over(bytes + HEADER_BYTES, 2 + ERROR_TEXT_BYTES);
    cursor_write_u16(&cursor, code);
    cursor_write_bytes(&cursor, (const uint8_t *)text, text_bytes);
    return HEADER_BYTES + header.length;
}

/* ---- a stream ---- */

enum parser_phase { IN_HEADER, IN_PAYLOAD, FAILED };

/* Moves bytes of the header from the input until it is whole or the input is used up. */
static void collect_header(struct frame_parser *parser, struct cursor *input) {
    size_t wanted = (size_t)HEADER_BYTES - parser->header_length;
    size_t taken = cursor_left(input) < wanted ? cursor_left(input) : wanted;
    if (taken > 0) {
        memcpy(parser->header_bytes + parser->header_length, cursor_here(input), taken);
    }
    parser->header_length = (uint8_t)(parser->header_length + taken);
    cursor_skip(input, taken);
}

/*
 * A parser that has failed keeps its whole header: it takes no byte, and decodes to the same error.
 */
static struct frame_event feed_header(struct frame_parser *parser, struct cursor *input) {
    struct frame_event event = {.kind = FRAME_EVENT_NONE};
    collect_header(parser, input);
    enum frame_outcome outcome = frame_decode(parser->header_bytes, parser->header_length,
                                              parser->max_frame_size, &parser->header, &event.code);
    if (outcome == FRAME_ERROR) {
        parser->phase = FAILED;
        event.kind = FRAME_EVENT_ERROR;
    } else if (outcome == FRAME_COMPLETE) {
        parser->phase = IN_PAYLOAD;
        parser->payload_left = parser->header.length;
        event.kind = FRAME_EVENT_BEGIN;
    }
    event.header = parser->header;
    return event;
}

static struct frame_event feed_payload(struct frame_parser *parser, struct cursor *input) {
    struct frame_event event = {.kind = FRAME_EVENT_NONE, .header = parser->header};
    size_t left = cursor_left(input);
    if (parser->payload_left == 0) {
        parser->phase = IN_HEADER;
        parser->header_length = 0;
        event.kind = FRAME_EVENT_END;
    } else if (left > 0) {
        event.kind = FRAME_EVENT_DATA;
        event.bytes = cursor_here(input);
        event.length = left < parser->payload_left ? left : parser->payload_left;
        parser->payload_left -= (uint32_t)event.length;
        cursor_skip(input, event.length);
    }
    return event;
}

struct frame_event frame_feed(struct frame_parser *parser, struct cursor *input) {
    return parser->phase == IN_PAYLOAD ? feed_payload(parser, input) : feed_header(parser, input);
}

bool frame_is_partial(const struct frame_parser *parser) {
    return parser->phase == IN_PAYLOAD || (parser->phase == IN_HEADER && parser->header_length > 0);
}

uint16_t frame_partial_id(const struct frame_parser *parser) {
    return parser->phase == IN_PAYLOAD ? parser->header.id : 0;
}
