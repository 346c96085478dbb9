/*
 * framed: serves the framed protocol of docs/protocol.md over TCP.
 *
 * What a request means and in which order replies leave is decided here; bytes are wire/frame's
 * business, sockets net's. An ECHO that has arrived whole is answered in the buffer it was read
 * into; only what must wait is stored.
 * Mirrors servers-ts/framed.ts.
 */
#include <errno.h>
#include <stddef.h>

#include "net/connection.h"
#include "net/lifecycle.h"
#include "net/options.h"
#include "wire/buffer.h"
#include "wire/delays.h"
#include "wire/frame.h"
#include "wire/replies.h"

/*
 * What one GENERATE may produce per turn: a fast reader of a long stream does not keep the others
 * waiting.
 */
#define GENERATE_TURN_BYTES 262144

/* ---- options ---- */

static struct options options;
static uint32_t max_frame_size;
static uint32_t frame_timeout_ms;

static const struct number_option framed_options[] = {
    {"--max-frame-size", "largest payload of a frame, in bytes", 1048576, 256, 1073741824,
     &max_frame_size},
    {"--frame-timeout-ms", "time from the first byte of a frame to its last", 10000, 1, 86400000,
     &frame_timeout_ms},
};

static const struct usage usage = {
    .name = "framed",
    .purpose = "Serves the framed protocol of docs/protocol.md over TCP.",
    .extra = framed_options,
    .extra_count = sizeof framed_options / sizeof *framed_options,
};

/* ---- accept ---- */

/* How much of the input still counts. */
enum input {
    READING,
    LAST_FRAME, /* the server drains: the frame that has begun is completed, no other is begun */
    OVER,       /* nothing more is parsed: what comes is discarded */
};

struct session {
    struct connection *connection;
    enum input input;
    bool failed; /* a fatal ERROR was sent or waits to be */
    bool paused;
    struct frame_parser parser;
    struct buffer request; /* the frame that is being read, where its payload is needed */
    uint32_t requests;     /* complete so far, modulo 2^32 */

    struct timer frame_deadline;
    uint64_t frame_left_ns; /* of the frame's time, while reading is paused */

    struct replies replies; /* in order, behind a GENERATE */
    struct delays delays;
    struct timer next_delay;
};

static void on_frame_deadline(struct timer *timer);
static void on_delay_due(struct timer *timer);
static void settle(struct session *session);

static void on_open(struct connection *connection) {
    struct session *session = connection_state(connection);
    session->connection = connection;
    session->parser.max_frame_size = max_frame_size;
    session->replies.frame_bytes =
        max_frame_size < GENERATE_FRAME_BYTES ? max_frame_size : GENERATE_FRAME_BYTES;
    session->frame_deadline.on_due = on_frame_deadline;
    session->next_delay.on_due = on_delay_due;
}

/* Sent to a connection above --max-connections; encoded by main. */
static uint8_t refusal[ERROR_FRAME_BYTES];

/* ---- read ---- */

static void fail(struct session *session, uint16_t code, uint16_t id);
static void answer(struct session *session, const struct frame_header *header);
static void reset_for_memory(struct session *session);
static void log_violation(const struct session *session, uint16_t code, uint16_t id);

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
        frame_decode(frame, cursor_left(input), max_frame_size, &header, &code) != FRAME_COMPLETE ||
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
    if (!buffer_append(&session->request, bytes, length, (size_t)HEADER_BYTES + max_frame_size)) {
        reset_for_memory(session);
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
        answer(session, &event->header);
        break;
    case FRAME_EVENT_ERROR:
        fail(session, event->code, event->header.id);
        break;
    }
    return true;
}

/* The clock of a frame runs from its first byte to its last. */
static void time_frame(struct session *session, bool is_new) {
    struct loop *loop = connection_loop(session->connection);
    if (session->input == OVER || !frame_is_partial(&session->parser)) {
        loop_stop_timer(loop, &session->frame_deadline);
    } else if (is_new || !session->frame_deadline.running) {
        loop_start_timer(loop, &session->frame_deadline, frame_timeout_ms);
    }
}

