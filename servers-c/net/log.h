/*
 * Log lines on stderr, docs/contract.md section 3: `event=NAME key=value ...`.
 *
 * A line is written whole or dropped: a stderr that is full, slow or closed never holds the server
 * up. Errors and violations are limited, and what was left out is counted. Bytes of a peer are
 * never logged.
 * Mirrors servers-ts/net/log.ts.
 */
#ifndef NET_LOG_H
#define NET_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define LOG_LINES_PER_SECOND 10
#define LOG_LINE_BYTES 1024

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log_field {
    const char *key;
    const char *text; /* NULL: the number counts */
    uint64_t number;
};

/* To be called once, before any thread is started. */
void log_open(enum log_level level);

/*
 * log_error(event, ...), log_info(event, ...), log_debug(event, ...): one line with fields made by
 * log_text() and log_number(). Errors are limited to LOG_LINES_PER_SECOND. Any thread may call.
 */
#define log_error(...) log_fields(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_info(...) log_fields(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_fields(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_fields(level, event, ...)                                                              \
    log_write(level, event, (struct log_field[]){__VA_ARGS__},                                     \
              sizeof((struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

void log_write(enum log_level level, const char *event, const struct log_field *fields,
               size_t count);

struct log_field log_text(const char *key, const char *text);
struct log_field log_number(const char *key, uint64_t number);

/* `event=error call=CALL errno=NAME`: a system call failed, and the server goes on. */
void log_call_failed(const char *call, int error);

/*
 * Writes text in double quotes, \xNN for what is not printable ASCII, for " and for \. Returns
 * `into`.
 */
char *log_quote(char *into, size_t size, const char *text);

/* Writes "127.0.0.1:80" or "[::1]:80". Returns `into`. */
#define LOG_ADDRESS_BYTES 64
char *log_address(char into[LOG_ADDRESS_BYTES], const struct sockaddr *address);

#endif
