/* Fault: frames of a GENERATE have 65,536 bytes, whatever --max-frame-size says. */
#include "base.h"

static uint32_t always_64k(uint32_t max_frame_size) {
    (void)max_frame_size;
    return 65536;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.generate_frame_bytes = always_64k});
}