static void on_read(struct connection *connection, uint8_t *bytes, size_t length) {
    struct session *session = connection_state(connection);
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
    settle(session);
}

static void on_frame_deadline(struct timer *timer) {
    struct session *session =
        (struct session *)((char *)timer - offsetof(struct session, frame_deadline));
    fail(session, CODE_FRAME_TIMEOUT, frame_partial_id(&session->parser));
    settle(session);
}

/* ---- write ---- */

static void reset_for_memory(struct session *session) {
    log_call_failed("malloc", ENOMEM);
    session->input = OVER;
    connection_reset(session->connection);
}

/* Sends a small frame in its turn. */
static void reply(struct session *session, const uint8_t *frame, size_t length) {
    if (replies_is_empty(&session->replies)) {
        connection_write_copy(session->connection, frame, length);
    } else if (!replies_add(&session->replies, frame, length)) {
        reset_for_memory(session);
    }
}

static void reply_error(struct session *session, uint16_t code, uint16_t id) {
    uint8_t frame[ERROR_FRAME_BYTES];
    log_violation(session, code, id);
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
        reply_error(session, CODE_BAD_PAYLOAD, header->id);
        return;
    }
    struct cursor payload = cursor_over(session->request.bytes + HEADER_BYTES, COUNT_BYTES);
    cursor_read_u32(&payload, &count);
    if (!replies_add_generate(&session->replies, header->id, count)) {
        reset_for_memory(session);
    }
}

/* Payload bytes of the DELAYs that are outstanding: their frames without the headers. */
static size_t delay_payload_bytes(const struct session *session) {
    return session->delays.bytes - (size_t)HEADER_BYTES * session->delays.count;
}

/*
 * Everything that waits for this peer. DELAYs alone never pass the bound, so they alone never stop
 * reading.
 */
static size_t waiting_bytes(const struct session *session) {
    return connection_pending(session->connection) + session->replies.bytes +
           delay_payload_bytes(session);
}

/*
 * One frame may always follow when nothing is pending, or it would never go on. What is queued
 * counts already.
 */
static bool may_write_next(const struct session *session) {
    return !session->replies.generating || connection_pending(session->connection) == 0 ||
           waiting_bytes(session) < options.max_pending_bytes;
}

static void write_next(struct connection *connection, const struct next_reply *next) {
    if (next->header_length > 0) {
        connection_write_copy(connection, next->header, next->header_length);
    }
    if (next->memory != NULL) {
        connection_write_owned(connection, next->memory, next->bytes, next->length);
    } else if (next->length > 0) {
        connection_write(connection, next->bytes, next->length);
    }
}

/* GENERATE is produced as the peer reads: within the bound, and within a budget per turn. */
static void write_waiting(struct session *session) {
    size_t written = 0;
    while (!replies_is_empty(&session->replies) && written < GENERATE_TURN_BYTES &&
           may_write_next(session)) {
        struct next_reply next = replies_next(&session->replies);
        write_next(session->connection, &next);
        written += next.header_length + next.length;
    }
    if (!replies_is_empty(&session->replies)) {
        connection_await_room(session->connection);
    }
}

/* Lets the earliest DELAY wake us. */
static void await_delay(struct session *session) {
    struct loop *loop = connection_loop(session->connection);
    const struct delayed_reply *first = delays_first(&session->delays);
    if (first == NULL) {
        timer_stop(&loop->timers, &session->next_delay);
    } else if (!session->next_delay.running || session->next_delay.due_ns != first->due_ns) {
        timer_start(&loop->timers, &session->next_delay, first->due_ns);
    }
}

/*
 * The request that was stored becomes the reply, in place: its header moves over the milliseconds.
 */
