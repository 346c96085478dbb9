/*
 * Tests of wire/delays: due order, ties, counts, memory.
 */
#include <stdlib.h>

#include "check.h"
#include "wire/delays.h"

static bool add(struct delays *delays, uint64_t due_ns, size_t length) {
    uint8_t *memory = malloc(8);
    struct delayed_reply reply = {
        .due_ns = due_ns, .memory = memory, .frame = memory, .length = length};
    return memory != NULL && delays_add(delays, reply);
}

/* Takes the first and says its length, by which the tests tell replies apart. */
static size_t take(struct delays *delays) {
    struct delayed_reply reply = delays_take(delays);
    free(reply.memory);
    return reply.length;
}

TEST("delays: the earliest comes first") {
    struct delays delays = {0};
    EXPECT(add(&delays, 30, 3));
    EXPECT(add(&delays, 10, 1));
    EXPECT(add(&delays, 20, 2));
    EXPECT_EQUAL(delays_first(&delays)->due_ns, 10);
    EXPECT_EQUAL(take(&delays), 1);
    EXPECT_EQUAL(take(&delays), 2);
    EXPECT_EQUAL(take(&delays), 3);
    EXPECT(delays_first(&delays) == NULL);
    EXPECT(delays.heap == NULL);
}

TEST("delays: equal times come in the order in which they were added, however many") {
    struct delays delays = {0};
    for (size_t i = 0; i < 1024; i++) {
        EXPECT(add(&delays, i % 3, i));
    }
    for (size_t due = 0; due < 3; due++) {
        for (size_t i = due; i < 1024; i += 3) {
            EXPECT_EQUAL(take(&delays), i);
        }
    }
}

TEST("delays: any order of adding gives the order of time") {
    struct delays delays = {0};
    uint32_t state = 1;
    for (unsigned round = 0; round < 2000; round++) {
        state = state * 1664525 + 1013904223;
        EXPECT(add(&delays, state >> 8, 1));
        if (round % 3 == 2) {
            take(&delays);
        }
    }
    uint64_t before = 0;
    while (delays.count > 0) {
        EXPECT(delays_first(&delays)->due_ns >= before);
        before = delays_first(&delays)->due_ns;
        take(&delays);
    }
}

TEST("delays: bytes and count follow, and clearing frees everything") {
    struct delays delays = {0};
    EXPECT(add(&delays, 1, 100));
    EXPECT(add(&delays, 2, 50));
    EXPECT_EQUAL(delays.bytes, 150);
    EXPECT_EQUAL(delays.count, 2);
    delays_clear(&delays);
    EXPECT_EQUAL(delays.bytes, 0);
    EXPECT_EQUAL(delays.count, 0);
}
