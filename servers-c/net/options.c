/*
 * The flags of docs/contract.md section 1: see options.h.
 *
 * One table per server: the common flags, then the program's own. Parsing, --help and every
 * message read it.
 * Mirrors servers-ts/net/options.ts.
 */
#include "options.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MAX_OPTIONS 32

/* ---- the table ---- */

enum kind { NUMBER, ADDRESS, LEVEL };

struct option {
    const char *name;
    const char *value_name;
    const char *meaning;
    const char *fallback_text; /* in place of a number */
    enum kind kind;
    uint32_t fallback;
    uint32_t minimum;
    uint32_t maximum;
    void *value;
};

struct table {
    struct option rows[MAX_OPTIONS];
    size_t count;
};

static void add_number(struct table *table, struct number_option number) {
    table->rows[table->count++] = (struct option){
        .name = number.name,
        .value_name = "N",
        .meaning = number.meaning,
        .kind = NUMBER,
        .fallback = number.fallback,
        .minimum = number.minimum,
        .maximum = number.maximum,
        .value = number.value,
    };
}

static struct table make_table(const struct usage *usage, struct options *options) {
    struct table table = {.count = 0};
    const struct number_option numbers[] = {
        {"--port", "port; 0 lets the kernel choose", 0, 0, 65535, &options->port},
        {"--backlog", "length of the accept queue", 511, 1, 65535, &options->backlog},
        {"--max-connections", "connections above this are closed at once", 10000, 1, 1000000,
         &options->max_connections},
        {"--idle-timeout-ms", "close a connection after this long without a byte", 60000, 1,
         86400000, &options->idle_timeout_ms},
        {"--drain-timeout-ms", "time to answer what is owed after SIGTERM", 5000, 0, 86400000,
         &options->drain_timeout_ms},
        {"--linger-ms", "time to wait for the peer's FIN after ours", 1000, 0, 86400000,
         &options->linger_ms},
        {"--max-pending-bytes", "replies waiting per connection before reading stops", 1048576,
         4096, 1073741824, &options->max_pending_bytes},
        {"--workers", "threads, one event loop each", 1, 1, 64, &options->workers},
    };
    table.rows[table.count++] = (struct option){
        "--host", "ADDR", "address to listen on", "127.0.0.1", ADDRESS, 0, 0, 0, &options->host};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        add_number(&table, numbers[i]);
    }
    table.rows[table.count++] =
        (struct option){"--log-level",      "LEVEL", "error, info or debug", "info", LEVEL, 0, 0, 0,
                        &options->log_level};
    for (size_t i = 0; i < usage->extra_count; i++) {
        add_number(&table, usage->extra[i]);
    }
    return table;
}

/* ---- values ---- */

/* Decimal digits and nothing else; false as well when the number passes `maximum`. */
static bool parse_number(const char *text, uint32_t maximum, uint32_t *number) {
    uint64_t value = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > maximum) {
            return false;
        }
    }
    *number = (uint32_t)value;
    return true;
}

static bool is_address(const char *text) {
    struct in6_addr ignored;
    return inet_pton(AF_INET, text, &ignored) == 1 || inet_pton(AF_INET6, text, &ignored) == 1;
}

static bool parse_level(const char *text, enum log_level *level) {
    static const char *const names[] = {"error", "info", "debug"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

/* Stores the value. False when it is none of this option's values. */
static bool store(const struct option *option, const char *text) {
    switch (option->kind) {
    case NUMBER: {
        uint32_t number = 0;
        if (!parse_number(text, option->maximum, &number) || number < option->minimum) {
            return false;
        }
        *(uint32_t *)option->value = number;
        return true;
    }
    case ADDRESS:
        *(const char **)option->value = text;
        return is_address(text);
    case LEVEL:
        return parse_level(text, option->value);
    }
    return false;
}

static void store_defaults(const struct table *table) {
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->rows[i];
        if (option->fallback_text != NULL) {
            (void)store(option, option->fallback_text);
        } else {
            *(uint32_t *)option->value = option->fallback;
        }
    }
}

/* ---- messages ---- */

static void print_row(const char *flag, const char *meaning) {
    printf("  %-21s  %s", flag, meaning);
}

static int print_help(const struct usage *usage, const struct table *table) {
    printf("Usage: %s [options]\n\n%s\n\nOptions:\n", usage->name, usage->purpose);
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->rows[i];
        char flag[64];
        snprintf(flag, sizeof flag, "%s %s", option->name, option->value_name);
        print_row(flag, option->meaning);
        if (option->fallback_text != NULL) {
            printf(" (default %s)\n", option->fallback_text);
        } else {
            printf(" (default %u)\n", option->fallback);
        }
    }
    print_row("--help", "show this and exit\n");
    fflush(stdout);
    return 0;
}

static int refuse(const struct usage *usage, const char *what) {
    fprintf(stderr, "%s: %s (try --help)\n", usage->name, what);
    return EXIT_USAGE;
}

static int refuse_value(const struct usage *usage, const struct option *option, const char *text) {
    char what[512];
    char expected[64];
    char quoted[256];
    switch (option->kind) {
    case NUMBER:
        snprintf(expected, sizeof expected, "a whole number from %u to %u", option->minimum,
                 option->maximum);
        break;
    case ADDRESS:
        snprintf(expected, sizeof expected, "an IPv4 or IPv6 address");
        break;
    case LEVEL:
        snprintf(expected, sizeof expected, "error, info or debug");
        break;
    }
    snprintf(what, sizeof what, "%s must be %s, got %s", option->name, expected,
             log_quote(quoted, sizeof quoted, text));
    return refuse(usage, what);
}

/* ---- parsing ---- */

/* The option whose name is the first `length` characters, or NULL. */
static const struct option *find(const struct table *table, const char *name, size_t length) {
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->rows[i];
        if (strlen(option->name) == length && strncmp(option->name, name, length) == 0) {
            return option;
        }
    }
    return NULL;
}

/* Says what is wrong with an argument that names no option. */
static int refuse_argument(const struct usage *usage, const char *argument, size_t name_length) {
    char what[512];
    char name[64];
    char quoted[256];
    if (argument[0] != '-') {
        snprintf(what, sizeof what, "unexpected argument %s",
                 log_quote(quoted, sizeof quoted, argument));
        return refuse(usage, what);
    }
    snprintf(name, sizeof name, "%.*s", (int)name_length, argument);
    log_quote(quoted, sizeof quoted, name);
    /* Without the quotes around it. */
    snprintf(what, sizeof what, "unknown option %.*s", (int)strlen(quoted) - 2, quoted + 1);
    return refuse(usage, what);
}

int options_parse(const struct usage *usage, int argc, char **argv, struct options *options) {
    struct table table = make_table(usage, options);
    store_defaults(&table);
    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i];
        if (strcmp(argument, "--help") == 0) {
            return print_help(usage, &table);
        }
        size_t name_length = strcspn(argument, "=");
        const struct option *option = find(&table, argument, name_length);
        if (option == NULL) {
            return refuse_argument(usage, argument, name_length);
        }
        const char *value = argument[name_length] == '=' ? argument + name_length + 1 : argv[++i];
        if (value == NULL) { /* argv ends with NULL */
            char what[64];
            snprintf(what, sizeof what, "%s needs a value", option->name);
            return refuse(usage, what);
        }
        if (!store(option, value)) {
            return refuse_value(usage, option, value);
        }
    }
    return OPTIONS_RUN;
}
