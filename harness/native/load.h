/*
 * What a run is told and what it measures: load.ts in C.
 *
 * Plain data, owned by run.h; the bindings translate it from and to JavaScript.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

#define MAX_SIDES 2u
#define MAX_THREADS 64u
#define MAX_FIXED_BYTES 65536u

enum plan_kind { PLAN_CLOSED, PLAN_OPEN, PLAN_DUEL };
enum protocol { PROTOCOL_TCP_ECHO, PROTOCOL_UDP_ECHO, PROTOCOL_FRAMED, PROTOCOL_FIXED };

struct target {
    char host[256];
    char port[8];
};

struct work {
    enum protocol protocol;
    bool connect;         /* a connection per message */
    uint32_t connections; /* over all threads */
    uint32_t depth;
    uint32_t message_bytes;
    uint8_t request[MAX_FIXED_BYTES]; /* these four only for PROTOCOL_FIXED */
    uint8_t reply[MAX_FIXED_BYTES];
    size_t request_bytes;
    size_t reply_bytes;
};

struct plan {
    enum plan_kind kind;
    unsigned side_count;
    struct target targets[MAX_SIDES];
    struct work works[MAX_SIDES];
    unsigned thread_count;
    unsigned cpu_count;
    int cpus[MAX_THREADS];
    uint64_t seed;
    uint64_t stall_timeout_ns;
    uint64_t udp_expiry_ns;
    uint64_t warmup_ns;
    uint64_t duration_ns;
    uint64_t slice_ns;      /* duel */
    double rate_per_second; /* open loop, over all connections */
};

/* UDP: every sequence number ends in exactly one of received, late, lost. */
struct datagram_counts {
    uint64_t sent;
    uint64_t received;
    uint64_t late;
    uint64_t lost;
    uint64_t duplicated;
    uint64_t dropped_here;
};

/* What one side did, in one thread and then in all. */
struct measurement {
    uint64_t messages;
    uint64_t bytes;
    uint64_t duration_ns;
    struct datagram_counts datagrams;
    struct histogram latency;
};

#endif
