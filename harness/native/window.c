/*
 * What becomes of each sequence number of a UDP socket: exactly one of received, late, lost.
 *
 * Pure bookkeeping but for the socket's drop counter; datagram.c sends and receives.
 */
#include "window.h"

#include <linux/sock_diag.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "side.h"

#define RING_BUDGET (1u << 20) /* entries over all connections of a side: 8 MiB */
#define RING_WINDOWS                                                                               \
    4u /* but at least this many windows: a lost number stays open while others pass */

enum outcome { OUTCOME_RECEIVED = 1, OUTCOME_LOST, OUTCOME_LATE, OUTCOMES };

static uint64_t *entry_of(const struct window *window, uint64_t number) {
    return &window->entries[number & window->mask];
}

static uint64_t ring_size(const struct side *side) {
    uint64_t wanted = RING_WINDOWS * (uint64_t)side->work->depth;
    if (wanted < RING_BUDGET / side->work->connections)
        wanted = RING_BUDGET / side->work->connections;
    uint64_t size = 1;
    while (size < wanted)
        size *= 2;
    return size;
}

struct window *window_create(const struct side *side) {
    struct window *window = calloc(1, sizeof *window);
    if (!window)
        return NULL;
    uint64_t size = ring_size(side);
    window->entries = calloc(size, sizeof *window->entries);
    window->mask = size - 1;
    window->measured_from = UINT64_MAX;
    if (window->entries)
        return window;
    free(window);
    return NULL;
}

void window_free(struct window *window) {
    if (window)
        free(window->entries);
    free(window);
}

static uint64_t drops_at(int fd) {
    uint32_t values[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof values;
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &length) < 0)
        return 0;
    return values[SK_MEMINFO_DROPS];
}

static struct datagram_counts *counts_of(struct connection *connection) {
    return &connection->side->measured->datagrams;
}

void window_begin_measuring(struct connection *connection) {
    struct window *window = connection->window;
    window->measured_from = window->next;
    window->drops_before = drops_at(connection->fd);
}

void window_end_measuring(struct connection *connection) {
    struct window *window = connection->window;
    /* The kernel's counter has 32 bits. */
    uint32_t drops = (uint32_t)drops_at(connection->fd) - (uint32_t)window->drops_before;
    counts_of(connection)->dropped_here += drops;
    uint64_t number =
        window->oldest > window->measured_from ? window->oldest : window->measured_from;
    for (; number < window->next; number++)
        if (*entry_of(window, number) >= OUTCOMES)
            counts_of(connection)->sent--;
}

uint64_t window_room(const struct window *window) {
    return window->mask + 1 - (window->next - window->oldest);
}

void window_send(struct connection *connection, uint64_t count, uint64_t now) {
    struct window *window = connection->window;
    for (uint64_t i = 0; i < count; i++)
        *entry_of(window, window->next + i) = now;
    if (window->next >= window->measured_from)
        counts_of(connection)->sent += count;
    window->next += count;
    connection->credit -= count;
    connection->committed += count;
    connection->side->outstanding += count;
}

/* All below `oldest` have an outcome; the number just settled may let it rise. */
static void pass_settled(struct window *window) {
    while (window->oldest < window->next && *entry_of(window, window->oldest) < OUTCOMES)
        window->oldest++;
}

/* A reply in time. Its latency is recorded here, from the entry, since replies may overtake. */
static void note_received(struct connection *connection, uint64_t number, uint64_t now) {
    struct side *side = connection->side;
    uint64_t *entry = entry_of(connection->window, number);
    uint64_t origin =
        side->schedule.interval_ns > 0 ? side_origin(side, connection, number) : *entry;
    *entry = OUTCOME_RECEIVED;
    if (number >= connection->window->measured_from) {
        counts_of(connection)->received++;
        if (side->recording)
            histogram_record(&side->measured->latency, now - origin);
    }
    connection->window->replies++;
    side_answer(side, 1, now);
    side_settle(connection, 1);
}

/* A reply to a number that has its outcome: late the first time, then a duplicate. Beyond the ring
 * it cannot be told. */
static void note_again(struct connection *connection, uint64_t number) {
    struct window *window = connection->window;
    struct datagram_counts *counts = counts_of(connection);
    bool remembered = window->next - number <= window->mask + 1;
    bool was_lost = remembered && *entry_of(window, number) == OUTCOME_LOST;
    if (was_lost)
        *entry_of(window, number) = OUTCOME_LATE;
    if (number < window->measured_from)
        return;
    if (was_lost) {
        counts->lost--;
        counts->late++;
    } else {
        counts->duplicated++;
    }
}

void window_answer(struct connection *connection, uint64_t number, uint64_t now) {
    struct window *window = connection->window;
    window->answered_ns = connection->since_ns = now;
    window->silent = false;
    bool open = number >= window->oldest && *entry_of(window, number) >= OUTCOMES;
    if (open)
        note_received(connection, number, now);
    else
        note_again(connection, number);
    pass_settled(window);
}

void window_expire(struct connection *connection, uint64_t now, uint64_t expiry_ns) {
    struct window *window = connection->window;
    while (window->oldest < window->next) {
        uint64_t *entry = entry_of(window, window->oldest);
        if (*entry >= OUTCOMES) {
            if (now < *entry + expiry_ns)
                return;
            *entry = OUTCOME_LOST;
            window->silent = true;
            if (window->oldest >= window->measured_from)
                counts_of(connection)->lost++;
            side_settle(connection, 1);
        }
        window->oldest++;
    }
}