static void hold_delay(struct session *session, const struct frame_header *header, uint32_t ms) {
    const struct frame_header answer = {
        .length = header->length - DELAY_PREFIX_BYTES, .type = TYPE_DELAY_REPLY, .id = header->id};
    uint8_t *frame = session->request.bytes + DELAY_PREFIX_BYTES;
    /*
     * The turn may have begun before the request was sent: counted from there the reply would be
     * too early.
     */
    const struct delayed_reply delayed = {.due_ns = loop_clock_ns() + ms * NS_PER_MS,
                                          .memory = session->request.bytes,
                                          .frame = frame,
                                          .length = HEADER_BYTES + answer.length};
    frame_encode(frame, &answer);
    if (!delays_add(&session->delays, delayed)) {
        reset_for_memory(session);
        return;
    }
    (void)buffer_take(&session->request);
    await_delay(session);
}

static void answer_delay(struct session *session, const struct frame_header *header) {
    uint32_t ms = 0;
    if (header->length < DELAY_PREFIX_BYTES) {
        reply_error(session, CODE_BAD_PAYLOAD, header->id);
        return;
    }
    struct cursor payload = cursor_over(session->request.bytes + HEADER_BYTES, header->length);
    cursor_read_u32(&payload, &ms);
    if (ms > MAX_DELAY_MS) {
        reply_error(session, CODE_BAD_PAYLOAD, header->id);
    } else if (session->delays.count >= MAX_OUTSTANDING_DELAYS ||
               delay_payload_bytes(session) + header->length - DELAY_PREFIX_BYTES >
                   options.max_pending_bytes) {
        reply_error(session, CODE_OVERLOADED, header->id);
    } else {
        hold_delay(session, header, ms);
    }
}

/*
 * All that are due leave together. They do not wait for their turn: that is what the ids are for.
 */
static void on_delay_due(struct timer *timer) {
    struct session *session =
        (struct session *)((char *)timer - offsetof(struct session, next_delay));
    uint64_t now_ns = connection_loop(session->connection)->now_ns;
    const struct delayed_reply *first = delays_first(&session->delays);
    while (first != NULL && first->due_ns <= now_ns) {
        struct delayed_reply due = delays_take(&session->delays);
        connection_write_owned(session->connection, due.memory, due.frame, due.length);
        first = delays_first(&session->delays);
    }
    await_delay(session);
    settle(session);
}

/* The frame is complete: replies to it, or puts the reply where it waits. */
static void answer(struct session *session, const struct frame_header *header) {
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
        reply_error(session, CODE_UNKNOWN_TYPE, header->id);
        break;
    }
    buffer_release(&session->request);
    session->requests++;
    if (session->input == LAST_FRAME) {
        session->input = OVER;
    }
}

/* 0 when the timer does not run; at least 1 when it does, even if it is due in this very turn. */
static uint64_t time_left(const struct timer *timer, uint64_t now_ns) {
    if (!timer->running) {
        return 0;
    }
    return timer->due_ns > now_ns ? timer->due_ns - now_ns : 1;
}

/*
 * Stops reading while too much waits, and the clock of the frame with it; begins again when there
 * is room.
 */
static void balance(struct session *session) {
    struct loop *loop = connection_loop(session->connection);
    struct timer *deadline = &session->frame_deadline;
    bool pause = session->input != OVER && waiting_bytes(session) > options.max_pending_bytes;
    if (pause && !session->paused) {
        session->frame_left_ns = time_left(deadline, loop->now_ns);
        timer_stop(&loop->timers, deadline);
        connection_pause(session->connection);
    } else if (!pause && session->paused) {
        if (session->frame_left_ns > 0 && session->input != OVER) {
            timer_start(&loop->timers, deadline, loop->now_ns + session->frame_left_ns);
        }
        connection_resume(session->connection);
    }
    session->paused = pause;
}

static bool has_owed_replies(const struct session *session) {
    return !replies_is_empty(&session->replies) || session->delays.count > 0 ||
           session->input == LAST_FRAME;
}

