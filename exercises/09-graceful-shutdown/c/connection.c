/*
 * One connection of an event loop: see connection.h.
 *
 * It reads no faster than its peer does: while replies wait, the peer's own sending is made to
 * wait.
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
    /*
     * epoll_ctl(2) changes the set of descriptors that an epoll descriptor watches: EPOLL_CTL_ADD,
     * EPOLL_CTL_MOD. A descriptor that is closed leaves the set by itself.
     */
    if (epoll_ctl(connection->epoll, operation, connection->fd, &event) < 0) {
        contract_give_up("epoll_ctl");
    }
}

void connection_open(struct connection *connection, int epoll, int fd,
                     const struct contract *contract) {
    const int on = 1;
    connection->fd = fd;
    connection->epoll = epoll;
    connection->deadlines = deadlines_new(now_ms());
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
    if (count < 0) {
        return errno == EAGAIN || errno == EINTR; /* EAGAIN: nothing there now; no error at all */
    }
    connection->deadlines.active_ms = now_ms();
    session->input.length += (size_t)count;
    session->input_ended = count == 0;
    if (connection->is_finishing || session->has_failed) {
        buffer_clear(&session->input); /* nobody will answer it: read, and forgotten */
    }
    return true;
}

/* Writes as much as the kernel takes now. False when the connection is lost. */
static bool send_output(struct connection *connection) {
    struct buffer *output = &connection->session.output;
    while (output->length > 0) {
        ssize_t count = write(connection->fd, buffer_bytes(output), output->length);
        if (count >= 0) {
            connection->deadlines.active_ms = now_ms();
            buffer_take(output, (size_t)count);
        } else if (errno == EAGAIN) {
            return true; /* the send buffer is full: EPOLLOUT will say when there is room */
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* ---- events ---- */

/* The events that matter now. One that nobody acts on comes back at once: the loop would spin. */
static uint32_t wanted_events(const struct session *session) {
    bool wants_room = session->output.length > 0 || session->has_more;
    /*
     * has_more says that replies wait until others have left. What would be read now would only be
     * kept, so it stays in the receive buffer of the kernel. When that is full, TCP tells the peer
     * so (a window of 0), and the peer's write() blocks: this is all there is to backpressure.
     * There is no need to read in order to hear of a reset: EPOLLERR and EPOLLHUP come unasked.
     */
    bool wants_input = !session->input_ended && !session->has_more;
    return (wants_input ? EPOLLIN : 0) | (wants_room ? EPOLLOUT : 0);
}

bool connection_advance(struct connection *connection) {
    struct session *session = &connection->session;
    session_answer(session, now_ms());
    if (!send_output(connection)) {
        return false;
    }
    deadlines_note(&connection->deadlines, session, now_ms());
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
    return ((events & EPOLLIN) == 0 || receive(connection)) && connection_advance(connection);
}

/* ---- deadlines ---- */

uint64_t connection_deadline_ms(const struct connection *connection) {
    return deadlines_first_ms(connection);
}

bool connection_expire(struct connection *connection) {
    return deadlines_act(connection, now_ms()) && connection_advance(connection);
}
