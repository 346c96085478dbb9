/*
 * Cases for wire/cursor: u8 room, then steps of one byte modulo 8 each: 0 to 2 read a u8, u16, u32;
 * 3 to 5 write one; 6 skips u8 bytes; 7 writes u8 bytes of a run. The outcome has a word for each:
 * what was read, or whether it fitted; then all bytes.
 *
 * Mirrors servers-ts/test/codec/cursor-case.ts.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codec_case.h"
#include "wire/cursor.h"

static void write_read(FILE *outcome, bool fits, uint32_t value) {
    if (fits) {
        fprintf(outcome, " %x", value);
    } else {
        fputs(" -", outcome);
    }
}

static void read(struct cursor *cursor, unsigned which, FILE *outcome) {
    uint32_t four = 0;
    uint16_t two = 0;
    uint8_t one = 0;
    bool fits = which == 0   ? cursor_read_u8(cursor, &one)
                : which == 1 ? cursor_read_u16(cursor, &two)
                             : cursor_read_u32(cursor, &four);
    write_read(outcome, fits, which == 0 ? one : which == 1 ? two : four);
}

static bool write_run(struct cursor *cursor, uint8_t length) {
    uint8_t run[UINT8_MAX];
    memset(run, 0xa5, sizeof run);
    return cursor_write_bytes(cursor, run, length);
}

static bool move(struct cursor *cursor, unsigned which, struct script *script) {
    switch (which) {
    case 3:
        return cursor_write_u8(cursor, script_u8(script));
    case 4:
        return cursor_write_u16(cursor, script_u16(script));
    case 5:
        return cursor_write_u32(cursor, script_u32(script));
    case 6:
        return cursor_skip(cursor, script_u8(script));
    default:
        return write_run(cursor, script_u8(script));
    }
}

void cursor_case(struct script script, FILE *outcome) {
    size_t room = script_u8(&script);
    uint8_t *bytes = codec_memory(room);
    for (size_t i = 0; i < room; i++) {
        bytes[i] = (uint8_t)(i * 37 + 129); /* top bits set and not, none equal to its neighbour */
    }
    struct cursor cursor = cursor_over(bytes, room);
    while (script.left > 0) {
        unsigned which = script_u8(&script) % 8;
        if (which < 3) {
            read(&cursor, which, outcome);
        } else {
            fputs(move(&cursor, which, &script) ? " fits" : " -", outcome);
        }
        fprintf(outcome, "@%zu", cursor_left(&cursor));
    }
    putc(' ', outcome);
    outcome_hex(outcome, bytes, room);
    free(bytes);
}
