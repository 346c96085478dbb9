/* Fault: at EMFILE it waits until accept() succeeds, and serves nobody meanwhile. */
#include <errno.h>
#include <unistd.h>

#include "base.h"

static void wait_for_room(struct server *server) {
    int fd;
    do {
        usleep(10000);
        fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
    } while (fd < 0 && errno == EMFILE);
    close(fd);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.accept_failed = wait_for_room});
}
