/* Fault: a read of fewer than 4 bytes is taken for noise. TCP may deliver any number of bytes. */
#include "base.h"

static size_t drop_short(uint8_t *data, size_t length) {
    (void)data;
    return length < 4 ? 0 : length;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.received = drop_short});
}
