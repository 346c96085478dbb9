/*
 * The correct small servers that the faulty ones are made from, and the places where a fault may
 * change them.
 *
 * One fault is one file with a main() that fills in one member of struct fault. The base is not
 * production code: it has no workers, and one clock of whole milliseconds.
 */
#ifndef FAULTY_BASE_H
#define FAULTY_BASE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { HEADER_BYTES = 8, READ_BYTES = 65536 };

/* The flags of docs/contract.md that a fault can have something to do with; the others are checked
 * and ignored. */
struct options {
    const char *host;
    long port;
    long backlog;
    long max_connections;
    long idle_timeout_ms;
    long drain_timeout_ms;
    long linger_ms;
    long max_pending_bytes;
    long max_frame_size;
    long frame_timeout_ms;
};

/* Growing bytes: what was read and not yet parsed, or what waits to be written. */
struct bytes {
    uint8_t *data;
    size_t length;
    size_t capacity;
};

struct reply;
struct delayed;

struct connection {
    int fd;
    char peer[56]; /* "127.0.0.1:80", "[::1]:80": kept, because a socket that was reset has none. */
    struct bytes in;
    struct bytes out; /* Ends at the end of a frame, always. */
    bool eof;         /* The peer's FIN was read. */
    bool finishing;   /* FIN follows what is in `out`; whatever else comes is discarded. */
    bool fin_sent;
    bool paused;
    size_t read;       /* Bytes of this connection so far. */
    uint32_t answered; /* Requests of this connection that got a reply. */
    bool failed;       /* A fatal ERROR was sent or waits to be. */
    bool closes_now;   /* Of a fault. */
    size_t discarded;  /* Of what came after the end. */
    size_t skipped;    /* Of the payload of the frame that is being read. */
    int64_t begun_ms;  /* When the first byte of the frame that is being read came. */
    int64_t frame_due_ms, frame_left_ms; /* 0: no clock; what was left of it at the pause. */
    struct reply *first, *last;          /* In-order replies behind a GENERATE, and it. */
    struct delayed *delays;              /* The soonest first. */
    size_t queued, delayed_count, delayed_bytes;
    int64_t moved_ms; /* When a byte last moved, or when FIN was sent. */
    struct connection *next;
};

struct server;

/* What a fault may change. NULL, false and 0 mean: as it should be. */
struct fault {
    /* options, ready, signals */
    long (*parse_port)(const char *text); /* Takes the place of the checked conversion. */
    void (*prepare)(int fd);              /* Before bind. */
    int (*bind_failed)(int fd); /* 0: bound somehow after all; otherwise the exit code plus 1. */
    void (*announce)(const char *ready_line);      /* Takes the place of print and flush. */
    void (*on_signal)(struct server *, int signo); /* Takes the place of drain. */
    bool sigterm_default, sigint_ignored;
    bool listens_on; /* During the drain. */

    /* accept */
    bool accept_one_edge_triggered;         /* One accept for each event, though the events are
                                               edge-triggered. */
    bool accept_error_ignored;              /* EMFILE leaves the listener armed. */
    void (*accept_failed)(struct server *); /* Takes the place of the right reaction to EMFILE. */
    void (*opened)(int fd);                 /* After a connection was accepted. */
    bool one_client_at_a_time;
    bool connections_never_uncounted;
    bool refuse_with_rst, logs_each_refusal;
    bool leaks_descriptors, leaks_at_errors; /* No close(): at any end, or at one by an error. */

    /* loop */
    int wait_at_most_ms; /* The event loop wakes up this often, with or without a reason. */
    bool idle_timeout_off;

    /* read, write */
    size_t read_bytes; /* Size of one read, in the first 64 KiB of a connection. */
    size_t (*received)(uint8_t *data, size_t length); /* Changes what was read, in place. */
    bool (*replied)(struct connection *); /* After a reply was put into `out`; true: close. */
    bool never_resumes, ignores_pending;
    size_t (*write_size)(size_t pending); /* Bytes of the next write. */
    bool keeps_open_after_eof, forgets_pending_at_eof;
    bool counts_half_frames;    /* As waiting: what was read and is not complete. */
    bool lingers_without_bound; /* After the end, whatever comes is read. */
    struct bytes *(*input)(
        struct connection *); /* Which buffer collects this connection's input. */

    /* framed */
    uint32_t (*decode_length)(const uint8_t *header);
    void (*encode_length)(uint8_t *header, uint32_t length);
    bool (*too_large)(uint32_t length, long limit);
    void (*accepted)(const uint8_t *payload, uint32_t length, long limit); /* A complete frame. */
    bool echo_truncated;
    bool (*header_cut)(struct server *,
                       struct connection *); /* Fewer than 8 bytes are there; true: close. */
    bool (*empty)(struct connection *);      /* A frame of length 0; true: it is dealt with. */

