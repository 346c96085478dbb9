/*
 * TCP echo and the frame of the framed server: one level-triggered epoll loop that accepts, reads,
 * writes and closes. Every branch on server->fault is a place where one fault leaves the right way.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base.h"

enum { BATCH = 64, MOST_DISCARDED = 16 << 20, SMALL_READS_BYTES = 65536 };

static bool owes(const struct connection *connection) {
    return connection->out.length > 0 || owes_replies(connection) ||
           (connection->in.length > 0 && !connection->finishing);
}

/* accept */

static void arm(struct server *server, struct connection *connection) {
    uint32_t events = connection->paused || connection->eof ? 0 : EPOLLIN;
    if (connection->out.length > 0 || connection->first) {
        events |= EPOLLOUT;
    }
    epoll_ctl(server->loop, EPOLL_CTL_MOD, connection->fd,
              &(struct epoll_event){.events = events, .data.ptr = connection});
}

static void listen_for(struct server *server, bool accepting) {
    uint32_t edge = server->fault->accept_one_edge_triggered ? EPOLLET : 0;
    struct epoll_event event = {.events = EPOLLIN | edge, .data.ptr = &server->listener};
    if (server->listener >= 0 && accepting != server->accepting) {
        epoll_ctl(server->loop, accepting ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, server->listener,
                  &event);
    }
    server->accepting = accepting;
}

/* What a fault does not close still must not wake the loop. */
static void release(struct server *server, int fd) {
    if (server->fault->leaks_descriptors) {
        shutdown(fd, SHUT_RDWR);
        epoll_ctl(server->loop, EPOLL_CTL_DEL, fd, NULL);
    } else {
        close(fd);
    }
}

static void close_connection(struct server *server, struct connection *connection) {
    struct connection **at = &server->connections;
    while (*at != connection) {
        at = &(*at)->next;
    }
    *at = connection->next;
    release(server, connection->fd);
    drop_delays(connection);
    drop_replies(connection);
    free(connection->in.data);
    free(connection->out.data);
    free(connection);
    if (!server->fault->connections_never_uncounted) {
        server->count--;
    }
    listen_for(server, true);
}

static void refuse(struct server *server, int fd) {
    struct connection connection = {.fd = fd};
    if (server->framed) {
        append_error(server, &connection, 5, (const uint8_t[]){0, 0}, "OVERLOADED");
        ssize_t sent = write(fd, connection.out.data, connection.out.length);
        (void)sent;
        free(connection.out.data);
    }
    if (server->fault->refuse_with_rst) {
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    }
    close(fd);
}

static void accept_connection(struct server *server, int fd) {
    struct connection *connection = calloc(1, sizeof *connection);
    if (server->count >= server->options.max_connections) {
        free(connection);
        refuse(server, fd);
        return;
    }
    *connection = (struct connection){.fd = fd, .moved_ms = now_ms(), .next = server->connections};
    server->connections = connection;
    server->count++;
    epoll_ctl(server->loop, EPOLL_CTL_ADD, fd,
              &(struct epoll_event){.events = EPOLLIN, .data.ptr = connection});
    if (server->fault->opened) {
        server->fault->opened(fd);
    }
}

static void on_accept(struct server *server) {
    do {
        int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            accept_connection(server, fd);
        } else if (errno == EMFILE && server->fault->accept_failed) {
            server->fault->accept_failed(server);
        } else if (errno == EMFILE && !server->fault->accept_error_ignored) {
            listen_for(server, false);
        }
        if (fd < 0) {
            return;
        }
        if (server->fault->one_client_at_a_time) {
            listen_for(server, false);
            return;
        }
    } while (!server->fault->accept_one_edge_triggered);
}

/* read: true as long as the connection lives */

static bool consume(struct server *server, struct connection *connection) {
    if (connection->finishing) {
        return true;
    }
    if (server->framed) {
        return parse_frames(server, connection);
    }
    bytes_append(&connection->out, connection->in.data, connection->in.length);
    connection->in.length = 0;
    return !(server->fault->replied && server->fault->replied(connection));
}

static void end_of_input(struct server *server, struct connection *connection) {
    const struct fault *fault = server->fault;
    struct bytes *input = fault->input ? fault->input(connection) : &connection->in;
    connection->eof = true;
    connection->finishing = true;
    connection->frame_due_ms = 0;
    if (fault->forgets_pending_at_eof) {
        connection->out.length = 0;
    }
    if (input->length == 0) {
        return;
    }
    log_violation(connection->fd, 0, "TRUNCATED_FRAME");
    if (fault->echo_truncated && input->length > HEADER_BYTES) {
        append_frame(server, connection, 0x81, input->data + 6, input->data + HEADER_BYTES,
                     (uint32_t)input->length - HEADER_BYTES);
    }
    input->length = 0;
}

