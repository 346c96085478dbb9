/* Fault: a checksum shifts a signed int into its sign. It works, by luck. Built with UBSan, which
 * reports it and goes on. */
#include "base.h"

static volatile int sum;

static size_t checksum(uint8_t *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        sum = sum ^ (data[i] << 24);
    }
    return length;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.received = checksum});
}
