/*
 * A server of the framed protocol for many connections: one thread, and epoll.
 *
 * No call waits for one connection. The only place to wait is epoll_wait(), for all of them. What
 * happens on a connection is the business of connection.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "connection.h"
#include "connections.h"

#define EVENTS_PER_TURN 64

static struct contract contract;
static int epoll;
static int listener;
static bool has_unaccepted; /* there was no descriptor for those who wait */

/* ---- accept ---- */

static void open_connection(int fd) {
    struct connection *connection = connections_add();
    connection_open(connection, epoll, fd, &contract);
}

/* Accepts all who wait: one event may stand for many of them. */
static void accept_all(void) {
    /* TODO: accept until the queue is empty; no call on the new descriptors may block */
    int fd = accept(listener, NULL, NULL);
    if (fd >= 0) {
        open_connection(fd);
    }
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
        /* TODO: accept where the event is the listener's, else act on its connection */
        (void)connection;
        accept_all();
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
    listener = contract_open(&contract);
    watch_listener();
    for (;;) {
        wait_for_events();
        expire_due();
    }
}
