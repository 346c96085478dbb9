/* Fault: at SIGTERM it forgets what still waits to be written. */
#include <stdlib.h>

#include "base.h"

static void forget(struct server *server, int signo) {
    (void)signo;
    for (struct connection *at = server->connections; at; at = at->next) {
        at->out.length = 0;
    }
    if (server->draining) {
        exit(0);
    }
    begin_drain(server);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.on_signal = forget});
}
