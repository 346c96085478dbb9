/* Fault: when the port is taken, another one is taken in silence. */
#include <netinet/in.h>

#include "base.h"

static int take_another(int fd) {
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bind(fd, (struct sockaddr *)&any, sizeof any);
    listen(fd, 511);
    return 0;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.bind_failed = take_another});
}
