/* Fault: each worker binds the port for itself, without SO_REUSEPORT: the second one cannot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

int main(int argc, char **argv) {
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "--workers") == 0 && atoi(argv[i + 1]) > 1 && atoi(argv[i + 1]) <= 64) {
            fprintf(stderr, "faulty: cannot listen with worker 1: EADDRINUSE\n");
            return 69;
        }
    }
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}
