/* Fault: a flag and its value are two words, always. --port=0 is an unknown flag. */
#include <stdio.h>
#include <string.h>

#include "base.h"

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strchr(argv[i], '=')) {
            fprintf(stderr, "faulty: unknown flag %s (try --help)\n", argv[i]);
            return 64;
        }
    }
    return serve_udp_echo(argc, argv, &(struct fault){0});
}
