/*
 * From bytes to requests: the input of a connection is parsed, and each frame that is complete is
 * answered.
 *
 * An ECHO that has arrived whole is answered in the buffer it was read into; only what must wait
 * is stored. What the others are answered with is answer's business.
 * Mirrors servers-ts/framed/requests.ts.
 */
#ifndef FRAMED_REQUESTS_H
#define FRAMED_REQUESTS_H

#include "session.h"

/* Takes what was read. The bytes may be changed, and replies may lie in them until they leave. */
void requests_read(struct session *session, uint8_t *bytes, size_t length);

/* No more will come: a frame that is not complete is logged and forgotten. */
void requests_end(struct session *session);

/*
 * Fatal: nothing more is parsed, DELAYs are dropped, the ERROR is the last of the in-order replies.
 */
void requests_fail(struct session *session, uint16_t code, uint16_t id);

#endif
