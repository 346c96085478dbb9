/* Fault: the flags are looked at before the length. */
#include "base.h"

static int flags_first(const uint8_t *header, uint32_t length, uint32_t limit) {
    if (header[5] != 0) {
        return 2;
    }
    return length > limit ? 1 : 0;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.header_error = flags_first});
}
