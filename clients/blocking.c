/*
 * blocking: the simplest possible client, and the floor that the bench measures against.
 *
 *     blocking tcp|udp HOST PORT BYTES COUNT
 *
 * Ping-pong with an echo server: send one message, wait until it is back, verify it, COUNT times;
 * then one JSON line with messages per second and latencies. Blocking calls, one thread, one
 * connection: every system call is on this page. Deliberately no pipelining, no event loop and no
 * retries: a lost datagram ends the run after LIMIT_S seconds.
 */
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum {
    EXIT_WRONG_REPLY = 1,
    EXIT_USAGE = 64,
    EXIT_UNAVAILABLE = 69,
    EXIT_OS = 71,
    EXIT_TIMED_OUT = 124,
    /* An echo that takes longer than this will not come. */
    LIMIT_S = 5,
    /* Largest UDP payload over IPv4. */
    MAX_DATAGRAM_SIZE = 65507,
    /* Sending comes before receiving, so the message must fit into the buffers of both sides: more
       could deadlock. */
    MAX_MESSAGE_SIZE = 1024 * 1024,
    /* Each sample takes 8 bytes until it is sorted. */
    MAX_COUNT = 10 * 1000 * 1000,
    /* The bytes repeat with a prime period, so that a shifted echo is not taken for a right one. */
    PATTERN_PERIOD = 251,
};

typedef struct {
    int fd;
    bool is_udp;
    size_t message_size;
    uint8_t *sent;
    uint8_t *received;
} client_t;

/* ---- options ---- */

_Noreturn static void fail(int exit_code, const char *what, const char *why) {
    fprintf(stderr, "blocking: %s: %s\n", what, why);
    exit(exit_code);
}

static uint64_t parse_number(const char *name, const char *text, uint64_t min, uint64_t max) {
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    bool is_number = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
    if (is_number && value >= min && value <= max)
        return value;
    fprintf(stderr,
            "blocking: %s must be a whole number from %" PRIu64 " to %" PRIu64 ", got \"%s\"\n",
            name, min, max, text);
    exit(EXIT_USAGE);
}

static bool parse_transport(const char *text) {
    if (strcmp(text, "udp") == 0)
        return true;
    if (strcmp(text, "tcp") == 0)
        return false;
    fail(EXIT_USAGE, text, "the transport must be tcp or udp");
}

/* ---- connect ---- */

static int connect_first(const struct addrinfo *addresses, int *error) {
    for (const struct addrinfo *a = addresses; a != NULL; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0)
            return fd;
        *error = errno;
        if (fd >= 0)
            close(fd);
    }
    return -1;
}

