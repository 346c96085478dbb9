/*
 * Reads the numbers that a test case consists of. Past the end every number is 0, so that any bytes
 * at all are a case: a fuzzer may cut and change them as it likes.
 *
 * Mirrors servers-ts/test/codec/script.ts.
 */
#ifndef TEST_CODEC_SCRIPT_H
#define TEST_CODEC_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

struct script {
    const uint8_t *bytes;
    size_t left;
};

/* Take a big-endian number off the front. */
uint8_t script_u8(struct script *script);
uint16_t script_u16(struct script *script);
uint32_t script_u32(struct script *script);

#endif
