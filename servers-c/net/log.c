/*
 * Log lines on stderr: see log.h.
 *
 * How not to block on a stderr that others share: O_NONBLOCK belongs to the open file description,
 * so setting it would change the terminal or pipe of the parent too. A pipe or a terminal is
 * therefore opened a second time with flags of its own; a socket is asked per call. A regular file
 * never blocks for long and is written as it is.
 * Mirrors servers-ts/net/log.ts.
 */
#include "log.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    enum log_level level;
    int fd;
    bool is_socket;
    bool may_block; /* could not be opened a second time: ask before each write */
    time_t second;  /* to which `lines` belongs */
    unsigned lines;
    uint64_t suppressed;
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_LEVEL_INFO, .fd = STDERR_FILENO};

void log_open(enum log_level level) {
    struct stat status;
    sink.level = level;
    if (fstat(STDERR_FILENO, &status) < 0) {
        return;
    }
    sink.is_socket = S_ISSOCK(status.st_mode);
    if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
        int own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_APPEND | O_NOCTTY | O_CLOEXEC);
        sink.fd = own >= 0 ? own : STDERR_FILENO;
        sink.may_block = own < 0;
    }
}

/* ---- writing without waiting ---- */

/* Writes the line, or drops it. A part of a line is possible only on a terminal that is stopped. */
static void emit(const char *line, size_t length) {
    if (sink.is_socket) {
        (void)!send(sink.fd, line, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        return;
    }
    if (sink.may_block) {
        struct pollfd room = {.fd = sink.fd, .events = POLLOUT};
        if (poll(&room, 1, 0) < 1 || (room.revents & POLLOUT) == 0) {
            return;
        }
    }
    (void)!write(sink.fd, line, length);
}

/* ---- one line ---- */

/* A line under construction. What does not fit is left out; the newline always fits. */
struct line {
    char text[LOG_LINE_BYTES];
    size_t length;
};

static void put(struct line *line, const char *text) {
    size_t room = sizeof line->text - 1 - line->length;
    size_t length = strnlen(text, room);
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

static bool is_plain(const char *text) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789._:[]/+-";
    return *text != '\0' && text[strspn(text, plain)] == '\0';
}

static void put_text(struct line *line, const char *key, const char *text) {
    char quoted[LOG_LINE_BYTES];
    put(line, line->length > 0 ? " " : "");
    put(line, key);
    put(line, "=");
    put(line, is_plain(text) ? text : log_quote(quoted, sizeof quoted, text));
}

static void put_number(struct line *line, const char *key, uint64_t number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    put_text(line, key, digits);
}

char *log_quote(char *into, size_t size, const char *text) {
    size_t length = 0;
    into[length++] = '"';
    for (; *text != '\0' && length + 6 < size; text++) { /* 4 for \xNN, the quote, the end */
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\') {
            length += (size_t)snprintf(into + length, size - length, "\\x%02x", byte);
        } else {
            into[length++] = (char)byte;
        }
    }
    into[length++] = '"';
    into[length] = '\0';
    return into;
}

/* ---- events ---- */

struct log_field log_text(const char *key, const char *text) {
    return (struct log_field){.key = key, .text = text};
}

struct log_field log_number(const char *key, uint64_t number) {
    return (struct log_field){.key = key, .number = number};
}

/* True when this second has had its share of errors. Counts those that are left out. */
static bool is_suppressed(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (now.tv_sec != sink.second) {
        sink.second = now.tv_sec;
        sink.lines = 0;
    }
    if (sink.lines < LOG_LINES_PER_SECOND) {
        sink.lines++;
        return false;
    }
    sink.suppressed++;
    return true;
}

static void write_line(const char *event, const struct log_field *fields, size_t count) {
    struct line line = {.length = 0};
    put_text(&line, "event", event);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].text != NULL) {
            put_text(&line, fields[i].key, fields[i].text);
        } else {
            put_number(&line, fields[i].key, fields[i].number);
        }
    }
    if (sink.suppressed > 0) {
        put_number(&line, "suppressed", sink.suppressed);
        sink.suppressed = 0;
    }
    line.text[line.length++] = '\n';
    emit(line.text, line.length);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields,
               size_t count) {
    if (level > sink.level) {
        return;
    }
    pthread_mutex_lock(&sink.lock);
    if (level != LOG_LEVEL_ERROR || !is_suppressed()) {
        write_line(event, fields, count);
    }
    pthread_mutex_unlock(&sink.lock);
}

void log_call_failed(const char *call, int error) {
    const char *name = strerrorname_np(error);
    log_error("error", log_text("call", call), log_text("errno", name != NULL ? name : "UNKNOWN"));
}

char *log_address(char into[LOG_ADDRESS_BYTES], const struct sockaddr *address) {
    char host[INET6_ADDRSTRLEN] = "";
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        snprintf(into, LOG_ADDRESS_BYTES, "[%s]:%u", host, ntohs(v6->sin6_port));
    } else {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        snprintf(into, LOG_ADDRESS_BYTES, "%s:%u", host, ntohs(v4->sin_port));
    }
    return into;
}
