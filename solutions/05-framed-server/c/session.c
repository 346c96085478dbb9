/*
 * One connection as the framed protocol sees it: see session.h.
 */
#include "session.h"

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* ---- replies ---- */

/* Adds a header to the output; `length` bytes of payload must follow. */
static void begin_reply(struct session *session, uint8_t type, uint8_t flags, uint16_t id,
                        uint32_t length) {
    const struct frame frame = {.type = type | REPLY, .flags = flags, .id = id, .length = length};
    frame_encode(buffer_reserve(&session->output, HEADER_BYTES), &frame);
    session->output.length += HEADER_BYTES;
}

static void reply(struct session *session, uint8_t type, uint16_t id, const uint8_t *payload,
                  uint32_t length) {
    begin_reply(session, type, 0, id, length);
    buffer_append(&session->output, payload, length);
}

static void reply_error(struct session *session, uint16_t code, uint16_t id) {
    uint8_t error[ERROR_FRAME_BYTES];
    contract_log_violation(session->fd, code, frame_code_name(code));
    buffer_append(&session->output, error, frame_encode_error(error, code, id));
}

void session_fail(struct session *session, uint16_t code, uint16_t id) {
    /* BEGIN SOLUTION: answer with the ERROR, drop the DELAYs, and set has_failed */
    /* STUB: reply_error(session, code, id); */
    reply_error(session, code, id);
    delays_clear(&session->delays);
    buffer_clear(&session->input); /* where the framing is lost, nothing can be understood */
    session->has_failed = true;
    /* END SOLUTION */
}

/* ---- GENERATE ---- */

/*
 * The next frame of the GENERATE. Its 4 GiB are never in memory: each frame is made when the one
 * before it has left.
 */
static void continue_generate(struct session *session) {
    /* BEGIN SOLUTION: add one frame of the pattern; the last one, and only it, has the flag END */
    /* STUB: session->is_generating = false; */
    struct generate *generate = &session->generate;
    uint32_t length =
        smaller(generate->left, smaller(GENERATE_FRAME_BYTES, session->contract->max_frame_size));
    bool is_last = length == generate->left;
    begin_reply(session, TYPE_GENERATE, is_last ? FLAG_END : 0, generate->id, length);
    uint8_t *bytes = buffer_reserve(&session->output, length);
    for (uint32_t k = 0; k < length; k++) {
        bytes[k] = (uint8_t)generate->phase; /* it goes on where the last frame ended */
        generate->phase = generate->phase + 1 == PATTERN_PERIOD ? 0 : generate->phase + 1;
    }
    session->output.length += length;
    generate->left -= length;
    session->is_generating = !is_last;
    /* END SOLUTION */
}

/* ---- DELAY ---- */

static void delay(struct session *session, const struct frame *frame, uint64_t now_ms) {
    /* BEGIN SOLUTION: reply at once to 0 ms, refuse with ERROR 5 what is too much, else add it */
    uint32_t wait_ms = read_u32(frame->payload);
    uint32_t length = frame->length - 4;
    if (wait_ms == 0) {
        reply(session, TYPE_DELAY, frame->id, frame->payload + 4, length);
    } else if (session->delays.count == MAX_OUTSTANDING_DELAYS ||
               session->delays.bytes + length > session->contract->max_pending_bytes) {
        reply_error(session, OVERLOADED, frame->id);
    } else {
        /* now_ms is rounded down: without the 1 it could be due a part of a millisecond early. */
        delays_add(&session->delays, now_ms + wait_ms + 1, frame->id, frame->payload + 4, length);
    }
    /* END SOLUTION */
}

static void answer_due_delays(struct session *session, uint64_t now_ms) {
    while (session_due_ms(session) <= now_ms) {
        const struct delay *first = session->delays.first;
        reply(session, TYPE_DELAY, first->id, first->payload, first->length);
        delays_remove_first(&session->delays);
    }
}

uint64_t session_due_ms(const struct session *session) {
    return session->delays.first != NULL ? session->delays.first->due_ms : NEVER_MS;
}

/* ---- requests ---- */

