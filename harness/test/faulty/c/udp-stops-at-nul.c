/* Fault: strlen() measures a datagram. */
#include <string.h>

#include "base.h"

static size_t as_text(uint8_t *data, size_t length) {
    return strnlen((char *)data, length);
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.datagram = as_text});
}
