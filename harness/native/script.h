/*
 * What a TCP connection says and what it must hear, as functions of the offset in its two streams.
 *
 * One table of functions per protocol. They keep no state: a partial write is continued, and a
 * reply cut anywhere is compared, from the offset alone. They know no socket.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "load.h"
#include "pattern.h"

struct script;

struct script_protocol {
    /*
     * Bytes of the request stream from `offset` on. Sets *bytes, into shared memory or into
     * `scratch`, and returns how many they are: at most `limit`, which is at most PATTERN_SPAN, and
     * at least 1.
     */
    size_t (*request)(const struct script *script, uint32_t start, uint64_t offset, size_t limit,
                      uint8_t *scratch, const uint8_t **bytes);
    /* Compares bytes of the reply stream from `offset` on; returns how many are right, `length` if
     * all are. */
    size_t (*compare)(const struct script *script, uint32_t start, uint64_t offset,
                      const uint8_t *bytes, size_t length);
    /* Says what is wrong at `offset`; `bytes` are the `length` bytes from there on. */
    void (*explain)(const struct script *script, uint32_t start, uint64_t offset,
                    const uint8_t *bytes, size_t length, struct difference *difference);
};

struct script {
    const struct script_protocol *protocol;
    const struct pattern *pattern;
    size_t request_bytes; /* of one message on the wire */
    size_t reply_bytes;
    size_t payload_bytes; /* of one reply: what `bytes` of a measurement counts */
    /* Only for fixed: both repeated to at least PATTERN_SPAN beyond one message. */
    uint8_t *requests;
    uint8_t *replies;
};

/* Each fills a script for its protocol; fixed returns -1 without memory. */
void tcp_echo_script(struct script *script, const struct work *work, const struct pattern *pattern);
void framed_script(struct script *script, const struct work *work, const struct pattern *pattern);
int fixed_script(struct script *script, const struct work *work);

/* Frees what a script owns. */
void script_free(struct script *script);

/* How many bytes are equal from the start on. */
size_t equal_bytes(const uint8_t *left, const uint8_t *right, size_t length);

#endif
