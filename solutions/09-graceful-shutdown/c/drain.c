/*
 * What a drain means for one session: see drain.h.
 */
#include "drain.h"

/* Counts the requests in the input. One that has begun counts: it will be read to its end. */
static uint32_t requests_in(const struct buffer *input, uint32_t max_frame_size) {
    uint32_t count = 0;
    /* BEGIN SOLUTION: count the frames with frame_decode(), and the one of which a part is there */
    /* STUB: (void)input; */
    /* STUB: (void)max_frame_size; */
    const uint8_t *bytes = buffer_bytes(input);
    size_t left = input->length;
    while (left > 0) {
        struct frame frame;
        uint16_t code;
        count++;
        if (frame_decode(bytes, left, max_frame_size, &frame, &code) != FRAME_COMPLETE) {
            break;
        }
        bytes += HEADER_BYTES + frame.length;
        left -= HEADER_BYTES + frame.length;
    }
    /* END SOLUTION */
    return count;
}

void drain_session(struct session *session) {
    if (session->has_failed || session->is_draining) {
        return;
    }
    session->is_draining = true;
    session->requests_left = requests_in(&session->input, session->contract->max_frame_size);
    /* BEGIN SOLUTION: add GOAWAY to the output, with the number of requests that get an answer */
    /*
     * The end of the output stands between two frames, also in the middle of a GENERATE. The peer
     * learns which of its requests are answered: the others it can send elsewhere, without the
     * danger that they are carried out twice.
     */
    const struct frame goaway = {.type = TYPE_GOAWAY, .length = 4};
    uint8_t bytes[HEADER_BYTES + 4];
    frame_encode(bytes, &goaway);
    write_u32(bytes + HEADER_BYTES, session->requests + session->requests_left);
    buffer_append(&session->output, bytes, sizeof bytes);
    /* END SOLUTION */
}

bool drain_is_owed(const struct session *session) {
    /* BEGIN SOLUTION: true while requests are to be read, answered or sent */
    /* STUB: return session->output.length > 0; */
    return session->requests_left > 0 || session->is_generating || session->has_more ||
           session->delays.first != NULL || session->output.length > 0;
    /* END SOLUTION */
}
