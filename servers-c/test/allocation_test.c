/*
 * Torture of the codec by failing allocations: over all vectors, the first, the second, ... the
 * last allocation fails once. What is asked for is then refused, nothing changes, nothing crashes
 * (ASan) and nothing leaks (LSan).
 *
 * A small session stores requests and queues replies as framed.c does, without a socket.
 */
#include <stdio.h>
#include <stdlib.h>

#include "allocation.h"
#include "check.h"
#include "vectors.h"
#include "wire/buffer.h"
#include "wire/delays.h"
#include "wire/frame.h"
#include "wire/replies.h"

#define PIECE_BYTES 7

struct session {
    struct frame_parser parser;
    struct buffer request;
    struct replies replies;
    struct delays delays;
    unsigned frames;
    unsigned refused;
};

/* What a refused call must leave as it was. */
struct held {
    size_t request;
    size_t replies;
    size_t delays;
    uint32_t delay_count;
    bool is_empty;
};

static struct held held_by(const struct session *session) {
    return (struct held){.request = session->request.length,
                         .replies = session->replies.bytes,
                         .delays = session->delays.bytes,
                         .delay_count = session->delays.count,
                         .is_empty = replies_is_empty(&session->replies)};
}

static bool is_same(const struct held *a, const struct held *b) {
    return a->request == b->request && a->replies == b->replies && a->delays == b->delays &&
           a->delay_count == b->delay_count && a->is_empty == b->is_empty;
}

/* ---- one frame, as framed.c keeps it ---- */

static bool store(struct session *session, const struct frame_event *event) {
    return buffer_append(&session->request, event->bytes, event->length,
                         session->parser.max_frame_size);
}

static bool hold(struct session *session) {
    const struct delayed_reply reply = {.due_ns = session->frames % 5,
                                        .memory = session->request.bytes,
                                        .frame = session->request.bytes,
                                        .length = session->request.length};
    if (!delays_add(&session->delays, reply)) {
        return false;
    }
    (void)buffer_take(&session->request);
    return true;
}

/* In turns: the frame is queued, held, and made a GENERATE. */
static bool answer(struct session *session) {
    const struct buffer *request = &session->request;
    switch (session->frames++ % 3) {
    case 0:
        return replies_add(&session->replies, (const uint8_t *)"reply", 5);
    case 1:
        return request->length == 0 || hold(session);
    default:
        return replies_add_generate(&session->replies, session->parser.header.id, 600);
    }
}

static bool handle(struct session *session, const struct frame_event *event) {
    if (event->kind == FRAME_EVENT_DATA) {
        return store(session, event);
    }
    return event->kind == FRAME_EVENT_END ? answer(session) : true;
}

/* ---- one vector ---- */

/* Handles what there is in a piece; a call that is refused must have changed nothing. */
static bool feed(struct session *session, uint8_t *bytes, size_t length) {
    struct cursor input = cursor_over(bytes, length);
    struct frame_event event = frame_feed(&session->parser, &input);
    while (event.kind != FRAME_EVENT_NONE && event.kind != FRAME_EVENT_ERROR) {
        struct held before = held_by(session);
        if (!handle(session, &event)) {
            struct held after = held_by(session);
            session->refused++;
            if (!is_same(&before, &after)) {
                return false;
            }
        }
        if (event.kind == FRAME_EVENT_END) {
            buffer_release(&session->request);
        }
        event = frame_feed(&session->parser, &input);
    }
    return true;
}

/* Takes everything that waits, so that what was kept is touched once more, and frees it. */
static void finish(struct session *session) {
    while (!replies_is_empty(&session->replies)) {
        free(replies_next(&session->replies).memory);
    }
    if (session->delays.count > 0) {
        free(delays_take(&session->delays).memory);
    }
    delays_clear(&session->delays);
    replies_clear(&session->replies);
    buffer_release(&session->request);
}

/* False when a refused call has changed something. */
static bool run_vector(const struct vector *vector, unsigned *refused) {
    struct session session = {.parser = {.max_frame_size = vector->max_frame_size},
                              .replies = {.frame_bytes = 256}};
    size_t piece = vector->length < 4096 ? PIECE_BYTES : 65536;
    bool kept = true;
    for (size_t from = 0; kept && from < vector->length; from += piece) {
        size_t length = vector->length - from < piece ? vector->length - from : piece;
        kept = feed(&session, vector->bytes + from, length);
    }
    finish(&session);
    *refused = session.refused;
    return kept;
}

/* Fails each allocation of a vector in turn. Returns how many there are. */
static unsigned torture(const struct vector *vector) {
    for (unsigned n = 1;; n++) {
        unsigned refused = 0;
        allocation_arm(n);
        bool kept = run_vector(vector, &refused);
        bool failed = allocation_disarm();
        if (!kept || refused != (failed ? 1 : 0)) {
            check_failed(VECTORS_FILE, 0, "vector %s, allocation %u: %s", vector->name, n,
                         kept ? "refused is not what failed" : "a refused call changed something");
        }
        if (!failed || check_has_failed()) {
            return n - 1;
        }
    }
}

TEST("allocation: every one that fails, over all vectors, is refused and changes nothing") {
    FILE *file = vectors_open();
    struct vector vector;
    unsigned failed = 0;
    while (!check_has_failed() && vectors_next(file, &vector) == 1) {
        failed += torture(&vector);
        vectors_free(&vector);
    }
    fclose(file);
    printf("# %u allocations failed\n", failed);
    EXPECT(check_has_failed() || failed > 0);
}

TEST("allocation: the decoder of frames needs none") {
    FILE *file = vectors_open();
    struct vector vector;
    while (vectors_next(file, &vector) == 1) {
        struct frame_parser parser = {.max_frame_size = vector.max_frame_size};
        struct cursor input = cursor_over(vector.bytes, vector.length);
        enum frame_event_kind kind;
        allocation_arm(1);
        do {
            kind = frame_feed(&parser, &input).kind;
        } while (kind != FRAME_EVENT_NONE && kind != FRAME_EVENT_ERROR);
        (void)allocation_disarm();
        EXPECT_EQUAL(allocation_count(), 0);
        vectors_free(&vector);
    }
    fclose(file);
}

TEST("allocation: a queue and a heap of many entries refuse each that fails, and go on") {
    for (unsigned n = 1;; n++) {
        struct session session = {.replies = {.frame_bytes = 256}};
        unsigned refused = 0;
        allocation_arm(n);
        for (unsigned i = 0; i < 40; i++) {
            refused += !replies_add(&session.replies, (const uint8_t *)"frame", i % 6);
            refused += !replies_add_generate(&session.replies, (uint16_t)i, i);
            refused += !delays_add(&session.delays, (struct delayed_reply){.due_ns = 40 - i});
        }
        bool failed = allocation_disarm();
        EXPECT_EQUAL(refused, failed ? 1 : 0);

        finish(&session);
        if (!failed) {
            return;
        }
    }
}
