/* Fault: SO_REUSEADDR, harmless for TCP, lets two UDP servers bind one port; the last one gets
 * everything. */
#include "base.h"

static void share(int fd) {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.prepare = share});
}
