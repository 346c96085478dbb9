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
#include <sys/signalfd.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "connections.h"
#include "drain.h"

#define EVENTS_PER_TURN 64
#define RESERVED_DESCRIPTORS 64

static struct contract contract;
static int epoll;
static int listener;
static bool has_unaccepted; /* there was no descriptor for those who wait */
static size_t connection_limit;
static int signals; /* readable when SIGTERM or SIGINT has come */
static bool is_draining;
static uint64_t drain_due_ms = NEVER_MS;

/* ---- accept ---- */

/* --max-connections, or fewer when there would be no descriptors for as many. */
static size_t find_connection_limit(void) {

    /*
     * getrlimit(2), setrlimit(2): a process may raise its soft limit, often 1,024, up to the hard
     * one. Some descriptors are needed for other things.
     */
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur >= (rlim_t)contract.max_connections + RESERVED_DESCRIPTORS) {
        return contract.max_connections;
    }
    return files.rlim_cur > RESERVED_DESCRIPTORS ? files.rlim_cur - RESERVED_DESCRIPTORS : 1;
}

/* Says ERROR 5 with id 0, if there is room for it, and closes. */
static void refuse(int fd) {
    uint8_t error[ERROR_FRAME_BYTES];
    ssize_t count = write(fd, error, frame_encode_error(error, OVERLOADED, 0));
    (void)count; /* a new socket has room; if not, the peer learns less */
    close(fd);
}

static void open_connection(int fd) {
    /*
     * It is accepted first: in the queue of the kernel it would wait and learn nothing. A client
     * that is refused at once can go elsewhere.
     */
    if (connections_count() >= connection_limit) {
        refuse(fd);
        return;
    }
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
 * EPOLLET (edge-triggered) for the listener: one event when somebody comes, and no more. Without
 * it, those who wait while no descriptor is free would be reported again and again: a busy loop.
 */
static void watch(int fd, uint32_t events, void *pointer) {
    struct epoll_event event = {.events = events, .data.ptr = pointer};
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        contract_give_up("epoll_ctl");
    }
}

/* ---- events ---- */

static void close_connection(struct connection *connection) {
    connection_close(connection);
    connections_remove(connection);
    if (has_unaccepted && !is_draining) {
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

/* ---- drain ---- */

static void begin_drain(void) {
    is_draining = true;
    /* TODO: close the listener, set a deadline, and drain_session() each connection */
}

/* One signal asks us to stop, a second one not to wait any longer. */
static void on_signal(void) {
    struct signalfd_siginfo signal;
    /* TODO: read the signal; the first begins the drain, the second ends it */
    if (read(signals, &signal, sizeof signal) > 0) {
        begin_drain();
    }
}

static bool is_anything_owed(void) {
    for (const struct connection *connection = connections_first(); connection != NULL;
         connection = connection->next) {
        if (!connection->is_finishing && drain_is_owed(&connection->session)) {
            return true;
        }
    }
    return false;
}

/* True when it is time to exit. */
static bool has_drained(void) {
    /* TODO: true when we drain, and no connection is left or the time is over */
    return is_draining && drain_due_ms == now_ms() && !is_anything_owed();
}

static void wait_for_events(void) {
    struct epoll_event events[EVENTS_PER_TURN];
    bool has_signal = false;
    /*
     * epoll_wait(2) waits until descriptors have events that were asked for, or the time is over,
     * and returns how many events it has filled in; -1 with EINTR is none. Connections are
     * level-triggered: what is still there is reported again. So one read for each event is enough,
     * and fair to the others.
     */
    int count = epoll_wait(epoll, events, EVENTS_PER_TURN, connections_timeout_ms());
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        if (events[i].data.ptr == &signals) {
            has_signal = true;
        } else if (connection == NULL) {
            accept_all();
        } else {
            settle(connection, connection_on_events(connection, events[i].events));
        }
    }
    /* Last, for it closes connections to which other events of this turn may belong. */
    if (has_signal) {
        on_signal();
    }
}

static void expire_due(void) {
    uint64_t now = now_ms();
    if (!connections_are_due(now)) {
        return;
    }
    connections_wake_by(drain_due_ms);
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
    signals = contract_signals();
    listener = contract_open(&contract);
    watch(listener, EPOLLIN | EPOLLET, NULL);
    watch(signals, EPOLLIN, &signals);
    while (!has_drained()) {
        wait_for_events();
        expire_due();
    }
    int code = is_anything_owed() ? EXIT_STILL_OWED : 0;
    while (connections_first() != NULL) {
        close_connection(connections_first());
    }
    return code;
}
