/* The framed protocol on top of tcp.c: ECHO, DISCARD, the errors 1 to 3, GOAWAY. GENERATE and DELAY
 * are UNKNOWN_TYPE. */
#include <arpa/inet.h>
#include <string.h>

#include "base.h"

enum { ECHO = 0x01, DISCARD = 0x02, REPLY = 0x80, ERROR = 0xFF };

static uint32_t read_length(const struct server *server, const uint8_t *header) {
    uint32_t length;
    if (server->fault->decode_length) {
        return server->fault->decode_length(header);
    }
    memcpy(&length, header, sizeof length);
    return ntohl(length);
}

void append_frame(struct server *server, struct connection *connection, uint8_t type,
                  const uint8_t *id, const void *payload, uint32_t length) {
    uint8_t header[HEADER_BYTES] = {[4] = type, [6] = id[0], [7] = id[1]};
    uint32_t wire = htonl(length);
    memcpy(header, &wire, sizeof wire);
    if (server->fault->encode_length) {
        server->fault->encode_length(header, length);
    }
    bytes_append(&connection->out, header, sizeof header);
    bytes_append(&connection->out, payload, length);
}

void append_error(struct server *server, struct connection *connection, uint16_t code,
                  const uint8_t *id, const char *name) {
    uint8_t payload[64] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t length = strlen(name);
    memcpy(payload + 2, name, length);
    append_frame(server, connection, ERROR, id, payload, (uint32_t)length + 2);
}

static void fatal(struct server *server, struct connection *connection, uint16_t code,
                  const uint8_t *id, const char *name) {
    log_event("event=violation code=%u reason=%s", code, name);
    append_error(server, connection, code, id, name);
    connection->finishing = true;
}

static void reply(struct server *server, struct connection *connection, const uint8_t *frame,
                  uint32_t length) {
    const uint8_t *id = frame + 6, *payload = frame + HEADER_BYTES;
    uint32_t count = htonl(length);
    connection->answered++;
    if (frame[4] == ECHO) {
        append_frame(server, connection, REPLY | ECHO, id, payload, length);
    } else if (frame[4] == DISCARD) {
        append_frame(server, connection, REPLY | DISCARD, id, &count, sizeof count);
    } else {
        log_event("event=violation code=3 reason=UNKNOWN_TYPE");
        append_error(server, connection, 3, id, "UNKNOWN_TYPE");
    }
}

/* One frame from the front of `input`; the number of bytes it took, 0 if it is not complete. */
static size_t parse_frame(struct server *server, struct connection *connection,
                          struct bytes *input) {
    const uint8_t *frame = input->data;
    uint32_t length = read_length(server, frame);
    uint32_t limit = (uint32_t)server->options.max_frame_size;
    const struct fault *fault = server->fault;
    if (fault->too_large ? fault->too_large(length, limit) : length > limit) {
        fatal(server, connection, 1, frame + 6, "FRAME_TOO_LARGE");
        return input->length;
    }
    if (frame[5] != 0) {
        fatal(server, connection, 2, frame + 6, "BAD_FLAGS");
        return input->length;
    }
    if (input->length < (size_t)HEADER_BYTES + length) {
        return 0;
    }
    if (length == 0 && fault->empty && fault->empty(connection)) {
        return HEADER_BYTES;
    }
    if (fault->accepted) {
        fault->accepted(frame + HEADER_BYTES, length, limit);
    }
    reply(server, connection, frame, length);
    return (size_t)HEADER_BYTES + length;
}

bool parse_frames(struct server *server, struct connection *connection) {
    const struct fault *fault = server->fault;
    struct bytes *input = fault->input ? fault->input(connection) : &connection->in;
    while (input->length > 0 && !connection->finishing) {
        if (input->length < HEADER_BYTES) {
            return !(fault->header_cut && fault->header_cut(connection));
        }
        size_t taken = parse_frame(server, connection, input);
        if (taken == 0) {
            return true;
        }
        bytes_drop(input, taken);
        if (fault->replied && fault->replied(connection)) {
            return false;
        }
    }
    return true;
}
