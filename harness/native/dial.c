/*
 * Begins connections: resolver, socket, options, source address, connect().
 */
#include "dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>

#include "run.h"

#define SOURCES 16u
#define FIRST_SOURCE 0x7f000002u /* 127.0.0.2 */

bool dial_resolve(struct side *side) {
    const struct target *target = &side->worker->run->plan.targets[side->number];
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(target->host, target->port, &wanted, &found);
    if (error) {
        fail_system(side->worker, side->number, "getaddrinfo",
                    error == EAI_SYSTEM ? errno : ENOENT);
        return false;
    }
    memcpy(&side->address, found->ai_addr, found->ai_addrlen);
    side->address_length = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static bool is_loopback4(const struct sockaddr_storage *address) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)address;
    return address->ss_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 == 127;
}

/* The port is chosen at connect(), so that only the 4-tuple must be new. */
static int bind_source(const struct connection *connection) {
    uint32_t turn = (uint32_t)(connection->index + connection->committed) % SOURCES;
    struct sockaddr_in source = {.sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(FIRST_SOURCE + turn)};
    int on = 1;
    setsockopt(connection->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    return bind(connection->fd, (const struct sockaddr *)&source, sizeof source);
}

static bool open_socket(struct connection *connection) {
    struct side *side = connection->side;
    int family = side->address.ss_family;
    connection->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0) {
        fail_system(side->worker, side->number, "socket", errno);
        return false;
    }
    int on = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return true;
}

bool dial_begin(struct connection *connection, uint32_t events, bool spread) {
    struct side *side = connection->side;
    if (!open_socket(connection))
        return false;
    connection->state = CONNECTION_CONNECTING;
    if (spread && is_loopback4(&side->address) && bind_source(connection) < 0) {
        fail_dial(connection, "bind", errno);
        return false;
    }
    const struct sockaddr *address = (const struct sockaddr *)&side->address;
    if (connect(connection->fd, address, side->address_length) < 0 && errno != EINPROGRESS) {
        fail_dial(connection, "connect", errno);
        return false;
    }
    return worker_watch(connection, EPOLL_CTL_ADD, events);
}
