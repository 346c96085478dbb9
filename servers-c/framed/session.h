/*
 * One connection of the framed server: what is being read, what waits to be sent, and the bounds
 * of both.
 *
 * It is state that the other parts of framed/ work on: nothing is parsed, answered or sent here.
 * Mirrors servers-ts/framed/session.ts.
 */
#ifndef FRAMED_SESSION_H
#define FRAMED_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/connection.h"
#include "wire/buffer.h"
#include "wire/delays.h"
#include "wire/frame.h"
#include "wire/replies.h"

/* What the flags say. Filled by main, before the first connection is accepted. */
struct session_limits {
    uint32_t max_frame_size;
    uint32_t max_pending_bytes;
    uint32_t frame_timeout_ms;
};

extern struct session_limits session_limits;

/*
 * How much of the input still counts. LAST_FRAME: the server drains, the frame that has begun is
 * completed, no other is begun. OVER: nothing more is parsed, what comes is discarded.
 */
enum input { READING, LAST_FRAME, OVER };

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

/* Payload bytes of the DELAYs that are outstanding: their frames without the headers. */
size_t session_delay_bytes(const struct session *session);

/*
 * Everything that waits for this peer. DELAYs alone never pass the bound, so they alone never stop
 * reading.
 */
size_t session_waiting_bytes(const struct session *session);

/* True while a reply is owed that net does not have yet. */
bool session_owes_replies(const struct session *session);

/* Logs what the peer did wrong: a code of an ERROR frame, and the frame's id. */
void session_log_violation(const struct session *session, uint16_t code, uint16_t id);

/* Memory is short: gives this connection up, so that the others go on. */
void session_reset_for_memory(struct session *session);

#endif
