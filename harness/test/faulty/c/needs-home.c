/* Fault: takes for granted that everybody has a home. */
#include <stdlib.h>
#include <string.h>

#include "base.h"

static void find_home(int fd) {
    (void)fd;
    if (strlen(getenv("HOME")) == 0) {
        exit(1);
    }
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.prepare = find_home});
}