/* Every handler ends here: produce, send, balance, and finish when nothing can follow. */
static void settle(struct session *session) {
    if (connection_is_ending(session->connection)) {
        return;
    }
    write_waiting(session);
    connection_flush(session->connection);
    balance(session);
    if (session->input == OVER && !has_owed_replies(session)) {
        connection_finish(session->connection);
    }
}

static void on_room(struct connection *connection) {
    settle(connection_state(connection));
}

/* ---- half-close ---- */

/* The peer sends no more: what is complete is answered, DELAYs too, then comes our FIN. */
static void on_end(struct connection *connection) {
    struct session *session = connection_state(connection);
    if (session->input != OVER && frame_is_partial(&session->parser)) {
        log_violation(session, CODE_TRUNCATED_FRAME, frame_partial_id(&session->parser));
    }
    session->input = OVER;
    buffer_release(&session->request);
    time_frame(session, false);
    settle(session);
}

/* ---- close ---- */

static void log_violation(const struct session *session, uint16_t code, uint16_t id) {
    char peer[LOG_ADDRESS_BYTES];
    log_error("violation", log_text("peer", connection_peer(session->connection, peer)),
              log_number("code", code), log_text("reason", frame_code_name(code)),
              log_number("id", id));
}

static void drop_delays(struct session *session) {
    delays_clear(&session->delays);
    await_delay(session);
}

/*
 * Fatal: nothing more is parsed, DELAYs are dropped, the ERROR is the last of the in-order replies.
 */
static void fail(struct session *session, uint16_t code, uint16_t id) {
    session->input = OVER;
    session->failed = true;
    drop_delays(session);
    buffer_release(&session->request);
    time_frame(session, false);
    reply_error(session, code, id);
}

static void on_idle(struct connection *connection) {
    struct session *session = connection_state(connection);
    if (session->delays.count > 0) {
        connection_touch(connection);
    } else if (connection_pending(connection) > 0 || !replies_is_empty(&session->replies)) {
        connection_reset(connection); /* an ERROR would wait behind bytes that nobody reads */
    } else {
        fail(session, CODE_IDLE_TIMEOUT, 0);
        settle(session);
    }
}

/*
 * GOAWAY does not wait for its turn, only for the end of a frame: net's pending bytes always end
 * with one.
 */
static void on_drain(struct connection *connection) {
    struct session *session = connection_state(connection);
    uint8_t frame[NUMBER_FRAME_BYTES];
    bool completes = session->input == READING && frame_is_partial(&session->parser);
    if (!session->failed) {
        uint32_t answered = session->requests + (completes ? 1 : 0);
        connection_write_copy(connection, frame,
                              frame_encode_number(frame, TYPE_GOAWAY, 0, answered));
    }
    session->input = completes ? LAST_FRAME : OVER;
    settle(session);
}

static bool owes(const struct connection *connection) {
    return has_owed_replies(connection_state_const(connection));
}

static void on_close(struct connection *connection) {
    struct session *session = connection_state(connection);
    drop_delays(session);
    loop_stop_timer(connection_loop(connection), &session->frame_deadline);
    buffer_release(&session->request);
    replies_clear(&session->replies);
}

/* ---- main ---- */

static struct connection_handlers handlers = {
    .state_bytes = sizeof(struct session),
    .on_open = on_open,
    .on_read = on_read,
    .on_room = on_room,
    .on_end = on_end,
    .on_idle = on_idle,
    .on_drain = on_drain,
    .on_close = on_close,
    .owes = owes,
    .refusal = refusal,
};

static const struct service service = {
    .name = "framed",
    .protocol = "framed",
    .connection = &handlers,
};

int main(int argc, char **argv) {
    int code = options_parse(&usage, argc, argv, &options);
    if (code != OPTIONS_RUN) {
        return code;
    }
    replies_prepare();
    handlers.refusal_length = frame_encode_error(refusal, CODE_OVERLOADED, 0);
    return lifecycle_run(&service, &options);
}