static bool has_bad_payload(const struct frame *frame) {
    /* BEGIN SOLUTION: true for a GENERATE or a DELAY whose payload breaks the rules of ERROR 4 */
    /* STUB: return !frame; */
    /* The length comes first: of a shorter payload there are no four bytes to read. */
    return (frame->type == TYPE_GENERATE && frame->length != 4) ||
           (frame->type == TYPE_DELAY &&
            (frame->length < 4 || read_u32(frame->payload) > MAX_DELAY_MS));
    /* END SOLUTION */
}

/* What each request is answered with: docs/protocol.md section 2. */
static void answer(struct session *session, const struct frame *frame, uint64_t now_ms) {
    uint8_t count[4];
    if (has_bad_payload(frame)) {
        reply_error(session, BAD_PAYLOAD, frame->id);
        return;
    }
    switch (frame->type) {
    case TYPE_ECHO:
        reply(session, TYPE_ECHO, frame->id, frame->payload, frame->length);
        break;
    /* BEGIN SOLUTION: DISCARD, GENERATE and DELAY, and ERROR 3 for what is no request */
    /* STUB: default: */
    /* STUB:     write_u32(count, (uint32_t)now_ms); // no reply; it only uses these names */
    case TYPE_DISCARD:
        write_u32(count, frame->length);
        reply(session, TYPE_DISCARD, frame->id, count, sizeof count);
        break;
    case TYPE_GENERATE:
        session->generate = (struct generate){frame->id, read_u32(frame->payload), 0};
        session->is_generating = true;
        break;
    case TYPE_DELAY:
        delay(session, frame, now_ms);
        break;
    default: /* the framing is intact: one request is refused, and the next one read as usual */
        reply_error(session, UNKNOWN_TYPE, frame->id);
        /* END SOLUTION */
    }
}

/* Answers the first frame of the input. False when there is none, or no whole one. */
static bool answer_next(struct session *session, uint64_t now_ms) {
    struct frame frame;
    uint16_t code;
    switch (frame_decode(buffer_bytes(&session->input), session->input.length,
                         session->contract->max_frame_size, &frame, &code)) {
    case FRAME_COMPLETE:
        /* BEGIN SOLUTION: answer the frame, take its bytes from the input, and ask for the next */
        /* STUB: answer(session, &frame, now_ms); */
        /* STUB: buffer_clear(&session->input); // and with it all that came in the same read */
        /* STUB: return false; */
        session->requests++;
        answer(session, &frame, now_ms);
        buffer_take(&session->input, HEADER_BYTES + frame.length);
        return true;
        /* END SOLUTION */
    case FRAME_ERROR:
        session_fail(session, code, frame.id);
        return false;
    case FRAME_PARTIAL:
        break;
    }
    if (session->input_ended && session->input.length > 0) {
        /* The peer has ended inside a frame: there is nobody to be told, but whoever reads logs. */
        contract_log_violation(session->fd, 0, frame_code_name(0));
        buffer_clear(&session->input);
    }
    return false;
}

void session_answer(struct session *session, uint64_t now_ms) {
    uint32_t enough = smaller(ENOUGH_OUTPUT_BYTES, session->contract->max_pending_bytes);
    bool goes_on = true;
    answer_due_delays(session, now_ms);
    while (goes_on && session->output.length < enough) {
        if (session->is_generating) {
            continue_generate(session); /* what comes behind it waits: replies keep their order */
        } else {
            goes_on = !session->has_failed && answer_next(session, now_ms);
        }
    }
    session->has_more = goes_on;
}

/* ---- end ---- */

bool session_is_done(const struct session *session) {
    /* BEGIN SOLUTION: true when the input is over and nothing is owed any more */
    /* STUB: return session->input_ended; // and what about replies that are still to come? */
    bool is_over = session->has_failed || (session->input_ended && session->input.length == 0);
    return is_over && !session->is_generating && session->delays.first == NULL &&
           session->output.length == 0;
    /* END SOLUTION */
}

void session_clear(struct session *session) {
    buffer_clear(&session->input);
    buffer_clear(&session->output);
    delays_clear(&session->delays);
}
