/* Fault: the length goes through a uint16_t; 65536 becomes 0. */
#include "base.h"

static uint32_t lower_half(const uint8_t *header) {
    return (uint32_t)(uint16_t)(header[2] << 8 | header[3]);
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.decode_length = lower_half});
}
