/*
 * Tests of wire/frame: the shared vectors at every cut, each piece in front of a guard page, and
 * headers by hand.
 */
#include <stdlib.h>

#include "check.h"
#include "guard.h"
#include "vectors.h"
#include "wire/frame.h"

/* ---- vectors ---- */

/* Walks along the expected events while the decoder gives its own. */
struct matcher {
    const struct vector *vector;
    size_t event;
    size_t data_offset; /* of the expected data that was seen */
};

static bool matches_header(const struct vector_event *expected, const struct frame_header *header) {
    return expected->length == header->length && expected->type == header->type &&
           expected->flags == header->flags && expected->id == header->id;
}

static bool match_data(struct matcher *matcher, const struct vector_event *expected,
                       const struct frame_event *event) {
    if (expected->kind != VECTOR_DATA || event->length == 0 ||
        event->length > expected->data_length - matcher->data_offset ||
        memcmp(event->bytes, expected->data + matcher->data_offset, event->length) != 0) {
        return false;
    }
    matcher->data_offset += event->length;
    if (matcher->data_offset == expected->data_length) {
        matcher->data_offset = 0;
        matcher->event++;
    }
    return true;
}

static bool match(struct matcher *matcher, const struct frame_event *event) {
    if (matcher->event == matcher->vector->event_count) {
        return false;
    }
    const struct vector_event *expected = &matcher->vector->events[matcher->event];
    switch (event->kind) {
    case FRAME_EVENT_NONE:
        return true;
    case FRAME_EVENT_DATA:
        return match_data(matcher, expected, event);
    case FRAME_EVENT_BEGIN:
        matcher->event++;
        return expected->kind == VECTOR_BEGIN && matches_header(expected, &event->header);
    case FRAME_EVENT_END:
        matcher->event++;
        return expected->kind == VECTOR_END;
    case FRAME_EVENT_ERROR:
        matcher->event++;
        return expected->kind == VECTOR_ERROR && expected->code == event->code &&
               expected->id == event->header.id;
    }
    return false;
}

/* An error that was matched before, and that every later call reports again. */
static bool is_repeated(const struct matcher *matcher, const struct frame_event *event) {
    return event->kind == FRAME_EVENT_ERROR && matcher->event > 0 &&
           matcher->vector->events[matcher->event - 1].kind == VECTOR_ERROR;
}

/* Feeds one piece that ends in front of a guard page. */
static bool feed_piece(struct frame_parser *parser, struct matcher *matcher, const uint8_t *bytes,
                       size_t length) {
    struct cursor input = cursor_over(guard_copy(bytes, length), length);
    for (;;) {
        struct frame_event event = frame_feed(parser, &input);
        if (event.kind == FRAME_EVENT_NONE || is_repeated(matcher, &event)) {
            return true;
        }
        if (!match(matcher, &event)) {
            return false;
        }
    }
}

static bool is_at_end(const struct matcher *matcher, const struct frame_parser *parser) {
    const struct vector *vector = matcher->vector;
    size_t left = vector->event_count - matcher->event;
    if (frame_is_partial(parser)) {
        return left == 1 && vector->events[matcher->event].kind == VECTOR_PARTIAL;
    }
    return left == 0;
}

/* Feeds the whole vector in pieces: up to `cut`, then in steps of `step`. */
static bool feed_cut(const struct vector *vector, size_t cut, size_t step) {
    struct frame_parser parser = {.max_frame_size = vector->max_frame_size};
    struct matcher matcher = {.vector = vector};
    size_t from = 0;
    size_t to = cut;
    do {
        if (!feed_piece(&parser, &matcher, vector->bytes + from, to - from)) {
            return false;
        }
        from = to;
        to = vector->length - to < step ? vector->length : to + step;
    } while (from < vector->length);
    return is_at_end(&matcher, &parser);
}

static size_t distance(size_t a, size_t b) {
    return a < b ? b - a : a - b;
}

/* Long inputs are cut only where it matters: see harness/vectors/README.md. */
static bool is_worth_a_cut(const struct vector *vector, size_t cut) {
    size_t header = 0;
    if (vector->length < 4096 || cut < 16 || vector->length - cut < 16 ||
        distance(cut, (cut + 32768) / 65536 * 65536) <= 8) {
        return true;
    }
    for (size_t i = 0; i < vector->event_count; i++) {
        if (vector->events[i].kind == VECTOR_BEGIN) {
            if (distance(cut, header) <= 8) {
                return true;
            }
            header += (size_t)HEADER_BYTES + vector->events[i].length;
        }
    }
    return distance(cut, header) <= 8;
}

static void check_vector(const struct vector *vector) {
    for (size_t cut = 0; cut <= vector->length; cut++) {
        if (is_worth_a_cut(vector, cut) && !feed_cut(vector, cut, SIZE_MAX)) {
            check_failed(VECTORS_FILE, 0, "vector %s, cut at %zu of %zu bytes", vector->name, cut,
                         vector->length);
            return;
        }
    }
    if (vector->length < 4096 && !feed_cut(vector, 0, 1)) {
        check_failed(VECTORS_FILE, 0, "vector %s, byte by byte", vector->name);
    }
}

TEST("frame: every vector gives its events, cut at every offset and byte by byte") {
    FILE *file = vectors_open();
    struct vector vector;
    unsigned count = 0;
    while (vectors_next(file, &vector) == 1) {
        check_vector(&vector);
        vectors_free(&vector);
        count++;
    }
    fclose(file);
    EXPECT(count >= 40);
}

