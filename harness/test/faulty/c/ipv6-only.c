/* Fault: on :: it serves IPv6 alone. */
#include "base.h"

static void ipv6_only(int fd) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int));
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.prepare = ipv6_only});
}
