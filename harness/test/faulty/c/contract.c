/* The contract's part: flags, binding, the ready line, signals, logs. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base.h"

enum { EXIT_USAGE = 64, EXIT_UNAVAILABLE = 69, LINE_BYTES = 256, MOST_VIOLATIONS = 10 };

int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A line for which stderr has no room is dropped: nobody may be reading it. */
void log_event(const char *format, ...) {
    char line[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    length = length < LINE_BYTES - 2 ? length : LINE_BYTES - 2;
    line[length] = '\n';
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&room, 1, 0) == 1 && room.revents & POLLOUT) {
        (void)!write(STDERR_FILENO, line, (size_t)length + 1);
    }
}

/* At most 10 lines a second. */
static bool may_log_violation(struct server *server) {
    int64_t now = now_ms();
    int64_t second = server->fault->violation_limit_stays ? INT64_MAX : 1000;
    if (server->violations_since_ms == 0 || now - server->violations_since_ms >= second) {
        server->violations_since_ms = now;
        server->violations = 0;
    }
    return server->violations++ < MOST_VIOLATIONS || server->fault->logs_every_violation;
}

void log_violation(struct server *server, const struct connection *connection, int code,
                   const char *reason) {
    if (!may_log_violation(server)) {
        server->suppressed++;
        return;
    }
    char suppressed[32] = "";
    if (server->suppressed > 0 && !server->fault->suppressed_untold) {
        snprintf(suppressed, sizeof suppressed, " suppressed=%u", server->suppressed);
    }
    log_event("event=violation peer=%s code=%d reason=%s%s", connection->peer, code, reason,
              suppressed);
    server->suppressed = 0;
}

void log_connection(struct server *server, const char *event, const struct connection *connection) {
    if (server->logs_connections || server->fault->connections_logged_always) {
        log_event("event=%s peer=%s", event, connection->peer);
    }
}

void name_peer(struct connection *connection) {
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    char host[INET6_ADDRSTRLEN] = "";
    getpeername(connection->fd, (struct sockaddr *)&peer, &length);
    bool v6 = peer.ss_family == AF_INET6;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&peer; /* The port stands in one place. */
    inet_ntop(peer.ss_family,
              v6 ? (void *)&((struct sockaddr_in6 *)&peer)->sin6_addr : (void *)&v4->sin_addr, host,
              sizeof host);
    snprintf(connection->peer, sizeof connection->peer, "%s%s%s:%u", v6 ? "[" : "", host,
             v6 ? "]" : "", ntohs(v4->sin_port));
}

static long number(const char *flag, const char *text, long least, long most) {
    long value = 0;
    size_t digits = strspn(text, "0123456789");
    bool whole = digits > 0 && digits < 12 && text[digits] == '\0';
    if (whole) {
        value = strtol(text, NULL, 10);
    }
    if (!whole || value < least || value > most) {
        fprintf(stderr,
                "faulty: %s must be a whole number from %ld to %ld, got \"%s\" (try --help)\n",
                flag, least, most, text);
        exit(EXIT_USAGE);
    }
    return value;
}

static void take_log_level(struct server *server, const char *level) {
    if (strcmp(level, "error") != 0 && strcmp(level, "info") != 0 && strcmp(level, "debug") != 0) {
        fprintf(stderr,
                "faulty: --log-level must be error, info or debug, got \"%s\" (try --help)\n",
                level);
        exit(EXIT_USAGE);
    }
    server->logs_connections = strcmp(level, "debug") == 0;
}

