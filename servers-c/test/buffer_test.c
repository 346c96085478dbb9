/*
 * Tests of wire/buffer: growth by what is there, the cap, and memory given back.
 */
#include <stdlib.h>

#include "check.h"
#include "wire/buffer.h"

TEST("buffer: bytes that are appended one by one come out in order") {
    struct buffer buffer = {0};
    for (unsigned i = 0; i < 1000; i++) {
        uint8_t byte = (uint8_t)i;
        EXPECT(buffer_append(&buffer, &byte, 1, 1000));
    }
    EXPECT_EQUAL(buffer.length, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        EXPECT_EQUAL(buffer.bytes[i], (uint8_t)i);
    }
    buffer_release(&buffer);
}

TEST("buffer: the capacity is never more than the double of what is there, once past the first "
     "allocation") {
    static const uint8_t chunk[100];
    struct buffer buffer = {0};
    while (buffer.length < 100000) {
        EXPECT(buffer_append(&buffer, chunk, sizeof chunk, 1u << 30));
        EXPECT(buffer.capacity <= BUFFER_FIRST_BYTES || buffer.capacity <= 2 * buffer.length);
    }
    buffer_release(&buffer);
}

TEST("buffer: exactly the cap fits and one byte more does not") {
    struct buffer buffer = {0};
    EXPECT(buffer_append(&buffer, (const uint8_t *)"12345", 5, 6));
    EXPECT(!buffer_append(&buffer, (const uint8_t *)"67", 2, 6));
    EXPECT_EQUAL(buffer.length, 5);
    EXPECT(buffer_append(&buffer, (const uint8_t *)"6", 1, 6));
    EXPECT_EQUAL(buffer.capacity, 6);
    EXPECT(!buffer_append(&buffer, (const uint8_t *)"7", 1, 6));
    EXPECT(!buffer_append(&buffer, (const uint8_t *)"7", SIZE_MAX, 6));
    EXPECT_BYTES(buffer.bytes, "123456", 6);
    buffer_release(&buffer);
}

TEST("buffer: what is taken belongs to the taker and the buffer is empty") {
    struct buffer buffer = {0};
    EXPECT(buffer_append(&buffer, (const uint8_t *)"abc", 3, 3));
    uint8_t *taken = buffer_take(&buffer);
    EXPECT(buffer.bytes == NULL);
    EXPECT_EQUAL(buffer.length, 0);
    EXPECT_EQUAL(buffer.capacity, 0);
    EXPECT_BYTES(taken, "abc", 3);
    free(taken);
}

TEST("buffer: an empty append to an empty buffer allocates nothing") {
    struct buffer buffer = {0};
    EXPECT(buffer_append(&buffer, NULL, 0, 10));
    EXPECT(buffer.bytes == NULL);
}
