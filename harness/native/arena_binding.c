/*
 * What only a private network namespace allows: bringing the loopback interface up, and datagrams
 * whose sender is made up.
 *
 * Needs CAP_NET_ADMIN and CAP_NET_RAW of the namespace; the kernel says EPERM otherwise. IPv4 only.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipv4.h"
#include "socket_binding.h"
#include "values.h"

#define MAX_FORGED_BYTES 1024 /* of payload */

/* The headers are written by us (IPPROTO_RAW); the kernel fills in length, id and checksum of IP.
 */
struct forged {
    struct iphdr ip;
    struct udphdr udp;
    uint8_t payload[MAX_FORGED_BYTES];
};

/* Asking whether it is up needs no right; changing it does. */
static int bring_up(int fd) {
    struct ifreq request = {.ifr_name = "lo"};
    if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
        return -1;
    if (request.ifr_flags & IFF_UP)
        return 0;
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
    return ioctl(fd, SIOCSIFFLAGS, &request);
}

napi_value binding_bring_loopback_up(napi_env env, napi_callback_info info) {
    (void)info;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return throw_system(env, "socket", errno);
    int result = bring_up(fd);
    int error = errno;
    close(fd);
    return result < 0 ? throw_system(env, "ioctl", error) : NULL;
}

/* A checksum of 0 means none (RFC 768). */
static struct forged forge(napi_env env, napi_value ends, const uint8_t *bytes, size_t length) {
    struct forged made = {
        .ip = {.version = 4,
               .ihl = sizeof made.ip / 4,
               .ttl = 64,
               .protocol = IPPROTO_UDP,
               .saddr = get_ipv4(env, ends, "sourceHost"),
               .daddr = get_ipv4(env, ends, "host")},
        .udp = {.source = get_port(env, ends, "sourcePort"),
                .dest = get_port(env, ends, "port"),
                .len = htons((uint16_t)(sizeof made.udp + length))},
    };
    memcpy(made.payload, bytes, length);
    return made;
}

napi_value binding_send_forged(napi_env env, napi_callback_info info) {
    napi_value arguments[2];
    uint8_t *bytes;
    size_t length;
    if (!read_arguments(env, info, 2, arguments) || !read_bytes(env, arguments[1], &bytes, &length))
        return NULL;
    if (length > MAX_FORGED_BYTES)
        return throw_system(env, "sendto", EMSGSIZE);
    struct forged made = forge(env, arguments[0], bytes, length);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = made.ip.daddr};
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (fd < 0)
        return throw_system(env, "socket", errno);
    ssize_t sent = sendto(fd, &made, sizeof made.ip + sizeof made.udp + length, 0,
                          (struct sockaddr *)&to, sizeof to);
    int error = errno;
    close(fd);
    return sent < 0 ? throw_system(env, "sendto", error) : NULL;
}
