/*
 * Tests of wire/replies: the stream of a GENERATE, and the order of what waits behind it.
 */
#include <stdlib.h>

#include "check.h"
#include "wire/replies.h"

/*
 * Expects the next frame to be a 0x83 of `length` bytes with this flag, from offset `phase` of the
 * pattern.
 */
static bool next_is_generated(struct replies *replies, uint32_t length, uint8_t flags, uint16_t id,
                              uint32_t phase) {
    struct next_reply next = replies_next(replies);
    const uint8_t header[HEADER_BYTES] = {(uint8_t)(length >> 24),
                                          (uint8_t)(length >> 16),
                                          (uint8_t)(length >> 8),
                                          (uint8_t)length,
                                          0x83,
                                          flags,
                                          (uint8_t)(id >> 8),
                                          (uint8_t)id};
    if (next.header_length != 8 || memcmp(next.header, header, 8) != 0 || next.length != length ||
        next.memory != NULL) {
        return false;
    }
    for (uint32_t i = 0; i < length; i++) {
        if (next.bytes[i] != (phase + i) % 251) {
            return false;
        }
    }
    return true;
}

static bool next_is_frame(struct replies *replies, const char *bytes, size_t length) {
    struct next_reply next = replies_next(replies);
    bool same = next.header_length == 0 && next.length == length &&
                memcmp(next.bytes, bytes, length) == 0 && next.memory != NULL;
    free(next.memory);
    return same;
}

TEST("replies: GENERATE of nothing is one empty frame with END") {
    struct replies replies = {.frame_bytes = 65536};
    replies_prepare();
    EXPECT(replies_add_generate(&replies, 7, 0));
    EXPECT(!replies_is_empty(&replies));
    EXPECT(next_is_generated(&replies, 0, 1, 7, 0));
    EXPECT(replies_is_empty(&replies));
}

TEST("replies: the pattern runs on from frame to frame and only the last has END") {
    struct replies replies = {.frame_bytes = 65536};
    EXPECT(replies_add_generate(&replies, 0xfffe, 131072 + 1));
    EXPECT(next_is_generated(&replies, 65536, 0, 0xfffe, 0));
    EXPECT(next_is_generated(&replies, 65536, 0, 0xfffe, 65536 % 251));
    EXPECT(next_is_generated(&replies, 1, 1, 0xfffe, 131072 % 251));
    EXPECT(replies_is_empty(&replies));
}

TEST("replies: a GENERATE that fills its last frame has END on it and no empty frame behind") {
    struct replies replies = {.frame_bytes = 256};
    EXPECT(replies_add_generate(&replies, 1, 512));
    EXPECT(next_is_generated(&replies, 256, 0, 1, 0));
    EXPECT(next_is_generated(&replies, 256, 1, 1, 256 % 251));
    EXPECT(replies_is_empty(&replies));
}

TEST("replies: the longest GENERATE ends after 2^32 - 1 bytes") {
    struct replies replies = {.frame_bytes = 65536};
    EXPECT(replies_add_generate(&replies, 1, 0xffffffff));
    uint64_t bytes = 0;
    uint32_t frames = 0;
    while (!replies_is_empty(&replies)) {
        struct next_reply next = replies_next(&replies);
        EXPECT_EQUAL(next.bytes[0], bytes % 251);
        bytes += next.length;
        frames++;
    }
    EXPECT_EQUAL(bytes, 4294967295u);
    EXPECT_EQUAL(frames, 65536);
}

TEST("replies: what is added behind a GENERATE comes after it, in order, the next GENERATE too") {
    struct replies replies = {.frame_bytes = 256};
    EXPECT(replies_add_generate(&replies, 1, 300));
    EXPECT(replies_add(&replies, (const uint8_t *)"first", 5));
    EXPECT(replies_add_generate(&replies, 2, 1));
    EXPECT(replies_add(&replies, (const uint8_t *)"second", 6));
    EXPECT(next_is_generated(&replies, 256, 0, 1, 0));
    EXPECT(next_is_generated(&replies, 44, 1, 1, 256 % 251));
    EXPECT(next_is_frame(&replies, "first", 5));
    EXPECT(next_is_generated(&replies, 1, 1, 2, 0));
    EXPECT(next_is_frame(&replies, "second", 6));
    EXPECT(replies_is_empty(&replies));
    EXPECT_EQUAL(replies.bytes, 0);
}

TEST("replies: the bytes held are counted and all of them are given back") {
    struct replies replies = {.frame_bytes = 256};
    EXPECT(replies_add_generate(&replies, 1, 1000000));
    EXPECT_EQUAL(replies.bytes, 0);
    EXPECT(replies_add(&replies, (const uint8_t *)"0123456789", 10));
    EXPECT(replies.bytes >= 10);
    EXPECT(replies_add_generate(&replies, 2, 5));
    replies_clear(&replies);
    EXPECT(replies_is_empty(&replies));
    EXPECT_EQUAL(replies.bytes, 0);
}
