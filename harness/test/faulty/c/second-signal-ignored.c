/* Fault: the second SIGTERM does nothing; whoever is in a hurry has to use SIGKILL. */
#include <signal.h>
#include <unistd.h>

#include "base.h"

static void drain_once(struct server *server, int signo) {
    (void)signo;
    if (!server->draining) {
        begin_drain(server);
    }
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.on_signal = drain_once});
}
