/*
 * The framed protocol on top of tcp.c: what a frame is, and what each request is answered with.
 * Replies that have to wait are the business of replies.c.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

enum { ECHO = 0x01, DISCARD = 0x02, GENERATE = 0x03, DELAY = 0x04, REPLY = 0x80 };
enum { COUNT_BYTES = 4, MOST_DELAY_MS = 60000, MOST_DELAYS = 1024 };

static uint32_t u32_at(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return ntohl(value);
}

static uint32_t read_length(const struct server *server, const uint8_t *header) {
    return server->fault->decode_length ? server->fault->decode_length(header) : u32_at(header);
}

void put_frame(struct server *server, struct bytes *to, uint8_t type, uint8_t flags,
               const uint8_t *id, const void *payload, uint32_t length) {
    uint8_t header[HEADER_BYTES] = {[4] = type, [5] = flags, [6] = id[0], [7] = id[1]};
    uint32_t wire = htonl(length);
    memcpy(header, &wire, sizeof wire);
    if (server->fault->encode_length) {
        server->fault->encode_length(header, length);
    }
    bytes_append(to, header, sizeof header);
    bytes_append(to, payload, length);
}

/* Nothing more is parsed; the ERROR is the last of the in-order replies. True: close at once. */
bool fatal(struct server *server, struct connection *connection, uint16_t code, const uint8_t *id,
           const char *name) {
    const struct fault *fault = server->fault;
    log_violation(server, connection, code, name);
    if (fault->fatal_drops_replies) {
        drop_replies(connection);
        connection->out.length = 0;
    }
    if (!fault->fatal_keeps_delays) {
        drop_delays(connection);
    }
    append_error(server, connection, code, id, name);
    connection->finishing = true;
    connection->failed = true;
    return fault->failed && fault->failed(connection);
}

static void violation(struct server *server, struct connection *connection, uint16_t code,
                      const uint8_t *frame, const char *name) {
    log_violation(server, connection, code, name);
    append_error(server, connection, code, frame + 6,
                 server->fault->error_text ? server->fault->error_text(name, frame) : name);
}

static void answer_generate(struct server *server, struct connection *connection,
                            const uint8_t *frame, uint32_t length) {
    uint32_t count = length == COUNT_BYTES ? u32_at(frame + HEADER_BYTES) : 0;
    bool refused = server->fault->refuses_count && server->fault->refuses_count(count);
    if (length != COUNT_BYTES || refused) {
        violation(server, connection, 4, frame, "BAD_PAYLOAD");
    } else if (count > 0 || !server->fault->empty_generate_silent) {
        begin_generate(connection, frame + 6, count);
    }
}

static bool overloaded(const struct server *server, const struct connection *connection,
                       uint32_t length) {
    const struct fault *fault = server->fault;
    size_t most = fault->most_delays ? fault->most_delays : MOST_DELAYS;
    size_t bytes = connection->delayed_bytes + length - COUNT_BYTES;
    size_t most_bytes = (size_t)server->options.max_pending_bytes;
    bool fit = fault->delayed_bytes_fit ? fault->delayed_bytes_fit(bytes, most_bytes)
                                        : bytes <= most_bytes;
    return connection->delayed_count >= most || !fit;
}

/* What is due is outstanding no longer. */
static bool overloaded_now(struct server *server, struct connection *connection, uint32_t length) {
    if (overloaded(server, connection, length)) {
        answer_due_delays(server, connection);
    }
    return overloaded(server, connection, length);
}

static void answer_delay(struct server *server, struct connection *connection, const uint8_t *frame,
                         uint32_t length) {
    uint32_t ms = length >= COUNT_BYTES ? u32_at(frame + HEADER_BYTES) : 0;
    if (length < COUNT_BYTES || ms > MOST_DELAY_MS) {
        violation(server, connection, 4, frame, "BAD_PAYLOAD");
    } else if (overloaded_now(server, connection, length)) {
        violation(server, connection, 5, frame, "OVERLOADED");
    } else {
        hold_delay(server, connection, frame + 6, ms, frame + HEADER_BYTES + COUNT_BYTES,
                   length - COUNT_BYTES);
    }
}

