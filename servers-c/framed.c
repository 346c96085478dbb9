/*
 * framed: serves the framed protocol of docs/protocol.md over TCP.
 *
 * The program: its flags, and what happens on a connection from accept to close. The folder
 * framed/ holds its parts: session (the state), requests (input), answer, delayed and flow
 * (output). Bytes are wire's business, sockets net's.
 * Mirrors servers-ts/framed.ts.
 */
#include "framed/answer.h"
#include "framed/delayed.h"
#include "framed/flow.h"
#include "framed/requests.h"
#include "framed/session.h"
#include "net/lifecycle.h"
#include "net/options.h"

/* ---- options ---- */

static struct options options;

static const struct number_option framed_options[] = {
    {"--max-frame-size", "largest payload of a frame, in bytes", 1048576, 256, 1073741824,
     &session_limits.max_frame_size},
    {"--frame-timeout-ms", "time from the first byte of a frame to its last", 10000, 1, 86400000,
     &session_limits.frame_timeout_ms},
};

static const struct usage usage = {
    .name = "framed",
    .purpose = "Serves the framed protocol of docs/protocol.md over TCP.",
    .extra = framed_options,
    .extra_count = sizeof framed_options / sizeof *framed_options,
};

/* ---- accept ---- */

static void on_open(struct connection *connection) {
    struct session *session = connection_state(connection);
    uint32_t max_frame_size = session_limits.max_frame_size;
    session->connection = connection;
    session->parser.max_frame_size = max_frame_size;
    session->replies.frame_bytes =
        max_frame_size < GENERATE_FRAME_BYTES ? max_frame_size : GENERATE_FRAME_BYTES;
}

/* Sent to a connection above --max-connections; encoded by main. */
static uint8_t refusal[ERROR_FRAME_BYTES];

/* ---- read ---- */

static void on_read(struct connection *connection, uint8_t *bytes, size_t length) {
    struct session *session = connection_state(connection);
    requests_read(session, bytes, length);
    flow_settle(session);
}

/* ---- write ---- */

static void on_room(struct connection *connection) {
    flow_settle(connection_state(connection));
}

/* ---- half-close ---- */

/* The peer sends no more: what is complete is answered, DELAYs too, then comes our FIN. */
static void on_end(struct connection *connection) {
    struct session *session = connection_state(connection);
    requests_end(session);
    flow_settle(session);
}

/* ---- close ---- */

/* While a DELAY is outstanding it is not idle: net asks again. */
static void on_idle(struct connection *connection) {
    struct session *session = connection_state(connection);
    if (session->delays.count > 0) {
        return;
    }
    if (connection_pending(connection) > 0 || !replies_is_empty(&session->replies)) {
        connection_reset(connection); /* an ERROR would wait behind bytes that nobody reads */
    } else {
        requests_fail(session, CODE_IDLE_TIMEOUT, 0);
        flow_settle(session);
    }
}

/* A frame of which a byte was read is completed and answered, no other is begun. */
static void on_drain(struct connection *connection) {
    struct session *session = connection_state(connection);
    bool completes = session->input == READING && frame_is_partial(&session->parser);
    if (!session->failed) {
        answer_goaway(session, session->requests + (completes ? 1 : 0));
    }
    session->input = completes ? LAST_FRAME : OVER;
    flow_settle(session);
}

static bool owes(const struct connection *connection) {
    return session_owes_replies(connection_state_const(connection));
}

static void on_close(struct connection *connection) {
    struct session *session = connection_state(connection);
    delayed_drop(session);
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
    session_limits.max_pending_bytes = options.max_pending_bytes;
    replies_prepare();
    handlers.refusal_length = frame_encode_error(refusal, CODE_OVERLOADED, 0);
    return lifecycle_run(&service, &options);
}
