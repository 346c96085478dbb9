/*
 * What a complete request is answered with: see answer.h.
 *
 * Mirrors servers-ts/framed/answer.ts.
 */
#include "answer.h"

#include "delayed.h"

/* ---- replies in order ---- */

/* Sends a small frame in its turn. */
static void reply(struct session *session, const uint8_t *frame, size_t length) {
    if (replies_is_empty(&session->replies)) {
        connection_write_copy(session->connection, frame, length);
    } else if (!replies_add(&session->replies, frame, length)) {
        session_reset_for_memory(session);
    }
}

void answer_error(struct session *session, uint16_t code, uint16_t id) {
    uint8_t frame[ERROR_FRAME_BYTES];
    session_log_violation(session, code, id);
    reply(session, frame, frame_encode_error(frame, code, id));
}

/*
 * The request that was stored becomes the reply; not even now is it copied, unless it has to wait.
 */
static void answer_echo(struct session *session) {
    size_t length = session->request.length;
    uint8_t *frame = session->request.bytes;
    frame[TYPE_OFFSET] = TYPE_ECHO_REPLY;
    if (replies_is_empty(&session->replies)) {
        connection_write_owned(session->connection, buffer_take(&session->request), frame, length);
    } else {
        reply(session, frame, length);
    }
}

static void answer_discard(struct session *session, const struct frame_header *header) {
    uint8_t frame[NUMBER_FRAME_BYTES];
    reply(session, frame,
          frame_encode_number(frame, TYPE_DISCARD_REPLY, header->id, header->length));
}

static void answer_generate(struct session *session, const struct frame_header *header) {
    uint32_t count = 0;
    if (header->length != COUNT_BYTES) {
        answer_error(session, CODE_BAD_PAYLOAD, header->id);
        return;
    }
    struct cursor payload = cursor_over(session->request.bytes + HEADER_BYTES, COUNT_BYTES);
    cursor_read_u32(&payload, &count);
    if (!replies_add_generate(&session->replies, header->id, count)) {
        session_reset_for_memory(session);
    }
}

/* ---- replies out of order ---- */

static bool is_overloaded(const struct session *session, size_t payload) {
    return session->delays.count >= MAX_OUTSTANDING_DELAYS ||
           session_delay_bytes(session) + payload > session_limits.max_pending_bytes;
}

/* Those that are due are not outstanding any more: many of 0 ms in one read overload nothing. */
static bool has_room_for(struct session *session, size_t payload) {
    if (is_overloaded(session, payload)) {
        delayed_send_due(session);
    }
    return !is_overloaded(session, payload);
}

static void answer_delay(struct session *session, const struct frame_header *header) {
    uint32_t ms = 0;
    if (header->length < DELAY_PREFIX_BYTES) {
        answer_error(session, CODE_BAD_PAYLOAD, header->id);
        return;
    }
    struct cursor payload = cursor_over(session->request.bytes + HEADER_BYTES, header->length);
    cursor_read_u32(&payload, &ms);
    if (ms > MAX_DELAY_MS) {
        answer_error(session, CODE_BAD_PAYLOAD, header->id);
    } else if (has_room_for(session, header->length - DELAY_PREFIX_BYTES)) {
        delayed_hold(session, header, ms);
    } else {
        answer_error(session, CODE_OVERLOADED, header->id);
    }
}

void answer_goaway(struct session *session, uint32_t requests) {
    uint8_t frame[NUMBER_FRAME_BYTES];
    size_t length = frame_encode_number(frame, TYPE_GOAWAY, 0, requests);
    connection_write_copy(session->connection, frame, length);
}

/* ---- any request ---- */

void answer_request(struct session *session, const struct frame_header *header) {
    switch (header->type) {
    case TYPE_ECHO:
        answer_echo(session);
        break;
    case TYPE_DISCARD:
        answer_discard(session, header);
        break;
    case TYPE_GENERATE:
        answer_generate(session, header);
        break;
    case TYPE_DELAY:
        answer_delay(session, header);
        break;
    default:
        answer_error(session, CODE_UNKNOWN_TYPE, header->id);
        break;
    }
    buffer_release(&session->request);
    session->requests++;
    if (session->input == LAST_FRAME) {
        session->input = OVER;
    }
}
