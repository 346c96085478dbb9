/*
 * Tests of net/pending and net/gather: order, what is left after a partial send, memory given back.
 */
#include <stdlib.h>

#include "check.h"
#include "net/gather.h"
#include "net/pending.h"

/* Copies the first slices out, at most `length` bytes. Returns how many. */
static size_t copy_front(const struct pending *pending, uint8_t *into, size_t length) {
    struct iovec slices[8];
    size_t count = pending_slices(pending, slices, 8);
    size_t copied = 0;
    for (size_t i = 0; i < count && copied < length; i++) {
        size_t fits = slices[i].iov_len < length - copied ? slices[i].iov_len : length - copied;
        memcpy(into + copied, slices[i].iov_base, fits);
        copied += fits;
    }
    return copied;
}

TEST("pending: bytes leave in the order in which they came, whatever the steps") {
    static uint8_t chunk[5000];
    struct pending pending = {0};
    uint8_t next_in = 0, next_out = 0;
    for (unsigned round = 0; round < 300; round++) {
        for (size_t i = 0; i < sizeof chunk; i++) {
            chunk[i] = next_in++;
        }
        EXPECT(pending_append(&pending, chunk, sizeof chunk));
        size_t taken = copy_front(&pending, chunk, 1 + round * 17 % 4999);
        for (size_t i = 0; i < taken; i++) {
            EXPECT_EQUAL(chunk[i], next_out++);
        }
        pending_drop(&pending, taken);
    }
    pending_clear(&pending);
    EXPECT_EQUAL(pending.length, 0);
}

TEST("pending: an empty queue holds no memory") {
    struct pending pending = {0};
    EXPECT(pending_append(&pending, (const uint8_t *)"abc", 3));
    pending_drop(&pending, 2);
    EXPECT_EQUAL(pending.length, 1);
    pending_drop(&pending, 1);
    EXPECT(pending.first == NULL && pending.last == NULL);
    EXPECT(pending_append(&pending, NULL, 0));
    EXPECT(pending.first == NULL);
}

TEST("gather: slices that lie side by side become one") {
    struct gather *gather = calloc(1, sizeof *gather);
    uint8_t bytes[10] = {0};
    EXPECT(gather != NULL);
    gather_add(gather, bytes, 4, NULL);
    gather_add(gather, bytes + 4, 6, NULL);
    EXPECT_EQUAL(gather->count, 1);
    EXPECT_EQUAL(gather->length, 10);
    gather_add(gather, bytes, 1, NULL);
    EXPECT_EQUAL(gather->count, 2);
    gather_clear(gather);
    EXPECT_EQUAL(gather->length, 0);
    free(gather);
}

TEST("gather: what the kernel did not take is saved from any offset") {
    static const uint8_t all[] = "abcdefghi";
    struct gather *gather = calloc(1, sizeof *gather);
    EXPECT(gather != NULL);
    for (size_t sent = 0; sent <= 9; sent++) {
        struct pending pending = {0};
        uint8_t out[9];
        gather_add(gather, (const uint8_t *)"abc", 3, NULL);
        gather_add(gather, (const uint8_t *)"defg", 4, NULL);
        uint8_t *copy = gather_reserve(gather, 2);
        memcpy(copy, "hi", 2);
        gather_add(gather, copy, 2, NULL);
        EXPECT(gather_save(gather, sent, &pending));
        EXPECT_EQUAL(pending.length, 9 - sent);
        EXPECT_EQUAL(copy_front(&pending, out, 9), 9 - sent);
        EXPECT_BYTES(out, &all[sent], 9 - sent);
        pending_clear(&pending);
        gather_clear(gather);
    }
    free(gather);
}

TEST("gather: owned memory is freed with its slice") {
    struct gather *gather = calloc(1, sizeof *gather);
    uint8_t *owned = calloc(1, 4);
    EXPECT(gather != NULL && owned != NULL);
    gather_add(gather, owned, 4, owned);
    gather_clear(gather); /* the leak checker tells if not */
    free(gather);
}

TEST("gather: room ends with the slices and with the space for replies") {
    struct gather *gather = calloc(1, sizeof *gather);
    uint8_t bytes[2 * GATHER_SLICES] = {0};
    EXPECT(gather != NULL);
    EXPECT(gather_has_room(gather, GATHER_REPLY_BYTES));
    EXPECT(!gather_has_room(gather, GATHER_REPLY_BYTES + 1));
    for (size_t i = 0; i < GATHER_SLICES; i++) {
        EXPECT(gather_has_room(gather, 0));
        gather_add(gather, bytes + 2 * i, 1, NULL);
    }
    EXPECT(!gather_has_room(gather, 0));
    free(gather);
}
