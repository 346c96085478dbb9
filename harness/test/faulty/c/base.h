/*
 * The correct small servers that the faulty ones are made from, and the places where a fault may
 * change them.
 *
 * One fault is one file with a main() that fills in one member of struct fault. The base is not
 * production code: it has no workers, and of the framed protocol only ECHO, DISCARD, the errors 1,
 * 2, 3 and 6, and GOAWAY.
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
};

/* Growing bytes: what was read and not yet parsed, or what waits to be written. */
struct bytes {
    uint8_t *data;
    size_t length;
    size_t capacity;
};

struct connection {
    int fd;
    struct bytes in;
    struct bytes out;
    bool eof;       /* The peer's FIN was read. */
    bool finishing; /* FIN follows what is in `out`; whatever else comes is discarded. */
    bool fin_sent;
    bool paused;
    uint32_t answered; /* Requests of this connection that got a reply. */
    int64_t moved_ms;  /* When a byte last moved, or when FIN was sent. */
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

    /* accept */
    bool accept_one_edge_triggered; /* One accept for each event, though the events are
                                       edge-triggered. */
    bool accept_error_ignored;      /* EMFILE leaves the listener armed. */
    bool one_client_at_a_time;
    bool connections_never_uncounted;
    bool refuse_with_rst;

    /* loop */
    int wait_at_most_ms; /* The event loop wakes up this often, with or without a reason. */
    bool idle_timeout_off;

    /* read, write */
    size_t read_bytes;                                /* Size of one read. */
    size_t (*received)(uint8_t *data, size_t length); /* Changes what was read, in place. */
    bool (*replied)(struct connection *); /* After a reply was put into `out`; true: close. */
    bool never_resumes, ignores_pending;
    size_t (*write_size)(size_t pending); /* Bytes of the next write. */
    bool keeps_open_after_eof, forgets_pending_at_eof;
    struct bytes *(*input)(
        struct connection *); /* Which buffer collects this connection's input. */

    /* framed */
    uint32_t (*decode_length)(const uint8_t *header);
    void (*encode_length)(uint8_t *header, uint32_t length);
    bool (*too_large)(uint32_t length, long limit);
    void (*accepted)(const uint8_t *payload, uint32_t length, long limit); /* A complete frame. */
    bool echo_truncated;
    bool (*header_cut)(struct connection *); /* Fewer than 8 bytes are there; true: close. */
    bool (*empty)(struct connection *);      /* A frame of length 0; true: it is dealt with. */

    /* udp */
    size_t datagram_bytes;                            /* Receive buffer. */
    size_t (*datagram)(uint8_t *data, size_t length); /* Changes it in place. */
    int (*reply_socket)(int fd, struct sockaddr_storage *peer,
                        socklen_t peer_length); /* Which socket answers. */
    void (*receive_failed)(int error);
    bool (*empty_datagram)(void); /* true: stop serving. */
};

struct server {
    const struct fault *fault;
    const char *protocol;
    struct options options;
    int listener, loop, signals;
    uint16_t port;
    long count;
    bool framed, draining, accepting;
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

/* buffer.c */
void bytes_append(struct bytes *, const void *data, size_t length);
void bytes_drop(struct bytes *, size_t length);

/* framed.c: parses `in`, appends replies to `out`. False: this connection is to be closed at once.
 */
bool parse_frames(struct server *, struct connection *);
void append_frame(struct server *, struct connection *, uint8_t type, const uint8_t *id,
                  const void *payload, uint32_t length);
void append_error(struct server *, struct connection *, uint16_t code, const uint8_t *id,
                  const char *name);

/* tcp.c: what SIGTERM starts. */
void begin_drain(struct server *);

#endif
