/*
 * framed: ECHO requests (docs/protocol.md sections 1 and 2) whose ids count up and wrap; the
 * payload is the pattern.
 *
 * ECHO replies come in the order of their requests, so the reply stream is known in advance, byte
 * by byte.
 */
#include <string.h>

#include "script.h"

#define HEADER_BYTES 8u
#define ECHO 0x01u
#define ECHO_REPLY 0x81u
#define ID_AT 6u

static void header_of(const struct script *script, uint8_t type, uint64_t frame,
                      uint8_t header[HEADER_BYTES]) {
    size_t length = script->payload_bytes;
    header[0] = (uint8_t)(length >> 24);
    header[1] = (uint8_t)(length >> 16);
    header[2] = (uint8_t)(length >> 8);
    header[3] = (uint8_t)length;
    header[4] = type;
    header[5] = 0;
    header[6] = (uint8_t)(frame >> 8);
    header[7] = (uint8_t)frame;
}

/* A place in the stream of frames. */
struct place {
    uint64_t frame;
    size_t at; /* within the frame */
};

static struct place place_of(const struct script *script, uint64_t offset) {
    uint64_t frame = offset / script->reply_bytes;
    return (struct place){frame, (size_t)(offset - frame * script->reply_bytes)};
}

static void move(struct place *place, const struct script *script, size_t bytes) {
    place->at += bytes;
    if (place->at == script->reply_bytes)
        *place = (struct place){place->frame + 1, 0};
}

static size_t smaller(size_t left, size_t right) {
    return left < right ? left : right;
}

/* Payload bytes from `place`, which lies behind the header. */
static const uint8_t *payload_at(const struct script *script, uint32_t start, struct place place) {
    uint64_t position = place.frame * script->payload_bytes + (place.at - HEADER_BYTES);
    return pattern_at(script->pattern, start, position);
}

/* The stretch of `header` or payload that begins at `place`: at most `limit` bytes. */
static const uint8_t *stretch(const struct script *script, uint32_t start, struct place place,
                              const uint8_t header[HEADER_BYTES], size_t limit, size_t *length) {
    bool in_header = place.at < HEADER_BYTES;
    size_t end = in_header ? HEADER_BYTES : script->reply_bytes;
    *length = smaller(end - place.at, limit);
    return in_header ? header + place.at : payload_at(script, start, place);
}

static size_t request(const struct script *script, uint32_t start, uint64_t offset, size_t limit,
                      uint8_t *scratch, const uint8_t **bytes) {
    struct place place = place_of(script, offset);
    uint8_t header[HEADER_BYTES];
    for (size_t done = 0, length; done < limit; done += length) {
        header_of(script, ECHO, place.frame, header);
        const uint8_t *from = stretch(script, start, place, header, limit - done, &length);
        memcpy(scratch + done, from, length);
        move(&place, script, length);
    }
    *bytes = scratch;
    return limit;
}

static size_t compare(const struct script *script, uint32_t start, uint64_t offset,
                      const uint8_t *bytes, size_t length) {
    struct place place = place_of(script, offset);
    uint8_t header[HEADER_BYTES];
    for (size_t done = 0, piece; done < length; done += piece) {
        header_of(script, ECHO_REPLY, place.frame, header);
        const uint8_t *wanted = stretch(script, start, place, header, length - done, &piece);
        size_t equal = equal_bytes(bytes + done, wanted, piece);
        if (equal < piece)
            return done + equal;
        move(&place, script, piece);
    }
    return length;
}

/* An id is told whole: its second byte may have come in a later read, then it counts as the
 * expected one. */
static void explain_id(struct difference *difference, size_t at, const uint8_t *bytes,
                       size_t length) {
    uint64_t high = at == ID_AT ? bytes[0] : difference->id >> 8;
    uint64_t low = at == ID_AT ? (length > 1 ? bytes[1] : difference->id & 0xff) : bytes[0];
    difference->kind = FAILURE_WRONG_ID;
    difference->expected = difference->id;
    difference->actual = high << 8 | low;
}

static void explain(const struct script *script, uint32_t start, uint64_t offset,
                    const uint8_t *bytes, size_t length, struct difference *difference) {
    struct place place = place_of(script, offset);
    uint8_t header[HEADER_BYTES];
    header_of(script, ECHO_REPLY, place.frame, header);
    size_t one;
    *difference = (struct difference){
        .kind = place.at < HEADER_BYTES ? FAILURE_WRONG_FRAME : FAILURE_WRONG_BYTE,
        .offset = offset,
        .id = place.frame & 0xffff,
        .compared = true,
        .expected = *stretch(script, start, place, header, 1, &one),
        .actual = bytes[0],
    };
    if (place.at >= ID_AT && place.at < HEADER_BYTES)
        explain_id(difference, place.at, bytes, length);
}

static const struct script_protocol framed = {request, compare, explain};

void framed_script(struct script *script, const struct work *work, const struct pattern *pattern) {
    *script = (struct script){
        .protocol = &framed,
        .pattern = pattern,
        .request_bytes = HEADER_BYTES + work->message_bytes,
        .reply_bytes = HEADER_BYTES + work->message_bytes,
        .payload_bytes = work->message_bytes,
    };
}
