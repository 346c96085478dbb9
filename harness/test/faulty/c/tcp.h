/*
 * What the parts of the TCP base have of each other. A faulty server knows base.h alone.
 */
#ifndef FAULTY_TCP_H
#define FAULTY_TCP_H

#include "base.h"

/* connections.c */
void listen_for(struct server *, bool accepting); /* Has the loop watch the listener, or not. */
void on_accept(struct server *);
void close_connection(struct server *, struct connection *);

/* stream.c */
void on_event(struct server *, struct connection *, uint32_t events);
/* Sends what may be sent now. False: both directions have ended, or one by an error: close. */
bool after_turn(struct server *, struct connection *);

/* limits.c */
void expire_due(struct server *);
int wait_ms(const struct server *); /* Until the next limit of time; -1: there is none. */

/* drain.c */
void on_signal(struct server *);
bool anything_owed(const struct server *);

#endif