    int (*header_error)(const uint8_t *header, uint32_t length, uint32_t limit); /* 0, or a code. */
    bool stores_everything;                 /* Payloads too that nobody needs. */
    uint32_t (*discarded)(uint32_t length); /* Payload of the reply to DISCARD, in network order. */
    uint8_t reply_flags;                    /* Of all replies but those to GENERATE and DELAY. */
    const char *(*error_text)(const char *name, const uint8_t *frame);
    bool fatal_drops_replies, fatal_keeps_delays;
    bool (*failed)(struct connection *); /* After a fatal ERROR was put into `out`; true: close. */
    bool overtakes_generate;             /* In-order replies do not wait behind a GENERATE. */
    uint32_t (*generate_frame_bytes)(uint32_t max_frame_size); /* Largest payload of 0x83. */
    uint8_t (*generate_flags)(uint32_t left, uint32_t length);
    bool (*refuses_count)(uint32_t count); /* n of GENERATE. */
    bool pattern_restarts, generates_ahead, generates_for_nobody, empty_generate_silent;
    bool watches_after_eof; /* EPOLLIN: the end can be read again and again. */
    bool generates_by_turn; /* The budget of a turn is all that bounds it. */
    int64_t (*due_ms)(const struct connection *, uint32_t ms); /* When a DELAY is due. */
    bool delays_in_order, equal_delays_reversed, delays_behind_generate, delays_jump_ahead;
    size_t most_delays; /* Outstanding at once. */
    bool (*delayed_bytes_fit)(size_t bytes, size_t most);
    bool no_bound_behind_generate;
    bool frame_clock_per_read, frame_clock_shared, frame_clock_runs_on, frame_clock_never_stops;
    uint8_t (*timeout_id)(uint8_t byte); /* Changes each byte of the id of ERROR 7. */
    bool drain_drops_delays, goaway_last;
    bool open_is_owed;         /* At the end of the drain every open connection counts. */
    bool logs_every_violation; /* However many there are in a second. */
    bool violation_limit_stays, suppressed_untold;
    bool connections_logged_always; /* At any --log-level. */
    bool drain_counts_accepted;     /* Those that have left, too. */
    uint32_t (*goaway_count)(const struct connection *);
    bool stalled_gets_fin; /* A connection that is given up. */

    /* udp */
    size_t datagram_bytes;                            /* Receive buffer. */
    size_t (*datagram)(uint8_t *data, size_t length); /* Changes it in place. */
    int (*reply_socket)(int fd, struct sockaddr_storage *peer,
                        socklen_t peer_length); /* Which socket answers. */
    void (*receive_failed)(int error);
    bool (*empty_datagram)(void); /* true: stop serving. */
    void (*send_failed)(int error);
    socklen_t peer_bytes;       /* Room for the address of a sender. */
    size_t ring_slots;          /* Receives all that waits into so many, then answers. */
    bool answers_itself;        /* Also what claims to come from this very socket. */
    bool signal_after_datagram; /* Waits for datagrams alone, and looks for a signal after one. */
    bool counts_untold, refusals_uncounted;
};

struct server {
    const struct fault *fault;
    const char *protocol;
    struct options options;
    int listener, loop, signals;
    uint16_t port;
    long count, accepted;
    bool framed, draining, accepting;
    bool logs_connections; /* --log-level debug. */
    int64_t refusal_logged_ms, violations_since_ms;
    unsigned violations, suppressed; /* Since then; not logged since the last line. */
    int64_t drain_until_ms;
    struct connection *connections;
};

/* The three servers; each returns the exit code. */
int serve_tcp_echo(int argc, char **argv, const struct fault *fault);
int serve_framed(int argc, char **argv, const struct fault *fault);
int serve_udp_echo(int argc, char **argv, const struct fault *fault);

/* contract.c: flags, binding, the ready line, logs. Each exits by itself when it cannot go on. */
void take_options(struct server *, int argc, char **argv);
void bind_socket(struct server *, int type);
void print_ready(struct server *);
int open_signals(const struct fault *fault);
int64_t now_ms(void);
void log_event(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_violation(struct server *, const struct connection *, int code, const char *reason);
void log_connection(struct server *, const char *event, const struct connection *);
void name_peer(struct connection *);

/* buffer.c */
void bytes_append(struct bytes *, const void *data, size_t length);
void bytes_drop(struct bytes *, size_t length);

/* framed.c: parses `in`, answers. False: this connection is to be closed at once. */
bool parse_frames(struct server *, struct connection *);
bool fatal(struct server *, struct connection *, uint16_t code, const uint8_t *id,
           const char *name);
void put_frame(struct server *, struct bytes *to, uint8_t type, uint8_t flags, const uint8_t *id,
               const void *payload, uint32_t length);

/* replies.c: in-order replies, GENERATE, DELAY. */
void append_frame(struct server *, struct connection *, uint8_t type, const uint8_t *id,
                  const void *payload, uint32_t length);
void append_error(struct server *, struct connection *, uint16_t code, const uint8_t *id,
                  const char *name);
void begin_generate(struct connection *, const uint8_t *id, uint32_t count);
void produce(struct server *, struct connection *);
void hold_delay(struct server *, struct connection *, const uint8_t *id, uint32_t ms,
                const uint8_t *payload, uint32_t length);
void answer_due_delays(struct server *, struct connection *);
int64_t next_delay_ms(const struct connection *); /* INT64_MAX: none. */
void drop_delays(struct connection *);
void drop_replies(struct connection *);
size_t waiting(const struct connection *);
bool owes_replies(const struct connection *);

/* drain.c: what SIGTERM starts. */
void begin_drain(struct server *);

#endif
