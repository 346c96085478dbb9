/* Fault: takes a log that cannot be written for a reason to exit. */
#include <stdio.h>
#include <stdlib.h>

#include "base.h"

static size_t log_read(uint8_t *data, size_t length) {
    (void)data;
    if (fprintf(stderr, "event=read bytes=%zu\n", length) < 0) {
        exit(1);
    }
    return length;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.received = log_read});
}
