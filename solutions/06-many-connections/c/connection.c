/*
 * One connection of an event loop: see connection.h.
 *
 * It reads whatever comes, as much as comes: that is the subject of the next exercise.
 */
#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connections.h"

#define READ_BYTES 65536

/* ---- open and close ---- */

/* The pointer comes back with each event: that is how an event finds its connection. */
static void watch(struct connection *connection, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = connection};
    connection->interest = events;
    /* BEGIN SOLUTION: tell epoll with epoll_ctl() which events of the socket matter */
    /* STUB: (void)operation; */
    /* STUB: (void)event; */
    /*
     * epoll_ctl(2) changes the set of descriptors that an epoll descriptor watches: EPOLL_CTL_ADD,
     * EPOLL_CTL_MOD. A descriptor that is closed leaves the set by itself.
     */
    if (epoll_ctl(connection->epoll, operation, connection->fd, &event) < 0) {
        contract_give_up("epoll_ctl");
    }
    /* END SOLUTION */
}

void connection_open(struct connection *connection, int epoll, int fd,
                     const struct contract *contract) {
    const int on = 1;
    connection->fd = fd;
    connection->epoll = epoll;
    connection->session = (struct session){.contract = contract, .fd = fd};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(connection, EPOLL_CTL_ADD, EPOLLIN);
}

/* Sends FIN. The second half of a lingering close is to wait for that of the peer. */
static void finish(struct connection *connection) {
    shutdown(connection->fd, SHUT_WR);
    connection->is_finishing = true;
    connection->finish_due_ms = now_ms() + connection->session.contract->linger_ms;
}

void connection_close(struct connection *connection) {
    close(connection->fd);
    session_clear(&connection->session);
}

/* ---- read and write ---- */

/* Reads once. False when the connection is lost. */
static bool receive(struct connection *connection) {
    struct session *session = &connection->session;
    ssize_t count = read(connection->fd, buffer_reserve(&session->input, READ_BYTES), READ_BYTES);
    /* BEGIN SOLUTION: tell bytes, FIN, "nothing there now" and a lost connection apart */
    /* STUB: return count > 0; */
    if (count < 0) {
        return errno == EAGAIN || errno == EINTR; /* EAGAIN: nothing there now; no error at all */
    }
    session->input.length += (size_t)count;
    session->input_ended = count == 0;
    if (connection->is_finishing || session->has_failed) {
        buffer_clear(&session->input); /* nobody will answer it: read, and forgotten */
    }
    return true;
    /* END SOLUTION */
}

/* Writes as much as the kernel takes now. False when the connection is lost. */
static bool send_output(struct connection *connection) {
    struct buffer *output = &connection->session.output;
    /* BEGIN SOLUTION: write until nothing is left, or the kernel takes no more for now */
    /* STUB: (void)output; */
    while (output->length > 0) {
        ssize_t count = write(connection->fd, buffer_bytes(output), output->length);
        if (count >= 0) {
            buffer_take(output, (size_t)count);
        } else if (errno == EAGAIN) {
            return true; /* the send buffer is full: EPOLLOUT will say when there is room */
        } else if (errno != EINTR) {
            return false;
        }
    }
    /* END SOLUTION */
    return true;
}

/* ---- events ---- */

/* The events that matter now. One that nobody acts on comes back at once: the loop would spin. */
static uint32_t wanted_events(const struct session *session) {
    /* BEGIN SOLUTION: EPOLLIN until the peer's FIN, EPOLLOUT while output waits, or has_more */
    /* STUB: return session->input_ended ? EPOLLIN : EPOLLIN; */
    bool wants_room = session->output.length > 0 || session->has_more;
    return (session->input_ended ? 0 : EPOLLIN) | (wants_room ? EPOLLOUT : 0);
    /* END SOLUTION */
}

/* Goes as far as it goes without waiting. False when the connection is to be closed. */
static bool advance(struct connection *connection) {
    struct session *session = &connection->session;
    session_answer(session, now_ms());
    if (!send_output(connection)) {
        return false;
    }
    if (!connection->is_finishing && session_is_done(session)) {
        finish(connection);
    }
    uint32_t wanted = wanted_events(session);
    if (wanted != connection->interest) {
        watch(connection, EPOLL_CTL_MOD, wanted);
    }
    return !(connection->is_finishing && session->input_ended); /* both halves have ended */
}

bool connection_on_events(struct connection *connection, uint32_t events) {
    /* EPOLLERR and EPOLLHUP come without being asked for: a reset, or both halves have ended. */
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        return false;
    }
    return ((events & EPOLLIN) == 0 || receive(connection)) && advance(connection);
}

/* ---- deadlines ---- */

uint64_t connection_deadline_ms(const struct connection *connection) {
    return connection->is_finishing ? connection->finish_due_ms
                                    : session_due_ms(&connection->session);
}

bool connection_expire(struct connection *connection) {
    return !connection->is_finishing && advance(connection); /* a DELAY is due */
}
