/*
 * The contract's part of every exercise in C: see contract.h.
 *
 * Mirrors solutions/given/ts/contract.ts.
 */
#include "contract.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define VIOLATIONS_PER_SECOND 10

/* ---- flags ---- */

struct number_flag {
    const char *name;
    uint32_t fallback;
    uint32_t minimum;
    uint32_t maximum;
    size_t offset; /* in struct contract */
};

#define MEMBER(name) offsetof(struct contract, name)

static const struct number_flag number_flags[] = {
    {"--port", 0, 0, 65535, MEMBER(port)},
    {"--backlog", 511, 1, 65535, MEMBER(backlog)},
    {"--max-connections", 10000, 1, 1000000, MEMBER(max_connections)},
    {"--idle-timeout-ms", 60000, 1, 86400000, MEMBER(idle_timeout_ms)},
    {"--drain-timeout-ms", 5000, 0, 86400000, MEMBER(drain_timeout_ms)},
    {"--linger-ms", 1000, 0, 86400000, MEMBER(linger_ms)},
    {"--max-pending-bytes", 1048576, 4096, 1073741824, MEMBER(max_pending_bytes)},
    {"--workers", 1, 1, 64, MEMBER(workers)},
    {"--max-frame-size", 1048576, 256, 1073741824, MEMBER(max_frame_size)},
    {"--frame-timeout-ms", 10000, 1, 86400000, MEMBER(frame_timeout_ms)},
};

#define NUMBER_FLAGS (sizeof number_flags / sizeof *number_flags)

static uint32_t *value_of(struct contract *contract, const struct number_flag *flag) {
    return (uint32_t *)(void *)((char *)contract + flag->offset);
}

_Noreturn static void print_help(const struct contract *contract) {
    printf("usage: %s [--flag value | --flag=value] ...\n", contract->protocol);
    printf("  --host ADDR (127.0.0.1)\n  --log-level error|info|debug (info)\n");
    for (size_t i = 0; i < NUMBER_FLAGS; i++) {
        const struct number_flag *flag = &number_flags[i];
        printf("  %s N (%u; %u to %u)\n", flag->name, flag->fallback, flag->minimum, flag->maximum);
    }
    exit(EXIT_SUCCESS);
}

/* Decimal digits and nothing else: strtoul() alone would take " 7", "-7" and "7x". */
static bool parse_number(const char *text, const struct number_flag *flag, uint32_t *number) {
    size_t length = strlen(text);
    if (length == 0 || length > 10 || strspn(text, "0123456789") != length) {
        return false;
    }
    unsigned long long value = strtoull(text, NULL, 10);
    *number = (uint32_t)value;
    return value >= flag->minimum && value <= flag->maximum;
}

static void set_number(struct contract *contract, const struct number_flag *flag,
                       const char *text) {
    if (!parse_number(text, flag, value_of(contract, flag))) {
        fprintf(stderr, "%s: %s must be a whole number from %u to %u, got \"%s\" (try --help)\n",
                contract->protocol, flag->name, flag->minimum, flag->maximum, text);
        exit(EXIT_USAGE);
    }
}

static void set_text(struct contract *contract, bool is_host, const char *text) {
    struct in6_addr address;
    bool fits =
        is_host
            ? inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address)
            : strcmp(text, "error") == 0 || strcmp(text, "info") == 0 || strcmp(text, "debug") == 0;
    if (!fits) {
        fprintf(stderr, "%s: %s, got \"%s\" (try --help)\n", contract->protocol,
                is_host ? "--host must be an IPv4 or IPv6 address"
                        : "--log-level must be error, info or debug",
                text);
        exit(EXIT_USAGE);
    }
    if (is_host) {
        contract->host = text;
    }
}

static bool is_flag(const char *name, size_t length, const char *flag) {
    return strlen(flag) == length && memcmp(name, flag, length) == 0;
}

static void set_flag(struct contract *contract, const char *name, size_t length,
                     const char *value) {
    bool is_host = is_flag(name, length, "--host");
    if (is_host || is_flag(name, length, "--log-level")) {
        set_text(contract, is_host, value);
        return;
    }
    for (size_t i = 0; i < NUMBER_FLAGS; i++) {
        if (is_flag(name, length, number_flags[i].name)) {
            set_number(contract, &number_flags[i], value);
            return;
        }
    }
    fprintf(stderr, "%s: unknown flag \"%.*s\" (try --help)\n", contract->protocol, (int)length,
            name);
    exit(EXIT_USAGE);
}

static void parse_flags(struct contract *contract, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        const char *equals = strchr(name, '=');
        size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
        if (is_flag(name, length, "--help")) {
            print_help(contract);
        }
        const char *value = equals != NULL ? equals + 1 : argv[++i]; /* argv ends with NULL */
        set_flag(contract, name, length, value != NULL ? value : "");
        i = value != NULL ? i : argc;
    }
}

/* ---- signals ---- */

