/*
 * Cases for wire/frame, the encoders: u32 length, u8 type, u8 flags, u16 id, u32 number, u16 code.
 * The outcome: the header, the frame with the number, the ERROR with the code, as hex digits, and
 * the code's name. A header that was encoded must decode to itself, and to nothing while it is not
 * whole.
 *
 * Mirrors servers-ts/test/codec/header-case.ts.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codec_case.h"
#include "wire/frame.h"

static bool decodes_to(const uint8_t *bytes, const struct frame_header *header) {
    struct frame_header decoded = {0};
    uint16_t code = 0;
    enum frame_outcome wanted = header->flags == 0 ? FRAME_COMPLETE : FRAME_ERROR;
    return frame_decode(bytes, HEADER_BYTES, UINT32_MAX, &decoded, &code) == wanted &&
           code == (header->flags == 0 ? 0 : CODE_BAD_FLAGS) && decoded.length == header->length &&
           decoded.type == header->type && decoded.flags == header->flags &&
           decoded.id == header->id;
}

/* Nothing is decided before the header is whole. */
static bool is_partial_before(const uint8_t *bytes) {
    for (size_t length = 0; length < HEADER_BYTES; length++) {
        struct frame_header decoded;
        uint16_t code;
        if (frame_decode(bytes, length, 0, &decoded, &code) != FRAME_PARTIAL) {
            return false;
        }
    }
    return true;
}

static void write_frame(FILE *outcome, const uint8_t *bytes, size_t length) {
    putc(' ', outcome);
    outcome_hex(outcome, bytes, length);
}

void header_case(struct script script, FILE *outcome) {
    struct frame_header header;
    header.length = script_u32(&script);
    header.type = script_u8(&script);
    header.flags = script_u8(&script);
    header.id = script_u16(&script);
    uint32_t number = script_u32(&script);
    uint16_t code = script_u16(&script);
    /* Memory of exactly the size that is promised to be enough. */
    uint8_t *bytes = codec_memory(HEADER_BYTES);
    uint8_t *number_frame = codec_memory(NUMBER_FRAME_BYTES);
    uint8_t *error_frame = codec_memory(ERROR_FRAME_BYTES);

    frame_encode(bytes, &header);
    write_frame(outcome, bytes, HEADER_BYTES);
    write_frame(outcome, number_frame,
                frame_encode_number(number_frame, header.type, header.id, number));
    write_frame(outcome, error_frame, frame_encode_error(error_frame, code, header.id));
    fprintf(outcome, " %s", frame_code_name(code));
    if (!decodes_to(bytes, &header)) {
        fputs(" fault(decodes-to-another-header)", outcome);
    }
    if (!is_partial_before(bytes)) {
        fputs(" fault(decides-too-soon)", outcome);
    }
    free(bytes);
    free(number_frame);
    free(error_frame);
}
