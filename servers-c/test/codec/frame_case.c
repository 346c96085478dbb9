/*
 * Cases for wire/frame, the stream: u32 max_frame_size, u8 count, so many u16 lengths of pieces,
 * and the stream. Behind the last piece comes the rest as one more. The outcome has the words of
 * harness/vectors/README.md.
 *
 * Each piece is fed from memory of exactly its size, so that the sanitizer knows its end.
 * Mirrors servers-ts/test/codec/frame-case.ts.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codec_case.h"
#include "wire/frame.h"

/* Byte by byte only up to here: the work is to stay linear. */
#define LONGEST_BYTE_BY_BYTE 4096

/* How a stream is cut: lengths from a script, 0 for one byte each, or nothing for one piece. */
struct cuts {
    const struct script *lengths;
    unsigned count;
    bool every_byte;
};

struct run {
    struct frame_parser parser;
    FILE *outcome;
    bool in_data; /* a data word is open */
    bool in_frame;
    bool failed;
    uint16_t code;
    uint16_t id; /* of the frame that has begun, or of the error */
};

/* ---- events ---- */

static void close_data(struct run *run) {
    if (run->in_data) {
        putc(')', run->outcome);
    }
    run->in_data = false;
}

static void write_data(struct run *run, const struct frame_event *event) {
    if (!run->in_data) {
        fputs(" data(", run->outcome);
    }
    run->in_data = true;
    outcome_hex(run->outcome, event->bytes, event->length);
}

static void write_error(struct run *run, const struct frame_event *event) {
    if (!run->failed) {
        fprintf(run->outcome, " error(%u,%04x)", event->code, event->header.id);
    } else if (event->code != run->code || event->header.id != run->id) {
        fputs(" fault(another-error)", run->outcome);
    }
    run->failed = true;
    run->code = event->code;
    run->id = event->header.id;
}

static void write_event(struct run *run, const struct frame_event *event) {
    const struct frame_header *header = &event->header;
    if (event->kind == FRAME_EVENT_DATA) {
        write_data(run, event);
        return;
    }
    close_data(run);
    if (event->kind == FRAME_EVENT_BEGIN) {
        fprintf(run->outcome, " begin(%u,%02x,%02x,%04x)", header->length, header->type,
                header->flags, header->id);
        run->id = header->id;
        run->in_frame = true;
    } else if (event->kind == FRAME_EVENT_END) {
        fputs(" end", run->outcome);
        run->in_frame = false;
    } else {
        write_error(run, event);
    }
}

/* ---- what holds for any bytes ---- */

static bool is_slice(const struct frame_event *event, const uint8_t *piece, size_t length) {
    return event->length > 0 && event->bytes >= piece && event->length <= length &&
           event->bytes + event->length <= piece + length;
}

static void check_event(const struct run *run, const struct frame_event *event,
                        const struct cursor *input, size_t left_before) {
    if (event->kind == FRAME_EVENT_DATA && !is_slice(event, input->bytes, input->length)) {
        fputs(" fault(no-slice-of-the-input)", run->outcome);
    }
    if (run->failed && (event->kind != FRAME_EVENT_ERROR || cursor_left(input) != left_before)) {
        fputs(" fault(goes-on-after-error)", run->outcome);
    }
    if (event->kind == FRAME_EVENT_NONE && cursor_left(input) > 0) {
        fputs(" fault(leaves-input)", run->outcome);
    }
}

static void check_end(const struct run *run) {
    if (frame_partial_id(&run->parser) != (run->in_frame ? run->id : 0)) {
        fputs(" fault(partial-id)", run->outcome);
    }
}

/* ---- feeding ---- */

static void feed_piece(struct run *run, const uint8_t *bytes, size_t length) {
    uint8_t *piece = codec_memory(length);
    if (length > 0) {
        memcpy(piece, bytes, length);
    }
    struct cursor input = cursor_over(piece, length);
    enum frame_event_kind kind;
    do {
        size_t left_before = cursor_left(&input);
        struct frame_event event = frame_feed(&run->parser, &input);
        kind = event.kind;
        check_event(run, &event, &input, left_before);
        if (kind != FRAME_EVENT_NONE) {
            write_event(run, &event);
        }
    } while (kind != FRAME_EVENT_NONE && kind != FRAME_EVENT_ERROR);
    free(piece);
}

static void feed_cut(struct run *run, struct script stream, const struct cuts *cuts) {
    struct script lengths = cuts->lengths != NULL ? *cuts->lengths : (struct script){0};
    for (unsigned i = 0; cuts->every_byte ? stream.left > 0 : i < cuts->count; i++) {
        size_t length = cuts->every_byte ? 1 : script_u16(&lengths);
        length = length < stream.left ? length : stream.left;
        feed_piece(run, stream.bytes, length);
        stream.bytes += length;
        stream.left -= length;
    }
    feed_piece(run, stream.bytes, stream.left);
}

/* The outcome of a stream that is cut in this way; to be freed. */
static char *outcome_of(uint32_t max_frame_size, struct script stream, const struct cuts *cuts) {
    char *text = NULL;
    size_t length = 0;
    struct run run = {.parser = {.max_frame_size = max_frame_size},
                      .outcome = open_memstream(&text, &length)};
    if (run.outcome == NULL) {
        perror("codec case");
        exit(71);
    }
    feed_cut(&run, stream, cuts);
    if (run.failed) {
        feed_piece(&run, (const uint8_t *)"\0", 1);
    }
    close_data(&run);
    if (frame_is_partial(&run.parser)) {
        fputs(" partial", run.outcome);
    }
    check_end(&run);
    fclose(run.outcome);
    return text;
}

static void compare_cut(FILE *outcome, const char *expected, char *found) {
    if (strcmp(expected, found) != 0) {
        fprintf(outcome, " fault(depends-on-cuts:%s)", found);
    }
    free(found);
}

void frame_case(struct script script, FILE *outcome) {
    uint32_t max_frame_size = script_u32(&script);
    struct script lengths;
    struct cuts cuts = {.lengths = &lengths, .count = script_u8(&script)};
    lengths = script;
    for (unsigned i = 0; i < cuts.count; i++) {
        (void)script_u16(&script);
    }
    char *text = outcome_of(max_frame_size, script, &cuts);
    fputs(text, outcome);
    compare_cut(outcome, text, outcome_of(max_frame_size, script, &(struct cuts){0}));
    if (script.left <= LONGEST_BYTE_BY_BYTE) {
        const struct cuts bytes = {.every_byte = true};
        compare_cut(outcome, text, outcome_of(max_frame_size, script, &bytes));
    }
    free(text);
}
