/* Fault: takes for granted that everybody has a home. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

static void find_home(int fd) {
    (void)fd;
    fprintf(stderr, "event=home length=%zu\n", strlen(getenv("HOME")));
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.prepare = find_home});
}
