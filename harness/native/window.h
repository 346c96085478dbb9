/*
 * The window of a UDP socket: its outstanding sequence numbers, and what became of the others.
 *
 * It sends and receives nothing: datagram.c tells it what happened.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct connection;
struct side;

/*
 * A ring over the last sequence numbers. An entry is the time of sending while the number is open,
 * else its outcome. All expire after the same time, so the oldest open one is always the next to
 * expire: a queue, no timer wheel is needed.
 */
struct window {
    uint64_t *entries;
    uint64_t mask;
    uint64_t next;   /* the next number to send; the ring holds those from next - mask - 1 on */
    uint64_t oldest; /* all numbers below have an outcome */
    uint64_t measured_from; /* smaller numbers are warm-up and do not count */
    uint64_t answered_ns;   /* when something last came in */
    uint64_t replies;       /* in time, from the start of the run */
    bool silent;            /* the last outcome was an expiry: to send anew is no progress */
    uint64_t drops_before;  /* the socket's drop counter when measuring began */
};

/* A window for one of the side's sockets; NULL without memory. */
struct window *window_create(const struct side *side);

/* Frees a window; NULL is fine. */
void window_free(struct window *window);

/* From here on sequence numbers and drops count. Nothing may be outstanding. */
void window_begin_measuring(struct connection *connection);

/* Adds the socket's drops. Numbers that a cancelled run leaves open are taken back, as if they had
 * not been sent. */
void window_end_measuring(struct connection *connection);

/* Sequence numbers that may be given out before the oldest one has its outcome. */
uint64_t window_room(const struct window *window);

/* The next `count` numbers were sent at `now`. */
void window_send(struct connection *connection, uint64_t count, uint64_t now);

/* A right reply to a number that was sent came at `now`: received, late or a duplicate. */
void window_answer(struct connection *connection, uint64_t number, uint64_t now);

/* Numbers that have waited for `expiry_ns` are lost, until a late reply comes. */
void window_expire(struct connection *connection, uint64_t now, uint64_t expiry_ns);

#endif
