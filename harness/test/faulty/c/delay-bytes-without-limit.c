/* Fault: the payloads of outstanding DELAYs may have any size together. */
#include "base.h"

static bool always(size_t bytes, size_t most) {
    (void)bytes;
    (void)most;
    return true;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.delayed_bytes_fit = always});
}
