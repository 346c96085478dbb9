/*
 * The flags of docs/contract.md section 1: one table, from which parsing, --help and the error
 * messages come.
 *
 * Flags that only one protocol knows are added by its program. It opens nothing and starts
 * nothing.
 * Mirrors servers-ts/net/options.ts.
 */
#ifndef NET_OPTIONS_H
#define NET_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "log.h"

#define EXIT_USAGE 64

struct options {
    const char *host;
    uint32_t port;
    uint32_t backlog;
    uint32_t max_connections;
    uint32_t idle_timeout_ms;
    uint32_t drain_timeout_ms;
    uint32_t linger_ms;
    uint32_t max_pending_bytes;
    uint32_t workers;
    enum log_level log_level;
};

/* A flag whose value is a whole number, for a program to add to those that every server has. */
struct number_option {
    const char *name; /* "--max-frame-size" */
    const char *meaning;
    uint32_t fallback; /* the default */
    uint32_t minimum;
    uint32_t maximum;
    uint32_t *value;
};

/* What --help says about a program. */
struct usage {
    const char *name;
    const char *purpose; /* one sentence */
    const struct number_option *extra;
    size_t extra_count;
};

/* Not an exit code: the program is to run. */
#define OPTIONS_RUN (-1)

/*
 * Fills *options and the values of usage->extra. Returns OPTIONS_RUN; or 0 after --help was printed
 * on stdout; or EXIT_USAGE after one line on stderr said what is wrong.
 */
int options_parse(const struct usage *usage, int argc, char **argv, struct options *options);

#endif
