/*
 * The bytes of one connection of the TCP base: read, answered, written, and the FIN behind them.
 * Every event of a connection ends in after_turn. Every branch on server->fault is a place where
 * one fault leaves the right way.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tcp.h"

enum { SMALL_READS_BYTES = 65536, LINGER_BYTES = 16777216 };

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
    log_violation(server, connection, 0, "TRUNCATED_FRAME");
    if (fault->echo_truncated && input->length > HEADER_BYTES) {
        append_frame(server, connection, 0x81, input->data + 6, input->data + HEADER_BYTES,
                     (uint32_t)input->length - HEADER_BYTES);
    }
    input->length = 0;
}

static bool produces_for_nobody(const struct server *server, const struct connection *connection) {
    return server->fault->generates_for_nobody && connection->first;
}

static bool on_readable(struct server *server, struct connection *connection) {
    static uint8_t data[READ_BYTES];
    bool small = server->fault->read_bytes && connection->read < SMALL_READS_BYTES;
    size_t most = small ? server->fault->read_bytes : sizeof data;
    ssize_t got = read(connection->fd, data, most);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR || produces_for_nobody(server, connection);
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
    connection->discarded += connection->fin_sent ? length : 0;
    if (connection->discarded > LINGER_BYTES && !server->fault->lingers_without_bound) {
        return false;
    }
    return consume(server, connection);
}

/* write, half-close */

static void arm(struct server *server, struct connection *connection) {
    bool over = connection->eof && !server->fault->watches_after_eof;
    uint32_t events = connection->paused || over ? 0 : EPOLLIN;
    if (connection->out.length > 0 || connection->first) {
        events |= EPOLLOUT;
    }
    epoll_ctl(server->loop, EPOLL_CTL_MOD, connection->fd,
              &(struct epoll_event){.events = events, .data.ptr = connection});
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
    size_t half = fault->counts_half_frames ? connection->in.length : 0;
    bool full = bounded && waiting(connection) + half > most;
    if (!fault->ignores_pending) {
        connection->paused =
            (full && !connection->finishing) || (was_paused && fault->never_resumes);
    }
    pause_clock(server, connection, was_paused);
}

bool after_turn(struct server *server, struct connection *connection) {
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

void on_event(struct server *server, struct connection *connection, uint32_t events) {
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
