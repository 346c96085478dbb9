/*
 * The address that a server listens on: see address.h.
 *
 * Only in C: Node takes a string and a number.
 */
#include "address.h"

#include <arpa/inet.h>

struct address address_of(const char *host, uint32_t port) {
    struct address address = {.size = sizeof address.v4};
    if (inet_pton(AF_INET, host, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons((uint16_t)port);
        return address;
    }
    address = (struct address){.size = sizeof address.v6};
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons((uint16_t)port);
    (void)inet_pton(AF_INET6, host, &address.v6.sin6_addr);
    return address;
}

int address_serve_both(int fd, const struct address *address) {
    const int off = 0;
    if (address->any.sa_family != AF_INET6) {
        return 0;
    }
    return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
}

int address_bind(int fd, const struct address *address, uint32_t *port) {
    struct address bound = *address;
    if (bind(fd, &address->any, address->size) < 0 ||
        getsockname(fd, &bound.any, &bound.size) < 0) {
        return -1;
    }
    *port = ntohs(bound.any.sa_family == AF_INET ? bound.v4.sin_port : bound.v6.sin6_port);
    return 0;
}
