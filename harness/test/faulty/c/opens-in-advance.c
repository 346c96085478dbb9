/* Fault: opens what it may need one day, and cannot start where that is not possible. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base.h"

enum { POOL = 64, EXIT_REFUSED = 71 };

static void open_pool(int fd) {
    for (int i = 0; i < POOL; i++) {
        if (dup(fd) < 0) {
            perror("dup");
            exit(EXIT_REFUSED);
        }
    }
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.prepare = open_pool});
}
