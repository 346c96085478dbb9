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
    /* TODO: give each frame its own deadline, which stands still while we do not read */
    deadlines->active_ms = now > 0 && session->fd >= 0 ? now : 0;
}

/* When the connection counts as idle: never while a DELAY is outstanding. */
static uint64_t idle_ms(const struct deadlines *deadlines, const struct session *session) {
    /* TODO: --idle-timeout-ms after the last byte, but not while a DELAY waits */
    return deadlines->active_ms == 0 && session->fd < 0 ? 0 : NEVER_MS;
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
    /* TODO: ERROR 6 or a reset for an idle peer, ERROR 7 for a frame that is too slow */
    (void)now;
    (void)session;
    (void)partial_id;
    (void)reset_at_close;
    return true;
}
