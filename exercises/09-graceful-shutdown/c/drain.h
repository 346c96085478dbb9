/*
 * What a drain means for one session: docs/protocol.md section 5.
 *
 * It knows no signal and no socket: server.c calls it when SIGTERM has come.
 */
#ifndef DRAIN_H
#define DRAIN_H

#include <stdbool.h>

#include "session.h"

/*
 * Begins the drain: sets session->is_draining and session->requests_left, the number of requests
 * that are still to be taken from the input, and adds GOAWAY to the output. What comes behind these
 * requests is read and forgotten (session.c). A session that has failed is left alone.
 */
void drain_session(struct session *session);

/* True while a request is not read to its end, or a reply is not handed to the kernel. */
bool drain_is_owed(const struct session *session);

#endif
