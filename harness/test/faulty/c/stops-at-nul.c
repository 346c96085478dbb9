/* Fault: strlen() measures a payload that is bytes and not a string. */
#include <string.h>

#include "base.h"

static size_t as_text(uint8_t *data, size_t length) {
    return strnlen((char *)data, length);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.received = as_text});
}
