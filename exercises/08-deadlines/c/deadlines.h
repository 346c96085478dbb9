/*
 * The deadlines of a connection: idle, frame, the end of a lingering close (docs/protocol.md
 * section 6, docs/contract.md sections 5 and 6).
 *
 * It has no timer: connections.c remembers the first deadline of all, and server.c looks when it
 * has come.
 */
#ifndef DEADLINES_H
#define DEADLINES_H

#include <stdbool.h>
#include <stdint.h>

#include "session.h"

struct deadlines {
    uint64_t active_ms;    /* when a byte last moved, in either direction */
    uint64_t frame_due_ms; /* of the frame that is being read, or NEVER_MS */
    uint64_t noted_ms;     /* when deadlines_note() was called last, and what it saw: */
    bool was_paused;
    uint32_t requests;
};

/* For a connection that is accepted now. */
struct deadlines deadlines_new(uint64_t now);

/* To be called after each step of a connection: sees how far the session has come. */
void deadlines_note(struct deadlines *deadlines, const struct session *session, uint64_t now);

struct connection;

/* The first deadline of a connection, DELAYs included, or NEVER_MS. */
uint64_t deadlines_first_ms(const struct connection *connection);

/* Does what is due because somebody was too slow. False when the connection is to be closed. */
bool deadlines_act(struct connection *connection, uint64_t now);

#endif
