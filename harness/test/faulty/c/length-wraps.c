/* Fault: header and length are added in 32 bits before the sum is compared with the limit. */
#include "base.h"

static bool sum_too_large(uint32_t length, long limit) {
    return HEADER_BYTES + length > (uint32_t)limit + HEADER_BYTES;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.too_large = sum_too_large});
}
