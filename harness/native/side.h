/*
 * One side of a run in one thread: a target, its connections, and what they measured.
 *
 * A closed or open loop has one side, a duel two. Transports (stream, connect, datagram) move the
 * bytes of a connection; how much it may send is its credit, which the loops hand out.
 */
#ifndef SIDE_H
#define SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "load.h"
#include "script.h"

struct side;
struct window;
struct worker;

enum connection_state {
    CONNECTION_IDLE,       /* no socket yet, or (connect mode) between two cycles */
    CONNECTION_CONNECTING, /* the handshake goes on */
    CONNECTION_OPEN,       /* carries messages */
    CONNECTION_FINISHING,  /* connect mode: our FIN is sent, the server's is awaited */
};

struct connection {
    struct side *side;
    int fd; /* -1: none */
    enum connection_state state;
    uint32_t index; /* over all threads */
    bool wants_write;
    bool joins;         /* UDP: a batch leaves in one piece */
    int broken;         /* errno of a failed send: what can still be read is judged first */
    uint32_t start;     /* of its payload in the pattern */
    uint64_t credit;    /* messages that it may send now */
    uint64_t committed; /* messages given to send, from the start of the run */
    uint64_t completed; /* of these, answered */
    uint64_t sent_bytes;
    uint64_t received_bytes;
    uint64_t since_ns; /* when it last made progress or began to wait */
    uint64_t *sent_at; /* closed loop: a ring of send times by message number */
    uint64_t sent_mask;
    uint64_t schedule_base; /* open loop: number of its first message in the schedule */
    struct window *window;  /* UDP only */
};

/* How bytes of one kind of connection are moved. All run in the worker's thread; failures go to
 * failure.h. */
struct transport {
    /* Allocates what a connection needs and begins to connect. */
    void (*open)(struct worker *worker, struct connection *connection);
    /* Sends as much of the credit as it can. */
    void (*flush)(struct worker *worker, struct connection *connection);
    /* Handles what epoll reported. */
    void (*event)(struct worker *worker, struct connection *connection, uint32_t events);
    /* Regularly: time limits. */
    void (*tick)(struct worker *worker, struct connection *connection, uint64_t now);
    /*
     * Waits for a reply on this connection, the only one that expects anything, and handles it;
     * gives up after a few milliseconds. Returns false if it must be waited for with epoll. NULL:
     * always so.
     */
    bool (*wait)(struct worker *worker, struct connection *connection);
};

extern const struct transport stream_transport;
extern const struct transport connect_transport;
extern const struct transport datagram_transport;

/* The open loop's timetable: message n of all connections is due at origin + n x interval. */
struct schedule {
    uint64_t origin_ns;
    double interval_ns; /* 0: closed loop */
};

struct side {
    struct worker *worker;
    unsigned number;
    const struct work *work;
    const struct transport *transport;
    struct script script;
    struct sockaddr_storage address;
    socklen_t address_length;
    struct connection *connections;
    uint32_t count;
    uint32_t connecting;
    uint64_t outstanding; /* messages of all connections without an outcome */
    uint64_t answered;    /* messages from the start of the run, for progress */
    uint64_t answered_ns; /* when the last of them came */
    bool sending;         /* closed loop: an answer earns a credit */
    bool counting;        /* answers count as messages */
    bool recording;       /* latencies are recorded */
    struct schedule schedule;
    struct measurement *measured;
};

/* Makes the side's connections, without sockets yet. Returns false after a failure. */
bool side_prepare(struct side *side, struct worker *worker, unsigned number);

/* Closes and frees all. Safe on a side that side_prepare left half done or never saw. */
void side_free(struct side *side);

/* Connects all, in waves that fit a listener's backlog. Returns false after a failure or a cancel.
 */
bool side_connect(struct side *side);

/* From here on the side's datagrams count; call it with nothing outstanding. */
void side_begin_measuring(struct side *side);

/* Completes the figures at the end of the measured time. */
void side_end_measuring(struct side *side);

/*
 * Keeps the depth on every connection for `duration_ns`. Returns how long it really lasted: to the
 * reading of the clock that showed its end, so that every counted answer lies within. Replies still
 * outstanding are left to side_drain.
 */
uint64_t side_load(struct side *side, uint64_t duration_ns, bool measure);

/* Waits until nothing is outstanding; then latencies are no longer recorded. */
void side_drain(struct side *side);

/* When message `number` of a connection should have been sent (open loop), or was (closed loop). */
uint64_t side_origin(const struct side *side, const struct connection *connection, uint64_t number);

/* Counts replies that came at `now`. */
void side_answer(struct side *side, uint64_t count, uint64_t now);

/* `count` messages of a connection are no longer outstanding. */
void side_settle(struct connection *connection, uint64_t count);

/* The next `count` replies of a connection, in the order of their requests, came at `now`:
 * recorded, counted, settled. */
void side_complete(struct connection *connection, uint64_t count, uint64_t now);

#endif
