/*
 * What flows in and out at the end of a turn: see flow.h.
 *
 * Mirrors servers-ts/framed/flow.ts.
 */
#include "flow.h"

/* ---- produce ---- */

/*
 * One frame may always follow when nothing is pending, or it would never go on. What is queued
 * counts already.
 */
static bool may_write_next(const struct session *session) {
    return !session->replies.generating || connection_pending(session->connection) == 0 ||
           session_waiting_bytes(session) < session_limits.max_pending_bytes;
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

/* ---- balance ---- */

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
    bool pause =
        session->input != OVER && session_waiting_bytes(session) > session_limits.max_pending_bytes;
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

void flow_settle(struct session *session) {
    if (connection_is_ending(session->connection)) {
        return;
    }
    write_waiting(session);
    connection_flush(session->connection);
    balance(session);
    if (session->input == OVER && !session_owes_replies(session)) {
        connection_finish(session->connection);
    }
}