/* Takes one flag with its value. What no fault needs is checked and forgotten. */
static void take(struct server *server, const char *flag, const char *value) {
    struct options *options = &server->options;
    long workers;
    struct {
        const char *flag;
        long *at;
        long least, most;
    } numbers[] = {
        {"--backlog", &options->backlog, 1, 65535},
        {"--max-connections", &options->max_connections, 1, 1000000},
        {"--idle-timeout-ms", &options->idle_timeout_ms, 1, 86400000},
        {"--drain-timeout-ms", &options->drain_timeout_ms, 0, 86400000},
        {"--linger-ms", &options->linger_ms, 0, 86400000},
        {"--max-pending-bytes", &options->max_pending_bytes, 4096, 1073741824},
        {"--workers", &workers, 1, 64},
        {"--max-frame-size", &options->max_frame_size, 256, 1073741824},
        {"--frame-timeout-ms", &options->frame_timeout_ms, 1, 86400000},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(flag, numbers[i].flag) == 0) {
            *numbers[i].at = number(flag, value, numbers[i].least, numbers[i].most);
            return;
        }
    }
    if (strcmp(flag, "--host") == 0) {
        options->host = value;
    } else if (strcmp(flag, "--log-level") == 0) {
        take_log_level(server, value);
    } else if (strcmp(flag, "--port") == 0) {
        options->port = server->fault->parse_port ? server->fault->parse_port(value)
                                                  : number(flag, value, 0, 65535);
    } else {
        fprintf(stderr, "faulty: unknown flag %s (try --help)\n", flag);
        exit(EXIT_USAGE);
    }
}

void take_options(struct server *server, int argc, char **argv) {
    server->options = (struct options){.host = "127.0.0.1",
                                       .backlog = 511,
                                       .max_connections = 10000,
                                       .idle_timeout_ms = 60000,
                                       .drain_timeout_ms = 5000,
                                       .linger_ms = 1000,
                                       .max_pending_bytes = 1048576,
                                       .max_frame_size = 1048576,
                                       .frame_timeout_ms = 10000};
    for (int i = 1; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (equals) {
            *equals = '\0';
            take(server, argv[i], equals + 1);
        } else if (i + 1 < argc) {
            take(server, argv[i], argv[i + 1]);
            i++;
        } else {
            fprintf(stderr, "faulty: %s needs a value (try --help)\n", argv[i]);
            exit(EXIT_USAGE);
        }
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
}

static socklen_t to_address(const struct options *options, struct sockaddr_storage *address) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, options->host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)options->port);
        return sizeof *v4;
    }
    if (inet_pton(AF_INET6, options->host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)options->port);
        return sizeof *v6;
    }
    fprintf(stderr, "faulty: --host must be an IPv4 or IPv6 address, got \"%s\" (try --help)\n",
            options->host);
    exit(EXIT_USAGE);
}

/* Binds, and for TCP listens; a failure is one line on stderr and exit 69. Both calls can say
 * EADDRINUSE. */
void bind_socket(struct server *server, int type) {
    struct sockaddr_storage address;
    socklen_t length = to_address(&server->options, &address);
    int fd = socket(address.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    if (type == SOCK_STREAM) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* Inherited at accept. */
    }
    if (server->fault->prepare) {
        server->fault->prepare(fd);
    }
    if (bind(fd, (struct sockaddr *)&address, length) < 0 ||
        (type == SOCK_STREAM && listen(fd, (int)server->options.backlog) < 0)) {
        int error = errno;
        int code =
            server->fault->bind_failed ? server->fault->bind_failed(fd) : EXIT_UNAVAILABLE + 1;
        if (code != 0) {
            fprintf(stderr, "faulty: cannot listen on %s:%ld: %s (%s)\n", server->options.host,
                    server->options.port, strerrorname_np(error), strerror(error));
            exit(code - 1);
        }
    }
    length = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &length);
    server->listener = fd;
    server->port = ntohs(((struct sockaddr_in *)&address)->sin_port);
}

void print_ready(struct server *server) {
    char line[256];
    snprintf(line, sizeof line,
             "{\"ready\":true,\"protocol\":\"%s\",\"transport\":\"%s\",\"host\":\"%s\",\"port\":%u,"
             "\"pid\":%d}",
             server->protocol, strcmp(server->protocol, "udp-echo") == 0 ? "udp" : "tcp",
             server->options.host, server->port, getpid());
    if (server->fault->announce) {
        server->fault->announce(line);
        return;
    }
    puts(line);
    fflush(stdout);
}

int open_signals(const struct fault *fault) {
    sigset_t set;
    sigemptyset(&set);
    if (!fault->sigterm_default) {
        sigaddset(&set, SIGTERM);
    }
    if (fault->sigint_ignored) {
        signal(SIGINT, SIG_IGN);
    } else {
        sigaddset(&set, SIGINT);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}
