/* Fault: when accept() fails, it exits. */
#include <stdio.h>
#include <stdlib.h>

#include "base.h"

static void give_up(struct server *server) {
    (void)server;
    perror("accept");
    exit(1);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.accept_failed = give_up});
}
