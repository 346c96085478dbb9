/*
 * Reads the numbers of a test case: see script.h.
 */
#include "script.h"

uint8_t script_u8(struct script *script) {
    if (script->left == 0) {
        return 0;
    }
    script->left--;
    return *script->bytes++;
}

uint16_t script_u16(struct script *script) {
    unsigned high = script_u8(script);
    return (uint16_t)(high << 8 | script_u8(script));
}

uint32_t script_u32(struct script *script) {
    uint32_t high = script_u16(script);
    return high << 16 | script_u16(script);
}