/* ---- headers by hand ---- */

TEST("frame: a header of fewer than 8 bytes is partial, whatever it begins with") {
    static const uint8_t hostile[HEADER_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    for (size_t length = 0; length < HEADER_BYTES; length++) {
        struct frame_header header;
        uint16_t code = 0;
        EXPECT(frame_decode(guard_copy(hostile, length), length, 256, &header, &code) ==
               FRAME_PARTIAL);
    }
}

TEST("frame: a header is decoded field by field") {
    struct frame_header header;
    uint16_t code = 0;
    const uint8_t *bytes = guard_copy((const uint8_t *)"\x00\x01\x02\x03\x04\x00\xab\xcd", 8);
    EXPECT(frame_decode(bytes, 8, 1048576, &header, &code) == FRAME_COMPLETE);
    EXPECT_EQUAL(header.length, 0x010203);
    EXPECT_EQUAL(header.type, 4);
    EXPECT_EQUAL(header.flags, 0);
    EXPECT_EQUAL(header.id, 0xabcd);
}

TEST("frame: a length above the limit is found before bad flags") {
    struct frame_header header;
    uint16_t code = 0;
    const uint8_t *bytes = guard_copy((const uint8_t *)"\x80\x00\x00\x00\x01\x01\x00\x07", 8);
    EXPECT(frame_decode(bytes, 8, 1073741824, &header, &code) == FRAME_ERROR);
    EXPECT_EQUAL(code, 1);
    EXPECT_EQUAL(header.id, 7);
}

TEST("frame: a request with any flag is an error") {
    for (unsigned flags = 1; flags < 256; flags++) {
        uint8_t bytes[HEADER_BYTES] = {0, 0, 0, 0, 1, (uint8_t)flags, 0, 9};
        struct frame_header header;
        uint16_t code = 0;
        EXPECT(frame_decode(bytes, sizeof bytes, 256, &header, &code) == FRAME_ERROR);
        EXPECT_EQUAL(code, 2);
        EXPECT_EQUAL(header.id, 9);
    }
}

TEST("frame: an error is for good: it comes again, and no byte after it is looked at") {
    struct frame_parser parser = {.max_frame_size = 256};
    uint8_t bytes[] = "\xff\xff\xff\xff\x01\x00\x00\x01\x00\x00\x00\x00\x01\x00\x00\x02";
    struct cursor input = cursor_over(bytes, 16);
    for (int times = 0; times < 3; times++) {
        struct frame_event event = frame_feed(&parser, &input);
        EXPECT_EQUAL(event.kind, FRAME_EVENT_ERROR);
        EXPECT_EQUAL(event.code, 1);
        EXPECT_EQUAL(event.header.id, 1);
        EXPECT_EQUAL(cursor_left(&input), 8);
    }
    EXPECT(!frame_is_partial(&parser));
}

TEST("frame: the id of a frame that is being read is known once its header is complete") {
    struct frame_parser parser = {.max_frame_size = 256};
    uint8_t bytes[] = "\x00\x00\x00\x02\x01\x00\x01\x02\x61";
    struct cursor input = cursor_over(bytes, 7);
    EXPECT(frame_feed(&parser, &input).kind == FRAME_EVENT_NONE);
    EXPECT(frame_is_partial(&parser));
    EXPECT_EQUAL(frame_partial_id(&parser), 0);
    input = cursor_over(bytes + 7, 2);
    EXPECT(frame_feed(&parser, &input).kind == FRAME_EVENT_BEGIN);
    EXPECT(frame_feed(&parser, &input).kind == FRAME_EVENT_DATA);
    EXPECT_EQUAL(frame_partial_id(&parser), 0x0102);
}

/* ---- encoding ---- */

TEST("frame: a header is written with its most significant bytes first") {
    uint8_t bytes[HEADER_BYTES];
    const struct frame_header header = {
        .length = 0x01020304, .type = 0x83, .flags = 1, .id = 0xabcd};
    frame_encode(bytes, &header);
    EXPECT_BYTES(bytes, "\x01\x02\x03\x04\x83\x01\xab\xcd", 8);
}

TEST("frame: a frame that carries a number is 12 bytes") {
    uint8_t bytes[NUMBER_FRAME_BYTES];
    EXPECT_EQUAL(frame_encode_number(bytes, 0x82, 7, 0x00010002), 12);
    EXPECT_BYTES(bytes, "\x00\x00\x00\x04\x82\x00\x00\x07\x00\x01\x00\x02", 12);
}

TEST("frame: an ERROR carries its code and its name") {
    uint8_t bytes[ERROR_FRAME_BYTES];
    EXPECT_EQUAL(frame_encode_error(bytes, 5, 0), 20);
    EXPECT_BYTES(bytes, "\x00\x00\x00\x0c\xff\x00\x00\x00\x00\x05OVERLOADED", 20);
    for (uint16_t code = 1; code <= 7; code++) {
        EXPECT(frame_encode_error(bytes, code, 1) <= ERROR_FRAME_BYTES);
        EXPECT(strlen(frame_code_name(code)) <= ERROR_TEXT_BYTES);
    }
    EXPECT_TEXT(frame_code_name(8), "UNKNOWN");
}
