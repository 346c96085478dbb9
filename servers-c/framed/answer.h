/*
 * What a complete request is answered with, and where the reply goes: to the peer at once, behind
 * a GENERATE, or to the DELAYs.
 *
 * It parses no input; what waits is sent by flow and by delayed.
 * Mirrors servers-ts/framed/answer.ts.
 */
#ifndef FRAMED_ANSWER_H
#define FRAMED_ANSWER_H

#include "session.h"

/* The frame is complete: replies to it, or puts the reply where it waits. */
void answer_request(struct session *session, const struct frame_header *header);

/* Logs the violation and replies with an ERROR, in its turn. */
void answer_error(struct session *session, uint16_t code, uint16_t id);

/*
 * GOAWAY: `requests` are or will be answered. It does not wait for its turn, only for the end of a
 * frame: net's pending bytes always end with one.
 */
void answer_goaway(struct session *session, uint32_t requests);

#endif
