/* Fault: the handler of SIGTERM exits at once; what lies in the socket is lost. */
#include <signal.h>
#include <unistd.h>

#include "base.h"

static void leave(int signo) {
    (void)signo;
    _exit(0);
}

static void install(int fd) {
    (void)fd;
    signal(SIGTERM, leave);
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.prepare = install, .sigterm_default = true});
}
