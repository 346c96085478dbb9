/* Fault: treats a peer's mistake like its own, and ends the process. */
#include <stdlib.h>

#include "base.h"

static bool check(uint32_t length, long limit) {
    if ((long)length > limit) {
        exit(1);
    }
    return false;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.too_large = check});
}
