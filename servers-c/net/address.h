/*
 * The address that a server listens on, for TCP and UDP alike.
 *
 * Numeric addresses only: nothing here asks a name server.
 * Only in C: Node takes a string and a number.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t size;
};

/* Of a host that options_parse() has accepted. */
struct address address_of(const char *host, uint32_t port);

/* Lets `::` serve IPv4 too, whatever the system's default is. -1 with errno. */
int address_serve_both(int fd, const struct address *address);

/* Binds, and stores the port that was bound. -1 with errno. */
int address_bind(int fd, const struct address *address, uint32_t *port);

#endif
