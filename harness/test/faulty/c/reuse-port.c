/* Fault: SO_REUSEPORT without --workers. A second server shares the port, and connections go to
 * either. */
#include "base.h"

static void share(int fd) {
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &(int){1}, sizeof(int));
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.prepare = share});
}
