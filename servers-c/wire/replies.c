/*
 * In-order replies that wait: see replies.h.
 *
 * Mirrors servers-ts/wire/replies.ts.
 */
#include "replies.h"

#include <stdlib.h>
#include <string.h>

/* A frame, or the next GENERATE. */
struct queued_reply {
    struct queued_reply *next;
    bool generates;
    uint16_t id;
    uint32_t count;
    size_t length;
    uint8_t frame[];
};

/* i mod PATTERN_PERIOD, long enough for the largest 0x83 frame from any phase. */
static uint8_t pattern[PATTERN_PERIOD + GENERATE_FRAME_BYTES];

void replies_prepare(void) {
    for (size_t i = 0; i < sizeof pattern; i++) {
        pattern[i] = (uint8_t)(i % PATTERN_PERIOD);
    }
}

/* ---- queue ---- */

bool replies_is_empty(const struct replies *replies) {
    return !replies->generating && replies->first == NULL;
}

static struct queued_reply *append(struct replies *replies, size_t length) {
    struct queued_reply *queued = malloc(sizeof *queued + length);
    if (queued == NULL) {
        return NULL;
    }
    *queued = (struct queued_reply){.length = length};
    if (replies->first == NULL) {
        replies->first = queued;
    } else {
        replies->last->next = queued;
    }
    replies->last = queued;
    replies->bytes += sizeof *queued + length;
    return queued;
}

static struct queued_reply *take_first(struct replies *replies) {
    struct queued_reply *queued = replies->first;
    replies->first = queued->next;
    replies->bytes -= sizeof *queued + queued->length;
    return queued;
}

bool replies_add(struct replies *replies, const uint8_t *frame, size_t length) {
    struct queued_reply *queued = append(replies, length);
    if (queued != NULL) {
        memcpy(queued->frame, frame, length);
    }
    return queued != NULL;
}

void replies_clear(struct replies *replies) {
    while (replies->first != NULL) {
        free(take_first(replies));
    }
    replies->generating = false;
}

/* ---- GENERATE ---- */

static void begin_generate(struct replies *replies, uint16_t id, uint32_t count) {
    replies->generating = true;
    replies->id = id;
    replies->left = count;
    replies->phase = 0;
}

bool replies_add_generate(struct replies *replies, uint16_t id, uint32_t count) {
    if (replies_is_empty(replies)) {
        begin_generate(replies, id, count);
        return true;
    }
    struct queued_reply *queued = append(replies, 0);
    if (queued != NULL) {
        queued->generates = true;
        queued->id = id;
        queued->count = count;
    }
    return queued != NULL;
}

static struct next_reply next_generated(struct replies *replies) {
    uint32_t length = replies->left < replies->frame_bytes ? replies->left : replies->frame_bytes;
    struct next_reply next = {
        .header_length = HEADER_BYTES, .bytes = pattern + replies->phase, .length = length};
    replies->left -= length;
    replies->phase = (replies->phase + length) % PATTERN_PERIOD;
    replies->generating = replies->left > 0;
    const struct frame_header header = {.length = length,
                                        .type = TYPE_GENERATE_REPLY,
                                        .flags = replies->generating ? 0 : FLAG_END,
                                        .id = replies->id};
    frame_encode(next.header, &header);
    return next;
}

struct next_reply replies_next(struct replies *replies) {
    if (replies->generating) {
        return next_generated(replies);
    }
    struct queued_reply *queued = take_first(replies);
    if (queued->generates) {
        begin_generate(replies, queued->id, queued->count);
        free(queued);
        return next_generated(replies);
    }
    return (struct next_reply){
        .bytes = queued->frame, .length = queued->length, .memory = (uint8_t *)queued};
}
