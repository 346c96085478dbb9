/*
 * Cases for wire/replies: u16 (largest payload of a 0x83 frame, less 1), then steps of one byte
 * modulo 4 each: 0 adds a frame (u8 length, u8 fill), 1 adds a GENERATE (u16 id, u32 count), 2
 * takes the next frame, 3 clears. Then what is left is taken, at most FRAMES_DRAINED frames, and
 * cleared.
 *
 * The outcome has a word for each frame that was taken: header, length and a sum of the
 * payload's ends.
 * Mirrors servers-ts/test/codec/replies-case.ts.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codec_case.h"
#include "wire/replies.h"

#define FRAMES_DRAINED 16
#define SUMMED_BYTES 256

/* What a queued reply may cost beside its bytes, in any language. */
#define LARGEST_OVERHEAD_BYTES 256

struct run {
    struct replies replies;
    FILE *outcome;
    size_t held_bytes; /* of frames that were added and not taken; GENERATEs count as nothing */
    size_t held;       /* entries at most: a GENERATE at the front is no longer queued */
};

/* FNV-1a, 32 bits, of the first and the last SUMMED_BYTES: a fuzzer runs this all day. */
static uint32_t sum_of(const uint8_t *bytes, size_t length) {
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < length; i++) {
        if (i == SUMMED_BYTES && length > 2 * SUMMED_BYTES) {
            i = length - SUMMED_BYTES;
        }
        sum = (sum ^ bytes[i]) * 16777619u;
    }
    return sum;
}

static void add(struct run *run, struct script *script) {
    size_t length = script_u8(script);
    int fill = script_u8(script);
    uint8_t *frame = codec_memory(length);
    if (length > 0) {
        memset(frame, fill, length);
    }
    if (!replies_add(&run->replies, frame, length)) {
        fputs(" no-memory", run->outcome);
    }
    free(frame);
    run->held_bytes += length;
    run->held++;
}

static void generate(struct run *run, struct script *script) {
    uint16_t id = script_u16(script);
    if (!replies_add_generate(&run->replies, id, script_u32(script))) {
        fputs(" no-memory", run->outcome);
    }
    run->held++;
}

static void next(struct run *run) {
    if (replies_is_empty(&run->replies)) {
        fputs(" none", run->outcome);
        return;
    }
    struct next_reply reply = replies_next(&run->replies);
    fputs(" frame(", run->outcome);
    outcome_hex(run->outcome, reply.header, reply.header_length);
    fprintf(run->outcome, ",%zu,%08x)", reply.length, sum_of(reply.bytes, reply.length));
    if (reply.header_length == 0) {
        run->held_bytes -= reply.length;
    }
    free(reply.memory);
}

static void clear(struct run *run) {
    replies_clear(&run->replies);
    run->held_bytes = 0;
    run->held = 0;
    if (!replies_is_empty(&run->replies) || run->replies.bytes != 0) {
        fputs(" fault(not-cleared)", run->outcome);
    }
}

static void check_bytes(const struct run *run) {
    size_t bytes = run->replies.bytes;
    if (bytes < run->held_bytes || bytes > run->held_bytes + run->held * LARGEST_OVERHEAD_BYTES) {
        fputs(" fault(counts-bytes-wrongly)", run->outcome);
    }
}

static void step(struct run *run, struct script *script) {
    switch (script_u8(script) % 4) {
    case 0:
        add(run, script);
        break;
    case 1:
        generate(run, script);
        break;
    case 2:
        next(run);
        break;
    default:
        clear(run);
        break;
    }
    check_bytes(run);
}

static void prepare_once(void) {
    static bool is_prepared;
    if (!is_prepared) {
        replies_prepare();
    }
    is_prepared = true;
}

void replies_case(struct script script, FILE *outcome) {
    struct run run = {.replies = {.frame_bytes = 1u + script_u16(&script)}, .outcome = outcome};
    prepare_once();
    while (script.left > 0) {
        step(&run, &script);
    }
    for (int i = 0; i < FRAMES_DRAINED && !replies_is_empty(&run.replies); i++) {
        next(&run);
    }
    check_bytes(&run);
    clear(&run);
}
