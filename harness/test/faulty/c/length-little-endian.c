/* Fault: memcpy() to and from a uint32_t, in this machine's byte order. */
#include <string.h>

#include "base.h"

static uint32_t host_order(const uint8_t *header) {
    uint32_t length;
    memcpy(&length, header, sizeof length);
    return length;
}

static void keep_order(uint8_t *header, uint32_t length) {
    memcpy(header, &length, sizeof length);
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv,
                        &(struct fault){.decode_length = host_order, .encode_length = keep_order});
}
