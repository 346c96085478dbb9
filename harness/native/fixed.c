/*
 * fixed: one given request, one given reply, over and over (redis PING). Both stand in memory many
 * times in a row, so that a batch is one send and one comparison.
 */
#include <stdlib.h>
#include <string.h>

#include "script.h"

static size_t request(const struct script *script, uint32_t start, uint64_t offset, size_t limit,
                      uint8_t *scratch, const uint8_t **bytes) {
    (void)start;
    (void)scratch;
    *bytes = script->requests + offset % script->request_bytes;
    return limit;
}

static const uint8_t *expected(const struct script *script, uint64_t offset) {
    return script->replies + offset % script->reply_bytes;
}

static size_t compare(const struct script *script, uint32_t start, uint64_t offset,
                      const uint8_t *bytes, size_t length) {
    (void)start;
    return equal_bytes(bytes, expected(script, offset), length);
}

static void explain(const struct script *script, uint32_t start, uint64_t offset,
                    const uint8_t *bytes, size_t length, struct difference *difference) {
    (void)start;
    (void)length;
    *difference = (struct difference){
        .kind = FAILURE_WRONG_BYTE,
        .offset = offset,
        .id = offset / script->reply_bytes,
        .compared = true,
        .expected = *expected(script, offset),
        .actual = bytes[0],
    };
}

static const struct script_protocol fixed = {request, compare, explain};

/* From any offset inside the first copy PATTERN_SPAN bytes can be taken. */
static uint8_t *repeated(const uint8_t *bytes, size_t length) {
    size_t size = PATTERN_SPAN + length;
    uint8_t *copies = malloc(size);
    for (size_t at = 0; copies && at < size; at += length)
        memcpy(copies + at, bytes, size - at < length ? size - at : length);
    return copies;
}

int fixed_script(struct script *script, const struct work *work) {
    *script = (struct script){
        .protocol = &fixed,
        .request_bytes = work->request_bytes,
        .reply_bytes = work->reply_bytes,
        .payload_bytes = work->reply_bytes,
        .requests = repeated(work->request, work->request_bytes),
        .replies = repeated(work->reply, work->reply_bytes),
    };
    return script->requests && script->replies ? 0 : -1;
}

void script_free(struct script *script) {
    free(script->requests);
    free(script->replies);
}