static void set_options(int fd, bool is_udp) {
    const struct timeval limit = {.tv_sec = LIMIT_S};
    const int on = 1;
    bool ok = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
              setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
              /* Without this Nagle's algorithm may hold back the end of a large message. */
              (is_udp || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    if (!ok)
        fail(EXIT_OS, "setsockopt", strerror(errno));
}

/* A connected socket; for UDP "connected" fixes the peer, so that refusals are reported to us. */
static int open_connection(const char *host, const char *port, bool is_udp) {
    const struct addrinfo hints = {.ai_socktype = is_udp ? SOCK_DGRAM : SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    int failure = getaddrinfo(host, port, &hints, &addresses);
    if (failure != 0)
        fail(EXIT_UNAVAILABLE, host, gai_strerror(failure));
    int error = 0;
    int fd = connect_first(addresses, &error);
    freeaddrinfo(addresses);
    if (fd < 0) {
        fprintf(stderr, "blocking: cannot connect to %s port %s: %s\n", host, port,
                strerror(error));
        exit(EXIT_UNAVAILABLE);
    }
    set_options(fd, is_udp);
    return fd;
}

/* ---- ping-pong ---- */

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* The result of send or recv, if it is one; a run with a failed call has no figure worth printing.
 */
static size_t check_moved(ssize_t moved, const char *call) {
    if (moved >= 0)
        return (size_t)moved;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        fail(EXIT_TIMED_OUT, call, "the server did not go on within 5 s");
    fail(errno == ECONNREFUSED ? EXIT_UNAVAILABLE : EXIT_WRONG_REPLY, call, strerror(errno));
}

/* A stream moves what it has room for: both directions go on until the whole message has moved. */
static void exchange_over_stream(const client_t *client) {
    const size_t size = client->message_size;
    for (size_t done = 0; done < size;)
        done +=
            check_moved(send(client->fd, client->sent + done, size - done, MSG_NOSIGNAL), "send");
    for (size_t done = 0; done < size;) {
        size_t n = check_moved(recv(client->fd, client->received + done, size - done, 0), "recv");
        if (n == 0)
            fail(EXIT_WRONG_REPLY, "recv", "the server closed before the echo was complete");
        done += n;
    }
}

/* A datagram moves whole or not at all. With MSG_TRUNC recv tells its true length, however long. */
static void exchange_datagram(const client_t *client) {
    const size_t size = client->message_size;
    check_moved(send(client->fd, client->sent, size, MSG_NOSIGNAL), "send");
    if (check_moved(recv(client->fd, client->received, size, MSG_TRUNC), "recv") != size)
        fail(EXIT_WRONG_REPLY, "recv", "the datagram came back with another length");
}

static void verify(const client_t *client, uint64_t number) {
    if (memcmp(client->sent, client->received, client->message_size) == 0)
        return;
    size_t at = 0;
    while (client->sent[at] == client->received[at])
        at++;
    fprintf(stderr,
            "blocking: wrong reply: message %" PRIu64 ", byte %zu: expected %02x, got %02x\n",
            number, at, client->sent[at], client->received[at]);
    exit(EXIT_WRONG_REPLY);
}

/* One round trip; the result is its time in nanoseconds. Building and comparing are outside of it.
 */
static uint64_t ping(const client_t *client, uint64_t number) {
    /* The first byte changes from message to message: an echo of the one before is not taken for
     * this one. */
    if (client->message_size > 0)
        client->sent[0] = (uint8_t)(number % PATTERN_PERIOD);
    const uint64_t start_ns = now_ns();
    if (client->is_udp)
        exchange_datagram(client);
    else
        exchange_over_stream(client);
    const uint64_t latency_ns = now_ns() - start_ns;
    verify(client, number);
    return latency_ns;
}

/* ---- figures ---- */

static int compare_ns(const void *left, const void *right) {
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Nearest rank: the smallest sample that at least `percent` of all samples do not exceed. */
static uint64_t percentile(const uint64_t *sorted, uint64_t count, uint64_t percent) {
    const uint64_t rank = (count * percent + 99) / 100;
    return sorted[rank > 0 ? rank - 1 : 0];
}

static void print_figures(const client_t *client, uint64_t *latencies_ns, uint64_t count,
                          uint64_t run_ns) {
    qsort(latencies_ns, count, sizeof latencies_ns[0], compare_ns);
    printf("{\"transport\":\"%s\",\"bytes\":%zu,\"count\":%" PRIu64 ",\"messages_per_second\":%.0f,"
           "\"p50_ns\":%" PRIu64 ",\"p99_ns\":%" PRIu64 ",\"max_ns\":%" PRIu64 "}\n",
           client->is_udp ? "udp" : "tcp", client->message_size, count,
           (double)count * 1e9 / (double)run_ns, percentile(latencies_ns, count, 50),
           percentile(latencies_ns, count, 99), latencies_ns[count - 1]);
}

/* ---- main ---- */

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL)
        fail(EXIT_OS, "calloc", strerror(errno));
    return memory;
}

int main(int argc, char **argv) {
    if (argc != 6)
        fail(EXIT_USAGE, "usage", "blocking tcp|udp HOST PORT BYTES COUNT");
    const bool is_udp = parse_transport(argv[1]);
    parse_number("PORT", argv[3], 1, UINT16_MAX);
    /* An empty message has an echo over UDP only: a stream has nothing to send back for it. */
    const size_t size = parse_number("BYTES", argv[4], is_udp ? 0 : 1,
                                     is_udp ? MAX_DATAGRAM_SIZE : MAX_MESSAGE_SIZE);
    const uint64_t count = parse_number("COUNT", argv[5], 1, MAX_COUNT);

    client_t client = {
        .fd = open_connection(argv[2], argv[3], is_udp),
        .is_udp = is_udp,
        .message_size = size,
        /* One byte more: an empty message needs an address too. */
        .sent = allocate(size + 1, 1),
        .received = allocate(size + 1, 1),
    };
    for (size_t k = 0; k < size; k++)
        client.sent[k] = (uint8_t)(k % PATTERN_PERIOD);

    uint64_t *latencies_ns = allocate(count, sizeof *latencies_ns);
    const uint64_t start_ns = now_ns();
    for (uint64_t number = 0; number < count; number++)
        latencies_ns[number] = ping(&client, number);
    print_figures(&client, latencies_ns, count, now_ns() - start_ns);

    close(client.fd);
    free(latencies_ns);
    free(client.sent);
    free(client.received);
    return 0;
}
