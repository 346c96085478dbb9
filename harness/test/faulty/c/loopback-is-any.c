/* Fault: --host ::1 is taken for "IPv6", and everybody is served. */
#include <string.h>

#include "base.h"

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "::1") == 0) {
            argv[i] = "::";
        }
    }
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}
