/* Fault: whatever length is claimed is waited for. */
#include "base.h"

static bool never(uint32_t length, long limit) {
    (void)length;
    (void)limit;
    return false;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.too_large = never});
}
