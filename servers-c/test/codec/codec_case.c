/*
 * Chooses the module that a case is for: see codec_case.h.
 */
#include "codec_case.h"

#include <stdlib.h>

static void (*const cases[])(struct script, FILE *) = {
    frame_case, header_case, replies_case, delays_case, cursor_case,
};

void codec_case(struct script script, FILE *outcome) {
    cases[script_u8(&script) % (sizeof cases / sizeof *cases)](script, outcome);
}

void outcome_hex(FILE *outcome, const uint8_t *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        putc(digits[bytes[i] >> 4], outcome);
        putc(digits[bytes[i] & 15], outcome);
    }
}

void *codec_memory(size_t size) {
    void *memory = malloc(size);
    if (memory == NULL) {
        perror("codec case");
        exit(71);
    }
    return memory;
}
