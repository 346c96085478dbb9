/* Fault: a frame is taken for the last one only if it is not full, so that some streams have no
 * END. */
#include "base.h"

enum { FULL_BYTES = 65536 };

static uint8_t end_of_short_frames(uint32_t left, uint32_t length) {
    return left == 0 && length < FULL_BYTES ? 0x01 : 0;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.generate_flags = end_of_short_frames});
}
