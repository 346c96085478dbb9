/*
 * What the framed base owes: in-order replies behind a GENERATE, and DELAYs that wait for their
 * time. `out` always ends at the end of a frame, so that a DELAY or a GOAWAY may follow at any
 * time.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

enum { GENERATE_REPLY = 0x83, END = 0x01, FRAME_BYTES = 65536, PERIOD = 251, TURN_BYTES = 1 << 18 };
/* What a queued reply costs beside its bytes, on the safe side. */
enum { OVERHEAD_BYTES = 128 };

/* A GENERATE that is being produced, or the frames that stand behind one. */
struct reply {
    struct reply *next;
    bool generates;
    uint8_t id[2];
    uint32_t left, made; /* Of a GENERATE. */
    struct bytes frames;
};

struct delayed {
    struct delayed *next;
    int64_t due_ms;
    struct bytes frame;
    size_t payload;
};

static struct reply *enqueue(struct connection *connection) {
    struct reply *reply = calloc(1, sizeof *reply);
    if (!reply) {
        abort();
    }
    *(connection->last ? &connection->last->next : &connection->first) = reply;
    connection->last = reply;
    connection->queued += OVERHEAD_BYTES;
    return reply;
}

static void dequeue(struct connection *connection) {
    struct reply *reply = connection->first;
    connection->first = reply->next;
    connection->last = reply->next ? connection->last : NULL;
    connection->queued -= OVERHEAD_BYTES + reply->frames.length;
    free(reply->frames.data);
    free(reply);
}

size_t waiting(const struct connection *connection) {
    return connection->out.length + connection->queued + connection->delayed_bytes;
}

bool owes_replies(const struct connection *connection) {
    return connection->first || connection->delays;
}

/* Where the next in-order reply goes: behind a GENERATE it has to wait. */
static void in_order(struct server *server, struct connection *connection, uint8_t type,
                     uint8_t flags, const uint8_t *id, const void *payload, uint32_t length) {
    if (!connection->first || server->fault->overtakes_generate) {
        put_frame(server, &connection->out, type, flags, id, payload, length);
        return;
    }
    struct reply *reply = connection->last->generates ? enqueue(connection) : connection->last;
    put_frame(server, &reply->frames, type, flags, id, payload, length);
    connection->queued += HEADER_BYTES + length;
}

void append_frame(struct server *server, struct connection *connection, uint8_t type,
                  const uint8_t *id, const void *payload, uint32_t length) {
    in_order(server, connection, type, server->fault->reply_flags, id, payload, length);
}

void append_error(struct server *server, struct connection *connection, uint16_t code,
                  const uint8_t *id, const char *name) {
    uint8_t payload[256] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t length = strlen(name);
    memcpy(payload + 2, name, length);
    in_order(server, connection, 0xFF, 0, id, payload, (uint32_t)length + 2);
}

/* GENERATE */

void begin_generate(struct connection *connection, const uint8_t *id, uint32_t count) {
    struct reply *reply = enqueue(connection);
    reply->generates = true;
    memcpy(reply->id, id, sizeof reply->id);
    reply->left = count;
}

static uint32_t frame_bytes(const struct server *server) {
    uint32_t most = (uint32_t)server->options.max_frame_size;
    if (server->fault->generate_frame_bytes) {
        return server->fault->generate_frame_bytes(most);
    }
    return most < FRAME_BYTES ? most : FRAME_BYTES;
}

static uint8_t flags_of(const struct server *server, const struct reply *reply, uint32_t length) {
    if (server->fault->generate_flags) {
        return server->fault->generate_flags(reply->left, length);
    }
    return reply->left == 0 ? END : 0;
}

static void produce_frame(struct server *server, struct connection *connection) {
    struct reply *reply = connection->first;
    uint32_t most = frame_bytes(server);
    uint32_t length = reply->left < most ? reply->left : most;
    uint32_t from = server->fault->pattern_restarts ? 0 : reply->made;
    uint8_t *payload = malloc(length + 1);
    if (!payload) {
        abort();
    }
    for (uint32_t i = 0; i < length; i++) {
        payload[i] = (uint8_t)((from % PERIOD + i) % PERIOD);
    }
    reply->left -= length;
    reply->made += length;
    put_frame(server, &connection->out, GENERATE_REPLY, flags_of(server, reply, length), reply->id,
              payload, length);
    free(payload);
    if (reply->left == 0) {
        dequeue(connection);
    }
}

/* Moves what waits into `out`: within the bound, and within a budget per turn. */
void produce(struct server *server, struct connection *connection) {
    struct bytes *out = &connection->out;
    size_t most = (size_t)server->options.max_pending_bytes;
    bool all = server->fault->generates_ahead;
    if (server->fault->generates_by_turn) {
        most = SIZE_MAX;
    }
    while (connection->first && (all || (out->length < TURN_BYTES &&
                                         (out->length == 0 || waiting(connection) < most)))) {
        if (connection->first->generates) {
            produce_frame(server, connection);
        } else {
            bytes_append(out, connection->first->frames.data, connection->first->frames.length);
            dequeue(connection);
        }
    }
}

/* DELAY */

static bool comes_before(const struct fault *fault, const struct delayed *at, int64_t due_ms) {
    if (fault->delays_in_order) {
        return true;
    }
    return fault->equal_delays_reversed ? at->due_ms < due_ms : at->due_ms <= due_ms;
}

/* `payload` is what comes back. The clock is read in whole milliseconds, rounded down: one more. */
void hold_delay(struct server *server, struct connection *connection, const uint8_t *id,
                uint32_t ms, const uint8_t *payload, uint32_t length) {
    const struct fault *fault = server->fault;
    struct delayed *delayed = calloc(1, sizeof *delayed), **at = &connection->delays;
    if (!delayed) {
        abort();
    }
    delayed->due_ms =
        fault->due_ms ? fault->due_ms(connection, ms) : now_ms() + ms + (ms > 0 ? 1 : 0);
    delayed->payload = length;
    put_frame(server, &delayed->frame, 0x84, 0, id, payload, length);
    while (*at && comes_before(fault, *at, delayed->due_ms)) {
        at = &(*at)->next;
    }
    delayed->next = *at;
    *at = delayed;
    connection->delayed_count++;
    connection->delayed_bytes += length;
}

static void let_go(struct connection *connection) {
    struct delayed *delayed = connection->delays;
    connection->delays = delayed->next;
    connection->delayed_count--;
    connection->delayed_bytes -= delayed->payload;
    free(delayed->frame.data);
    free(delayed);
}

/* Between any two frames: that is what the ids are for. */
void answer_due_delays(struct server *server, struct connection *connection) {
    while (connection->delays && connection->delays->due_ms <= now_ms()) {
        struct delayed *due = connection->delays;
        struct bytes *to = &connection->out;
        if (server->fault->delays_behind_generate && connection->first) {
            to = &enqueue(connection)->frames;
            connection->queued += due->frame.length;
        }
        if (server->fault->delays_jump_ahead) {
            bytes_append(&due->frame, to->data, to->length);
            to->length = 0;
        }
        bytes_append(to, due->frame.data, due->frame.length);
        let_go(connection);
    }
}

int64_t next_delay_ms(const struct connection *connection) {
    return connection->delays ? connection->delays->due_ms : INT64_MAX;
}

void drop_delays(struct connection *connection) {
    while (connection->delays) {
        let_go(connection);
    }
}

void drop_replies(struct connection *connection) {
    while (connection->first) {
        dequeue(connection);
    }
}