/* `frame` has a payload only where needs_payload() says so. */
static void reply(struct server *server, struct connection *connection, const uint8_t *frame,
                  uint32_t length) {
    uint32_t discarded =
        server->fault->discarded ? server->fault->discarded(length) : htonl(length);
    connection->answered++;
    switch (frame[4]) {
    case ECHO:
        append_frame(server, connection, REPLY | ECHO, frame + 6, frame + HEADER_BYTES, length);
        break;
    case DISCARD:
        append_frame(server, connection, REPLY | DISCARD, frame + 6, &discarded, sizeof discarded);
        break;
    case GENERATE:
        answer_generate(server, connection, frame, length);
        break;
    case DELAY:
        answer_delay(server, connection, frame, length);
        break;
    default:
        violation(server, connection, 3, frame, "UNKNOWN_TYPE");
        break;
    }
}

static bool needs_payload(const struct server *server, uint8_t type) {
    return type == ECHO || type == GENERATE || type == DELAY || server->fault->stores_everything;
}

/* What nobody needs is dropped as it comes, behind the header, which stays. True: all of it came.
 */
static bool skip_payload(struct connection *connection, struct bytes *input, uint32_t length) {
    size_t there = input->length - HEADER_BYTES, left = length - connection->skipped;
    size_t taken = there < left ? there : left;
    memmove(input->data + HEADER_BYTES, input->data + HEADER_BYTES + taken, there - taken);
    input->length -= taken;
    connection->skipped += taken;
    return connection->skipped == length;
}

/* One complete header: 0, or the code of its error. */
static int header_error(const struct server *server, const uint8_t *header, uint32_t length) {
    const struct fault *fault = server->fault;
    uint32_t limit = (uint32_t)server->options.max_frame_size;
    if (fault->header_error) {
        return fault->header_error(header, length, limit);
    }
    if (fault->too_large ? fault->too_large(length, limit) : length > limit) {
        return 1;
    }
    return header[5] != 0 ? 2 : 0;
}

/* One frame from the front of `input`; the number of bytes it took, 0 if it is not complete. */
static size_t parse_frame(struct server *server, struct connection *connection,
                          struct bytes *input) {
    static const char *const names[] = {"", "FRAME_TOO_LARGE", "BAD_FLAGS", "UNKNOWN_TYPE"};
    const struct fault *fault = server->fault;
    uint32_t length = read_length(server, input->data);
    int code = header_error(server, input->data, length);
    if (code != 0) {
        connection->closes_now =
            fatal(server, connection, (uint16_t)code, input->data + 6, names[code]);
        return input->length;
    }
    bool stored = needs_payload(server, input->data[4]);
    if (stored ? input->length < (size_t)HEADER_BYTES + length
               : !skip_payload(connection, input, length)) {
        return 0;
    }
    connection->skipped = 0;
    size_t taken = HEADER_BYTES + (stored ? length : 0);
    if (length == 0 && fault->empty && fault->empty(connection)) {
        return taken;
    }
    if (fault->accepted) {
        fault->accepted(input->data + HEADER_BYTES, length, server->options.max_frame_size);
    }
    reply(server, connection, input->data, length);
    return taken;
}

/* The clock of a frame runs from its first byte to its last. */
static void time_frame(struct server *server, struct connection *connection, bool is_new) {
    if (connection->in.length == 0 && server->fault->frame_clock_never_stops) {
        return;
    }
    if (connection->in.length == 0 || connection->finishing) {
        connection->frame_due_ms = 0;
    } else if (is_new || connection->frame_due_ms == 0 || server->fault->frame_clock_per_read) {
        connection->begun_ms = now_ms();
        connection->frame_due_ms = connection->begun_ms + server->options.frame_timeout_ms + 1;
    }
}

bool parse_frames(struct server *server, struct connection *connection) {
    const struct fault *fault = server->fault;
    struct bytes *input = fault->input ? fault->input(connection) : &connection->in;
    uint32_t before = connection->answered;
    while (input->length > 0 && !connection->finishing) {
        if (input->length < HEADER_BYTES) {
            if (fault->header_cut && fault->header_cut(server, connection)) {
                return false;
            }
            break;
        }
        size_t taken = parse_frame(server, connection, input);
        if (taken == 0) {
            break;
        }
        bytes_drop(input, taken);
        if ((fault->replied && fault->replied(connection)) || connection->closes_now) {
            return false;
        }
        /* During the drain only the frame that had begun is completed. */
        if (server->draining) {
            connection->finishing = true;
        }
    }
    if (connection->finishing) {
        input->length = 0;
    }
    time_frame(server, connection, connection->answered != before && !fault->frame_clock_shared);
    return true;
}
