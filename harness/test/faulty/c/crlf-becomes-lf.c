/* Fault: line ends are made uniform, as if everything were text. */
#include "base.h"

static size_t without_cr(uint8_t *data, size_t length) {
    size_t kept = 0;
    for (size_t i = 0; i < length; i++) {
        bool is_line_end = data[i] == '\r' && i + 1 < length && data[i + 1] == '\n';
        if (!is_line_end) {
            data[kept++] = data[i];
        }
    }
    return kept;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.received = without_cr});
}
