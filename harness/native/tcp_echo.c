/*
 * tcp-echo: both streams are the pattern itself, so requests are sent straight from it and replies
 * compared with it.
 */
#include <string.h>

#include "script.h"

size_t equal_bytes(const uint8_t *left, const uint8_t *right, size_t length) {
    if (memcmp(left, right, length) == 0)
        return length;
    size_t at = 0;
    while (left[at] == right[at])
        at++;
    return at;
}

static size_t request(const struct script *script, uint32_t start, uint64_t offset, size_t limit,
                      uint8_t *scratch, const uint8_t **bytes) {
    (void)scratch;
    *bytes = pattern_at(script->pattern, start, offset);
    return limit;
}

static size_t compare(const struct script *script, uint32_t start, uint64_t offset,
                      const uint8_t *bytes, size_t length) {
    return equal_bytes(bytes, pattern_at(script->pattern, start, offset), length);
}

static void explain(const struct script *script, uint32_t start, uint64_t offset,
                    const uint8_t *bytes, size_t length, struct difference *difference) {
    (void)length;
    *difference = (struct difference){
        .kind = FAILURE_WRONG_BYTE,
        .offset = offset,
        .id = offset / script->reply_bytes,
        .compared = true,
        .expected = *pattern_at(script->pattern, start, offset),
        .actual = bytes[0],
    };
}

static const struct script_protocol tcp_echo = {request, compare, explain};

void tcp_echo_script(struct script *script, const struct work *work,
                     const struct pattern *pattern) {
    *script = (struct script){
        .protocol = &tcp_echo,
        .pattern = pattern,
        .request_bytes = work->message_bytes,
        .reply_bytes = work->message_bytes,
        .payload_bytes = work->message_bytes,
    };
}
