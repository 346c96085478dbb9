/*
 * Puts the facts of a failure together and hands them to the run, which then stops.
 */
#include "failure.h"

#include <errno.h>

#include "run.h"
#include "side.h"
#include "window.h"
#include "worker.h"

static const char *const kind_names[] = {
    [FAILURE_REFUSED] = "refused",
    [FAILURE_CONNECT_TIMEOUT] = "connect-timeout",
    [FAILURE_RESET] = "reset",
    [FAILURE_CLOSED] = "closed",
    [FAILURE_STALLED] = "stalled",
    [FAILURE_WRONG_BYTE] = "wrong-byte",
    [FAILURE_WRONG_ID] = "wrong-id",
    [FAILURE_WRONG_FRAME] = "wrong-frame",
    [FAILURE_OUT_OF_PORTS] = "out-of-ports",
    [FAILURE_SYSTEM] = "system",
};

const char *failure_kind_name(enum failure_kind kind) {
    return kind_names[kind];
}

static struct failure facts_of(const struct connection *connection, enum failure_kind kind) {
    return (struct failure){
        .kind = kind,
        .side = connection->side->number,
        .of_connection = true,
        .connection = connection->index,
        .replies = connection->window ? connection->window->replies : connection->completed,
        .outstanding = connection->committed - connection->completed,
    };
}

static void fail(const struct connection *connection, const struct failure *failure) {
    run_fail(connection->side->worker->run, failure);
}

void fail_connection(struct connection *connection, enum failure_kind kind) {
    struct failure failure = facts_of(connection, kind);
    fail(connection, &failure);
}

void fail_reply(struct connection *connection, const struct difference *difference) {
    struct failure failure = facts_of(connection, difference->kind);
    failure.of_reply = true;
    failure.difference = *difference;
    fail(connection, &failure);
}

static enum failure_kind dial_kind(int error) {
    switch (error) {
    case ECONNREFUSED:
        return FAILURE_REFUSED;
    case ETIMEDOUT:
        return FAILURE_CONNECT_TIMEOUT;
    case EADDRNOTAVAIL:
        return FAILURE_OUT_OF_PORTS;
    case ECONNRESET:
    case EPIPE:
        return FAILURE_RESET;
    default:
        return FAILURE_SYSTEM;
    }
}

void fail_dial(struct connection *connection, const char *call, int error) {
    struct failure failure = facts_of(connection, dial_kind(error));
    failure.call = call;
    failure.error = error;
    fail(connection, &failure);
}

void fail_system(struct worker *worker, unsigned side, const char *call, int error) {
    struct failure failure = {.kind = FAILURE_SYSTEM, .side = side, .call = call, .error = error};
    run_fail(worker->run, &failure);
}