/* _exit() and not exit(): of the two only it may be called in a handler (signal-safety(7)). */
static void end_in_order(int signal_number) {
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

static sigset_t stop_signals(void) {
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    return stops;
}

int contract_signals(void) {
    sigset_t stops = stop_signals();
    sigprocmask(SIG_BLOCK, &stops, NULL);
    int fd = signalfd(-1, &stops, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) {
        contract_give_up("signalfd");
    }
    return fd;
}

struct contract contract_parse(const char *protocol, int argc, char **argv) {
    struct contract contract = {.protocol = protocol, .host = "127.0.0.1"};
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, end_in_order);
    signal(SIGINT, end_in_order);
    for (size_t i = 0; i < NUMBER_FLAGS; i++) {
        *value_of(&contract, &number_flags[i]) = number_flags[i].fallback;
    }
    parse_flags(&contract, argc, argv);
    return contract;
}

/* ---- listen ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t fill_address(union address *address, const struct contract *contract) {
    *address = (union address){0};
    in_port_t port = htons((uint16_t)contract->port); /* network byte order: big-endian */
    if (inet_pton(AF_INET, contract->host, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = port;
        return sizeof address->v4;
    }
    address->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
    inet_pton(AF_INET6, contract->host, &address->v6.sin6_addr);
    return sizeof address->v6;
}

/*
 * SO_REUSEADDR: bind although connections of a former server are in TIME_WAIT. UDP has no
 * TIME_WAIT, and there it would let two servers share a port. IPV6_V6ONLY off: "::" serves IPv4
 * too.
 */
static int bind_and_listen(int fd, const struct contract *contract, bool is_udp) {
    union address address;
    const int on = 1;
    const int off = 0;
    socklen_t size = fill_address(&address, contract);
    if ((!is_udp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) ||
        (address.any.sa_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0) ||
        bind(fd, &address.any, size) < 0) {
        return -1;
    }
    return is_udp ? 0 : listen(fd, (int)contract->backlog);
}

static unsigned port_of(int fd) {
    union address address = {0};
    socklen_t size = sizeof address;
    getsockname(fd, &address.any, &size);
    return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

int contract_open(const struct contract *contract) {
    bool is_udp = strcmp(contract->protocol, "udp-echo") == 0;
    int family = strchr(contract->host, ':') != NULL ? AF_INET6 : AF_INET;
    int fd = socket(family, (is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind_and_listen(fd, contract, is_udp) < 0) {
        const char *error = strerrorname_np(errno);
        fprintf(stderr, "%s: cannot listen on %s%s%s:%u: %s (%s)\n", contract->protocol,
                family == AF_INET6 ? "[" : "", contract->host, family == AF_INET6 ? "]" : "",
                contract->port, error != NULL ? error : "error", strerror(errno));
        exit(EXIT_CANNOT_LISTEN);
    }
    printf("{\"ready\":true,\"protocol\":\"%s\",\"transport\":\"%s\",\"host\":\"%s\",\"port\":%u,"
           "\"pid\":%d}\n",
           contract->protocol, is_udp ? "udp" : "tcp", contract->host, port_of(fd), (int)getpid());
    fflush(stdout); /* or it would stay in the buffer where stdout is a pipe */
    return fd;
}

/* ---- log ---- */

/* Threads may call it at the same time: a line more or less does not matter, a data race would. */
static bool may_log(void) {
    static atomic_llong second;
    static atomic_uint lines;
    long long now = time(NULL);
    if (atomic_exchange(&second, now) != now) {
        atomic_store(&lines, 0);
    }
    return atomic_fetch_add(&lines, 1) < VIOLATIONS_PER_SECOND;
}

/* A reader of our log that has stopped reading must not stop us: then the line is dropped. */
static void write_line(const char *line) {
    struct pollfd log = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&log, 1, 0) == 1 && (log.revents & POLLOUT) != 0) {
        ssize_t written = write(STDERR_FILENO, line, strlen(line));
        (void)written;
    }
}

void contract_log_violation(int fd, unsigned code, const char *reason) {
    union address peer = {0};
    socklen_t size = sizeof peer;
    char host[INET6_ADDRSTRLEN] = "unknown";
    char line[256];
    if (!may_log()) {
        return;
    }
    getpeername(fd, &peer.any, &size);
    bool is_v6 = peer.any.sa_family == AF_INET6;
    const void *bytes = is_v6 ? (void *)&peer.v6.sin6_addr : (void *)&peer.v4.sin_addr;
    inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes, host, sizeof host);
    snprintf(line, sizeof line, "event=violation peer=%s%s%s:%u code=%u reason=%s\n",
             is_v6 ? "[" : "", host, is_v6 ? "]" : "",
             ntohs(is_v6 ? peer.v6.sin6_port : peer.v4.sin_port), code, reason);
    write_line(line);
}

_Noreturn void contract_give_up_at(const char *call, const char *function, const char *file,
                                   int line) {
    fprintf(stderr, "%s:%d: %s failed in %s(): %s\n", file, line, call, function, strerror(errno));
    exit(EXIT_SYSTEM);
}
