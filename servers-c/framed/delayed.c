/*
 * The DELAYs of a connection: see delayed.h.
 *
 * Mirrors servers-ts/framed/delayed.ts.
 */
#include "delayed.h"

#include "flow.h"

static void on_due(struct timer *timer);

/* Lets the earliest DELAY wake us. */
static void await_first(struct session *session) {
    struct loop *loop = connection_loop(session->connection);
    const struct delayed_reply *first = delays_first(&session->delays);
    if (first == NULL) {
        timer_stop(&loop->timers, &session->next_delay);
    } else if (!session->next_delay.running || session->next_delay.due_ns != first->due_ns) {
        session->next_delay.on_due = on_due;
        timer_start(&loop->timers, &session->next_delay, first->due_ns);
    }
}

static void on_due(struct timer *timer) {
    struct session *session =
        (struct session *)((char *)timer - offsetof(struct session, next_delay));
    delayed_send_due(session);
    flow_settle(session);
}

void delayed_send_due(struct session *session) {
    uint64_t now_ns = loop_clock_ns();
    const struct delayed_reply *first = delays_first(&session->delays);
    while (first != NULL && first->due_ns <= now_ns) {
        struct delayed_reply due = delays_take(&session->delays);
        connection_write_owned(session->connection, due.memory, due.frame, due.length);
        first = delays_first(&session->delays);
    }
    await_first(session);
}

void delayed_hold(struct session *session, const struct frame_header *header, uint32_t ms) {
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
        session_reset_for_memory(session);
        return;
    }
    (void)buffer_take(&session->request);
    await_first(session);
}

void delayed_drop(struct session *session) {
    delays_clear(&session->delays);
    await_first(session);
}
