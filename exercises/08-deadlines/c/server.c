/*
 * A server of the framed protocol for many connections: one thread, and epoll.
 *
 * No call waits for one connection. The only place to wait is epoll_wait(), for all of them. What
 * happens on a connection is the business of connection.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "connections.h"

#define EVENTS_PER_TURN 64
#define RESERVED_DESCRIPTORS 64

static struct contract contract;
static int epoll;
static int listener;
static bool has_unaccepted; /* there was no descriptor for those who wait */
static size_t connection_limit;

/* ---- accept ---- */

/* --max-connections, or fewer when there would be no descriptors for as many. */
static size_t find_connection_limit(void) {
    /* TODO: raise the limit of descriptors, and see how many connections fit */
    return contract.max_connections;
}

/* Says ERROR 5 with id 0, if there is room for it, and closes. */
static void refuse(int fd) {
    uint8_t error[ERROR_FRAME_BYTES];
    ssize_t count = write(fd, error, frame_encode_error(error, OVERLOADED, 0));
    (void)count; /* a new socket has room; if not, the peer learns less */
    close(fd);
}

static void open_connection(int fd) {
    /* TODO: refuse() a connection above the limit */
    (void)refuse;
    struct connection *connection = connections_add();
    connection_open(connection, epoll, fd, &contract);
    connections_wake_by(connection_deadline_ms(connection));
}

/* Accepts all who wait: one event may stand for many of them. */
static void accept_all(void) {
    /*
     * accept4(2) is accept(2) with flags. SOCK_NONBLOCK: no call on this descriptor ever waits, it
     * fails with EAGAIN instead; so does this one when the queue is empty. ECONNABORTED concerns
     * one client. With EMFILE or ENFILE no descriptor is free, and the queue stays as it is until
     * a connection is closed.
     */
    int fd;
    do {
        fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            open_connection(fd);
        }
    } while (fd >= 0 || errno == EINTR || errno == ECONNABORTED);
    has_unaccepted = errno != EAGAIN;
}

/*
 * EPOLLET (edge-triggered): one event when somebody comes, and no more. Without it, those who wait
 * while no descriptor is free would be reported again and again: a busy loop.
 */
static void watch_listener(void) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
    fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) {
        contract_give_up("epoll_ctl");
    }
}

/* ---- events ---- */

static void close_connection(struct connection *connection) {
    connection_close(connection);
    connections_remove(connection);
    if (has_unaccepted) {
        accept_all(); /* with the descriptor that has just become free */
    }
}

static void settle(struct connection *connection, bool is_alive) {
    if (is_alive) {
        connections_wake_by(connection_deadline_ms(connection));
    } else {
        close_connection(connection);
    }
}

static void wait_for_events(void) {
    struct epoll_event events[EVENTS_PER_TURN];
    /*
     * epoll_wait(2) waits until descriptors have events that were asked for, or the time is over,
     * and returns how many events it has filled in; -1 with EINTR is none. Connections are
     * level-triggered: what is still there is reported again. So one read for each event is enough,
     * and fair to the others.
     */
    int count = epoll_wait(epoll, events, EVENTS_PER_TURN, connections_timeout_ms());
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        if (connection == NULL) {
            accept_all();
        } else {
            settle(connection, connection_on_events(connection, events[i].events));
        }
    }
}

static void expire_due(void) {
    uint64_t now = now_ms();
    if (!connections_are_due(now)) {
        return;
    }
    for (struct connection *next, *connection = connections_first(); connection != NULL;
         connection = next) {
        next = connection->next; /* before this one may be freed */
        bool is_due = connection_deadline_ms(connection) <= now;
        settle(connection, !is_due || connection_expire(connection));
    }
}

int main(int argc, char **argv) {
    contract = contract_parse("framed", argc, argv);
    /* epoll_create1(2) returns a descriptor that stands for a set of other descriptors. */
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) {
        contract_give_up("epoll_create1");
    }
    connection_limit = find_connection_limit();
    listener = contract_open(&contract);
    watch_listener();
    for (;;) {
        wait_for_events();
        expire_due();
    }
}
