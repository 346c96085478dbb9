/*
 * The DELAYs of a connection: held until they are due, then sent.
 *
 * The order is wire/delays' business; here is the clock. Whether a DELAY may be held is decided by
 * answer.
 * Mirrors servers-ts/framed/delayed.ts.
 */
#ifndef FRAMED_DELAYED_H
#define FRAMED_DELAYED_H

#include "session.h"

/*
 * The request that was stored becomes the reply, in place: its header moves over the milliseconds.
 */
void delayed_hold(struct session *session, const struct frame_header *header, uint32_t ms);

/*
 * All that are due leave together. They do not wait for their turn: that is what the ids are for.
 */
void delayed_send_due(struct session *session);

/* Drops all that are outstanding. */
void delayed_drop(struct session *session);

#endif
