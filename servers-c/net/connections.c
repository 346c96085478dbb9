/*
 * The connections of one worker: see connections.h.
 *
 * Mirrors servers-ts/net/connections.ts.
 */
#include "connections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- open and close ---- */

struct connections *connections_open(struct loop *loop, const struct options *options,
                                     const struct connection_handlers *handlers, uint32_t limit) {
    struct connections *set = malloc(sizeof *set);
    if (set == NULL) {
        return NULL;
    }
    memset(set, 0, offsetof(struct connections, read_buffer));
    set->loop = loop;
    set->options = options;
    set->handlers = handlers;
    set->limit = limit;
    return set;
}

void connections_on_closed(struct connections *set, void (*on_closed)(void *context),
                           void *context) {
    set->on_closed = on_closed;
    set->context = context;
}

void connections_close(struct connections *set) {
    set->on_closed = NULL;
    while (set->first != NULL) {
        connection_close(set->first);
    }
    free(set);
}

/* ---- add and remove ---- */

static void log_refusal(struct connections *set, const struct sockaddr_in6 *peer) {
    char text[LOG_ADDRESS_BYTES];
    uint64_t now_ns = set->loop->now_ns;
    if (set->refusal_logged_ns > 0 &&
        now_ns - set->refusal_logged_ns < REFUSAL_LOG_INTERVAL_MS * NS_PER_MS) {
        return;
    }
    set->refusal_logged_ns = now_ns;
    log_info("limit", log_text("reason", "max-connections"),
             log_number("connections", connections_count(set)),
             log_text("peer", log_address(text, (const struct sockaddr *)peer)));
}

static void refuse(struct connections *set, int fd, const struct sockaddr_in6 *peer) {
    const struct connection_handlers *handlers = set->handlers;
    if (handlers->refusal_length > 0) {
        (void)!send(fd, handlers->refusal, handlers->refusal_length, MSG_NOSIGNAL);
    }
    close(fd);
    log_refusal(set, peer);
}

void connections_add(struct connections *set, int fd, const struct sockaddr_in6 *peer) {
    if (connections_count(set) >= set->limit) {
        refuse(set, fd, peer);
        return;
    }
    struct connection *connection = connection_open(set, fd, peer);
    if (connection == NULL) {
        log_call_failed("connection_open", errno);
        close(fd);
        return;
    }
    connection->next = set->first;
    if (set->first != NULL) {
        set->first->previous = connection;
    }
    set->first = connection;
    atomic_fetch_add_explicit(&set->count, 1, memory_order_relaxed);
    if (set->handlers->on_open != NULL) {
        set->handlers->on_open(connection);
        connection_flush(connection);
    }
}

void connections_remove(struct connections *set, struct connection *connection) {
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        set->first = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    atomic_fetch_sub_explicit(&set->count, 1, memory_order_relaxed);
    if (set->on_closed != NULL) {
        set->on_closed(set->context);
    }
}

/* ---- all of them ---- */

void connections_drain(struct connections *set) {
    for (struct connection *c = set->first; c != NULL; c = c->next) {
        if (c->phase == OPEN) {
            set->handlers->on_drain(c);
            connection_flush(c);
        }
    }
}

uint32_t connections_count(const struct connections *set) {
    return atomic_load_explicit(&set->count, memory_order_relaxed);
}

bool connections_owe(const struct connections *set) {
    for (const struct connection *c = set->first; c != NULL; c = c->next) {
        if (c->phase != CLOSED &&
            (c->pending.length > 0 || (c->phase == OPEN && set->handlers->owes(c)))) {
            return true;
        }
    }
    return false;
}
