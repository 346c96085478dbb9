/* Fault: SIGPIPE keeps its default. It shows because replies leave in writes of 16 bytes: one of
 * them comes after the RST of a peer that has gone, and raises it. */
#include <signal.h>

#include "base.h"

__sighandler_t signal(int number, __sighandler_t handler) {
    (void)number;
    (void)handler;
    return SIG_DFL;
}

static size_t sixteen(size_t pending) {
    return pending < 16 ? pending : 16;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.write_size = sixteen});
}
