/*
 * The end of the TCP base: what a signal starts, GOAWAY, and what is still owed. Every branch on
 * server->fault is a place where one fault leaves the right way.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tcp.h"

static bool owes(const struct connection *connection) {
    return connection->out.length > 0 || owes_replies(connection) ||
           (connection->in.length > 0 && !connection->finishing);
}

bool anything_owed(const struct server *server) {
    for (struct connection *at = server->connections; at; at = at->next) {
        if (owes(at) || server->fault->open_is_owed) {
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
    log_event("event=drain signal=SIGTERM connections=%ld",
              server->fault->drain_counts_accepted ? server->accepted : server->count);
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

void on_signal(struct server *server) {
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
