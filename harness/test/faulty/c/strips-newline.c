/* Fault: treats a read as a line and cuts off what ends it. */
#include "base.h"

static size_t chomp(uint8_t *data, size_t length) {
    while (length > 0 && (data[length - 1] == '\n' || data[length - 1] == '\r')) {
        length--;
    }
    return length;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.received = chomp});
}
