/*
 * Tests of wire/cursor: big-endian numbers, and never a byte too far.
 */
#include "check.h"
#include "guard.h"
#include "wire/cursor.h"

TEST("cursor: a u32 is read with its most significant byte first") {
    uint32_t value = 0;
    struct cursor cursor = cursor_over(guard_copy((const uint8_t *)"\x80\x01\x02\xff", 4), 4);
    EXPECT(cursor_read_u32(&cursor, &value));
    EXPECT_EQUAL(value, 0x800102ff);
    EXPECT_EQUAL(cursor_left(&cursor), 0);
}

TEST("cursor: a u16 and a u8 are read in order") {
    uint16_t two = 0;
    uint8_t one = 0;
    struct cursor cursor = cursor_over(guard_copy((const uint8_t *)"\xfe\x01\x7f", 3), 3);
    EXPECT(cursor_read_u16(&cursor, &two));
    EXPECT(cursor_read_u8(&cursor, &one));
    EXPECT_EQUAL(two, 0xfe01);
    EXPECT_EQUAL(one, 0x7f);
}

TEST("cursor: a number that does not fit is not read and moves nothing") {
    for (size_t length = 0; length < 4; length++) {
        uint32_t four = 42;
        uint16_t two = 42;
        uint8_t one = 42;
        struct cursor cursor = cursor_over(guard_copy((const uint8_t *)"\1\2\3", length), length);
        EXPECT(!cursor_read_u32(&cursor, &four));
        EXPECT_EQUAL(cursor_left(&cursor), length);
        EXPECT(cursor_read_u16(&cursor, &two) == (length >= 2));
        EXPECT(cursor_read_u8(&cursor, &one) == (length == 1 || length == 3));
        EXPECT_EQUAL(four, 42);
    }
}

TEST("cursor: numbers are written with their most significant byte first") {
    uint8_t bytes[7];
    struct cursor cursor = cursor_over(bytes, sizeof bytes);
    EXPECT(cursor_write_u32(&cursor, 0x01020304));
    EXPECT(cursor_write_u16(&cursor, 0xabcd));
    EXPECT(cursor_write_u8(&cursor, 0xff));
    EXPECT_BYTES(bytes, "\x01\x02\x03\x04\xab\xcd\xff", 7);
}

TEST("cursor: what does not fit is not written") {
    for (size_t room = 0; room < 4; room++) {
        struct cursor cursor = cursor_over(guard_copy((const uint8_t *)"\0\0\0", room), room);
        EXPECT(!cursor_write_u32(&cursor, 0xffffffff));
        EXPECT_EQUAL(cursor_left(&cursor), room);
    }
    uint8_t two[2] = {1, 2};
    struct cursor cursor = cursor_over(two, sizeof two);
    EXPECT(!cursor_write_bytes(&cursor, (const uint8_t *)"abc", 3));
    EXPECT(cursor_write_bytes(&cursor, (const uint8_t *)"ab", 2));
    EXPECT(cursor_write_bytes(&cursor, NULL, 0));
    EXPECT_BYTES(two, "ab", 2);
}

TEST("cursor: skipping stops at the end") {
    uint8_t bytes[3] = {1, 2, 3};
    struct cursor cursor = cursor_over(bytes, sizeof bytes);
    EXPECT(cursor_skip(&cursor, 2));
    EXPECT_EQUAL(*cursor_here(&cursor), 3);
    EXPECT(!cursor_skip(&cursor, 2));
    EXPECT(!cursor_skip(&cursor, SIZE_MAX));
    EXPECT_EQUAL(cursor_left(&cursor), 1);
}
