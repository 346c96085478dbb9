/*
 * One connection of the framed server: see session.h.
 *
 * Mirrors servers-ts/framed/session.ts.
 */
#include "session.h"

#include <errno.h>

struct session_limits session_limits;

size_t session_delay_bytes(const struct session *session) {
    return session->delays.bytes - (size_t)HEADER_BYTES * session->delays.count;
}

size_t session_waiting_bytes(const struct session *session) {
    return connection_pending(session->connection) + session->replies.bytes +
           session_delay_bytes(session);
}

bool session_owes_replies(const struct session *session) {
    return !replies_is_empty(&session->replies) || session->delays.count > 0 ||
           session->input == LAST_FRAME;
}

void session_log_violation(const struct session *session, uint16_t code, uint16_t id) {
    char peer[LOG_ADDRESS_BYTES];
    log_error("violation", log_text("peer", connection_peer(session->connection, peer)),
              log_number("code", code), log_text("reason", frame_code_name(code)),
              log_number("id", id));
}

void session_reset_for_memory(struct session *session) {
    log_call_failed("malloc", ENOMEM);
    session->input = OVER;
    connection_reset(session->connection);
}
