/* Fault: writes a line to stderr for each connection, and waits until there is room for it. */
#include <stdio.h>

#include "base.h"

static void log_opened(int fd) {
    fprintf(stderr, "event=open fd=%d\n", fd);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.opened = log_opened});
}
