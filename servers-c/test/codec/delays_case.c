/*
 * Cases for wire/delays: steps of one byte modulo 4 each: 0 adds a reply (u8 due time, u8 length),
 * 1 looks at the first, 2 takes it, 3 clears. The outcome has a word for each, with what is held
 * afterwards.
 *
 * Mirrors servers-ts/test/codec/delays-case.ts.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "codec_case.h"
#include "wire/delays.h"

static void add(struct delays *delays, struct script *script, FILE *outcome) {
    struct delayed_reply reply = {.due_ns = script_u8(script)};
    reply.length = script_u8(script);
    reply.memory = codec_memory(reply.length);
    reply.frame = reply.memory;
    if (!delays_add(delays, reply)) {
        free(reply.memory);
        fputs(" no-memory", outcome);
    }
}

static void write_reply(FILE *outcome, const char *step, const struct delayed_reply *reply) {
    fprintf(outcome, " %s(%" PRIu64 ",%" PRIu64 ",%zu)", step, reply->due_ns, reply->sequence,
            reply->length);
}

static void first(const struct delays *delays, FILE *outcome) {
    const struct delayed_reply *reply = delays_first(delays);
    if (reply == NULL) {
        fputs(" none", outcome);
    } else {
        write_reply(outcome, "first", reply);
    }
}

static void take(struct delays *delays, FILE *outcome) {
    if (delays->count == 0) {
        fputs(" none", outcome);
        return;
    }
    struct delayed_reply reply = delays_take(delays);
    write_reply(outcome, "take", &reply);
    free(reply.memory);
}

static void step(struct delays *delays, struct script *script, FILE *outcome) {
    switch (script_u8(script) % 4) {
    case 0:
        add(delays, script, outcome);
        break;
    case 1:
        first(delays, outcome);
        break;
    case 2:
        take(delays, outcome);
        break;
    default:
        delays_clear(delays);
        break;
    }
    fprintf(outcome, " held(%u,%zu)", delays->count, delays->bytes);
    if (delays->capacity > 4 && delays->capacity / 2 > delays->added) {
        fputs(" fault(grows-without-need)", outcome);
    }
}

void delays_case(struct script script, FILE *outcome) {
    struct delays delays = {0};
    while (script.left > 0) {
        step(&delays, &script, outcome);
    }
    while (delays.count > 0) {
        take(&delays, outcome);
    }
    if (delays.heap != NULL) {
        fputs(" fault(keeps-memory)", outcome);
    }
}
