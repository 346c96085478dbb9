/*
 * libFuzzer target: any bytes, cut anywhere, give the same events, and none is read past its end.
 *
 * `make fuzz CC=clang` builds it; run it with a directory for the corpus.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/frame.h"

#define FUZZ_FRAME_SIZE 4096

/* A sum over the events in which only the cuts of the payload make no difference. */
static uint64_t digest(const uint8_t *bytes, size_t length, size_t step) {
    struct frame_parser parser = {.max_frame_size = FUZZ_FRAME_SIZE};
    uint64_t sum = 14695981039346656037u;
    for (size_t from = 0; from < length; from += step) {
        size_t piece = length - from < step ? length - from : step;
        uint8_t *copy = malloc(piece); /* of its own size, so that the sanitizer knows the end */
        memcpy(copy, bytes + from, piece);
        struct cursor input = cursor_over(copy, piece);
        struct frame_event event = frame_feed(&parser, &input);
        for (; event.kind != FRAME_EVENT_NONE; event = frame_feed(&parser, &input)) {
            if (event.kind != FRAME_EVENT_DATA) {
                sum = (sum ^ (uint64_t)event.kind) * 1099511628211u;
                sum = (sum ^ event.header.length ^ event.header.id) * 1099511628211u;
            }
            for (size_t i = 0; i < event.length; i++) {
                sum = (sum ^ event.bytes[i]) * 1099511628211u;
            }
        }
        free(copy);
    }
    return sum * 2 + (frame_is_partial(&parser) ? 1 : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length < 1) {
        return 0;
    }
    size_t step = 1 + bytes[0] % 16;
    if (digest(bytes + 1, length - 1, step) != digest(bytes + 1, length - 1, SIZE_MAX / 2)) {
        abort();
    }
    return 0;
}
