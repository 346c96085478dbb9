/* See contract.h. */
#include "contract.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_USAGE = 64, EXIT_UNAVAILABLE = 69, BACKLOG = 511 };

static _Noreturn void usage(const char *program, const char *problem) {
    fprintf(stderr, "%s: %s\n", program, problem);
    exit(EXIT_USAGE);
}

static uint16_t parse_port(const char *program, const char *text) {
    char *end = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value > UINT16_MAX)
        usage(program, "--port must be a whole number from 0 to 65535");
    return (uint16_t)value;
}

/* The value of `--name value` or `--name=value` if argv[*index] is that flag; steps over the value.
 */
static const char *flag_value(int argc, char **argv, int *index, const char *name) {
    size_t length = strlen(name);
    const char *word = argv[*index];
    if (strncmp(word, name, length) != 0)
        return NULL;
    if (word[length] == '=')
        return word + length + 1;
    if (word[length] != '\0')
        return NULL;
    if (*index + 1 >= argc)
        usage(argv[0], "a flag lacks its value");
    *index += 1;
    return argv[*index];
}

struct peer_address peer_parse_address(int argc, char **argv) {
    const char *host = "127.0.0.1";
    uint16_t port = 0;
    for (int i = 1; i < argc; i++) {
        const char *value = flag_value(argc, argv, &i, "--host");
        if (value != NULL) {
            host = value;
            continue;
        }
        value = flag_value(argc, argv, &i, "--port");
        if (value != NULL)
            port = parse_port(argv[0], value);
        else if (strchr(argv[i], '=') == NULL)
            i++;
    }
    struct peer_address address = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address.storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address.storage;
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address.length = sizeof *v4;
    } else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        address.length = sizeof *v6;
    } else {
        usage(argv[0], "--host must be an IPv4 or IPv6 address");
    }
    return address;
}

int peer_listen(const struct peer_address *address, int type) {
    int on = 1;
    int fd = socket(address->storage.ss_family, type | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, (const struct sockaddr *)&address->storage, address->length) == 0 &&
        (type != SOCK_STREAM || listen(fd, BACKLOG) == 0))
        return fd;
    perror("cannot listen");
    exit(EXIT_UNAVAILABLE);
}

void peer_print_ready(int fd, const char *protocol, const char *transport) {
    struct sockaddr_storage local;
    socklen_t length = sizeof local;
    if (getsockname(fd, (struct sockaddr *)&local, &length) != 0) {
        perror("getsockname");
        exit(EXIT_UNAVAILABLE);
    }
    /* The port stands at the same offset in both families. */
    unsigned port = ntohs(((struct sockaddr_in *)&local)->sin_port);
    printf("{\"ready\":true,\"protocol\":\"%s\",\"transport\":\"%s\",\"port\":%u,\"pid\":%d}\n",
           protocol, transport, port, (int)getpid());
    fflush(stdout);
}

static void exit_now(int signal_number) {
    (void)signal_number;
    _exit(0);
}

void peer_exit_on_signals(void) {
    struct sigaction stop = {.sa_handler = exit_now};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

void peer_set_nodelay(int fd) {
    int on = 1;
    /* A connection that is already reset refuses the option; the next read reports it. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int peer_send_all(int fd, const uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -1;
        bytes += sent;
        length -= (size_t)sent;
    }
    return 0;
}
