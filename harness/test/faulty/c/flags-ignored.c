/* Fault: flags of a request are not looked at. */
#include "base.h"

static int length_only(const uint8_t *header, uint32_t length, uint32_t limit) {
    (void)header;
    return length > limit ? 1 : 0;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.header_error = length_only});
}
