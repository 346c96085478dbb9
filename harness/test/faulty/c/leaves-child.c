/* Fault: starts a child at start-up and forgets it at the end. */
#include <unistd.h>

#include "base.h"

static void start_child(int fd) {
    (void)fd;
    if (fork() == 0) {
        for (;;) {
            pause();
        }
    }
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.prepare = start_child});
}
