/*
 * What a drain means for one session: see drain.h.
 */
#include "drain.h"

/* Counts the requests in the input. One that has begun counts: it will be read to its end. */
static uint32_t requests_in(const struct buffer *input, uint32_t max_frame_size) {
    uint32_t count = 0;
    /* TODO: count the frames with frame_decode(), and the one of which a part is there */
    (void)input;
    (void)max_frame_size;
    return count;
}

void drain_session(struct session *session) {
    if (session->has_failed || session->is_draining) {
        return;
    }
    session->is_draining = true;
    session->requests_left = requests_in(&session->input, session->contract->max_frame_size);
    /* TODO: add GOAWAY to the output, with the number of requests that get an answer */
}

bool drain_is_owed(const struct session *session) {
    /* TODO: true while requests are to be read, answered or sent */
    return session->output.length > 0;
}
