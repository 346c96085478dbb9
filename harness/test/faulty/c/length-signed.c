/* Fault: the length is an int, so that 0x80000000 is negative and below any limit. */
#include "base.h"

static bool compare_signed(uint32_t length, long limit) {
    return (int32_t)length > (int32_t)limit;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.too_large = compare_signed});
}
