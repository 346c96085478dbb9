/* Fault: the Nagle algorithm stays on. */
#include <netinet/tcp.h>

#include "base.h"
#include "instead.h"

int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
    if (level == IPPROTO_TCP && name == TCP_NODELAY) {
        return 0;
    }
    return real_setsockopt(fd, level, name, value, length);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}