static bool on_readable(struct server *server, struct connection *connection) {
    static uint8_t data[READ_BYTES];
    bool small = server->fault->read_bytes && connection->read < SMALL_READS_BYTES;
    size_t most = small ? server->fault->read_bytes : sizeof data;
    ssize_t got = read(connection->fd, data, most);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    if (got == 0) {
        if (server->fault->keeps_open_after_eof) {
            connection->eof = true;
            return true;
        }
        end_of_input(server, connection);
        return true;
    }
    connection->moved_ms = connection->fin_sent ? connection->moved_ms : now_ms();
    size_t length = (size_t)got;
    connection->read += length;
    if (server->fault->received) {
        length = server->fault->received(data, length);
    }
    struct bytes *input = server->fault->input ? server->fault->input(connection) : &connection->in;
    if (!connection->finishing) {
        if (input->length == 0) {
            connection->begun_ms = now_ms();
        }
        bytes_append(input, data, length);
    }
    return consume(server, connection);
}

/* write, half-close */

static bool produces_for_nobody(const struct server *server, const struct connection *connection) {
    return server->fault->generates_for_nobody && connection->first;
}

static bool flush(struct server *server, struct connection *connection) {
    struct bytes *out = &connection->out;
    size_t written = 0;
    while (written < out->length) {
        size_t pending = out->length - written;
        size_t most = server->fault->write_size ? server->fault->write_size(pending) : pending;
        ssize_t sent = write(connection->fd, out->data + written, most);
        if (sent < 0) {
            bytes_drop(out, written);
            if (produces_for_nobody(server, connection) && errno != EAGAIN) {
                out->length = 0;
                return true;
            }
            return errno == EAGAIN || errno == EINTR;
        }
        written += (size_t)sent;
        connection->moved_ms = now_ms();
    }
    out->length = 0;
    return true;
}

/* The clock of a frame stands still while the server itself has paused reading. */
static void pause_clock(struct server *server, struct connection *connection, bool was_paused) {
    if (server->fault->frame_clock_runs_on || was_paused == connection->paused) {
        return;
    }
    if (connection->paused) {
        connection->frame_left_ms =
            connection->frame_due_ms == 0 ? 0 : connection->frame_due_ms - now_ms() + 1;
        connection->frame_due_ms = 0;
    } else if (connection->frame_left_ms != 0 && !connection->finishing) {
        connection->frame_due_ms = now_ms() + connection->frame_left_ms;
    }
}

static void pause_or_resume(struct server *server, struct connection *connection) {
    const struct fault *fault = server->fault;
    size_t most = (size_t)server->options.max_pending_bytes;
    bool was_paused = connection->paused;
    bool bounded = !(fault->no_bound_behind_generate && connection->first);
    bool full = bounded && waiting(connection) > most;
    if (!fault->ignores_pending) {
        connection->paused =
            (full && !connection->finishing) || (was_paused && fault->never_resumes);
    }
    pause_clock(server, connection, was_paused);
}

static bool after_turn(struct server *server, struct connection *connection) {
    answer_due_delays(server, connection);
    produce(server, connection);
    if (!flush(server, connection)) {
        return false;
    }
    pause_or_resume(server, connection);
    if (server->draining && connection->in.length == 0) {
        connection->finishing = true;
    }
    if (connection->finishing && connection->out.length == 0 && !owes_replies(connection) &&
        !connection->fin_sent) {
        shutdown(connection->fd, SHUT_WR);
        connection->fin_sent = true;
        connection->moved_ms = now_ms();
    }
    arm(server, connection);
    return !(connection->fin_sent && connection->eof);
}

static void on_event(struct server *server, struct connection *connection, uint32_t events) {
    bool alive = !(events & EPOLLERR);
    if (produces_for_nobody(server, connection)) {
        alive = true;
    } else if (alive && events & (EPOLLIN | EPOLLHUP)) {
        alive = on_readable(server, connection);
    }
    if (!alive && server->fault->leaks_at_errors) {
        epoll_ctl(server->loop, EPOLL_CTL_DEL, connection->fd, NULL);
        connection->fd = dup(connection->fd);
    }
    if (!alive || !after_turn(server, connection)) {
        close_connection(server, connection);
    }
}

/* timers */

static int64_t idle_ms(const struct server *server, const struct connection *connection) {
    const struct options *options = &server->options;
    if (server->fault->idle_timeout_off || connection->delays) {
        return INT64_MAX;
    }
    return connection->moved_ms +
           (connection->fin_sent ? options->linger_ms : options->idle_timeout_ms);
}

static int64_t frame_ms(const struct connection *connection) {
    return connection->frame_due_ms == 0 ? INT64_MAX : connection->frame_due_ms;
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* When the next limit of time is reached, or the next DELAY due. */
static int64_t due_ms(const struct server *server, const struct connection *connection) {
    return least(idle_ms(server, connection),
                 least(frame_ms(connection), next_delay_ms(connection)));
}

/* The id of the frame that takes too long, 0 while its header is not complete. */
static void expire_frame(struct server *server, struct connection *connection) {
    uint8_t id[2] = {0, 0};
    if (connection->in.length >= HEADER_BYTES) {
        id[0] = connection->in.data[6];
        id[1] = connection->in.data[7];
    }
    for (size_t i = 0; i < sizeof id && server->fault->timeout_id; i++) {
        id[i] = server->fault->timeout_id(id[i]);
    }
    connection->frame_due_ms = 0;
    fatal(server, connection, 7, id, "FRAME_TIMEOUT");
}

static void expire_idle(struct server *server, struct connection *connection) {
    if (connection->fin_sent || connection->out.length > 0) {
        if (!server->fault->stalled_gets_fin) {
            setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
                       sizeof(struct linger));
        }
        close_connection(server, connection);
        return;
    }
    if (server->framed) {
        fatal(server, connection, 6, (const uint8_t[]){0, 0}, "IDLE_TIMEOUT");
    }
    connection->finishing = true;
    if (!after_turn(server, connection)) {
        close_connection(server, connection);
    }
}

