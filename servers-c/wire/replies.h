/*
 * In-order replies that wait: a GENERATE that is being produced, and the replies behind it.
 *
 * A GENERATE is kept as three numbers and becomes frames only when they are asked for; the payload
 * is a slice of a constant pattern. It knows no socket and no bound: framed/flow.c decides when
 * the next frame may come.
 * Mirrors servers-ts/wire/replies.ts.
 */
#ifndef WIRE_REPLIES_H
#define WIRE_REPLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/* GENERATE: byte k of the stream is k mod this. */
#define PATTERN_PERIOD 251

struct queued_reply;

/* Zeroed but for frame_bytes it is empty. */
struct replies {
    uint32_t frame_bytes; /* the largest payload of a 0x83 frame */
    bool generating;      /* the next frame is one of this GENERATE */
    uint16_t id;
    uint32_t left;
    uint32_t phase; /* of the pattern */
    struct queued_reply *first;
    struct queued_reply *last;
    size_t bytes; /* held by the queue */
};

/*
 * The next frame to send: header and payload apart (header_length is HEADER_BYTES), or whole in
 * `bytes`.
 */
struct next_reply {
    uint8_t header[HEADER_BYTES];
    size_t header_length;
    const uint8_t *bytes;
    size_t length;
    uint8_t *memory; /* to be freed once the bytes have left, or NULL */
};

/* Fills the pattern; to be called once, before anything else and before any thread is started. */
void replies_prepare(void);

/* While this is false every in-order reply has to be added here. */
bool replies_is_empty(const struct replies *replies);

/* Adds a copy of a frame. False when memory is short. */
bool replies_add(struct replies *replies, const uint8_t *frame, size_t length);

/* Adds a GENERATE of `count` bytes. False when memory is short. */
bool replies_add_generate(struct replies *replies, uint16_t id, uint32_t count);

/* Takes the next frame. To be called only when there is one. */
struct next_reply replies_next(struct replies *replies);

/* Frees everything. */
void replies_clear(struct replies *replies);

#endif
