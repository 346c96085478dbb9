/* Fault: a copy of everything that was ever received. */
#include <stdlib.h>
#include <string.h>

#include "base.h"

static size_t keep(uint8_t *data, size_t length) {
    static void *volatile last;
    last = malloc(length);
    memcpy(last, data, length);
    return length;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.received = keep});
}