static void expire(struct server *server, struct connection *connection) {
    int64_t now = now_ms();
    if (frame_ms(connection) <= now) {
        expire_frame(server, connection);
    } else if (next_delay_ms(connection) > now) {
        expire_idle(server, connection);
        return;
    }
    if (!after_turn(server, connection)) {
        close_connection(server, connection);
    }
}

static void expire_due(struct server *server) {
    for (struct connection *next, *at = server->connections; at; at = next) {
        next = at->next;
        if (due_ms(server, at) <= now_ms()) {
            expire(server, at);
        }
    }
}

static int wait_ms(const struct server *server) {
    int64_t soonest = server->draining ? server->drain_until_ms : INT64_MAX;
    for (struct connection *at = server->connections; at; at = at->next) {
        soonest = least(soonest, due_ms(server, at));
    }
    int64_t wait = soonest == INT64_MAX ? -1 : soonest - now_ms();
    if (soonest != INT64_MAX && wait < 0) {
        wait = 0;
    }
    int most = server->fault->wait_at_most_ms;
    return most > 0 && (wait < 0 || wait > most) ? most : (int)wait;
}

/* stop */

static bool anything_owed(const struct server *server) {
    for (struct connection *at = server->connections; at; at = at->next) {
        if (owes(at)) {
            return true;
        }
    }
    return false;
}

/* GOAWAY: a frame of which a byte was read will be answered too. */
static void announce_drain(struct server *server, struct connection *connection) {
    const struct fault *fault = server->fault;
    bool completes = connection->in.length > 0 && !connection->finishing;
    uint32_t answered = htonl(fault->goaway_count ? fault->goaway_count(connection)
                                                  : connection->answered + (completes ? 1 : 0));
    if (fault->drain_drops_delays) {
        drop_delays(connection);
    }
    if (fault->goaway_last) {
        append_frame(server, connection, 0xFE, (const uint8_t[]){0, 0}, &answered, sizeof answered);
    } else {
        put_frame(server, &connection->out, 0xFE, 0, (const uint8_t[]){0, 0}, &answered,
                  sizeof answered);
    }
}

void begin_drain(struct server *server) {
    log_event("event=drain signal=SIGTERM connections=%ld", server->count);
    if (!server->fault->listens_on) {
        close(server->listener);
        server->listener = -1;
    }
    server->draining = true;
    server->drain_until_ms = now_ms() + server->options.drain_timeout_ms;
    for (struct connection *next, *at = server->connections; at; at = next) {
        next = at->next;
        if (server->framed && !at->failed && !at->fin_sent) {
            announce_drain(server, at);
        }
        if (!after_turn(server, at)) {
            close_connection(server, at);
        }
    }
}

static void on_signal(struct server *server) {
    struct signalfd_siginfo info;
    if (read(server->signals, &info, sizeof info) != sizeof info) {
        return;
    }
    if (server->fault->on_signal) {
        server->fault->on_signal(server, (int)info.ssi_signo);
    } else if (server->draining) {
        exit(anything_owed(server) ? 1 : 0);
    } else {
        begin_drain(server);
    }
}

/* main */

static void turn(struct server *server) {
    struct epoll_event events[BATCH];
    int count = epoll_wait(server->loop, events, BATCH, wait_ms(server));
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == &server->listener) {
            on_accept(server);
        } else if (events[i].data.ptr == &server->signals) {
            on_signal(server);
        } else {
            on_event(server, events[i].data.ptr, events[i].events);
        }
    }
    expire_due(server);
}

static int serve(struct server *server, int argc, char **argv) {
    take_options(server, argc, argv);
    server->signals = open_signals(server->fault);
    server->loop = epoll_create1(EPOLL_CLOEXEC);
    bind_socket(server, SOCK_STREAM);
    listen_for(server, true);
    epoll_ctl(server->loop, EPOLL_CTL_ADD, server->signals,
              &(struct epoll_event){.events = EPOLLIN, .data.ptr = &server->signals});
    print_ready(server);
    while (!server->draining || server->connections) {
        turn(server);
        if (server->draining && now_ms() >= server->drain_until_ms) {
            return anything_owed(server) ? 1 : 0;
        }
    }
    return 0;
}

int serve_tcp_echo(int argc, char **argv, const struct fault *fault) {
    struct server server = {.fault = fault, .protocol = "tcp-echo"};
    return serve(&server, argc, argv);
}

int serve_framed(int argc, char **argv, const struct fault *fault) {
    struct server server = {.fault = fault, .protocol = "framed", .framed = true};
    return serve(&server, argc, argv);
}
