/*
 * From bytes to requests: see requests.h.
 *
 * Mirrors servers-ts/framed/requests.ts.
 */
#include "requests.h"

#include "answer.h"
#include "delayed.h"
#include "flow.h"

/* ---- the clock of a frame ---- */

static void on_frame_deadline(struct timer *timer) {
    struct session *session =
        (struct session *)((char *)timer - offsetof(struct session, frame_deadline));
    requests_fail(session, CODE_FRAME_TIMEOUT, frame_partial_id(&session->parser));
    flow_settle(session);
}

/* It runs from the first byte of a frame to its last. */
static void time_frame(struct session *session, bool is_new) {
    struct loop *loop = connection_loop(session->connection);
    if (session->input == OVER || !frame_is_partial(&session->parser)) {
        loop_stop_timer(loop, &session->frame_deadline);
    } else if (is_new || !session->frame_deadline.running) {
        session->frame_deadline.on_due = on_frame_deadline;
        loop_start_timer(loop, &session->frame_deadline, session_limits.frame_timeout_ms);
    }
}

/* ---- frames ---- */

/*
 * The fast path: an ECHO that lies whole in the read buffer becomes its own reply. One byte
 * changes, nothing is copied, and neighbours leave as one slice. Not behind a GENERATE: there it
 * must wait, and is copied.
 */
static bool echo_in_place(struct session *session, struct cursor *input) {
    struct frame_header header;
    uint16_t code;
    uint8_t *frame = cursor_here(input);
    if (!replies_is_empty(&session->replies) || frame_is_partial(&session->parser) ||
        frame_decode(frame, cursor_left(input), session_limits.max_frame_size, &header, &code) !=
            FRAME_COMPLETE ||
        header.type != TYPE_ECHO || header.length > cursor_left(input) - HEADER_BYTES) {
        return false;
    }
    frame[TYPE_OFFSET] = TYPE_ECHO_REPLY;
    connection_write(session->connection, frame, HEADER_BYTES + header.length);
    cursor_skip(input, HEADER_BYTES + header.length);
    session->requests++;
    return true;
}

/* Only these payloads are needed; all others are counted and dropped as they arrive. */
static bool needs_payload(const struct frame_header *header) {
    return header->type == TYPE_ECHO ||
           (header->type == TYPE_GENERATE && header->length == COUNT_BYTES) ||
           (header->type == TYPE_DELAY && header->length >= DELAY_PREFIX_BYTES);
}

static void store(struct session *session, const uint8_t *bytes, size_t length) {
    size_t most = (size_t)HEADER_BYTES + session_limits.max_frame_size;
    if (!buffer_append(&session->request, bytes, length, most)) {
        session_reset_for_memory(session);
    }
}

/* False when the input is used up. */
static bool handle_event(struct session *session, const struct frame_event *event) {
    uint8_t header[HEADER_BYTES];
    switch (event->kind) {
    case FRAME_EVENT_NONE:
        return false;
    case FRAME_EVENT_BEGIN:
        if (needs_payload(&event->header)) {
            frame_encode(header, &event->header);
            store(session, header, HEADER_BYTES);
        }
        break;
    case FRAME_EVENT_DATA:
        if (session->request.length > 0) {
            store(session, event->bytes, event->length);
        }
        break;
    case FRAME_EVENT_END:
        answer_request(session, &event->header);
        break;
    case FRAME_EVENT_ERROR:
        requests_fail(session, event->code, event->header.id);
        break;
    }
    return true;
}

void requests_read(struct session *session, uint8_t *bytes, size_t length) {
    struct cursor input = cursor_over(bytes, length);
    uint32_t before = session->requests;
    while (session->input != OVER) {
        if (echo_in_place(session, &input)) {
            continue;
        }
        struct frame_event event = frame_feed(&session->parser, &input);
        if (!handle_event(session, &event)) {
            break;
        }
    }
    time_frame(session, session->requests != before);
}

/* ---- the end of the input ---- */

static void stop_parsing(struct session *session) {
    session->input = OVER;
    buffer_release(&session->request);
    time_frame(session, false);
}

void requests_end(struct session *session) {
    if (session->input != OVER && frame_is_partial(&session->parser)) {
        session_log_violation(session, CODE_TRUNCATED_FRAME, frame_partial_id(&session->parser));
    }
    stop_parsing(session);
}

void requests_fail(struct session *session, uint16_t code, uint16_t id) {
    session->failed = true;
    stop_parsing(session);
    delayed_drop(session);
    answer_error(session, code, id);
}
