/*
 * The deadlines of a connection: see deadlines.h.
 */
#include "deadlines.h"

#include <sys/socket.h>

#include "connection.h"

struct deadlines deadlines_new(uint64_t now) {
    return (struct deadlines){.active_ms = now, .frame_due_ms = NEVER_MS, .noted_ms = now};
}

void deadlines_note(struct deadlines *deadlines, const struct session *session, uint64_t now) {
    /*
     * The time of a frame begins with its first byte and is not extended by the next ones: a peer
     * that sends one byte a second (a "slow loris") must not keep a connection for ever.
     */
    if (session->input.length == 0) {
        deadlines->frame_due_ms = NEVER_MS;
    } else if (deadlines->frame_due_ms == NEVER_MS || session->requests != deadlines->requests) {
        deadlines->frame_due_ms = now + session->contract->frame_timeout_ms;
    } else if (deadlines->was_paused) {
        deadlines->frame_due_ms += now - deadlines->noted_ms; /* we did not read: not its fault */
    }
    deadlines->requests = session->requests;
    deadlines->was_paused = session->has_more;
    deadlines->noted_ms = now;
}

/* When the connection counts as idle: never while a DELAY is outstanding. */
static uint64_t idle_ms(const struct deadlines *deadlines, const struct session *session) {

    if (session->delays.first != NULL) {
        return NEVER_MS;
    }
    return deadlines->active_ms + session->contract->idle_timeout_ms;
}

/* When the frame that is being read has taken too long: never while reading is paused. */
static uint64_t frame_ms(const struct deadlines *deadlines, const struct session *session) {
    return session->has_more ? NEVER_MS : deadlines->frame_due_ms;
}

static uint64_t sooner(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

uint64_t deadlines_first_ms(const struct connection *connection) {
    const struct deadlines *deadlines = &connection->deadlines;
    const struct session *session = &connection->session;
    if (connection->is_finishing) {
        return connection->finish_due_ms;
    }
    return sooner(session_due_ms(session),
                  sooner(idle_ms(deadlines, session), frame_ms(deadlines, session)));
}

/*
 * With SO_LINGER on and 0 seconds (socket(7)) close() sends RST, and throws away what waits in the
 * kernel: right for a peer that does not read, wrong everywhere else.
 */
static void reset_at_close(const struct connection *connection) {
    const struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

/* 0 while the header is not complete. */
static uint16_t partial_id(const struct session *session) {
    struct frame frame;
    uint16_t code;
    frame_decode(buffer_bytes(&session->input), session->input.length,
                 session->contract->max_frame_size, &frame, &code);
    return frame.id;
}

bool deadlines_act(struct connection *connection, uint64_t now) {
    struct session *session = &connection->session;
    if (connection->is_finishing) {
        return false;
    }
    if (idle_ms(&connection->deadlines, session) <= now) {
        if (session->output.length > 0) {
            reset_at_close(connection); /* an ERROR would wait behind what the peer does not read */
            return false;
        }
        session_fail(session, IDLE_TIMEOUT, 0);
    } else if (frame_ms(&connection->deadlines, session) <= now) {
        session_fail(session, FRAME_TIMEOUT, partial_id(session));
    }
    return true;
}
