/*
 * A second load generator, to hold the first to account: does it show the same ratio between two
 * servers?
 *
 * Written independently and as differently as can be: one thread, poll(2), blocking sockets, and
 * batches (send a whole batch, wait until all of it is back, send the next) where the engine keeps
 * a window. No histogram, no open loop: messages a second, every reply compared byte by byte.
 *
 *   second-generator --port N [--host ADDR] [--connections 64] [--depth 1] [--bytes 64]
 * [--warmup-ms 0] [--duration-ms 1000]
 *
 * prints {"messages":N,"durationNs":N,"messagesPerSecond":N}; exit 1 after a wrong reply, 69 when
 * the server is not there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST_CONNECTIONS = 4096, LARGEST_BATCH_BYTES = 16 * 1024 * 1024, STALL_MS = 5000 };
enum { EXIT_WRONG = 1, EXIT_USAGE = 64, EXIT_UNAVAILABLE = 69 };

struct settings {
    const char *host;
    long port, connections, depth, bytes, warmup_ms, duration_ms;
};

struct connection {
    size_t received;
    uint8_t phase;
};

static struct settings settings = {"127.0.0.1", 0, 64, 1, 64, 0, 1000};
static struct pollfd polled[MOST_CONNECTIONS];
static struct connection connections[MOST_CONNECTIONS];
/* A batch is a window into this pattern that starts at the connection's phase, so that no two
 * batches in a row are equal. */
static uint8_t *pattern;
static uint8_t *received;
static size_t batch_bytes;

static _Noreturn void fail(int code, const char *what) {
    fprintf(stderr, "second-generator: %s%s%s\n", what, errno != 0 ? ": " : "",
            errno != 0 ? strerror(errno) : "");
    exit(code);
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void parse_flags(int argc, char **argv) {
    struct {
        const char *name;
        long *value, least, most;
    } numbers[] = {
        {"--port", &settings.port, 1, 65535},
        {"--connections", &settings.connections, 1, MOST_CONNECTIONS},
        {"--depth", &settings.depth, 1, 65536},
        {"--bytes", &settings.bytes, 1, LARGEST_BATCH_BYTES},
        {"--warmup-ms", &settings.warmup_ms, 0, 3600000},
        {"--duration-ms", &settings.duration_ms, 1, 3600000},
    };
    for (int i = 1; i < argc; i += 2) {
        int known = 0;
        if (i + 1 >= argc)
            fail(EXIT_USAGE, "a flag lacks its value");
        if (strcmp(argv[i], "--host") == 0) {
            settings.host = argv[i + 1];
            known = 1;
        }
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
            char *end = NULL;
            if (strcmp(argv[i], numbers[k].name) != 0)
                continue;
            known = 1;
            *numbers[k].value = strtol(argv[i + 1], &end, 10);
            if (*end != '\0' || *numbers[k].value < numbers[k].least ||
                *numbers[k].value > numbers[k].most)
                fail(EXIT_USAGE, argv[i]);
        }
        if (!known)
            fail(EXIT_USAGE, argv[i]);
    }
    if (settings.port == 0 || settings.depth * settings.bytes > LARGEST_BATCH_BYTES)
        fail(EXIT_USAGE, "--port is needed, and depth times bytes may not exceed 16 MiB");
}

static void make_pattern(void) {
    uint32_t state = 2463534242u;
    batch_bytes = (size_t)(settings.depth * settings.bytes);
    pattern = malloc(batch_bytes + UINT8_MAX);
    received = malloc(batch_bytes);
    if (pattern == NULL || received == NULL)
        fail(EXIT_UNAVAILABLE, "no memory");
    for (size_t i = 0; i < batch_bytes + UINT8_MAX; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        pattern[i] = (uint8_t)(state >> 24);
    }
}

static void connect_all(void) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)settings.port)};
    if (inet_pton(AF_INET, settings.host, &address.sin_addr) != 1)
        fail(EXIT_USAGE, "--host must be an IPv4 address");
    for (long i = 0; i < settings.connections; i++) {
        int on = 1;
        struct timeval stall = {.tv_sec = STALL_MS / 1000};
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
            fail(EXIT_UNAVAILABLE, "connect");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &stall, sizeof stall);
        polled[i] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
}

static void send_batch(long i) {
    struct connection *connection = &connections[i];
    size_t sent = 0;
    connection->phase++;
    connection->received = 0;
    while (sent < batch_bytes) {
        ssize_t length = send(polled[i].fd, pattern + connection->phase + sent, batch_bytes - sent,
                              MSG_NOSIGNAL);
        if (length < 0)
            fail(EXIT_WRONG, "send");
        sent += (size_t)length;
    }
}

/* Reads what is there and compares it: 1 when the batch is complete. */
static int receive_some(long i) {
    struct connection *connection = &connections[i];
    ssize_t length = recv(polled[i].fd, received, batch_bytes - connection->received, 0);
    if (length <= 0)
        fail(EXIT_WRONG, length == 0 ? "the server closed a connection" : "recv");
    if (memcmp(received, pattern + connection->phase + connection->received, (size_t)length) != 0)
        fail(EXIT_WRONG, "a reply differs from its request");
    connection->received += (size_t)length;
    return connection->received == batch_bytes;
}

/* Keeps every connection busy until the deadline: batches that came back. */
static int64_t run_until(int64_t deadline_ns) {
    int64_t batches = 0;
    while (now_ns() < deadline_ns) {
        int ready = poll(polled, (nfds_t)settings.connections, STALL_MS);
        if (ready == 0)
            fail(EXIT_WRONG, "no reply for 5 s");
        for (long i = 0; i < settings.connections && ready > 0; i++) {
            if (polled[i].revents == 0)
                continue;
            ready--;
            if (receive_some(i)) {
                batches++;
                send_batch(i);
            }
        }
    }
    return batches;
}

int main(int argc, char **argv) {
    errno = 0;
    parse_flags(argc, argv);
    make_pattern();
    connect_all();
    for (long i = 0; i < settings.connections; i++)
        send_batch(i);
    run_until(now_ns() + settings.warmup_ms * 1000000);
    int64_t begin_ns = now_ns();
    int64_t messages = run_until(begin_ns + settings.duration_ms * 1000000) * settings.depth;
    int64_t duration_ns = now_ns() - begin_ns;
    printf("{\"messages\":%lld,\"durationNs\":%lld,\"messagesPerSecond\":%.0f}\n",
           (long long)messages, (long long)duration_ns,
           (double)messages * 1e9 / (double)duration_ns);
    return 0;
}
