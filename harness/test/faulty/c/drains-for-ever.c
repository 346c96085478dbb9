/* Fault: --drain-timeout-ms is accepted and forgotten. */
#include <stdlib.h>

#include "base.h"

enum { A_DAY_MS = 86400000 };

static void drain_without_limit(struct server *server, int signo) {
    (void)signo;
    if (server->draining) {
        exit(1);
    }
    server->options.drain_timeout_ms = A_DAY_MS;
    begin_drain(server);
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.on_signal = drain_without_limit});
}
