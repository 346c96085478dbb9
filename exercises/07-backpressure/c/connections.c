/*
 * All connections of the server: see connections.h.
 */
#include "connections.h"

#include <stdlib.h>
#include <time.h>

static struct connection *first;
static size_t count;
static uint64_t wake_ms = NEVER_MS;

uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct connection *connections_add(void) {
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        contract_give_up("calloc");
    }
    connection->next = first;
    if (first != NULL) {
        first->previous = connection;
    }
    first = connection;
    count++;
    return connection;
}

void connections_remove(struct connection *connection) {
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        first = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    free(connection);
    count--;
}

struct connection *connections_first(void) {
    return first;
}

size_t connections_count(void) {
    return count;
}

void connections_wake_by(uint64_t due_ms) {
    wake_ms = due_ms < wake_ms ? due_ms : wake_ms;
}

bool connections_are_due(uint64_t now) {
    bool are_due = wake_ms <= now;
    wake_ms = are_due ? NEVER_MS : wake_ms;
    return are_due;
}

int connections_timeout_ms(void) {
    uint64_t now = now_ms();
    if (wake_ms == NEVER_MS) {
        return -1;
    }
    return wake_ms > now ? (int)(wake_ms - now) : 0;
}
